//! The one real clock. Everything else takes the time as a parameter.

use std::sync::Arc;

use chrono::{DateTime, Datelike as _, SecondsFormat, Timelike as _};
use tokio::time::Instant;

/// Milliseconds since 1970.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

/// One reading of both clocks: of the time of day, and of the one that measures how long something takes. Reading a clock costs as
/// much as finding a kept answer, so whoever answers with one reads them once.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Never goes back.
    pub instant: Instant,
    /// Milliseconds since 1970.
    pub ms: i64,
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

impl Clock {
    /// The system's clock.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that may")]
    pub fn system() -> Self {
        Self::of(|| {
            let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
        })
    }

    /// A clock that shows what `now_ms` gives.
    pub fn of(now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now_ms))
    }

    /// Now.
    pub fn now_ms(&self) -> i64 {
        (self.0)()
    }

    /// Now, by both clocks.
    pub fn moment(&self) -> Moment {
        Moment { instant: Instant::now(), ms: self.now_ms() }
    }
}

/// `ms` milliseconds since 1970 as RFC 3339 writes them: UTC, three digits of milliseconds. What no calendar reaches is shown as
/// the beginning of 1970. A page holds dozens of instants, and chrono's formatter takes five times as long as writing the
/// digits of a four-digit year.
pub fn rfc3339(ms: i64) -> String {
    let instant = DateTime::from_timestamp_millis(ms).unwrap_or_default();
    let Ok(year @ 0..=9_999) = u32::try_from(instant.year()) else {
        return instant.to_rfc3339_opts(SecondsFormat::Millis, true);
    };
    let mut text = String::with_capacity(24);
    let parts = [
        (year, 4, '-'),
        (instant.month(), 2, '-'),
        (instant.day(), 2, 'T'),
        (instant.hour(), 2, ':'),
        (instant.minute(), 2, ':'),
        (instant.second(), 2, '.'),
        (instant.timestamp_subsec_millis(), 3, 'Z'),
    ];
    for (number, digits, end) in parts {
        for place in (0..digits).rev() {
            text.push(char::from_digit(number / 10_u32.pow(place) % 10, 10).unwrap_or('0'));
        }
        text.push(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn instants_have_three_digits_of_milliseconds() {
        assert_eq!(rfc3339(1_735_689_600_000), "2025-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(i64::MAX), "1970-01-01T00:00:00.000Z");
    }

    proptest! {
        #[test]
        fn instants_are_written_as_chrono_writes_them(ms in -70_000_000_000_000_i64..260_000_000_000_000) {
            let instant = DateTime::from_timestamp_millis(ms).unwrap();
            prop_assert_eq!(rfc3339(ms), instant.to_rfc3339_opts(SecondsFormat::Millis, true));
        }
    }
}
