//! `Cursor`.

use async_graphql::{InputValueResult, Scalar, ScalarType, Value};

pub(super) const EXPECTED: &str = "is a string that a page of the same list gave";

/// Opaque, authenticated pagination cursor, bound to the sort, filter, search and place it was issued for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor(pub(crate) String);

/// Opaque, authenticated pagination cursor, bound to the sort, filter, search and place it was issued for.
#[Scalar(specified_by_url = "https://relay.dev/graphql/connections.htm#sec-Cursor")]
impl ScalarType for Cursor {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            _ => super::refused(EXPECTED),
        }
    }

    fn is_valid(value: &Value) -> bool {
        matches!(value, Value::String(_))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}
