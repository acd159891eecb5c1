//! Whether an answer is sent compressed. Gzip alone: what brotli saves beyond it on answers of some kilobytes is not worth the
//! megabyte that it adds to the binary.

use axum::body::Body;
use axum::http::header::CONTENT_ENCODING;
use axum::http::{HeaderValue, Response};
use bytes::Bytes;

use crate::cache::response::{Effort, compress};

/// The value of `Content-Encoding`.
pub(super) const GZIP: HeaderValue = HeaderValue::from_static("gzip");

/// Whether a caller takes gzip, by its values of `Accept-Encoding` (RFC 9110, 12.5.3).
pub(super) fn takes_gzip<'a>(accept_encoding: impl IntoIterator<Item = &'a HeaderValue>) -> bool {
    let (mut gzip, mut any) = (None, None);
    for header in accept_encoding {
        for part in header.to_str().unwrap_or_default().split(',') {
            let (name, parameters) = part.split_once(';').unwrap_or((part, ""));
            match name.trim() {
                name if name.eq_ignore_ascii_case("gzip") => gzip = Some(!is_refused(parameters)),
                "*" => any = Some(!is_refused(parameters)),
                _ => {}
            }
        }
    }
    gzip.or(any).unwrap_or(false)
}

/// `q=0`, with any number of digits.
fn is_refused(parameters: &str) -> bool {
    let quality = parameters.split(';').filter_map(|parameter| parameter.trim().split_once('='));
    quality.filter(|(key, _)| key.eq_ignore_ascii_case("q")).any(|(_, value)| value.trim().parse() == Ok(0.0_f32))
}

/// Puts `body` into an answer that is sent once, compressed if the caller takes that and it gets smaller.
pub(super) fn set_body(response: &mut Response<Body>, gzip: bool, body: Bytes) {
    let compressed = if gzip { compress(Effort::Once, &body) } else { None };
    if compressed.is_some() {
        response.headers_mut().insert(CONTENT_ENCODING, GZIP);
    }
    *response.body_mut() = Body::from(compressed.unwrap_or(body));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        let of = |accept: &'static str| takes_gzip([&HeaderValue::from_static(accept)]);
        for taken in ["gzip, deflate, br", "br, gzip", "*", "GZIP;q=0.5", "gzip;q=1.0, *;q=0", "identity;q=0, *;q=0.1"] {
            assert!(of(taken), "{taken}");
        }
        for refused in ["", "br", "identity", "gzip;q=0", "*, gzip; q=0.0", "*;q=0", "x-gzip-like"] {
            assert!(!of(refused), "{refused}");
        }
        assert!(!takes_gzip([]));
    }
}
