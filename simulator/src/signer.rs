//! Signatures by Standard Webhooks, and deliveries that somebody spoilt.

use std::sync::Arc;

use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};

/// Farther back than any receiver believes, in seconds.
const STALE_BY: i64 = 600;

/// A secret that cannot be read: it must be `whsec_` and base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the webhook secret must be whsec_ and base64")]
pub struct SecretError;

/// Signs for one secret; a clone is a pointer.
#[derive(Clone)]
pub struct Signer(Arc<Webhook>);

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

/// What is sent: a body and its headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`, in seconds since 1970.
    pub timestamp: i64,
    /// `webhook-signature`.
    pub signature: String,
    /// The body.
    pub body: String,
}

/// What may be wrong with a delivery. Each must be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Corruption {
    /// A digit of the body is another one; it stays JSON.
    Body,
    /// The signature is another one.
    Signature,
    /// The id is not the signed one.
    Id,
    /// Signed well, but long ago: a replay.
    Stale,
}

impl Corruption {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Body, Self::Signature, Self::Id, Self::Stale];
}

impl Signer {
    /// Signs with this secret.
    ///
    /// # Errors
    /// When it is not `whsec_` and base64.
    pub fn new(secret: &str) -> Result<Self, SecretError> {
        Webhook::new(secret).map(|webhook| Self(Arc::new(webhook))).map_err(|_| SecretError)
    }

    /// Signs a body.
    pub fn sign(&self, id: &str, now_ms: i64, body: String) -> Signed {
        let timestamp = now_ms.div_euclid(1_000);
        // It fails for bodies that are not UTF-8 alone, and a string is.
        let signature = self.0.sign(id, timestamp, body.as_bytes()).unwrap_or_default();
        Signed { id: id.to_owned(), timestamp, signature, body }
    }

    /// Signs a body and spoils it.
    pub fn corrupt(&self, id: &str, now_ms: i64, body: String, how: Corruption) -> Signed {
        match how {
            Corruption::Stale => self.sign(id, now_ms - STALE_BY * 1_000, body),
            Corruption::Body => {
                let signed = self.sign(id, now_ms, body);
                Signed { body: spoil(&signed.body), ..signed }
            }
            Corruption::Signature => {
                let signed = self.sign(id, now_ms, body);
                let other = self.sign(&format!("{id}_"), now_ms, signed.body.clone());
                Signed { signature: other.signature, ..signed }
            }
            Corruption::Id => Signed { id: format!("{id}_forged"), ..self.sign(id, now_ms, body) },
        }
    }
}

impl Signed {
    /// The three headers.
    pub fn headers(&self) -> [(&'static str, String); 3] {
        [
            (HEADER_WEBHOOK_ID, self.id.clone()),
            (HEADER_WEBHOOK_TIMESTAMP, self.timestamp.to_string()),
            (HEADER_WEBHOOK_SIGNATURE, self.signature.clone()),
        ]
    }
}

/// Another last digit; an exclamation mark where there is none.
fn spoil(body: &str) -> String {
    let mut text = body.to_owned();
    match text.rfind(|c: char| c.is_ascii_digit()) {
        Some(place) => {
            let digit = if text[place..].starts_with('7') { "8" } else { "7" };
            text.replace_range(place..=place, digit);
        }
        None => text.push('!'),
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::DEV_WEBHOOK_SECRET;

    #[test]
    fn signatures_are_those_of_the_standards_example() {
        let signer = Signer::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").unwrap();
        let body = r#"{"email":"test@example.com","username":"test_user"}"#;
        let signed = signer.sign("msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553_999, body.to_owned());
        assert_eq!(signed.signature, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
        assert_eq!(signed.headers()[1], ("webhook-timestamp", "1649367553".to_owned()));
    }

    #[test]
    fn what_is_spoilt_does_not_fit_its_signature() {
        let signer = Signer::new(DEV_WEBHOOK_SECRET).unwrap();
        let body = r#"{"id":"P-1-7","event":"order.updated"}"#;
        let genuine = signer.sign("evt_1", 1_000_000, body.to_owned());
        for how in Corruption::ALL {
            let spoilt = signer.corrupt("evt_1", 1_000_000, body.to_owned(), how);
            assert_ne!(spoilt, genuine);
            assert!(serde_json::from_str::<serde_json::Value>(&spoilt.body).is_ok());
            let fits = signer.sign(&spoilt.id, spoilt.timestamp * 1_000, spoilt.body.clone()).signature == spoilt.signature;
            assert_eq!(fits, how == Corruption::Stale, "{how:?}");
        }
        assert_eq!(Signer::new("whsec_!").unwrap_err(), SecretError);
    }
}
