//! Names for requests: in the header `x-request-id` and in every line of the log.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{HeaderName, HeaderValue};
use bytes::Bytes;

/// The header, in requests and in answers.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id taken over from a caller, in characters: a UUID has 36, trace ids of usual proxies up to 55.
const MAX_CHARS: usize = 64;

/// Makes ids: the seed of the process and a running number, so that no system call is needed per request.
#[derive(Debug)]
pub struct RequestIds {
    /// Sixteen hexadecimal digits.
    seed: String,
    made: AtomicU64,
}

impl RequestIds {
    /// `seed` is a random number that no other process has.
    pub fn new(seed: u64) -> Self {
        Self { seed: format!("{seed:016x}"), made: AtomicU64::new(0) }
    }

    /// The id that the caller has given when it is short and plain, else a new one.
    pub(super) fn of(&self, given: Option<&HeaderValue>) -> HeaderValue {
        match given {
            Some(given) if is_plain(given) => given.clone(),
            _ => self.next(),
        }
    }

    fn next(&self) -> HeaderValue {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let digits = (64 - number.leading_zeros()).div_ceil(4).max(1);
        // Of the very length: bytes with room behind them would need another allocation to be shared.
        let mut id = Vec::with_capacity(self.seed.len() + 1 + digits as usize);
        id.extend_from_slice(self.seed.as_bytes());
        id.push(b'-');
        id.resize(id.len() + digits as usize, b'0');
        let mut rest = number;
        for digit in id.iter_mut().rev().take(digits as usize) {
            *digit = b"0123456789abcdef"[(rest & 15) as usize];
            rest >>= 4;
        }
        // Digits and a hyphen are always a header value.
        HeaderValue::from_maybe_shared(Bytes::from(id)).unwrap_or(HeaderValue::from_static("-"))
    }
}

/// Nothing that a terminal, a log or a page would take for more than a name.
fn is_plain(id: &HeaderValue) -> bool {
    let id = id.as_bytes();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !id.is_empty() && id.len() <= MAX_CHARS && id.iter().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_for(given: &str) -> String {
        let given = HeaderValue::from_str(given).unwrap();
        RequestIds::new(0xabc).of(Some(&given)).to_str().unwrap().to_owned()
    }

    #[test]
    fn a_plain_id_is_taken_over_and_any_other_replaced() {
        assert_eq!(id_for("7f3e-A_b.9"), "7f3e-A_b.9");
        for odd in ["", "a b", "<script>", "a\"b", &"x".repeat(65)] {
            assert_eq!(id_for(odd), "0000000000000abc-0", "{odd}");
        }
    }

    #[test]
    fn no_two_ids_are_equal() {
        let ids = RequestIds::new(1);
        let first: Vec<HeaderValue> = (0..300).map(|_| ids.next()).collect();
        let expected = |number: usize| format!("0000000000000001-{number:x}");
        assert!(first.iter().enumerate().all(|(number, id)| *id == expected(number)));
    }
}
