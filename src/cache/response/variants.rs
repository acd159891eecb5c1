//! The compressed forms of an answer: made once, when the first caller takes one.

use std::io::Write as _;
use std::sync::OnceLock;

use bytes::Bytes;

/// A content coding that answers are kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// Brotli (RFC 7932).
    Brotli,
    /// Gzip (RFC 1952).
    Gzip,
}

/// Smallest body that is compressed, in bytes: a smaller one fits a packet anyway.
const COMPRESS_ABOVE_BYTES: usize = 1_024;
/// How much work is put into making a body small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// As little as possible: it is sent once.
    Once,
    /// More: it is sent many times.
    Kept,
}

/// Brotli's window, as a power of two: answers are smaller.
const BROTLI_WINDOW: i32 = 18;

impl Coding {
    /// As it stands in `Content-Encoding`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }
}

/// The compressed forms that were asked for so far.
#[derive(Debug, Default)]
pub struct Variants {
    brotli: OnceLock<Option<Bytes>>,
    gzip: OnceLock<Option<Bytes>>,
}

impl Variants {
    /// `body` in this coding; `None` when that would not make it smaller.
    pub fn get(&self, coding: Coding, body: &Bytes) -> Option<&Bytes> {
        let kept = match coding {
            Coding::Brotli => &self.brotli,
            Coding::Gzip => &self.gzip,
        };
        kept.get_or_init(|| compress(coding, Effort::Kept, body)).as_ref()
    }
}

/// `body` in this coding; `None` when it is small, or would not get smaller.
pub fn compress(coding: Coding, effort: Effort, body: &[u8]) -> Option<Bytes> {
    if body.len() <= COMPRESS_ABOVE_BYTES {
        return None;
    }
    let mut out = Vec::with_capacity(body.len() / 2);
    match coding {
        Coding::Brotli => {
            let quality = if effort == Effort::Kept { 5 } else { 1 };
            let parameters = brotli::enc::BrotliEncoderParams { quality, lgwin: BROTLI_WINDOW, ..Default::default() };
            brotli::BrotliCompress(&mut &body[..], &mut out, &parameters).ok()?;
        }
        Coding::Gzip => {
            let level = if effort == Effort::Kept { flate2::Compression::default() } else { flate2::Compression::fast() };
            let mut encoder = flate2::write::GzEncoder::new(&mut out, level);
            encoder.write_all(body).ok()?;
            encoder.finish().ok()?;
        }
    }
    (out.len() < body.len()).then(|| Bytes::from(out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn each_form_is_made_once_and_reads_back() {
        let body = Bytes::from("{\"name\":\"milk\"}".repeat(200));
        let variants = Variants::default();
        let brotli = variants.get(Coding::Brotli, &body).unwrap();
        assert!(std::ptr::eq(brotli, variants.get(Coding::Brotli, &body).unwrap()));
        let mut plain = Vec::new();
        brotli::BrotliDecompress(&mut &brotli[..], &mut plain).unwrap();
        assert_eq!(plain, body);
        let mut plain = Vec::new();
        flate2::read::GzDecoder::new(&variants.get(Coding::Gzip, &body).unwrap()[..]).read_to_end(&mut plain).unwrap();
        assert_eq!(plain, body);
    }

    #[test]
    fn what_is_small_stays_as_it_is() {
        assert!(compress(Coding::Gzip, Effort::Once, b"{\"data\":null}").is_none());
    }
}
