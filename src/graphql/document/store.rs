//! Checked documents, kept by the hash of their text.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::checked::{CheckedDocument, check};
use super::hash::DocumentHash;
use super::limits::DocumentLimits;
use super::refusal::Refusal;
use super::schema_types::SchemaTypes;

/// Documents that passed the checks, within a bound on their memory. Refused documents are checked again every time, which
/// is cheap and cannot push out good ones.
pub(crate) struct DocumentStore {
    limits: DocumentLimits,
    types: Arc<SchemaTypes>,
    documents: Cache<DocumentHash, Arc<CheckedDocument>, InBytes>,
}

/// What a large document weighs, about, with its tree and what was found out about it. The memory is divided into parts, none of
/// which has room for fewer than 32 of these: a document has to fit into a part.
const LARGE_BYTES: u64 = 64 * 1024;

#[derive(Clone)]
struct InBytes;

impl Weighter<DocumentHash, Arc<CheckedDocument>> for InBytes {
    fn weight(&self, _: &DocumentHash, document: &Arc<CheckedDocument>) -> u64 {
        document.weight_bytes() as u64
    }
}

impl DocumentStore {
    /// An empty store that takes at most `max_bytes` of memory, about.
    pub(crate) fn new(limits: DocumentLimits, types: Arc<SchemaTypes>, max_bytes: u64) -> Self {
        let expected = usize::try_from(max_bytes / LARGE_BYTES).unwrap_or(usize::MAX);
        Self { limits, types, documents: Cache::with_weighter(expected, max_bytes, InBytes) }
    }

    /// The checked document of this text, whose hash this is: kept from before, or checked now.
    ///
    /// # Errors
    /// As [`check`].
    pub(crate) fn get_or_check(&self, hash: DocumentHash, text: &str) -> Result<Arc<CheckedDocument>, Refusal> {
        if let Some(document) = self.get(&hash) {
            return Ok(document);
        }
        let document = Arc::new(check(text, &self.limits, &self.types)?);
        self.documents.insert(hash, Arc::clone(&document));
        Ok(document)
    }

    /// Checks a document without keeping it.
    ///
    /// # Errors
    /// As [`check`] has it.
    pub(crate) fn check(&self, text: &str) -> Result<(DocumentHash, CheckedDocument), Refusal> {
        Ok((self.hash_of(text)?, check(text, &self.limits, &self.types)?))
    }

    /// The document with this hash, if it is kept from before.
    pub(crate) fn get(&self, hash: &DocumentHash) -> Option<Arc<CheckedDocument>> {
        self.documents.get(hash)
    }

    /// The hash of a text, which must not be longer than any document may be: hashing a body of megabytes takes long.
    ///
    /// # Errors
    /// As [`check`] has it.
    pub(crate) fn hash_of(&self, text: &str) -> Result<DocumentHash, Refusal> {
        self.limits.check_bytes(text)?;
        Ok(DocumentHash::of(text))
    }

    /// The limits that documents are held against.
    pub(crate) fn limits(&self) -> &DocumentLimits {
        &self.limits
    }

    /// The schema that documents and variables are held against.
    pub(crate) fn types(&self) -> &SchemaTypes {
        &self.types
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(max_bytes: u64) -> DocumentStore {
        let types = SchemaTypes::from_sdl("scalar JSON", |_, _| Ok(())).expect("parses");
        DocumentStore::new(DocumentLimits::default(), Arc::new(types), max_bytes)
    }

    fn kept(store: &DocumentStore, text: &str) -> Result<Arc<CheckedDocument>, Refusal> {
        store.get_or_check(store.hash_of(text)?, text)
    }

    #[test]
    fn a_document_is_checked_once_and_remembers_its_validation() {
        let store = store(1_000_000);
        let first = kept(&store, "{ a }").expect("passes");
        assert!(!first.is_validated_strict());
        first.set_validated_strict();
        let again = kept(&store, "{ a }").expect("passes");
        assert!(Arc::ptr_eq(&first, &again) && again.is_validated_strict());
        let other = kept(&store, "{ a  }").expect("passes");
        assert!(!other.is_validated_strict());
    }

    #[test]
    fn a_refused_document_is_not_kept() {
        let store = store(1_000_000);
        assert!(kept(&store, "{ a").is_err());
        assert!(kept(&store, &"a".repeat(20_000)).is_err());
        assert_eq!(store.documents.len(), 0);
    }

    #[test]
    fn memory_stays_within_its_bound() {
        let store = store(50_000);
        for n in 0..1_000 {
            kept(&store, &format!("{{ a{n} b c d }}")).expect("passes");
        }
        assert!(store.documents.weight() <= 50_000);
        assert!(!store.documents.is_empty());
    }
}
