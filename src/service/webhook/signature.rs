//! Whether a delivery comes from who it says.
//!
//! Signatures are compared in constant time, over the raw bytes, before anything is parsed. Which part did not fit is not told.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use standardwebhooks::Webhook;
use subtle::{Choice, ConstantTimeEq as _};

use super::receive::Delivery;
use super::source::{Scheme, Source};
use crate::error::{Error, ErrorCode};

/// How far a timestamp may be from now, both ways: Standard Webhooks 1.0.0.
const TOLERANCE_S: i64 = 300;
/// Signatures looked at in one header: a sender that rotates has two.
const SIGNATURES_MAX: usize = 10;
const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";

/// Checks the signature of a delivery with this event id.
///
/// # Errors
/// `SIGNATURE_INVALID`, `TIMESTAMP_OUT_OF_TOLERANCE`.
pub(super) fn verify(source: &Source, event_id: &str, delivery: &Delivery<'_>, now_ms: i64) -> Result<(), Error> {
    match source.scheme {
        Scheme::None => Ok(()),
        Scheme::Standard => standard(source, event_id, delivery, now_ms),
        Scheme::HmacSha256Hex | Scheme::HmacSha256Base64 => hmac_of_body(source, delivery),
    }
}

/// The key in a secret of Standard Webhooks.
pub(super) fn standard_key(secret: &str) -> Option<Vec<u8>> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    (24..=64).contains(&key.len()).then_some(key)
}

fn standard(source: &Source, event_id: &str, delivery: &Delivery<'_>, now_ms: i64) -> Result<(), Error> {
    // The signed id is that of `webhook-id`: another header must not smuggle in another one.
    let signed_id = delivery.header(ID).ok_or_else(invalid)?;
    let seconds: i64 = delivery.header(TIMESTAMP).and_then(|text| text.parse().ok()).ok_or_else(invalid)?;
    let header = delivery.header(SIGNATURE).ok_or_else(invalid)?;
    if signed_id != event_id || header.split(' ').count() > SIGNATURES_MAX {
        return Err(invalid());
    }
    let given: Vec<&[u8]> = header.split(' ').filter_map(|part| part.strip_prefix("v1,")).map(str::as_bytes).collect();
    let mut fits = Choice::from(0);
    for secret in &source.secrets {
        let expected = Webhook::new(secret).and_then(|webhook| webhook.sign(event_id, seconds, delivery.body));
        let expected = expected.map_err(|_| invalid())?;
        let expected = expected.strip_prefix("v1,").unwrap_or_default().as_bytes();
        for signature in &given {
            fits |= signature.ct_eq(expected);
        }
    }
    if !bool::from(fits) {
        return Err(invalid());
    }
    // Behind the signature: who cannot sign learns nothing of our clock.
    let too_far = seconds.checked_sub(now_ms / 1_000).is_none_or(|distance| !(-TOLERANCE_S..=TOLERANCE_S).contains(&distance));
    if too_far {
        let message = format!("the timestamp of the delivery is more than {TOLERANCE_S} s away from now");
        return Err(Error::refused(ErrorCode::TimestampOutOfTolerance, message));
    }
    Ok(())
}

fn hmac_of_body(source: &Source, delivery: &Delivery<'_>) -> Result<(), Error> {
    let header = source.signature_header.as_deref().and_then(|name| delivery.header(name)).ok_or_else(invalid)?;
    let text = header.strip_prefix("sha256=").unwrap_or(header);
    let given = if source.scheme == Scheme::HmacSha256Hex { from_hex(text) } else { STANDARD.decode(text).ok() };
    let given = given.ok_or_else(invalid)?;
    let mut fits = Choice::from(0);
    for secret in &source.secrets {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(Error::internal)?;
        let expected = mac.chain_update(delivery.body).finalize().into_bytes();
        fits |= given.as_slice().ct_eq(expected.as_slice());
    }
    if bool::from(fits) { Ok(()) } else { Err(invalid()) }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    if rest.is_empty() { bytes } else { None }
}

