//! Who a bearer token speaks of: access tokens of a configured issuer, as JWTs (RFC 7519, RFC 9068) signed with keys that the
//! issuer publishes (RFC 7517).
//!
//! ```text
//! issuer   verification of a token, and what was verified before
//! claims   what a token says: subject, times, audience, scopes in all their spellings
//! jwks     the issuer's keys: when they are fetched, how long they may be used
//! key_set  one state of them, read strictly
//! source   fetching them by HTTP
//! scope    what callers may do
//! ```
//!
//! It knows HTTP as a client; it knows nothing of tables, GraphQL and axum, and never writes a token into a log.

mod claims;
mod issuer;
mod jwks;
mod key_set;
mod scope;
mod source;
#[cfg(test)]
mod tests;

pub use issuer::{Failure, Invalid, Issuer, IssuerSettings, Verified};
pub use jsonwebtoken::Algorithm;
pub use jwks::Jwks;
pub use key_set::algorithm;
pub use scope::{Scope, Scopes};
pub use source::{Fetching, HttpKeySource, KeySource};
