//! What a token says.

use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest as _, Sha256};

use super::scope::Scopes;

/// The claims that are looked at (RFC 7519 §4.1); all others are passed over. A claim that is there twice, or has another type,
/// makes the token invalid.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: Option<String>,
    /// Whom the token speaks of.
    pub(super) sub: Option<String>,
    aud: Option<OneOrMany>,
    exp: Option<NumericDate>,
    nbf: Option<NumericDate>,
    /// A string separated by blanks (RFC 8693 §4.2, RFC 9068 §2.2.3), or a list.
    scope: Option<ScopeClaim>,
    /// The same in tokens of Microsoft Entra and Okta.
    scp: Option<ScopeClaim>,
    /// The same in tokens of a few others.
    scopes: Option<ScopeClaim>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// Issuers agree on neither name nor form; what is neither text nor a list of texts gives no scope.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum ScopeClaim {
    Text(String),
    List(Vec<String>),
    Other(IgnoredAny),
}

/// Seconds since 1970, perhaps with a fraction (RFC 7519 §2).
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
struct NumericDate(f64);

impl NumericDate {
    /// Milliseconds since 1970; what no number of them reaches is the last there is.
    fn ms(self) -> i64 {
        (self.0 * 1_000.0) as i64
    }
}

impl Claims {
    /// Whether the token is meant for `audience`, alone or among others.
    pub(super) fn is_for(&self, audience: &str) -> bool {
        match &self.aud {
            Some(OneOrMany::One(one)) => one == audience,
            Some(OneOrMany::Many(many)) => many.iter().any(|one| one == audience),
            None => false,
        }
    }

    /// When the token ends, in milliseconds since 1970.
    pub(super) fn expires_ms(&self) -> Option<i64> {
        self.exp.map(NumericDate::ms)
    }

    /// When the token begins, in milliseconds since 1970.
    pub(super) fn begins_ms(&self) -> Option<i64> {
        self.nbf.map(NumericDate::ms)
    }

    /// The scopes of ours among those of the token, in whichever form they stand there.
    pub(super) fn known_scopes(&self) -> Scopes {
        let claims = [&self.scope, &self.scp, &self.scopes];
        Scopes::known_among(claims.into_iter().flatten().flat_map(ScopeClaim::names))
    }
}

impl ScopeClaim {
    fn names(&self) -> impl Iterator<Item = &str> {
        let texts = match self {
            Self::Text(text) => std::slice::from_ref(text),
            Self::List(texts) => texts.as_slice(),
            Self::Other(_) => &[],
        };
        texts.iter().flat_map(|text| text.split(' '))
    }
}

/// Tells subjects apart: the first half of a SHA-256. `sub` is unique only within its issuer (RFC 7519 §4.1.2); the length in
/// front keeps two pairs of the same letters apart.
pub(super) fn subject(iss: &str, sub: &str) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update((iss.len() as u64).to_be_bytes());
    hash.update(iss);
    hash.update(sub);
    let hash: [u8; 32] = hash.finalize().into();
    let mut half = [0; 16];
    half.copy_from_slice(&hash[..16]);
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(json: &str) -> Claims {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn scopes_in_all_their_spellings() {
        let both = Scopes::parse("ops:read catalogue:write").unwrap();
        for json in [
            r#"{"scope":"openid ops:read catalogue:write"}"#,
            r#"{"scope":["ops:read","catalogue:write","catalogue:eat"]}"#,
            r#"{"scp":"ops:read catalogue:write"}"#,
            r#"{"scp":["ops:read"],"scope":"catalogue:write"}"#,
            r#"{"scopes":["ops:read","catalogue:write"],"scope":7,"scp":[1]}"#,
        ] {
            assert_eq!(claims(json).known_scopes(), both, "{json}");
        }
        assert_eq!(claims(r#"{"roles":["ops:read"]}"#).known_scopes(), Scopes::default());
    }

    #[test]
    fn audiences_alone_and_among_others() {
        assert!(claims(r#"{"aud":"farmlokal"}"#).is_for("farmlokal"));
        assert!(claims(r#"{"aud":["other","farmlokal"]}"#).is_for("farmlokal"));
        for json in [r#"{"aud":"farmlokal2"}"#, r#"{"aud":[]}"#, "{}", r#"{"aud":"farmlokal other"}"#] {
            assert!(!claims(json).is_for("farmlokal"), "{json}");
        }
    }

    #[test]
    fn instants_may_have_fractions_and_no_end() {
        assert_eq!(claims(r#"{"exp":1.5}"#).expires_ms(), Some(1_500));
        assert_eq!(claims(r#"{"exp":1e300}"#).expires_ms(), Some(i64::MAX));
        assert!(serde_json::from_str::<Claims>(r#"{"exp":"1"}"#).is_err());
        assert!(serde_json::from_str::<Claims>(r#"{"exp":1,"exp":9}"#).is_err(), "said twice");
    }

    #[test]
    fn a_subject_belongs_to_its_issuer() {
        assert_ne!(subject("https://a", "b"), subject("https://", "ab"));
        assert_eq!(subject("https://a", "b"), subject("https://a", "b"));
    }
}
