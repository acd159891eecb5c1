//! The one real clock. Everything else takes the time as a parameter.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Datelike as _, SecondsFormat, Timelike as _};
use tokio::time::Instant;

/// Milliseconds since 1970.
#[derive(Clone)]
pub struct Clock {
    now_ms: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// Of the system's clock, which takes longer to read than to reckon.
    reckoning: Option<Arc<Reckoning>>,
}

/// For so long, in milliseconds, the time of day is reckoned by the other clock. They never part by more than half a millisecond in
/// a second, unless somebody sets the time.
const RECKONED_MS: i64 = 100;

/// The time of day, by the clock that measures how long something takes.
struct Reckoning {
    began: Instant,
    /// When the time of day was last read, in milliseconds since it began.
    read_at_ms: AtomicI64,
    /// What the clock that began then is behind the time of day.
    behind_ms: AtomicI64,
}

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
        let clock = Self::of(|| {
            let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
        });
        Self { reckoning: Some(Arc::new(Reckoning::begun_at(Instant::now()))), ..clock }
    }

    /// A clock that shows what `now_ms` gives.
    pub fn of(now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self { now_ms: Arc::new(now_ms), reckoning: None }
    }

    /// Now.
    pub fn now_ms(&self) -> i64 {
        (self.now_ms)()
    }

    /// Now, by both clocks.
    pub fn moment(&self) -> Moment {
        let instant = Instant::now();
        let ms = match &self.reckoning {
            Some(reckoning) => reckoning.ms_at(instant, || self.now_ms()),
            None => self.now_ms(),
        };
        Moment { instant, ms }
    }
}

impl Reckoning {
    fn begun_at(began: Instant) -> Self {
        Self { began, read_at_ms: AtomicI64::new(i64::MIN / 2), behind_ms: AtomicI64::new(0) }
    }

    fn ms_at(&self, instant: Instant, now_ms: impl FnOnce() -> i64) -> i64 {
        let since_ms = i64::try_from(instant.saturating_duration_since(self.began).as_millis()).unwrap_or(i64::MAX);
        // Two at once may both read: either is right.
        if since_ms - self.read_at_ms.load(Ordering::Relaxed) >= RECKONED_MS {
            self.behind_ms.store(now_ms().saturating_sub(since_ms), Ordering::Relaxed);
            self.read_at_ms.store(since_ms, Ordering::Relaxed);
        }
        self.behind_ms.load(Ordering::Relaxed).saturating_add(since_ms)
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
    use std::time::Duration;

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn instants_have_three_digits_of_milliseconds() {
        assert_eq!(rfc3339(1_735_689_600_000), "2025-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(i64::MAX), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn the_time_of_day_is_reckoned_and_read_again_soon() {
        let began = Instant::now();
        let reckoning = Reckoning::begun_at(began);
        let at = |ms, now_ms| reckoning.ms_at(began + Duration::from_millis(ms), || now_ms);
        assert_eq!((at(0, 5_000), at(99, -1), at(50, -1)), (5_000, 5_099, 5_050));
        assert_eq!((at(100, 9_000), at(150, -1)), (9_000, 9_050), "somebody has set the time");
        assert_eq!(Reckoning::begun_at(began).ms_at(began + Duration::from_secs(3_600), || 7), 7);
    }

    proptest! {
        #[test]
        fn instants_are_written_as_chrono_writes_them(ms in -70_000_000_000_000_i64..260_000_000_000_000) {
            let instant = DateTime::from_timestamp_millis(ms).unwrap();
            prop_assert_eq!(rfc3339(ms), instant.to_rfc3339_opts(SecondsFormat::Millis, true));
        }
    }
}
