//! Who calls, and what they may do.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::error::{Error, ErrorCode};

/// A right to do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Change the catalogue.
    CatalogueWrite,
    /// Read what the process measures of itself.
    OpsRead,
    /// Read orders.
    OrdersRead,
    /// Read the webhook inbox.
    WebhooksRead,
    /// Apply events again, or take them out.
    WebhooksReplay,
}

impl Scope {
    const ALL: [Self; 5] = [Self::CatalogueWrite, Self::OpsRead, Self::OrdersRead, Self::WebhooksRead, Self::WebhooksReplay];

    /// The scope as it stands in tokens and in the schema.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CatalogueWrite => "catalogue:write",
            Self::OpsRead => "ops:read",
            Self::OrdersRead => "orders:read",
            Self::WebhooksRead => "webhooks:read",
            Self::WebhooksReplay => "webhooks:replay",
        }
    }

    /// The scope of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

/// A set of rights.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Every right there is.
    pub fn all() -> Self {
        Self(Scope::ALL.into_iter().collect())
    }

    /// Reads names separated by blanks or commas.
    ///
    /// # Errors
    /// One sentence that names the unknown scope.
    pub fn parse(text: &str) -> Result<Self, String> {
        let names = text.split([' ', ',']).filter(|name| !name.is_empty());
        let known: Vec<_> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
        let scope = |name| Scope::parse(name).ok_or_else(|| format!("unknown scope {name:?}: known are {}", known.join(", ")));
        names.map(scope).collect::<Result<_, _>>().map(Self)
    }
}

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    scopes: Arc<Scopes>,
    /// The token's, when one was presented.
    token_hash: Option<[u8; 16]>,
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

    /// Tells callers with a token apart: the first half of its SHA-256.
    pub fn token_hash(&self) -> Option<[u8; 16]> {
        self.token_hash
    }

    /// Whether the caller holds `scope`.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.0.contains(&scope)
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
        Err(if self.token_hash.is_some() {
            Error::refused(ErrorCode::Forbidden, format!("this needs the scope {name}"))
        } else {
            Error::refused(ErrorCode::Unauthenticated, format!("this needs a token with the scope {name}"))
        })
    }
}

/// Tells callers by their token.
#[derive(Clone)]
pub struct Access {
    /// Each with the first half of its hash.
    tokens: Vec<(String, [u8; 16])>,
    all: Arc<Scopes>,
    anonymous: Arc<Scopes>,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").field("tokens", &self.tokens.len()).field("anonymous", &self.anonymous).finish()
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
        Self { tokens, all: Arc::new(Scopes::all()), anonymous: Arc::new(anonymous) }
    }

    /// The caller behind a bearer token, or without one.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` for a token that is not known: a wrong token never counts as none.
    pub fn caller(&self, bearer: Option<&str>) -> Result<Caller, Error> {
        let Some(presented) = bearer else {
            return Ok(Caller { scopes: Arc::clone(&self.anonymous), token_hash: None, local: false });
        };
        // Every token is compared, each in constant time.
        let known = self.tokens.iter().fold(None, |known, (token, hash)| {
            if bool::from(token.as_bytes().ct_eq(presented.as_bytes())) { Some(*hash) } else { known }
        });
        let refused = || Error::refused(ErrorCode::Unauthenticated, "the token is not valid");
        known.map(|hash| Caller { scopes: Arc::clone(&self.all), token_hash: Some(hash), local: false }).ok_or_else(refused)
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
        let anonymous = access.caller(None).unwrap();
        assert!(anonymous.may(Scope::OpsRead));
        assert_eq!(anonymous.require(Scope::CatalogueWrite).unwrap_err().code(), ErrorCode::Unauthenticated);
        assert!(access.caller(Some("secret")).unwrap().may(Scope::CatalogueWrite));
        assert_eq!(access.caller(Some("secreT")).unwrap_err().code(), ErrorCode::Unauthenticated);
        assert_eq!(access.caller(Some("")).unwrap_err().code(), ErrorCode::Unauthenticated);
    }

    #[test]
    fn an_unknown_scope_is_named() {
        assert!(Scopes::parse("ops:read catalogue:wrote").unwrap_err().contains("catalogue:wrote"));
    }
}
