//! Whether a caller has an answer already.

use axum::http::HeaderMap;
use axum::http::header::IF_NONE_MATCH;

/// Whether `If-None-Match` names this entity tag, or any (RFC 9110, 13.1.2: it compares weakly).
pub(super) fn matches(request: &HeaderMap, tag: &str) -> bool {
    let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    let headers = request.get_all(IF_NONE_MATCH).iter().filter_map(|header| header.to_str().ok());
    headers.flat_map(|header| header.split(',')).map(str::trim).any(|named| named == "*" || opaque(named) == opaque(tag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_tag_is_found_in_a_list_and_behind_a_weak_mark() {
        let has = |header: &'static str, tag: &str| {
            matches(&HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(header))]), tag)
        };
        for known in ["\"a\"", "\"b\", \"a\"", "W/\"a\"", "*"] {
            assert!(has(known, "\"a\"") && has(known, "W/\"a\""), "{known}");
        }
        for other in ["\"b\"", "a", "\"a-gzip\""] {
            assert!(!has(other, "\"a\""), "{other}");
        }
        assert!(!matches(&HeaderMap::new(), "\"a\""));
    }
}
