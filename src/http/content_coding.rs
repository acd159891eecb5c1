//! Whether an answer is sent compressed.

use axum::body::Body;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use axum::http::{HeaderMap, HeaderValue, Response};
use bytes::Bytes;

use crate::cache::response::{Coding, Effort, compress};

/// The coding that a caller takes and that makes answers smallest; `None` when it takes none.
pub(super) fn negotiate(request: &HeaderMap) -> Option<Coding> {
    let (mut brotli, mut gzip, mut any) = (None, None, None);
    for header in request.get_all(ACCEPT_ENCODING) {
        for part in header.to_str().unwrap_or_default().split(',') {
            let (name, parameters) = part.split_once(';').unwrap_or((part, ""));
            let taken = !is_refused(parameters);
            match name.trim() {
                name if name.eq_ignore_ascii_case("br") => brotli = Some(taken),
                name if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") => gzip = Some(taken),
                "*" => any = Some(taken),
                _ => {}
            }
        }
    }
    let takes = |named: Option<bool>| named.or(any).unwrap_or(false);
    if takes(brotli) { Some(Coding::Brotli) } else { takes(gzip).then_some(Coding::Gzip) }
}

/// `q=0`, with any number of digits.
fn is_refused(parameters: &str) -> bool {
    let quality = parameters.split(';').filter_map(|parameter| parameter.trim().split_once('='));
    quality.filter(|(key, _)| key.eq_ignore_ascii_case("q")).any(|(_, value)| value.trim().parse() == Ok(0.0_f32))
}

/// The value of `Content-Encoding`.
pub(super) fn header(coding: Coding) -> HeaderValue {
    HeaderValue::from_static(coding.name())
}

/// Puts `body` into an answer that is sent once, compressed if the caller takes that and it gets smaller.
pub(super) fn set_body(response: &mut Response<Body>, coding: Option<Coding>, body: Bytes) {
    match coding.and_then(|coding| Some((coding, compress(coding, Effort::Once, &body)?))) {
        Some((coding, compressed)) => {
            response.headers_mut().insert(CONTENT_ENCODING, header(coding));
            *response.body_mut() = Body::from(compressed);
        }
        None => *response.body_mut() = Body::from(body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_form_that_is_taken_is_sent() {
        let of = |accept: &'static str| negotiate(&HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(accept))]));
        for taken in ["gzip, deflate, br", "br", "*", "BR;q=0.1, gzip", "gzip;q=1.0, *"] {
            assert_eq!(of(taken), Some(Coding::Brotli), "{taken}");
        }
        for taken in ["gzip", "x-gzip", "gzip, br;q=0", "*, br;q=0.000"] {
            assert_eq!(of(taken), Some(Coding::Gzip), "{taken}");
        }
        for none in ["", "identity", "deflate", "gzip;q=0", "br;q=0, *;q=0"] {
            assert_eq!(of(none), None, "{none}");
        }
        assert_eq!(negotiate(&HeaderMap::new()), None);
    }
}
