//! When a request is tried again: how long to wait before it, and what `Retry-After` says.

use std::time::Duration;

use chrono::DateTime;
use oauth2::http::HeaderMap;
use oauth2::http::header::{DATE, RETRY_AFTER};

/// How long to wait before retry `n` (0 is the first), full jitter: a random share of `min(cap, base · 2ⁿ)`.
/// `random` is in `0.0..1.0`.
///
/// Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015. The jitter of `backon` only adds to the
/// wait, so that callers who failed together still come back in waves.
pub(super) fn backoff(n: u32, base: Duration, cap: Duration, random: f64) -> Duration {
    base.saturating_mul(2_u32.saturating_pow(n)).min(cap).mul_f64(random)
}

/// What `Retry-After` (RFC 9110 §10.2.3) asks for. A date counts from the `Date` of the same answer, never from a clock of ours:
/// the two may differ by minutes.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let asked = DateTime::parse_from_rfc2822(text).ok()?;
    let sent = DateTime::parse_from_rfc2822(headers.get(DATE)?.to_str().ok()?).ok()?;
    Some((asked - sent).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn waits_double_up_to_the_cap_and_any_share_of_them_is_taken() {
        let of = |n, random| backoff(n, ms(200), ms(1_000), random);
        assert_eq!([of(0, 0.5), of(1, 0.5), of(2, 0.5), of(3, 0.5)], [100, 200, 400, 500].map(ms));
        assert_eq!((of(0, 0.0), of(u32::MAX, 0.999).as_millis()), (ms(0), 999));
    }

    #[test]
    fn retry_after_is_read_in_both_its_forms() {
        let of = |pairs: &[(&'static str, &'static str)]| {
            let parsed = pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            retry_after(&parsed.collect::<HeaderMap>())
        };
        assert_eq!(of(&[("retry-after", "2")]), Some(ms(2_000)));
        let date = "Wed, 21 Oct 2015 07:28:00 GMT";
        assert_eq!(of(&[("retry-after", "Wed, 21 Oct 2015 07:28:03 GMT"), ("date", date)]), Some(ms(3_000)));
        assert_eq!(of(&[("retry-after", "Wed, 21 Oct 2015 07:27:00 GMT"), ("date", date)]), Some(ms(0)));
        assert_eq!((of(&[]), of(&[("retry-after", date)]), of(&[("retry-after", "-1")])), (None, None, None));
    }
}