fn invalid() -> Error {
    Error::refused(ErrorCode::SignatureInvalid, "the signature of the delivery is not valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    // The vector of the specification's libraries.
    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const EVENT: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
    const SECONDS: i64 = 1_649_367_553;
    const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;
    const SIGNED: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";

    fn code(source: &Source, id: &str, timestamp: &str, signature: &str, body: &[u8], now_s: i64) -> Result<(), ErrorCode> {
        let header = |name: &str| match name {
            ID => Some(id),
            TIMESTAMP => Some(timestamp),
            SIGNATURE | "x-hub-signature-256" => Some(signature),
            _ => None,
        };
        let delivery = Delivery { source: "shop", header: &header, body, is_local: false };
        verify(source, id, &delivery, now_s * 1_000).map_err(|err| err.code())
    }

    #[test]
    fn the_vector_of_the_specification_holds_and_nothing_else_does() {
        let source = Source::standard("shop", vec!["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned(), SECRET.to_owned()]);
        let at = SECONDS.to_string();
        let invalid = Err(ErrorCode::SignatureInvalid);
        assert_eq!(code(&source, EVENT, &at, SIGNED, BODY, SECONDS), Ok(()));
        assert_eq!(code(&source, EVENT, &at, &format!("v1,AAAA {SIGNED}"), BODY, SECONDS + 280), Ok(()));
        assert_eq!(code(&source, "msg_other", &at, SIGNED, BODY, SECONDS), invalid);
        assert_eq!(code(&source, EVENT, &at, SIGNED, b"{}", SECONDS), invalid);
        assert_eq!(code(&source, EVENT, &(SECONDS + 1).to_string(), SIGNED, BODY, SECONDS), invalid);
        assert_eq!(code(&source, EVENT, &at, &format!("{} {SIGNED}", "v1,AAAA ".repeat(150).trim()), BODY, SECONDS), invalid);
        assert_eq!(code(&source, EVENT, &at, SIGNED.trim_start_matches("v1,"), BODY, SECONDS), invalid);
        let other = Source::standard("shop", vec!["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()]);
        assert_eq!(code(&other, EVENT, &at, SIGNED, BODY, SECONDS), invalid);
    }

    #[test]
    fn old_future_and_extreme_timestamps_are_refused_without_overflow() {
        let source = Source::standard("shop", vec![SECRET.to_owned()]);
        let late = Err(ErrorCode::TimestampOutOfTolerance);
        for seconds in [SECONDS - 310, SECONDS + 310, i64::MIN, i64::MAX, 0] {
            let signature = Webhook::new(SECRET).unwrap().sign(EVENT, seconds, BODY).unwrap();
            assert_eq!(code(&source, EVENT, &seconds.to_string(), &signature, BODY, SECONDS), late, "{seconds}");
        }
        assert_eq!(code(&source, EVENT, "9223372036854775808", SIGNED, BODY, SECONDS), Err(ErrorCode::SignatureInvalid));
    }

    #[test]
    fn a_body_alone_may_be_signed_in_hexadecimal_or_base64() {
        // The example of GitHub's documentation.
        let hex = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        let secrets = vec!["It's a Secret to Everybody".to_owned()];
        let header = Some("x-hub-signature-256".to_owned());
        let source = Source { signature_header: header, secrets, scheme: Scheme::HmacSha256Hex, ..Source::unsigned("git") };
        let body = b"Hello, World!";
        assert_eq!(code(&source, "1", "", &format!("sha256={hex}"), body, 0), Ok(()));
        let base64 = STANDARD.encode(from_hex(hex).unwrap());
        assert_eq!(code(&source, "1", "", &base64, body, 0), Err(ErrorCode::SignatureInvalid));
        let source = Source { scheme: Scheme::HmacSha256Base64, ..source };
        assert_eq!(code(&source, "1", "", &base64, body, 0), Ok(()));
        assert_eq!(code(&source, "1", "", &base64, b"Hello, World", 0), Err(ErrorCode::SignatureInvalid));
    }
}
