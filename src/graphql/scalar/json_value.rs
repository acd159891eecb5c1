//! `JSON`.

use async_graphql::{InputValueResult, Scalar, ScalarType, Value};

/// Any JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JsonValue(pub(crate) Value);

/// Any JSON value.
#[Scalar(name = "JSON", specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259")]
impl ScalarType for JsonValue {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value))
    }

    fn to_value(&self) -> Value {
        self.0.clone()
    }
}
