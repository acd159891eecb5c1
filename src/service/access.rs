//! Who calls, and what they may do.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::error::{Error, ErrorCode};
use crate::identity::{Failure, Issuer, Verified};

pub use crate::identity::{Scope, Scopes};

/// Who calls.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    scopes: Scopes,
    /// The token's, when one was presented.
    subject: Option<[u8; 16]>,
    /// Whether the request was made on this machine.
    local: bool,
}

impl Caller {
    /// The same, who calls from this machine.
    #[must_use]
    pub fn on_this_machine(self, local: bool) -> Self {
        Self { local, ..self }
    }

    /// Whether the request was made on this machine, as far as is known.
    pub fn is_local(&self) -> bool {
        self.local
    }

    /// Tells callers with a token apart, by half a hash: whom a token of the issuer speaks of, which is the same for all of their
    /// tokens; else the token itself.
    pub fn subject(&self) -> Option<[u8; 16]> {
        self.subject
    }

    /// Whether the caller holds `scope`.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.holds(scope)
    }

    /// Refuses a caller without `scope`.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` without a token, `FORBIDDEN` with one that does not hold the scope.
    pub fn require(&self, scope: Scope) -> Result<(), Error> {
        if self.may(scope) {
            return Ok(());
        }
        let name = scope.as_str();
        Err(if self.subject.is_some() {
            Error::refused(ErrorCode::Forbidden, format!("this needs the scope {name}"))
        } else {
            Error::refused(ErrorCode::Unauthenticated, format!("this needs a token with the scope {name}"))
        })
    }
}

impl From<Verified> for Caller {
    fn from(verified: Verified) -> Self {
        Self { scopes: verified.scopes, subject: Some(verified.subject), local: false }
    }
}

/// Tells callers by their token.
#[derive(Clone)]
pub struct Access {
    /// Each with the first half of its hash.
    tokens: Vec<(String, [u8; 16])>,
    anonymous: Scopes,
    issuer: Option<Arc<Issuer>>,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = f.debug_struct("Access");
        told.field("tokens", &self.tokens.len()).field("anonymous", &self.anonymous).field("issuer", &self.issuer).finish()
    }
}

impl Access {
    /// Static `tokens` hold all scopes; a caller without a token holds `anonymous`.
    pub fn new(tokens: Vec<String>, anonymous: Scopes) -> Self {
        let tokens = tokens
            .into_iter()
            .map(|token| {
                let hash = half_hash(&token);
                (token, hash)
            })
            .collect();
        Self { tokens, anonymous, issuer: None }
    }

    /// The same, and tokens of `issuer` hold the scopes that they name.
    pub fn with_issuer(self, issuer: Option<Arc<Issuer>>) -> Self {
        Self { issuer, ..self }
    }

    /// The caller behind a bearer token, or without one, if that can be told at once; `None` when the issuer has to be asked for
    /// its keys first. Without a token this takes no lock and no memory.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` for a token that does not hold: a wrong token never counts as none.
    pub fn caller_at_once(&self, bearer: Option<&str>) -> Result<Option<Caller>, Error> {
        let Some(presented) = bearer else {
            return Ok(Some(Caller { scopes: self.anonymous, subject: None, local: false }));
        };
        // Every token is compared, each in constant time.
        let known = self.tokens.iter().fold(None, |known, (token, hash)| {
            if bool::from(token.as_bytes().ct_eq(presented.as_bytes())) { Some(*hash) } else { known }
        });
        if let Some(hash) = known {
            return Ok(Some(Caller { scopes: Scopes::all(), subject: Some(hash), local: false }));
        }
        let Some(issuer) = &self.issuer else {
            return Err(Error::refused(ErrorCode::Unauthenticated, "the token is not valid"));
        };
        match issuer.verify(presented) {
            Ok(verified) => Ok(Some(verified.into())),
            Err(Failure::KeyMissing) => Ok(None),
            Err(failure) => Err(refused(failure)),
        }
    }

    /// The caller behind a bearer token, or without one. Waits only for the issuer's keys, and for them not longer than a fetch
    /// may take.
    ///
    /// # Errors
    /// As [`Access::caller_at_once`]; `SERVICE_UNAVAILABLE` when the issuer's keys are needed and cannot be had.
    pub async fn caller(&self, bearer: Option<&str>) -> Result<Caller, Error> {
        if let Some(caller) = self.caller_at_once(bearer)? {
            return Ok(caller);
        }
        let (Some(issuer), Some(token)) = (&self.issuer, bearer) else {
            return Err(Error::internal("a token without an issuer has no keys to wait for"));
        };
        // In a box: hardly anybody waits, and the futures of the others should be small.
        Box::pin(issuer.verify_with_new_keys(token)).await.map(Caller::from).map_err(refused)
    }
}

fn refused(failure: Failure) -> Error {
    match failure {
        Failure::Invalid(invalid) => Error::refused(ErrorCode::Unauthenticated, invalid.as_str()),
        Failure::KeyMissing | Failure::KeysAway => {
            Error::refused(ErrorCode::ServiceUnavailable, "the token cannot be checked at the moment; please try again")
        }
    }
}

fn half_hash(token: &str) -> [u8; 16] {
    let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    let mut half = [0; 16];
    half.copy_from_slice(&hash[..16]);
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anonymous_and_authenticated_callers_are_told_apart() {
        let access = Access::new(vec!["secret".to_owned()], Scopes::parse("ops:read").unwrap());
        let at_once = |bearer| access.caller_at_once(bearer).map(|caller| caller.expect("nobody has to be asked"));
        let anonymous = at_once(None).unwrap();
        assert!(anonymous.may(Scope::OpsRead));
        assert_eq!(anonymous.require(Scope::CatalogueWrite).unwrap_err().code(), ErrorCode::Unauthenticated);
        assert!(at_once(Some("secret")).unwrap().may(Scope::CatalogueWrite));
        assert_eq!(at_once(Some("secreT")).unwrap_err().code(), ErrorCode::Unauthenticated);
        assert_eq!(at_once(Some("")).unwrap_err().code(), ErrorCode::Unauthenticated);
    }
}
