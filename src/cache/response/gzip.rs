//! Answers made smaller (RFC 1952).

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

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

/// `body`, compressed; `None` when it is small, or would not get smaller.
pub fn compress(effort: Effort, body: &[u8]) -> Option<Bytes> {
    if body.len() <= COMPRESS_ABOVE_BYTES {
        return None;
    }
    let level = if effort == Effort::Kept { Compression::default() } else { Compression::fast() };
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 2), level);
    encoder.write_all(body).ok()?;
    let compressed = encoder.finish().ok()?;
    (compressed.len() < body.len()).then(|| Bytes::from(compressed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn what_was_compressed_reads_back_and_what_is_small_stays_as_it_is() {
        let body = "{\"name\":\"milk\"}".repeat(200);
        for effort in [Effort::Once, Effort::Kept] {
            let compressed = compress(effort, body.as_bytes()).unwrap();
            let mut plain = String::new();
            flate2::read::GzDecoder::new(&compressed[..]).read_to_string(&mut plain).unwrap();
            assert_eq!(plain, body);
        }
        assert!(compress(Effort::Once, b"{\"data\":null}").is_none());
    }
}
