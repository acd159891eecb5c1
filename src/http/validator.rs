//! Whether a caller has an answer already.

use axum::http::header::IF_NONE_MATCH;
use axum::http::{HeaderMap, HeaderValue};

/// Whether `If-None-Match` names this entity tag, or any (RFC 9110, 13.1.2: it compares weakly).
pub(super) fn matches(request: &HeaderMap, tag: &[u8]) -> bool {
    let headers = request.get_all(IF_NONE_MATCH).iter().map(HeaderValue::as_bytes);
    let mut named = headers.flat_map(|header| header.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    named.any(|named| named == b"*" || opaque(named) == opaque(tag))
}

fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_in_a_list_and_behind_a_weak_mark() {
        let has = |header: &'static str, tag: &str| {
            matches(&HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(header))]), tag.as_bytes())
        };
        for known in ["\"a\"", "\"b\", \"a\"", "W/\"a\"", "*"] {
            assert!(has(known, "\"a\"") && has(known, "W/\"a\""), "{known}");
        }
        for other in ["\"b\"", "a", "\"a-gzip\""] {
            assert!(!has(other, "\"a\""), "{other}");
        }
        assert!(!matches(&HeaderMap::new(), b"\"a\""));
    }
}
