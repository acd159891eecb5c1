//! One state of an issuer's keys (RFC 7517).

use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

/// Names of the algorithms that may be configured: signatures by a key that only the issuer has. With HMAC (HS256 and its kind)
/// everybody who verifies could sign as well, and a public key could be passed off as a secret.
const ALGORITHMS: [(&str, Algorithm); 9] = [
    ("RS256", Algorithm::RS256),
    ("RS384", Algorithm::RS384),
    ("RS512", Algorithm::RS512),
    ("PS256", Algorithm::PS256),
    ("PS384", Algorithm::PS384),
    ("PS512", Algorithm::PS512),
    ("ES256", Algorithm::ES256),
    ("ES384", Algorithm::ES384),
    ("EdDSA", Algorithm::EdDSA),
];

/// The algorithm of this name (RFC 7518 §3.1, RFC 8037 §3.1).
///
/// # Errors
/// One sentence for the person who set it.
pub fn algorithm(name: &str) -> Result<Algorithm, String> {
    let found = ALGORITHMS.iter().find(|(known, _)| *known == name.trim());
    let known = || ALGORITHMS.map(|(known, _)| known).join(", ");
    found.map(|(_, algorithm)| *algorithm).ok_or_else(|| format!("{name:?} is not taken; these are: {}", known()))
}

/// The keys of an answer of the issuer.
#[derive(Debug, Default)]
pub(super) struct KeySet {
    keys: Vec<Key>,
    /// Of the answer's bytes.
    pub(super) digest: [u8; 32],
}

/// A public key that verifies signatures.
#[derive(Debug)]
struct Key {
    id: Option<String>,
    kind: KeyKind,
    /// The name of the only algorithm it is for, if the issuer says so.
    algorithm: Option<String>,
    key: DecodingKey,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyKind {
    Rsa,
    P256,
    P384,
    Ed25519,
}

#[derive(Deserialize)]
struct JwksDocument<'a> {
    #[serde(borrow)]
    keys: Vec<&'a RawValue>,
}

/// The members of a JWK that are looked at (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2).
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    r#use: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads a JWK set. Keys of other kinds, of other uses and malformed ones are passed over (RFC 7517 §5).
    ///
    /// # Errors
    /// One sentence when it is none.
    pub(super) fn read(body: &[u8]) -> Result<Self, String> {
        let document: JwksDocument<'_> = serde_json::from_slice(body).map_err(|err| format!("it is no JWK set: {err}"))?;
        let keys = document.keys.iter().filter_map(|key| serde_json::from_str::<Jwk>(key.get()).ok()).filter_map(Key::of);
        Ok(Self { keys: keys.collect(), digest: Sha256::digest(body).into() })
    }

    /// How many keys there are.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The key that a header with these members means; without `kid` the only key, if there is only one. The key must fit the
    /// algorithm: whoever writes the header must not choose how the key's bytes are understood (RFC 8725 §3.1).
    pub(super) fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Found<'_> {
        let mut named = self.keys.iter().filter(|key| kid.is_none() || key.id.as_deref() == kid).peekable();
        if kid.is_none() && self.keys.len() != 1 {
            return Found::Ambiguous;
        }
        if named.peek().is_none() {
            return Found::Nothing;
        }
        named.find(|key| key.fits(algorithm)).map_or(Found::Unfit, |key| Found::Key(&key.key))
    }
}

/// What a search for a key found.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// The key.
    Key(&'a DecodingKey),
    /// No key of this name.
    Nothing,
    /// A key of this name that is for other algorithms.
    Unfit,
    /// No name, and not one key only.
    Ambiguous,
}

impl Key {
    fn of(jwk: Jwk) -> Option<Self> {
        let signs = jwk.r#use.as_deref().is_none_or(|purpose| purpose == "sig");
        let verifies = jwk.key_ops.as_ref().is_none_or(|operations| operations.iter().any(|operation| operation == "verify"));
        if !signs || !verifies {
            return None;
        }
        let (kind, key) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => (KeyKind::Rsa, DecodingKey::from_rsa_components(&jwk.n?, &jwk.e?)),
            ("EC", Some("P-256")) => (KeyKind::P256, DecodingKey::from_ec_components(&jwk.x?, &jwk.y?)),
            ("EC", Some("P-384")) => (KeyKind::P384, DecodingKey::from_ec_components(&jwk.x?, &jwk.y?)),
            ("OKP", Some("Ed25519")) => (KeyKind::Ed25519, DecodingKey::from_ed_components(&jwk.x?)),
            _ => return None,
        };
        Some(Self { id: jwk.kid, kind, algorithm: jwk.alg, key: key.ok()? })
    }

    fn fits(&self, algorithm: Algorithm) -> bool {
        let kind = match algorithm {
            Algorithm::ES256 => KeyKind::P256,
            Algorithm::ES384 => KeyKind::P384,
            Algorithm::EdDSA => KeyKind::Ed25519,
            _ => KeyKind::Rsa,
        };
        let named = ALGORITHMS.iter().find(|(_, known)| *known == algorithm).map(|(name, _)| *name);
        // RFC 9864 gives EdDSA over Ed25519 a second name.
        let is_it = |only: &str| Some(only) == named || (algorithm == Algorithm::EdDSA && only == "Ed25519");
        named.is_some() && self.kind == kind && self.algorithm.as_deref().is_none_or(is_it)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithms_that_anybody_could_sign_with_are_refused() {
        for name in ["HS256", "HS384", "HS512", "none", "None", "", "rs256", "ES512"] {
            assert!(algorithm(name).is_err(), "{name}");
        }
        assert_eq!(algorithm(" EdDSA"), Ok(Algorithm::EdDSA));
    }

    #[test]
    fn keys_of_other_kinds_and_uses_are_passed_over() {
        let set = KeySet::read(
            br#"{"keys":[
                {"kty":"oct","kid":"1","k":"c2VjcmV0"},
                {"kty":"EC","kid":"2","crv":"secp256k1","x":"AQ","y":"AQ"},
                {"kty":"RSA","kid":"3","use":"enc","n":"AQAB","e":"AQAB"},
                {"kty":"RSA","kid":"4","key_ops":["encrypt"],"n":"AQAB","e":"AQAB"},
                {"kty":"RSA","kid":"5","n":"!","e":"AQAB"},
                {"kty":"RSA","kid":"6"},
                {"kty":7}, "what", 
                {"kty":"RSA","kid":"7","use":"sig","n":"AQAB","e":"AQAB","alg":"RS256"}
            ]}"#,
        )
        .unwrap();
        assert_eq!(set.len(), 1);
        assert!(matches!(set.find(Some("7"), Algorithm::RS256), Found::Key(_)));
        assert!(matches!(set.find(Some("7"), Algorithm::PS256), Found::Unfit), "the issuer says what the key is for");
        assert!(matches!(set.find(Some("7"), Algorithm::ES256), Found::Unfit));
        assert!(matches!(set.find(Some("7"), Algorithm::HS256), Found::Unfit));
        assert!(matches!(set.find(None, Algorithm::RS256), Found::Key(_)));
        assert!(matches!(set.find(Some("8"), Algorithm::RS256), Found::Nothing));
    }

    #[test]
    fn what_is_no_key_set_is_told() {
        for body in ["", "{}", "[]", r#"{"keys":7}"#] {
            assert!(KeySet::read(body.as_bytes()).is_err(), "{body}");
        }
    }
}
