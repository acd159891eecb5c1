//! Tokens that hold and tokens that do not, over an issuer in memory: no network, and a clock that is set by hand.

mod rotation;
mod support;
mod tokens;
