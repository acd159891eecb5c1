//! What a caller sends (`Content-Type`) and what it takes (`Accept`).

use axum::http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};

use super::refusal::Refusal;

/// How much a caller likes a media type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rating {
    /// `q` in thousandths; 0 refuses.
    pub(super) quality: u16,
    /// Whether the caller names the type itself, not only by `*`.
    pub(super) named: bool,
}

/// How the request's `Accept` rates `media_type` (in small letters). Without the header everything is taken.
pub(super) fn rate(request: &HeaderMap, media_type: &str) -> Rating {
    let mut found: Option<(u8, u16)> = None;
    let mut says_nothing = true;
    for header in request.get_all(ACCEPT) {
        for range in header.to_str().unwrap_or_default().split(',').filter(|range| !range.trim().is_empty()) {
            says_nothing = false;
            let rated = rate_range(range, media_type);
            // The most specific range decides, whatever the order.
            if rated.is_some_and(|(specific, _)| found.is_none_or(|(best, _)| specific > best)) {
                found = rated;
            }
        }
    }
    match found {
        None => Rating { quality: if says_nothing { 1_000 } else { 0 }, named: false },
        Some((specific, quality)) => Rating { quality, named: specific == 2 },
    }
}

/// How specific a range is (2 the type itself, 1 `type/*`, 0 `*/*`), and its quality; `None` when it is about another type.
fn rate_range(range: &str, media_type: &str) -> Option<(u8, u16)> {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next()?;
    let specific = if name.eq_ignore_ascii_case(media_type) {
        2
    } else if name == "*/*" {
        0
    } else {
        let family = name.strip_suffix("/*")?;
        media_type.split_once('/').filter(|(own, _)| own.eq_ignore_ascii_case(family)).map(|_| 1)?
    };
    let mut quality = 1_000;
    for (key, value) in parts.filter_map(|part| part.split_once('=')) {
        if key.trim().eq_ignore_ascii_case("q") {
            quality = quality_of(value.trim())?;
        } else if key.trim().eq_ignore_ascii_case("charset") && !is_utf8(value) {
            return None;
        }
    }
    Some((specific, quality))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1 000")]
fn quality_of(text: &str) -> Option<u16> {
    let quality = text.parse::<f32>().ok().filter(|quality| (0.0..=1.0).contains(quality))?;
    Some((quality * 1_000.0).round() as u16)
}

fn is_utf8(charset: &str) -> bool {
    let charset = charset.trim().trim_matches('"');
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

/// The form of a GraphQL answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GraphqlType {
    /// `application/graphql-response+json`: the status tells whether there is data.
    Response,
    /// `application/json`. When the caller names it, it may be an older client that reads errors from the body alone,
    /// and only with status 200.
    Json {
        /// Whether `Accept` names it.
        named: bool,
    },
}

impl GraphqlType {
    /// The form that the caller likes best; `None` when it takes neither.
    pub(super) fn negotiate(request: &HeaderMap) -> Option<Self> {
        let mut headers = request.get_all(ACCEPT).iter();
        let only = headers.next().filter(|_| headers.next().is_none());
        Self::of(only, request)
    }

    /// As [`Self::negotiate`], for a request whose `only` value of `Accept` was found before, if it has exactly one.
    pub(super) fn of(only: Option<&HeaderValue>, request: &HeaderMap) -> Option<Self> {
        only.and_then(|accept| Self::usual(accept.as_bytes())).or_else(|| Self::rated(request))
    }

    /// What most clients send means, without being taken apart, which takes a third of the time of a kept answer: browsers and
    /// Apollo Client 3, Relay, the examples of GraphQL over HTTP, Apollo Client 4, graphql-request, and urql.
    fn usual(accept: &[u8]) -> Option<Self> {
        match accept {
            b"*/*" => Some(Self::Json { named: false }),
            b"application/json" => Some(Self::Json { named: true }),
            b"application/graphql-response+json"
            | b"application/graphql-response+json, application/json;q=0.9"
            | b"application/graphql-response+json,application/json;q=0.9"
            | b"application/graphql-response+json, application/json"
            | b"application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed" => {
                Some(Self::Response)
            }
            _ => None,
        }
    }

    /// What any client sends means.
    fn rated(request: &HeaderMap) -> Option<Self> {
        let response = rate(request, "application/graphql-response+json");
        let json = rate(request, "application/json");
        if response.quality == 0 && json.quality == 0 {
            return None;
        }
        // `*/*` means `application/json`, which every client understands.
        let prefers_response = response > json || (response == json && response.named);
        Some(if prefers_response { Self::Response } else { Self::Json { named: json.named } })
    }

    /// The value of `Content-Type`.
    pub(super) fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Response => "application/graphql-response+json; charset=utf-8",
            Self::Json { .. } => "application/json; charset=utf-8",
        })
    }
}

