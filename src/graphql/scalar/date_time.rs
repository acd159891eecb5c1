//! `DateTime`.

use async_graphql::{InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike as _, SecondsFormat, Timelike as _};

use crate::graphql::json::Json;

pub(super) const EXPECTED: &str = "is an RFC 3339 instant, for example \"2026-01-31T06:30:00Z\"";

/// RFC 3339 instant, serialised in UTC with millisecond precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DateTime {
    /// Milliseconds since 1970.
    pub(crate) ms: i64,
}

impl DateTime {
    /// Writes it as [`ScalarType::to_value`] gives it.
    pub(crate) fn write(self, json: &mut Json) {
        json.plain(&written(self.ms));
    }
}

fn read(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => chrono::DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.timestamp_millis()),
        _ => None,
    }
}

/// The instant in UTC with milliseconds. A page holds dozens of instants, and chrono's formatter takes five times as long
/// as writing the digits of a four-digit year.
fn written(ms: i64) -> String {
    let instant = chrono::DateTime::from_timestamp_millis(ms).unwrap_or_default();
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

/// RFC 3339 instant, serialised in UTC with millisecond precision.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        read(&value).map_or_else(|| super::refused(EXPECTED), |ms| Ok(Self { ms }))
    }

    fn is_valid(value: &Value) -> bool {
        read(value).is_some()
    }

    fn to_value(&self) -> Value {
        Value::String(written(self.ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn instants_are_written_as_chrono_writes_them(ms in -70_000_000_000_000_i64..260_000_000_000_000) {
            let instant = chrono::DateTime::from_timestamp_millis(ms).unwrap();
            prop_assert_eq!(written(ms), instant.to_rfc3339_opts(SecondsFormat::Millis, true));
        }
    }
}
