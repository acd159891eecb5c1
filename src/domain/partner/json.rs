//! Members of a partner's JSON, each with one sentence when it cannot be read.

use serde_json::{Map, Value};

use crate::domain::money::{ScaleError, parse_scaled};
use crate::domain::{Currency, text};

/// An RFC 3339 instant in milliseconds since 1970.
pub(super) fn instant_ms(value: &Value) -> Option<i64> {
    let instant = chrono::DateTime::parse_from_rfc3339(value.as_str()?).ok()?;
    Some(instant.timestamp_millis())
}

/// The member called `name`, which must be an object.
pub(super) fn object<'a>(parent: &'a Map<String, Value>, name: &str) -> Result<&'a Map<String, Value>, String> {
    parent.get(name).and_then(Value::as_object).ok_or_else(|| format!("`{name}` must be an object"))
}

/// The member called `name`, which must be text of a bounded length.
pub(super) fn string<'a>(parent: &'a Map<String, Value>, name: &str, min: usize, max: usize) -> Result<&'a str, String> {
    let found = parent.get(name).and_then(Value::as_str).ok_or_else(|| format!("`{name}` must be a string"))?;
    match text::fault(found, min, max) {
        Some(why) => Err(format!("`{name}` {why}")),
        None => Ok(found),
    }
}

/// The id called `name`.
pub(super) fn id(parent: &Map<String, Value>, name: &str) -> Result<String, String> {
    let found = parent.get(name).and_then(super::external_id);
    found.ok_or_else(|| {
        format!("`{name}` must be an integer, or a string of 1 to {} visible ASCII characters", super::EXTERNAL_ID_MAX)
    })
}

/// The integer called `name`, from `min` to `max`.
pub(super) fn integer(parent: &Map<String, Value>, name: &str, min: i64, max: i64) -> Result<i64, String> {
    let found = parent.get(name).and_then(Value::as_i64).filter(|number| (min..=max).contains(number));
    found.ok_or_else(|| format!("`{name}` must be an integer from {min} to {max}"))
}

/// The number called `name`.
pub(super) fn number(parent: &Map<String, Value>, name: &str) -> Result<f64, String> {
    parent.get(name).and_then(Value::as_f64).ok_or_else(|| format!("`{name}` must be a number"))
}

/// The money called `name`, `{"amount": "64.50", "currency": "INR"}`, in minor units. A JSON number is refused: it may have
/// lost digits already.
pub(super) fn money(parent: &Map<String, Value>, name: &str) -> Result<(i64, Currency), String> {
    let money = object(parent, name)?;
    let currency = money.get("currency").and_then(Value::as_str).and_then(Currency::parse);
    let currency = currency.ok_or_else(|| format!("`{name}.currency` must be an ISO 4217 code"))?;
    let amount =
        money.get("amount").and_then(Value::as_str).ok_or_else(|| format!("`{name}.amount` must be a decimal string"))?;
    let minor = scaled(amount, currency.exponent(), &format!("{name}.amount"))?;
    if minor < 0 {
        return Err(format!("`{name}.amount` cannot be negative"));
    }
    Ok((minor, currency))
}

/// A decimal string in units of `10^-digits`.
pub(super) fn scaled(text: &str, digits: u32, name: &str) -> Result<i64, String> {
    parse_scaled(text, digits).map_err(|err| match err {
        ScaleError::Malformed => format!("`{name}` must be a decimal string"),
        ScaleError::TooPrecise => format!("`{name}` has more than {digits} digits behind the point"),
        ScaleError::OutOfRange => format!("`{name}` is too large"),
    })
}
