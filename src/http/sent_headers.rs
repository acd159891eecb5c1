//! The headers of a request that decide over a kept answer, found in one pass. Looking each of them up, most of them in vain, takes
//! longer for the few headers of a cache or an app, and about as long for the dozen of a browser.

use axum::http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, IF_NONE_MATCH, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderValue};

use super::request_id::X_REQUEST_ID;

/// Each of them, where the request has it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SentHeaders<'a> {
    pub(super) accept: Option<&'a HeaderValue>,
    pub(super) accept_encoding: Option<&'a HeaderValue>,
    pub(super) authorization: Option<&'a HeaderValue>,
    pub(super) if_none_match: Option<&'a HeaderValue>,
    pub(super) request_id: Option<&'a HeaderValue>,
}

impl<'a> SentHeaders<'a> {
    /// Those of this request; `None` when one of them came twice, or a body may follow whose end nobody can tell beforehand.
    pub(super) fn of(headers: &'a HeaderMap) -> Option<Self> {
        let mut sent = Self::default();
        for (name, value) in headers {
            let place = if *name == ACCEPT {
                &mut sent.accept
            } else if *name == ACCEPT_ENCODING {
                &mut sent.accept_encoding
            } else if *name == AUTHORIZATION {
                &mut sent.authorization
            } else if *name == IF_NONE_MATCH {
                &mut sent.if_none_match
            } else if *name == X_REQUEST_ID {
                &mut sent.request_id
            } else if *name == TRANSFER_ENCODING {
                return None;
            } else {
                continue;
            };
            if place.replace(value).is_some() {
                return None;
            }
        }
        Some(sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    const EACH: [(&str, &str); 5] =
        [("accept", "a"), ("accept-encoding", "b"), ("authorization", "c"), ("if-none-match", "d"), ("x-request-id", "e")];

    #[test]
    fn each_is_found_among_others() {
        let headers = headers(&[&[("host", "h"), ("cookie", "x")], &EACH[..], &[("cookie", "y"), ("x-other", "z")]].concat());
        let sent = SentHeaders::of(&headers).unwrap();
        let found = [sent.accept, sent.accept_encoding, sent.authorization, sent.if_none_match, sent.request_id];
        assert_eq!(found.map(|value| value.unwrap().to_str().unwrap()), ["a", "b", "c", "d", "e"]);
        assert_eq!(SentHeaders::of(&HeaderMap::new()), Some(SentHeaders::default()));
    }

    #[test]
    fn twice_is_unusual_and_so_is_a_body_of_unknown_length() {
        for line in EACH {
            assert_eq!(SentHeaders::of(&headers(&[line, ("host", "h"), line])), None, "{line:?}");
        }
        assert_eq!(SentHeaders::of(&headers(&[("transfer-encoding", "chunked")])), None);
    }
}
