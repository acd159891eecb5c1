//! `DateTime`.

use async_graphql::{InputValueResult, Scalar, ScalarType, Value};
use chrono::SecondsFormat;

pub(super) const EXPECTED: &str = "is an RFC 3339 instant, for example \"2026-01-31T06:30:00Z\"";

/// RFC 3339 instant, serialised in UTC with millisecond precision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DateTime {
    /// Milliseconds since 1970.
    pub(crate) ms: i64,
}

fn read(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => chrono::DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.timestamp_millis()),
        _ => None,
    }
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
        let instant = chrono::DateTime::from_timestamp_millis(self.ms).unwrap_or_default();
        Value::String(instant.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}
