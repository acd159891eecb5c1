//! What callers may do.

use std::fmt;

/// A right to do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Change the catalogue.
    CatalogueWrite,
    /// Read what the process measures of itself.
    OpsRead,
    /// Read orders.
    OrdersRead,
    /// Read events of webhooks.
    WebhooksRead,
    /// Have events of webhooks processed again, or discarded.
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

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of rights, a bit for each: it is copied for every request.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u8);

impl Scopes {
    /// Every right there is.
    pub fn all() -> Self {
        Scope::ALL.into_iter().collect()
    }

    /// Whether `scope` is one of them.
    pub fn holds(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Reads names separated by blanks or commas.
    ///
    /// # Errors
    /// One sentence that names the unknown scope.
    pub fn parse(text: &str) -> Result<Self, String> {
        let names = text.split([' ', ',']).filter(|name| !name.is_empty());
        let known: Vec<_> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
        let scope = |name| Scope::parse(name).ok_or_else(|| format!("unknown scope {name:?}: known are {}", known.join(", ")));
        names.map(scope).collect()
    }

    /// Reads names of an issuer, whose scopes are for other services too: unknown ones are passed over.
    pub fn known_among<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        names.filter_map(Scope::parse).collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(Scope::ALL.into_iter().filter(|scope| self.holds(*scope)).map(Scope::as_str)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_scope_is_named_in_a_setting_and_passed_over_in_a_token() {
        assert!(Scopes::parse("ops:read catalogue:wrote").unwrap_err().contains("catalogue:wrote"));
        let known = Scopes::known_among("ops:read catalogue:wrote openid".split(' '));
        assert_eq!(known, Scopes::parse("ops:read").unwrap());
    }

    #[test]
    fn each_scope_is_one_of_all_and_of_none() {
        for scope in Scope::ALL {
            assert!(Scopes::all().holds(scope) && !Scopes::default().holds(scope));
            assert_eq!(Scope::parse(scope.as_str()), Some(scope));
            assert_eq!(Scopes::parse(scope.as_str()).unwrap(), Scopes::from_iter([scope]));
        }
    }
}
