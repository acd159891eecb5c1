//! `Decimal`.

use async_graphql::{InputValueResult, Scalar, ScalarType, Value};

pub(super) const EXPECTED: &str = "is a decimal number as a string, for example \"64.50\"";

/// Digits and point of any number that fits 64 bits, with room for zeros.
const MAX_CHARS: usize = 40;

/// Exact decimal number, a string in both directions; a JSON number is refused, because it may have lost digits already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decimal(pub(crate) String);

fn fits(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    text.len() <= MAX_CHARS && digits(whole) && digits(fraction)
}

/// Exact decimal number, a string in both directions; a JSON number is refused, because it may have lost digits already.
#[Scalar(specified_by_url = "https://www.w3.org/TR/xmlschema-2/#decimal")]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) if fits(&text) => Ok(Self(text)),
            _ => super::refused(EXPECTED),
        }
    }

    fn is_valid(value: &Value) -> bool {
        matches!(value, Value::String(text) if fits(text))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn plain_decimals_only() {
        assert!(["0", "-1", "64.50", "00.1"].into_iter().all(fits));
        assert!(!["", ".5", "5.", "1e3", "+1", " 1", "1,5", "NaN", &"9".repeat(41)].into_iter().any(fits));
    }
}
