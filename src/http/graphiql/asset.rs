//! One file that is part of the binary: its hash, its compressed form, and the answer to a request for it.

use std::io::{Read as _, Write as _};
use std::sync::OnceLock;

use axum::body::{Body, Bytes};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::http::{content_coding, validator};

/// Bytes of the SHA-256 that go into an entity tag: 16 bytes (128 bits) are 32 hexadecimal digits.
const TAG_BYTES: usize = 16;

/// A file with a fixed name and content type. What is not there is made at first use and kept: compressing a megabyte of
/// JavaScript takes far longer than sending it.
pub(super) struct Asset {
    /// The last part of its path, for example `init.js`.
    pub(super) name: &'static str,
    content_type: &'static str,
    stored: Stored,
    tag: OnceLock<String>,
    gzip: OnceLock<Option<Bytes>>,
}

/// The form in which a file is part of the program.
enum Stored {
    /// As it is.
    Plain(Bytes),
    /// Compressed when the program was built.
    Gzip(&'static [u8]),
}

impl Asset {
    /// A file that was compressed when the program was built.
    pub(super) const fn new(name: &'static str, content_type: &'static str, gzip: &'static [u8]) -> Self {
        Self { name, content_type, stored: Stored::Gzip(gzip), tag: OnceLock::new(), gzip: OnceLock::new() }
    }

    /// A file that is put together when the program runs.
    pub(super) const fn made(name: &'static str, content_type: &'static str, bytes: Bytes) -> Self {
        Self { name, content_type, stored: Stored::Plain(bytes), tag: OnceLock::new(), gzip: OnceLock::new() }
    }

    /// The plain bytes; unpacked for each of the few who cannot read the other form.
    fn plain(&self) -> Bytes {
        match &self.stored {
            Stored::Plain(bytes) => bytes.clone(),
            Stored::Gzip(packed) => {
                let mut bytes = Vec::new();
                // What we have packed ourselves can be unpacked; a test does so with every file.
                let _ = GzDecoder::new(*packed).read_to_end(&mut bytes);
                bytes.into()
            }
        }
    }

    /// The first 128 bits of the content's SHA-256, in hexadecimal: entity tag and version in URLs.
    pub(super) fn tag(&self) -> &str {
        self.tag.get_or_init(|| {
            let digest = Sha256::digest(self.plain());
            digest.iter().take(TAG_BYTES).map(|byte| format!("{byte:02x}")).collect()
        })
    }

    /// Answers GET and HEAD: 304 when the caller has these bytes already, else 200, compressed when that is accepted.
    pub(super) async fn respond(&'static self, request: &HeaderMap, cache_control: &'static str) -> Response<Body> {
        let gzip = if content_coding::takes_gzip(request.get_all(ACCEPT_ENCODING)) { self.gzip().await } else { None };
        // Each form has a tag of its own: a strong tag promises the same bytes.
        let tag = match gzip {
            Some(_) => format!("\"{}-gzip\"", self.tag()),
            None => format!("\"{}\"", self.tag()),
        };

        let unchanged = validator::matches(request.get_all(IF_NONE_MATCH), tag.as_bytes());
        let body = if unchanged { Body::empty() } else { Body::from(gzip.cloned().unwrap_or_else(|| self.plain())) };
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
        let bytes = match &self.stored {
            Stored::Plain(bytes) => bytes,
            Stored::Gzip(packed) => return self.gzip.get_or_init(|| Some(Bytes::from_static(packed))).as_ref(),
        };
        let make = move || self.gzip.get_or_init(|| compress(bytes)).as_ref();
        tokio::task::spawn_blocking(make).await.ok().flatten()
    }
}

/// `None` when compression fails; the caller then gets the plain bytes.
fn compress(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}
