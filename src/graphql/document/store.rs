//! Checked documents, kept by the hash of their text.

use std::sync::Arc;

use moka::sync::Cache;
use sha2::{Digest, Sha256};

use super::checked::{CheckedDocument, check};
use super::input_types::InputTypes;
use super::limits::DocumentLimits;
use super::refusal::Refusal;

/// SHA-256 of a document's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct DocumentHash([u8; 32]);

impl DocumentHash {
    /// The hash of this text.
    pub(crate) fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

/// Documents that passed the checks, within a bound on their memory. Refused documents are checked again every time, which
/// is cheap and cannot push out good ones.
pub(crate) struct DocumentStore {
    limits: DocumentLimits,
    types: Arc<InputTypes>,
    documents: Cache<DocumentHash, Arc<CheckedDocument>>,
}

impl DocumentStore {
    /// An empty store that takes at most `max_bytes` of memory, about.
    pub(crate) fn new(limits: DocumentLimits, types: Arc<InputTypes>, max_bytes: u64) -> Self {
        let weight =
            |_: &DocumentHash, document: &Arc<CheckedDocument>| u32::try_from(document.weight_bytes()).unwrap_or(u32::MAX);
        let documents = Cache::builder().max_capacity(max_bytes).weigher(weight).build();
        Self { limits, types, documents }
    }

    /// The checked document of this text: kept from before, or checked now.
    ///
    /// # Errors
    /// As [`check`].
    pub(crate) fn get_or_check(&self, text: &str) -> Result<Arc<CheckedDocument>, Refusal> {
        // A text beyond the limit is not worth its hash.
        if text.len() > self.limits.max_bytes {
            return check(text, &self.limits, &self.types).map(Arc::new);
        }
        let hash = DocumentHash::of(text);
        if let Some(document) = self.documents.get(&hash) {
            return Ok(document);
        }
        let document = Arc::new(check(text, &self.limits, &self.types)?);
        self.documents.insert(hash, Arc::clone(&document));
        Ok(document)
    }

    /// The limits that documents are held against.
    pub(crate) fn limits(&self) -> &DocumentLimits {
        &self.limits
    }

    /// The input types that variables are held against.
    pub(crate) fn types(&self) -> &InputTypes {
        &self.types
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(max_bytes: u64) -> DocumentStore {
        let types = InputTypes::from_sdl("scalar JSON", |_, _| Ok(())).expect("parses");
        DocumentStore::new(DocumentLimits::default(), Arc::new(types), max_bytes)
    }

    #[test]
    fn a_document_is_checked_once_and_remembers_its_validation() {
        let store = store(1_000_000);
        let first = store.get_or_check("{ a }").expect("passes");
        assert!(!first.is_validated_strict());
        first.set_validated_strict();
        let again = store.get_or_check("{ a }").expect("passes");
        assert!(Arc::ptr_eq(&first, &again) && again.is_validated_strict());
        let other = store.get_or_check("{ a  }").expect("passes");
        assert!(!other.is_validated_strict());
    }

    #[test]
    fn a_refused_document_is_not_kept() {
        let store = store(1_000_000);
        assert!(store.get_or_check("{ a").is_err());
        assert!(store.get_or_check(&"a".repeat(20_000)).is_err());
        store.documents.run_pending_tasks();
        assert_eq!(store.documents.entry_count(), 0);
    }

    #[test]
    fn memory_stays_within_its_bound() {
        let store = store(50_000);
        for n in 0..1_000 {
            store.get_or_check(&format!("{{ a{n} b c d }}")).expect("passes");
        }
        store.documents.run_pending_tasks();
        assert!(store.documents.weighted_size() <= 50_000);
        assert!(store.documents.entry_count() > 0);
    }

    #[test]
    fn the_hash_is_the_one_clients_send() {
        let hex: String = DocumentHash::of("{__typename}").0.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38");
    }
}
