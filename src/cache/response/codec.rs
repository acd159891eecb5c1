//! Answers as bytes for the shared store.
//!
//! `magic · check · length of the header · header · dependencies · body`, where the check is the CRC-32 of all that follows (it finds accidents;
//! whoever can write into our Redis could make any check right). Whatever does not read back whole, of this format and under
//! this very name, is nothing.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use serde::{Deserialize, Serialize};

use super::change_table::Mark;
use super::entry::{Entry, Facts};
use super::key::CacheKey;
use super::lazy_dependencies::LazyDependencies;

/// Says what the bytes are, and in which version of the format.
const MAGIC: &[u8; 4] = b"FLA4";
const CHECK_BYTES: usize = 4;

#[derive(Serialize, Deserialize)]
struct Header {
    key: [u8; 32],
    generation: i64,
    position: i64,
    computed_at_ms: i64,
    max_age_s: u32,
    cost: u64,
    etag: String,
    /// Length of the dependencies, in bytes.
    dependencies_bytes: u32,
}

/// The answer as bytes; `None` when it cannot be written, which does not happen.
pub(crate) fn encode(key: &CacheKey, generation: i64, entry: &Entry) -> Option<Bytes> {
    let facts = entry.facts();
    let dependencies = facts.dependencies.to_written()?;
    let header = Header {
        key: *key.as_bytes(),
        generation,
        position: facts.mark.position,
        computed_at_ms: facts.computed_at_ms,
        max_age_s: facts.max_age_s,
        cost: facts.cost,
        etag: std::str::from_utf8(entry.etag()).ok()?.to_owned(),
        dependencies_bytes: u32::try_from(dependencies.len()).ok()?,
    };
    let header = postcard::to_allocvec(&header).ok()?;
    let mut bytes =
        BytesMut::with_capacity(MAGIC.len() + CHECK_BYTES + 4 + header.len() + dependencies.len() + entry.body().len());
    bytes.put_slice(MAGIC);
    bytes.put_bytes(0, CHECK_BYTES);
    bytes.put_u32(u32::try_from(header.len()).ok()?);
    bytes.put_slice(&header);
    bytes.put_slice(&dependencies);
    bytes.put_slice(entry.body());
    let check = crc32fast::hash(&bytes[MAGIC.len() + CHECK_BYTES..]);
    bytes[MAGIC.len()..MAGIC.len() + CHECK_BYTES].copy_from_slice(&check.to_be_bytes());
    Some(bytes.freeze())
}

/// The answer that these bytes are; `None` when they are not one of this key and generation. `epoch` is the reader's own: it
/// compares positions with what it has followed itself.
pub(crate) fn decode(key: &CacheKey, generation: i64, epoch: u64, mut bytes: Bytes) -> Option<Entry> {
    if !bytes.starts_with(MAGIC) || bytes.len() < MAGIC.len() + CHECK_BYTES + 4 {
        return None;
    }
    bytes.advance(MAGIC.len());
    if bytes.get_u32() != crc32fast::hash(&bytes) {
        return None;
    }
    let header_bytes = bytes.get_u32() as usize;
    if bytes.len() < header_bytes {
        return None;
    }
    let header: Header = postcard::from_bytes(&bytes.split_to(header_bytes)).ok()?;
    if header.key != *key.as_bytes() || header.generation != generation {
        return None;
    }
    let dependencies_bytes = header.dependencies_bytes as usize;
    if bytes.len() < dependencies_bytes {
        return None;
    }
    let facts = Facts {
        mark: Mark { position: header.position, epoch },
        computed_at_ms: header.computed_at_ms,
        max_age_s: header.max_age_s,
        cost: header.cost,
        dependencies: LazyDependencies::written(bytes.split_to(dependencies_bytes)),
    };
    Some(Entry::tagged(key, bytes, header.etag, facts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::response::key::KeySpace;
    use crate::domain::{Dependency, Facet, ListScope};
    use proptest::prelude::*;

    fn key() -> CacheKey {
        KeySpace::new(b"here", "schema").key(&[b"a"])
    }

    fn entry() -> Entry {
        let dependencies =
            [Dependency::Product(7), Dependency::Products(ListScope::Cell(-3), Facet::Price), Dependency::Anything].into();
        let mark = Mark { position: 9, epoch: 2 };
        let facts = Facts { mark, computed_at_ms: 1_700_000_000_000, max_age_s: 60, cost: 21, dependencies };
        Entry::new(&key(), Bytes::from("{\"data\":{}}"), facts)
    }

    #[test]
    fn what_was_written_reads_back() {
        let bytes = encode(&key(), 1, &entry()).unwrap();
        let read = decode(&key(), 1, 2, bytes.clone()).unwrap();
        assert_eq!((read.body(), read.facts()), (entry().body(), entry().facts()));
        assert!(decode(&key(), 2, 2, bytes.clone()).is_none(), "of another generation");
        let other = KeySpace::new(b"there", "schema").key(&[b"a"]);
        assert!(decode(&other, 1, 2, bytes).is_none(), "under another name");
    }

    proptest! {
        #[test]
        fn garbage_is_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(decode(&key(), 1, 0, Bytes::from(bytes.clone())).is_none());
            let behind_magic = [MAGIC.as_slice(), &bytes].concat();
            prop_assert!(decode(&key(), 1, 0, Bytes::from(behind_magic)).is_none());
        }

        #[test]
        fn a_byte_that_changed_makes_it_nothing(at in 0..1_000_usize, flip in 1..=255_u8) {
            let mut bytes = encode(&key(), 1, &entry()).unwrap().to_vec();
            let at = at % bytes.len();
            bytes[at] ^= flip;
            prop_assert!(decode(&key(), 1, 0, Bytes::from(bytes)).is_none());
        }
    }
}
