//! The API of the `regex` crate by `regex-lite`.
//!
//! Three libraries ask for `regex`: tantivy to escape a slash in facets that we do not have, async-graphql for a validator that we
//! do not use, sea-orm's macros to pluralise names while they are compiled. Its automata and Unicode tables were a fortieth of the
//! binary.

pub use regex_lite::*;
