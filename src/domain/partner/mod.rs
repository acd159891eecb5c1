//! The partner's language: products and orders as API A and webhooks tell of them (`docs/partner-api.md`).
//!
//! Everything is checked when it is read, so that the rooms behind may rely on it.

mod json;
mod order;
mod position;
mod product;
#[cfg(test)]
mod simulated;

pub use order::PartnerOrder;
pub use position::{Position, Precedence};
pub use product::{PartnerProducer, PartnerProduct, PartnerProductBody, PartnerProductDetails, read_price, read_stock};

/// The longest id of a partner's thing, in bytes.
pub const EXTERNAL_ID_MAX: usize = 128;

/// Reads an id of the partner: a string of visible ASCII, or an integer, which counts as its digits.
pub fn external_id(value: &serde_json::Value) -> Option<String> {
    let id = match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
        _ => return None,
    };
    is_external_id(&id).then_some(id)
}

/// Whether `text` can be an id of the partner.
pub fn is_external_id(text: &str) -> bool {
    (1..=EXTERNAL_ID_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
