//! How documents are named: by the hash of their text.

use std::fmt;

use sha2::{Digest, Sha256};

/// SHA-256 of a document's text; shown in small hexadecimal digits, as clients send it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DocumentHash([u8; 32]);

impl DocumentHash {
    /// The hash of this text.
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// The hash that 64 hexadecimal digits of either case stand for.
    pub fn from_hex(digits: &str) -> Option<Self> {
        let digits: &[u8; 64] = digits.as_bytes().try_into().ok()?;
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.as_chunks::<2>().0) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(hash))
    }

    /// Its 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

impl fmt::Display for DocumentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for DocumentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPENAME: &str = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38";

    #[test]
    fn the_hash_is_the_one_clients_send() {
        let hash = DocumentHash::of("{__typename}");
        assert_eq!(hash.to_string(), TYPENAME);
        assert_eq!(DocumentHash::from_hex(TYPENAME), Some(hash));
        assert_eq!(DocumentHash::from_hex(&TYPENAME.to_uppercase()), Some(hash));
    }

    #[test]
    fn only_64_digits_are_a_hash() {
        let with = |digit: &str| format!("{}{digit}", &TYPENAME[1..]);
        for other in ["", "ecf4", &TYPENAME[1..], &with("g"), &with("é"), &with("11"), &with(" ")] {
            assert_eq!(DocumentHash::from_hex(other), None, "{other}");
        }
    }
}
