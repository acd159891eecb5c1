//! Search, through servers as they are deployed: what shoppers type and what they must find, how soon a change is found, what
//! heals by itself, and what is refused.
//!
//! ```text
//! quality    the judged set: what shoppers type, and what they must find
//! freshness  three servers on one database: a change is found by all
//! healing    killed in the middle, damaged, of another set of synonyms, brought anew by `reindex`
//! lists      search beside filters, sorts, places, parents, facets and counts; and in REST
//! refused    what cannot be searched, and signs that mean nothing
//! market     servers, and the verbs of those who write and search
//! ```
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod freshness;
mod healing;
mod lists;
mod market;
mod quality;
mod refused;
