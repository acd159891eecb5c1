//! Verification of a token, by the rules of RFC 8725 (best current practices) and RFC 9068 (access tokens as JWTs).

use std::fmt;
use std::time::Duration;

use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use quick_cache::sync::Cache;
use sha2::{Digest as _, Sha256};

use super::claims::{self, Claims};
use super::jwks::Jwks;
use super::key_set::Found;
use super::scope::Scopes;
use crate::clock::Clock;

/// Longer tokens are refused unread, in bytes.
const TOKEN_MAX_BYTES: usize = 8 * 1024;
/// How many verified tokens are remembered.
const REMEMBERED_MAX: usize = 8 * 1024;

/// Whose tokens are taken, and which.
#[derive(Debug, Clone)]
pub struct IssuerSettings {
    /// `iss`, letter by letter.
    pub issuer: String,
    /// What `aud` must be or contain.
    pub audience: String,
    /// Where the issuer's keys are.
    pub jwks_url: String,
    /// Algorithms that are taken; see [`super::algorithm`].
    pub algorithms: Vec<Algorithm>,
    /// How far the clocks of the issuer and of this machine may be apart.
    pub leeway: Duration,
}

/// Verifies tokens of one issuer.
pub struct Issuer {
    settings: IssuerSettings,
    keys: Jwks,
    clock: Clock,
    /// What was verified, by the SHA-256 of the token: a token costs a signature once, and then a hash.
    remembered: Cache<[u8; 32], Remembered>,
}

#[derive(Clone, Copy)]
struct Remembered {
    verified: Verified,
    /// Milliseconds since 1970, leeway included.
    ends_ms: i64,
    /// The state of the keys that it was verified by.
    generation: u64,
}

/// Who a valid token speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Tells subjects (`iss` and `sub`) apart: the first half of a SHA-256.
    pub subject: [u8; 16],
    /// What they may do.
    pub scopes: Scopes,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    /// It is longer than tokens are.
    TooLong,
    /// It is no signed JWT, or a claim has the wrong form.
    Malformed,
    /// `typ` says that it is something else (RFC 8725 §3.11).
    Type,
    /// The header demands something that is not understood (RFC 7515 §4.1.11).
    Critical,
    /// `alg` is not one of those that are taken, or does not fit the key.
    Algorithm,
    /// No key of this name, or no name and several keys.
    UnknownKey,
    /// The signature does not fit.
    Signature,
    /// `iss` is somebody else.
    Issuer,
    /// It is meant for others.
    Audience,
    /// It has no subject.
    Subject,
    /// It has no end, or is past it.
    Expired,
    /// It is not valid yet.
    TooEarly,
}

impl Invalid {
    /// The sentence for the caller.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooLong => "the token is not valid: it is too long",
            Self::Malformed => "the token is not valid: it is no signed JWT",
            Self::Type => "the token is not valid: it is of another type",
            Self::Critical => "the token is not valid: its header demands what is not understood",
            Self::Algorithm => "the token is not valid: its algorithm is not taken",
            Self::UnknownKey => "the token is not valid: its key is not known",
            Self::Signature => "the token is not valid: its signature does not fit",
            Self::Issuer => "the token is not valid: it is of another issuer",
            Self::Audience => "the token is not valid: it is meant for others",
            Self::Subject => "the token is not valid: it has no subject",
            Self::Expired => "the token is not valid any more",
            Self::TooEarly => "the token is not valid yet",
        }
    }
}

/// Why nobody is known by a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It does not hold.
    Invalid(Invalid),
    /// Its key is not known, or no key is: [`Issuer::verify_with_new_keys`] may know more.
    KeyMissing,
    /// The issuer's keys cannot be had at the moment: nobody can tell whether the token holds.
    KeysAway,
}

impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Issuer {
    /// An issuer with these keys.
    pub fn new(settings: IssuerSettings, keys: Jwks, clock: Clock) -> Self {
        Self { settings, keys, clock, remembered: Cache::new(REMEMBERED_MAX) }
    }

    /// Who the token speaks of, by what is known here: nothing waits.
    ///
    /// # Errors
    /// [`Failure::KeyMissing`] when the keys should be fetched first.
    pub fn verify(&self, token: &str) -> Result<Verified, Failure> {
        if token.len() > TOKEN_MAX_BYTES {
            return Err(Invalid::TooLong.into());
        }
        let name: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let now_ms = self.clock.now_ms();
        if let Some(known) = self.remembered.get(&name)
            && now_ms < known.ends_ms
            && self.keys.usable().is_some_and(|keys| keys.generation == known.generation)
        {
            return Ok(known.verified);
        }
        let verified = self.verify_anew(token, now_ms)?;
        self.remembered.insert(name, verified);
        Ok(verified.verified)
    }

    /// As [`Issuer::verify`], after the keys were fetched, unless they were a moment ago.
    ///
    /// # Errors
    /// Never [`Failure::KeyMissing`].
    pub async fn verify_with_new_keys(&self, token: &str) -> Result<Verified, Failure> {
        self.keys.refresh().await;
        self.verify(token).map_err(|failure| match failure {
            // While the issuer is away the key may be one that it has made since.
            Failure::KeyMissing if self.keys.is_failing() || self.keys.usable().is_none() => Failure::KeysAway,
            Failure::KeyMissing => Invalid::UnknownKey.into(),
            other => other,
        })
    }

    fn verify_anew(&self, token: &str, now_ms: i64) -> Result<Remembered, Failure> {
        let header = decode_header(token).map_err(|_| Invalid::Malformed)?;
        if !self.settings.algorithms.contains(&header.alg) {
            return Err(Invalid::Algorithm.into());
        }
        if header.crit.is_some() {
            return Err(Invalid::Critical.into());
        }
        if !header.typ.as_deref().is_none_or(is_access_token) {
            return Err(Invalid::Type.into());
        }
        let keys = self.keys.usable().ok_or(Failure::KeyMissing)?;
        let key = match keys.set.find(header.kid.as_deref(), header.alg) {
            Found::Key(key) => key,
            Found::Nothing => return Err(Failure::KeyMissing),
            Found::Unfit => return Err(Invalid::Algorithm.into()),
            Found::Ambiguous => return Err(Invalid::UnknownKey.into()),
        };
        let claims = decode::<Claims>(token, key, &signature_alone(header.alg)).map_err(|err| match err.kind() {
            jsonwebtoken::errors::ErrorKind::InvalidSignature => Invalid::Signature,
            _ => Invalid::Malformed,
        })?;
        let (verified, ends_ms) = self.check(&claims.claims, now_ms)?;
        Ok(Remembered { verified, ends_ms, generation: keys.generation })
    }

    /// Who the claims speak of, and until when, in milliseconds since 1970.
    fn check(&self, claims: &Claims, now_ms: i64) -> Result<(Verified, i64), Invalid> {
        let leeway_ms = i64::try_from(self.settings.leeway.as_millis()).unwrap_or(i64::MAX);
        let issuer = &self.settings.issuer;
        if claims.iss.as_ref() != Some(issuer) {
            return Err(Invalid::Issuer);
        }
        if !claims.is_for(&self.settings.audience) {
            return Err(Invalid::Audience);
        }
        let ends_ms = claims.expires_ms().ok_or(Invalid::Expired)?.saturating_add(leeway_ms);
        if now_ms >= ends_ms {
            return Err(Invalid::Expired);
        }
        if claims.begins_ms().is_some_and(|begins_ms| now_ms.saturating_add(leeway_ms) < begins_ms) {
            return Err(Invalid::TooEarly);
        }
        let sub = claims.sub.as_deref().filter(|sub| !sub.is_empty()).ok_or(Invalid::Subject)?;
        Ok((Verified { subject: claims::subject(issuer, sub), scopes: claims.known_scopes() }, ends_ms))
    }
}

/// Access tokens say `at+jwt` (RFC 9068 §2.1), older issuers `JWT` or nothing; `application/` may stand in front (RFC 7515 §4.1.9).
fn is_access_token(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    matches!(typ.strip_prefix("application/").unwrap_or(&typ), "jwt" | "at+jwt")
}

/// The library checks the signature. It reads the system's clock, and takes a list for `iss`, so the claims are checked here.
fn signature_alone(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation
}
