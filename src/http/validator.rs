//! Whether a caller has an answer already.

use axum::http::HeaderValue;

/// Whether one of these values of `If-None-Match` names this entity tag, or any (RFC 9110, 13.1.2: it compares weakly).
pub(super) fn matches<'a>(if_none_match: impl IntoIterator<Item = &'a HeaderValue>, tag: &[u8]) -> bool {
    let headers = if_none_match.into_iter().map(HeaderValue::as_bytes);
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
        let has = |header: &'static str, tag: &str| matches([&HeaderValue::from_static(header)], tag.as_bytes());
        for known in ["\"a\"", "\"b\", \"a\"", "W/\"a\"", "*"] {
            assert!(has(known, "\"a\"") && has(known, "W/\"a\""), "{known}");
        }
        for other in ["\"b\"", "a", "\"a-gzip\""] {
            assert!(!has(other, "\"a\""), "{other}");
        }
        assert!(!matches([], b"\"a\""));
    }
}
