//! What every answer tells browsers to refrain from, unless it chooses otherwise.
//!
//! Only what concerns data is here: `frame-ancestors` has taken the place of `X-Frame-Options` in every browser (CSP 2), and JSON
//! has no links that a referrer could leave by. The page of GraphiQL, which is a document, tells more ([`super::graphiql`]).

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// Which origins may embed an answer.
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Headers of every answer that does not choose otherwise.
static DEFAULTS: [(HeaderName, HeaderValue); 4] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin")),
];

/// Adds the headers that every answer has.
pub(super) fn add_defaults(headers: &mut HeaderMap) {
    headers.reserve(DEFAULTS.len());
    for (name, value) in &DEFAULTS {
        headers.entry(name).or_insert_with(|| value.clone());
    }
}

/// Adds the headers of an answer that is the same for everybody. Who may embed it need not be told: there are no cookies, so a page
/// of another origin gets what anybody gets who asks.
pub(super) fn add_defaults_of_public(headers: &mut HeaderMap) {
    add_defaults(headers);
    headers.remove(CROSS_ORIGIN_RESOURCE_POLICY);
}
