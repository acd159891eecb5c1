//! Custom scalars, one file each, and the check that variables pass before anything runs.

mod big_int;
mod currency_code;
mod cursor;
mod date_time;
mod decimal;
mod json_value;

use async_graphql::{InputType, InputValueError, InputValueResult, ScalarType, Value};

pub(crate) use big_int::BigInt;
pub(crate) use currency_code::CurrencyCode;
pub(crate) use cursor::Cursor;
pub(crate) use date_time::DateTime;
pub(crate) use decimal::Decimal;
pub(crate) use json_value::JsonValue;

/// Whether `value` can be the custom scalar `name`; the sentence says what is expected.
///
/// # Errors
/// What the scalar takes.
pub(crate) fn check(name: &str, value: &Value) -> Result<(), String> {
    let (fits, expected) = match name {
        "BigInt" => (BigInt::is_valid(value), big_int::EXPECTED),
        "CurrencyCode" => (CurrencyCode::is_valid(value), currency_code::EXPECTED),
        "Cursor" => (Cursor::is_valid(value), cursor::EXPECTED),
        "DateTime" => (DateTime::is_valid(value), date_time::EXPECTED),
        "Decimal" => (Decimal::is_valid(value), decimal::EXPECTED),
        _ => return Ok(()),
    };
    if fits { Ok(()) } else { Err(format!("{name} {expected}")) }
}

/// What a resolver's argument becomes when it slipped past the checks.
fn refused<T: InputType>(expected: &str) -> InputValueResult<T> {
    let code = crate::error::ErrorCode::BadUserInput.as_str();
    Err(InputValueError::custom(expected).with_extension("code", code))
}
