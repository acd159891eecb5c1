//! `CurrencyCode`.

use async_graphql::{InputValueResult, Scalar, ScalarType, Value};

use crate::domain::Currency;

pub(super) const EXPECTED: &str = "is an ISO 4217 code of three capitals";

/// ISO 4217 alphabetic currency code, for example `INR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CurrencyCode(pub(crate) Currency);

fn read(value: &Value) -> Option<Currency> {
    match value {
        Value::String(code) => Currency::parse(code),
        _ => None,
    }
}

/// ISO 4217 alphabetic currency code, for example `INR`.
#[Scalar(specified_by_url = "https://www.iso.org/iso-4217-currency-codes.html")]
impl ScalarType for CurrencyCode {
    fn parse(value: Value) -> InputValueResult<Self> {
        read(&value).map_or_else(|| super::refused(EXPECTED), |currency| Ok(Self(currency)))
    }

    fn is_valid(value: &Value) -> bool {
        read(value).is_some()
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.code().to_owned())
    }
}
