//! One file that is part of the binary: its hash, its compressed form, and the answer to a request for it.

use std::io::Write;
use std::sync::OnceLock;

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// Bytes of the SHA-256 that go into an entity tag: 16 bytes (128 bits) are 32 hexadecimal digits.
const TAG_BYTES: usize = 16;

/// A file with a fixed name and content type. Hash and gzip form are made at first use and kept: compressing a megabyte
/// of JavaScript takes far longer than sending it.
pub(super) struct Asset {
    /// The last part of its path, for example `init.js`.
    pub(super) name: &'static str,
    content_type: &'static str,
    bytes: Bytes,
    tag: OnceLock<String>,
    gzip: OnceLock<Option<Bytes>>,
}

impl Asset {
    /// A file out of `include_bytes!`.
    pub(super) const fn new(name: &'static str, content_type: &'static str, bytes: &'static [u8]) -> Self {
        Self::from_bytes(name, content_type, Bytes::from_static(bytes))
    }

    /// A file that is put together when the program runs.
    pub(super) const fn from_bytes(name: &'static str, content_type: &'static str, bytes: Bytes) -> Self {
        Self { name, content_type, bytes, tag: OnceLock::new(), gzip: OnceLock::new() }
    }

    /// The first 128 bits of the content's SHA-256, in hexadecimal: entity tag and version in URLs.
    pub(super) fn tag(&self) -> &str {
        self.tag.get_or_init(|| {
            let digest = Sha256::digest(&self.bytes);
            digest.iter().take(TAG_BYTES).map(|byte| format!("{byte:02x}")).collect()
        })
    }

    /// Answers GET and HEAD: 304 when the caller has these bytes already, else 200, compressed when that is accepted.
    pub(super) async fn respond(&'static self, request: &HeaderMap, cache_control: &'static str) -> Response<Body> {
        let gzip = if accepts_gzip(request) { self.gzip().await } else { None };
        // Each form has a tag of its own: a strong tag promises the same bytes.
        let tag = match gzip {
            Some(_) => format!("\"{}-gzip\"", self.tag()),
            None => format!("\"{}\"", self.tag()),
        };

        let unchanged = matches_tag(request, &tag);
        let body = if unchanged { Body::empty() } else { Body::from(gzip.unwrap_or(&self.bytes).clone()) };
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache_control));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(ETAG, tag);
        }
        if unchanged {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if gzip.is_some() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }

    /// The compressed form; made once, on a thread where it keeps no other request waiting.
    async fn gzip(&'static self) -> Option<&'static Bytes> {
        if let Some(made) = self.gzip.get() {
            return made.as_ref();
        }
        let make = || self.gzip.get_or_init(|| compress(&self.bytes)).as_ref();
        tokio::task::spawn_blocking(make).await.ok().flatten()
    }
}

/// `None` when compression fails; the caller then gets the plain bytes.
fn compress(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

/// RFC 9110, 12.5.3: an entry for `gzip` decides, else one for `*`; a quality of 0 refuses.
fn accepts_gzip(request: &HeaderMap) -> bool {
    let mut accepts_any = false;
    for entry in list_entries(request, &ACCEPT_ENCODING) {
        let mut parts = entry.split(';').map(str::trim);
        let coding = parts.next().unwrap_or_default();
        let refused = parts
            .filter_map(|part| part.split_once('='))
            .filter(|(key, _)| key.trim().eq_ignore_ascii_case("q"))
            .any(|(_, quality)| quality.trim().parse::<f32>().is_ok_and(|q| q <= 0.0));
        if coding.eq_ignore_ascii_case("gzip") {
            return !refused;
        }
        accepts_any |= coding == "*" && !refused;
    }
    accepts_any
}

/// RFC 9110, 13.1.2: `If-None-Match` compares weakly, and `*` matches whatever there is.
fn matches_tag(request: &HeaderMap, tag: &str) -> bool {
    list_entries(request, &IF_NONE_MATCH).any(|entry| entry == "*" || entry.strip_prefix("W/").unwrap_or(entry) == tag)
}

/// The entries of a comma-separated header, over all its lines.
fn list_entries<'a>(request: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    request.get_all(name).into_iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::{accepts_gzip, matches_tag};
    use axum::http::header::{ACCEPT_ENCODING, IF_NONE_MATCH};
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn gzip_is_sent_only_to_those_who_accept_it() {
        for accepted in ["gzip", "br, gzip", "GZIP;q=0.5", "*", "identity;q=0, *;q=0.1"] {
            assert!(accepts_gzip(&with(ACCEPT_ENCODING, accepted)), "{accepted}");
        }
        for refused in ["", "br", "identity", "gzip;q=0", "*, gzip; q=0.0", "x-gzip-like"] {
            assert!(!accepts_gzip(&with(ACCEPT_ENCODING, refused)), "{refused}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn a_tag_is_found_in_a_list_and_behind_a_weak_mark() {
        for known in ["\"a\"", "\"b\", \"a\"", "W/\"a\"", "*"] {
            assert!(matches_tag(&with(IF_NONE_MATCH, known), "\"a\""), "{known}");
        }
        for other in ["\"b\"", "a", "\"a-gzip\""] {
            assert!(!matches_tag(&with(IF_NONE_MATCH, other), "\"a\""), "{other}");
        }
    }
}
