//! `BigInt`.

use async_graphql::{InputValueResult, Scalar, ScalarType, Value};

use crate::graphql::json::Json;

pub(super) const EXPECTED: &str = "is an integer of 64 bits, as a string";

/// Integer beyond 32 bits, serialised as a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BigInt(pub(crate) i64);

impl BigInt {
    /// Writes it as [`ScalarType::to_value`] gives it.
    pub(crate) fn write(self, json: &mut Json) {
        json.plain(&self.0.to_string());
    }
}

fn read(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.as_i64(),
        _ => None,
    }
}

/// Integer beyond 32 bits, serialised as a string.
#[Scalar(specified_by_url = "https://www.w3.org/TR/xmlschema-2/#integer")]
impl ScalarType for BigInt {
    fn parse(value: Value) -> InputValueResult<Self> {
        read(&value).map_or_else(|| super::refused(EXPECTED), |number| Ok(Self(number)))
    }

    fn is_valid(value: &Value) -> bool {
        read(value).is_some()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}
