//! `DateTime`.

use async_graphql::{InputValueResult, Scalar, ScalarType, Value};

use crate::clock::rfc3339;
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
        json.plain(&rfc3339(self.ms));
    }
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
        Value::String(rfc3339(self.ms))
    }
}