/// Takes `application/json` in UTF-8, and nothing else: browsers send other types across origins without asking.
///
/// # Errors
/// 415 for another type, another charset, or a compressed body.
pub(super) fn require_json(request: &HeaderMap) -> Result<(), Refusal> {
    let mut types = request.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else {
        return Err(unsupported("The request needs one Content-Type header, application/json."));
    };
    let mut parts = only.to_str().unwrap_or_default().split(';').map(str::trim);
    if !parts.next().is_some_and(|name| name.eq_ignore_ascii_case("application/json")) {
        return Err(unsupported("The body must be sent as application/json."));
    }
    let mut charsets =
        parts.filter_map(|part| part.split_once('=')).filter(|(key, _)| key.trim().eq_ignore_ascii_case("charset"));
    if charsets.any(|(_, charset)| !is_utf8(charset)) {
        return Err(unsupported("The body must be sent in UTF-8."));
    }
    if request.get(CONTENT_ENCODING).is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(unsupported("The body must be sent without compression."));
    }
    Ok(())
}

fn unsupported(message: &'static str) -> Refusal {
    Refusal::bad_request(message).with_status(StatusCode::UNSUPPORTED_MEDIA_TYPE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMED: Option<GraphqlType> = Some(GraphqlType::Json { named: true });
    const ANY: Option<GraphqlType> = Some(GraphqlType::Json { named: false });
    const RESPONSE: Option<GraphqlType> = Some(GraphqlType::Response);

    /// The form; the same whether or not the header is known by heart.
    fn negotiate(accept: &str) -> Option<GraphqlType> {
        let request = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_str(accept).unwrap())]);
        let form = GraphqlType::negotiate(&request);
        assert_eq!(form, GraphqlType::rated(&request), "{accept}");
        form
    }

    #[test]
    fn each_usual_client_gets_the_form_it_understands() {
        assert_eq!(GraphqlType::negotiate(&HeaderMap::new()), ANY);
        let cases = [
            ("", ANY),
            ("*/*", ANY),
            ("application/*", ANY),
            ("text/html,application/xhtml+xml,*/*;q=0.8", ANY),
            ("application/json", NAMED),
            ("APPLICATION/JSON; charset=UTF-8", NAMED),
            ("application/json, text/plain, */*", NAMED),
            ("application/graphql-response+json", RESPONSE),
            ("application/graphql-response+json, application/json;q=0.9", RESPONSE),
            ("application/graphql-response+json,application/json;q=0.9", RESPONSE),
            ("application/graphql-response+json, application/json", RESPONSE),
            (
                "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed",
                RESPONSE,
            ),
            ("application/json, application/graphql-response+json", RESPONSE),
            ("application/graphql-response+json;q=0.5, application/json;q=0.9", NAMED),
            ("application/graphql-response+json;q=0, */*", ANY),
        ];
        for (accept, expected) in cases {
            assert_eq!(negotiate(accept), expected, "{accept}");
        }
    }

    #[test]
    fn whoever_takes_no_json_gets_none() {
        for accept in ["text/html", "application/json;q=0", "application/json;charset=latin1", "image/*", "*/*;q=0", "json"] {
            assert_eq!(negotiate(accept), None, "{accept}");
        }
    }

    #[test]
    fn only_json_in_utf8_is_taken() {
        let of = |value: &'static str| HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(value))]);
        for good in ["application/json", "Application/JSON;charset=utf-8", "application/json; charset=\"UTF-8\"; v=1"] {
            assert!(require_json(&of(good)).is_ok(), "{good}");
        }
        for bad in ["text/plain", "application/json5", "multipart/form-data; boundary=x", "application/json; charset=utf-16", ""]
        {
            let refusal = require_json(&of(bad)).unwrap_err();
            assert_eq!(refusal.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{bad}");
        }
        assert!(require_json(&HeaderMap::new()).is_err());
    }
}
