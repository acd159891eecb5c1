//! Names for answers.

use sha2::{Digest as _, Sha256};

/// The name of an answer: a hash of everything that decides what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CacheKey([u8; 32]);

impl CacheKey {
    /// The bytes of the hash.
    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Makes keys that no other installation, schema or release makes.
#[derive(Debug, Clone)]
pub struct KeySpace(Sha256);

impl KeySpace {
    /// The keys of this installation with this schema, in this release.
    pub fn new(installation_id: &[u8], schema: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [installation_id, env!("CARGO_PKG_VERSION").as_bytes(), Sha256::digest(schema).as_slice()] {
            update(&mut hash, part);
        }
        Self(hash)
    }

    /// The key of the answer that these parts decide; each is taken with its length, so that none can pass for another.
    pub fn key(&self, parts: &[&[u8]]) -> CacheKey {
        let mut hash = self.0.clone();
        parts.iter().for_each(|part| update(&mut hash, part));
        CacheKey(hash.finalize().into())
    }
}

fn update(hash: &mut Sha256, part: &[u8]) {
    hash.update((part.len() as u64).to_be_bytes());
    hash.update(part);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_pass_for_each_other() {
        let space = KeySpace::new(b"one", "schema");
        assert_eq!(space.key(&[b"a", b"b"]), space.key(&[b"a", b"b"]));
        let others = [space.key(&[b"ab", b""]), space.key(&[b"", b"ab"]), space.key(&[b"ab"])];
        assert!(others.iter().all(|key| *key != space.key(&[b"a", b"b"])));
    }

    #[test]
    fn other_installations_and_schemas_have_other_keys() {
        let key = |installation: &[u8], schema| KeySpace::new(installation, schema).key(&[b"a"]);
        assert_ne!(key(b"one", "schema"), key(b"two", "schema"));
        assert_ne!(key(b"one", "schema"), key(b"one", "other"));
    }
}
