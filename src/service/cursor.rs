//! Cursors: a position in one list, authenticated, so that nobody can make one or use it in another list.
//!
//! Bytes: version, key number (2), list (sort and direction), hash of the filters (8), sort key, producer, id, and the
//! first 12 bytes of HMAC-SHA256 over all that. Base64url without padding.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::error::{Error, ErrorCode};
use crate::storage::installation::CursorKey;
use crate::storage::{Seek, SortKey};

const VERSION: u8 = 1;
const MAC_BYTES: usize = 12;
const HEADER_BYTES: usize = 12;
/// Longer than any cursor: a name key has at most 64 characters of 4 bytes.
const TEXT_MAX: usize = 512;
/// How long a key that is no longer the newest still verifies.
const OLD_KEYS_VERIFY_FOR_MS: i64 = 30 * 24 * 3600 * 1000;

/// Which list a cursor belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListStamp {
    /// Kind of list, sort and direction.
    pub tag: u8,
    /// Hash of everything that selects its rows.
    pub filter_hash: [u8; 8],
}

/// Makes and reads cursors.
#[derive(Clone)]
pub struct CursorCodec {
    /// Newest first.
    keys: Arc<[(u16, Hmac<Sha256>)]>,
}

impl std::fmt::Debug for CursorCodec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CursorCodec").field("keys", &self.keys.len()).finish()
    }
}

impl CursorCodec {
    /// A codec with these keys, newest first; the newest signs, the others verify for 30 days after they were replaced.
    ///
    /// # Errors
    /// When there is no key.
    pub fn new(keys: &[CursorKey], now_ms: i64) -> Result<Self, Error> {
        let newest = keys.first().ok_or_else(|| Error::internal("the database holds no cursor key"))?;
        let valid = |key: &&CursorKey| key.id == newest.id || now_ms - newest.created_at_ms < OLD_KEYS_VERIFY_FOR_MS;
        let mut macs = Vec::new();
        for key in keys.iter().filter(valid) {
            let mac = Hmac::<Sha256>::new_from_slice(&key.secret).map_err(Error::internal)?;
            macs.push((u16::try_from(key.id).map_err(Error::internal)?, mac));
        }
        Ok(Self { keys: macs.into() })
    }

