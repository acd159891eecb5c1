//! Instants as REST writes them: RFC 3339, UTC, three digits of milliseconds.

use chrono::{DateTime, SecondsFormat};

/// `ms` milliseconds since 1970. What no calendar reaches is shown as the beginning of 1970.
pub(super) fn rfc3339(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::rfc3339;

    #[test]
    fn instants_have_three_digits_of_milliseconds() {
        assert_eq!(rfc3339(1_735_689_600_000), "2025-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(i64::MAX), "1970-01-01T00:00:00.000Z");
    }
}
