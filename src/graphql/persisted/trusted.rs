//! The documents of a manifest, checked once at the start and kept for good.

use std::collections::HashMap;
use std::sync::Arc;

use super::Manifest;
use crate::graphql::document::{CheckedDocument, DocumentHash, DocumentStore};

/// Checked documents by the hash of their text, and by their ids.
#[derive(Debug, Default)]
pub(super) struct TrustedDocuments {
    documents: HashMap<DocumentHash, Arc<CheckedDocument>>,
    /// Only ids that are not the hash itself.
    ids: HashMap<String, DocumentHash>,
}

impl TrustedDocuments {
    /// Checks every document of a manifest.
    ///
    /// # Errors
    /// One sentence that names the first document which could never be run.
    pub(super) fn of(manifest: &Manifest, store: &DocumentStore) -> Result<Self, String> {
        let mut trusted = Self::default();
        for (id, text) in manifest.documents() {
            let refused = |why: &str| format!("the persisted document {id:?} cannot be served: {why}");
            let (hash, document) = store.check(text).map_err(|refusal| refused(&refusal.message))?;
            if id.is_empty() {
                return Err(refused("its id is empty"));
            }
            trusted.documents.entry(hash).or_insert_with(|| Arc::new(document));
            if DocumentHash::from_hex(id) != Some(hash) && trusted.ids.insert(id.clone(), hash).is_some_and(|known| known != hash)
            {
                return Err(refused("two texts have this id"));
            }
        }
        Ok(trusted)
    }

    /// The document whose text has this hash.
    pub(super) fn get(&self, hash: &DocumentHash) -> Option<Arc<CheckedDocument>> {
        self.documents.get(hash).cloned()
    }

    /// The hash of the text that is called so.
    pub(super) fn hash_of_id(&self, id: &str) -> Option<DocumentHash> {
        self.ids.get(id).copied()
    }
}