    /// The cursor of `position` in the list `stamp`.
    pub fn encode(&self, stamp: ListStamp, position: &Seek) -> String {
        let (key_id, mac) = &self.keys[0];
        let mut bytes = Vec::with_capacity(64);
        bytes.push(VERSION);
        bytes.extend(key_id.to_be_bytes());
        bytes.push(stamp.tag);
        bytes.extend(stamp.filter_hash);
        match &position.key {
            SortKey::Number(number) => {
                bytes.push(0);
                bytes.extend(number.to_be_bytes());
            }
            SortKey::Text(text) => {
                bytes.push(1);
                bytes.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
                bytes.extend(text.as_bytes());
            }
        }
        bytes.extend(position.producer_id.to_be_bytes());
        bytes.extend(position.id.to_be_bytes());
        let tag = mac.clone().chain_update(&bytes).finalize().into_bytes();
        bytes.extend(&tag[..MAC_BYTES]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The position that `text` stands for in the list `stamp`.
    ///
    /// # Errors
    /// `INVALID_CURSOR` when it was not made here, or for another list.
    pub fn decode(&self, stamp: ListStamp, text: &str) -> Result<Seek, Error> {
        let invalid = || Error::refused(ErrorCode::InvalidCursor, "the cursor is not valid; start again without one");
        if text.len() > TEXT_MAX {
            return Err(invalid());
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
        let signed_length = bytes.len().checked_sub(MAC_BYTES).filter(|length| *length > HEADER_BYTES).ok_or_else(invalid)?;
        let (signed, tag) = bytes.split_at(signed_length);
        let key_id = u16::from_be_bytes([signed[1], signed[2]]);
        let (_, mac) = self.keys.iter().find(|(id, _)| *id == key_id).ok_or_else(invalid)?;
        mac.clone().chain_update(signed).verify_truncated_left(tag).map_err(|_| invalid())?;
        if signed[0] != VERSION {
            return Err(invalid());
        }
        if signed[3] != stamp.tag || signed[4..HEADER_BYTES] != stamp.filter_hash {
            let message = "the cursor belongs to a list with another sort, filter or place; start again without one";
            return Err(Error::refused(ErrorCode::InvalidCursor, message));
        }
        read_position(&signed[HEADER_BYTES..]).ok_or_else(invalid)
    }
}

fn read_position(bytes: &[u8]) -> Option<Seek> {
    let (kind, rest) = bytes.split_first()?;
    let (key, rest) = match kind {
        0 => {
            let (number, rest) = rest.split_first_chunk()?;
            (SortKey::Number(i64::from_be_bytes(*number)), rest)
        }
        1 => {
            let (length, rest) = rest.split_first_chunk()?;
            let (text, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
            (SortKey::Text(String::from_utf8(text.to_vec()).ok()?), rest)
        }
        _ => return None,
    };
    let (producer_id, rest) = rest.split_first_chunk()?;
    let id: [u8; 8] = rest.try_into().ok()?;
    Some(Seek { key, producer_id: i64::from_be_bytes(*producer_id), id: i64::from_be_bytes(id), inclusive: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn codec(ids: &[i64]) -> CursorCodec {
        let key = |id: &i64| CursorKey { id: *id, secret: [u8::try_from(*id).unwrap(); 32], created_at_ms: 0 };
        CursorCodec::new(&ids.iter().map(key).collect::<Vec<_>>(), 1).unwrap()
    }

    const STAMP: ListStamp = ListStamp { tag: 3, filter_hash: *b"filters!" };

    fn seek() -> impl Strategy<Value = Seek> {
        let key = prop_oneof![any::<i64>().prop_map(SortKey::Number), "\\PC{0,64}".prop_map(SortKey::Text)];
        (key, any::<i64>(), any::<i64>()).prop_map(|(key, producer_id, id)| Seek { key, producer_id, id, inclusive: false })
    }

    proptest! {
        #[test]
        fn every_position_reads_back(position in seek()) {
            let codec = codec(&[1]);
            prop_assert_eq!(codec.decode(STAMP, &codec.encode(STAMP, &position)).unwrap(), position);
        }

        #[test]
        fn an_altered_cursor_is_refused(position in seek(), at in 0_usize..600, byte: u8) {
            let codec = codec(&[1]);
            let mut bytes = URL_SAFE_NO_PAD.decode(codec.encode(STAMP, &position)).unwrap();
            let at = at % bytes.len();
            prop_assume!(bytes[at] != byte);
            bytes[at] = byte;
            let refused = codec.decode(STAMP, &URL_SAFE_NO_PAD.encode(bytes)).unwrap_err();
            prop_assert_eq!(refused.code(), ErrorCode::InvalidCursor);
        }

        #[test]
        fn garbage_is_refused(text in "\\PC{0,600}") {
            prop_assert_eq!(codec(&[1]).decode(STAMP, &text).unwrap_err().code(), ErrorCode::InvalidCursor);
        }
    }

    #[test]
    fn a_cursor_serves_one_list_and_outlives_a_new_key() {
        let position = Seek { key: SortKey::Number(5), producer_id: 1, id: 2, inclusive: false };
        let cursor = codec(&[1]).encode(STAMP, &position);
        for other in [ListStamp { tag: 4, ..STAMP }, ListStamp { filter_hash: *b"another!", ..STAMP }] {
            assert_eq!(codec(&[1]).decode(other, &cursor).unwrap_err().code(), ErrorCode::InvalidCursor);
        }
        assert_eq!(codec(&[2, 1]).decode(STAMP, &cursor).unwrap(), position);
        assert!(codec(&[2]).decode(STAMP, &cursor).is_err());
    }
}
