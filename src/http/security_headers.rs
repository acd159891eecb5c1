//! What every answer tells browsers to refrain from, unless it chooses otherwise.
//!
//! Only what concerns data is here: `frame-ancestors` has taken the place of `X-Frame-Options` in every browser (CSP 2), JSON has no
//! links that a referrer could leave by, and `Cross-Origin-Resource-Policy` would guard nothing: there are no cookies, so a page of
//! another origin that embeds an answer gets what anybody gets who asks without a token. The page of GraphiQL, which is a document,
//! tells more ([`super::graphiql`]).

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// Headers of every answer that does not choose otherwise.
static DEFAULTS: [(HeaderName, HeaderValue); 3] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Adds the headers that every answer has.
pub(super) fn add_defaults(headers: &mut HeaderMap) {
    headers.reserve(DEFAULTS.len());
    for (name, value) in &DEFAULTS {
        headers.entry(name).or_insert_with(|| value.clone());
    }
}
