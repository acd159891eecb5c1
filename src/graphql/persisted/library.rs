//! Finds the document that a caller means.

use std::sync::Arc;
use std::time::Duration;

use super::trusted::TrustedDocuments;
use super::{PersistedMode, PersistedSettings};
use crate::cache::DocumentArchive;
use crate::graphql::document::{CheckedDocument, DocumentHash, DocumentStore, Refusal, RefusalCode};
use crate::graphql::prepared::DocumentRef;

/// Longest wait for the archive, which has a limit of its own and should never need this one.
const ARCHIVE_PATIENCE: Duration = Duration::from_millis(100);
/// What a document's id begins with when it is the hash of its text (GraphQL over HTTP, appendix on persisted documents).
const HASH_PREFIX: &str = "sha256:";

/// All documents that are known: the trusted ones for good, the others as long as there is room.
pub(crate) struct Library {
    store: DocumentStore,
    trusted: TrustedDocuments,
    mode: PersistedMode,
    archive: Option<Arc<dyn DocumentArchive>>,
}

/// A document, and what it was found by.
#[derive(Debug)]
pub(crate) struct Found {
    /// The document.
    pub(crate) document: Arc<CheckedDocument>,
    /// Hash of its text.
    pub(crate) hash: DocumentHash,
    /// Its text, when it shall be archived once it has proved to be valid.
    pub(crate) to_archive: Option<Arc<str>>,
}

impl Library {
    /// A library with the trusted documents in it.
    ///
    /// # Errors
    /// One sentence about a trusted document that could never be run.
    pub(crate) fn new(settings: PersistedSettings, store: DocumentStore) -> Result<Self, String> {
        let trusted = TrustedDocuments::of(&settings.manifest, &store)?;
        let archive = settings.archive.filter(|_| settings.mode == PersistedMode::Allow);
        Ok(Self { store, trusted, mode: settings.mode, archive })
    }

    /// Where checked documents are kept, with the limits and types they are held against.
    pub(crate) fn store(&self) -> &DocumentStore {
        &self.store
    }

    /// The document with this hash, if it is known here. Takes no memory and never waits.
    pub(crate) fn known(&self, hash: &DocumentHash) -> Option<Arc<CheckedDocument>> {
        // Nothing gets into the store in mode `only`.
        self.trusted.get(hash).or_else(|| self.store.get(hash))
    }

    /// The document that a caller means.
    ///
    /// # Errors
    /// A text that does not pass the checks, a name that nobody knows, and what the mode does not take.
    pub(crate) async fn find(&self, wanted: DocumentRef<'_>) -> Result<Found, Refusal> {
        match wanted {
            DocumentRef::Text(text) => self.by_text(text, self.hash_of(text)?),
            DocumentRef::Persisted { .. } | DocumentRef::Id(_) if self.mode == PersistedMode::Off => Err(not_supported()),
            DocumentRef::Persisted { hash, text: Some(text) } => self.registered(hash, text),
            DocumentRef::Persisted { hash: name, text: None } | DocumentRef::Id(name) => self.by_name(name).await,
        }
    }

    /// Notes that a document has passed the engine's validation, and puts its text into the archive, beside the answer.
    pub(crate) fn proved(&self, document: &CheckedDocument, hash: DocumentHash, text: Option<&Arc<str>>) {
        document.set_validated_strict();
        let (Some(archive), Some(text)) = (self.archive.clone(), text.cloned()) else { return };
        if document.set_archived() {
            tokio::spawn(async move { tokio::time::timeout(ARCHIVE_PATIENCE, archive.put(hash.as_bytes(), &text)).await });
        }
    }

    fn hash_of(&self, text: &str) -> Result<DocumentHash, Refusal> {
        let hash = self.store.hash_of(text);
        if self.mode == PersistedMode::Only { hash.map_err(|_| required()) } else { hash }
    }

    fn by_text(&self, text: &str, hash: DocumentHash) -> Result<Found, Refusal> {
        let document = match self.known(&hash) {
            Some(document) => document,
            None if self.mode == PersistedMode::Only => return Err(required()),
            None => self.store.get_or_check(hash, text)?,
        };
        Ok(Found { document, hash, to_archive: None })
    }

    fn registered(&self, name: &str, text: &str) -> Result<Found, Refusal> {
        let hash = self.hash_of(text)?;
        if self.hash_named(name) != Some(hash) {
            return Err(Refusal::new(RefusalCode::BadRequest, "provided sha does not match query"));
        }
        let found = self.by_text(text, hash)?;
        let is_new = self.archive.is_some() && !found.document.is_archived();
        Ok(Found { to_archive: is_new.then(|| Arc::from(text)), ..found })
    }

    async fn by_name(&self, name: &str) -> Result<Found, Refusal> {
        let hash = self.hash_named(name).ok_or_else(not_found)?;
        let document = match self.known(&hash) {
            Some(document) => document,
            None => self.archived(&hash).await.ok_or_else(not_found)?,
        };
        Ok(Found { document, hash, to_archive: None })
    }

    /// The hash that a name stands for: what the manifest says, or the hash itself.
    fn hash_named(&self, name: &str) -> Option<DocumentHash> {
        let digits = name.strip_prefix(HASH_PREFIX).unwrap_or(name);
        self.trusted.hash_of_id(name).or_else(|| DocumentHash::from_hex(digits))
    }

    /// A document out of the archive, which may hold anything.
    async fn archived(&self, hash: &DocumentHash) -> Option<Arc<CheckedDocument>> {
        let archive = self.archive.as_ref()?;
        let text = tokio::time::timeout(ARCHIVE_PATIENCE, archive.get(hash.as_bytes())).await.ok()??;
        if self.store.hash_of(&text).ok() != Some(*hash) {
            return None;
        }
        let document = self.store.get_or_check(*hash, &text).ok()?;
        document.set_archived();
        Some(document)
    }
}

/// In the words that clients look for: they send the text next.
fn not_found() -> Refusal {
    Refusal::new(RefusalCode::PersistedNotFound, "PersistedQueryNotFound")
}

/// In the words that clients look for: they send texts from now on.
fn not_supported() -> Refusal {
    Refusal::new(RefusalCode::BadRequest, "PersistedQueryNotSupported")
}

fn required() -> Refusal {
    Refusal::new(RefusalCode::PersistedRequired, "Only persisted documents are taken here, and this is none of them.")
}

#[cfg(test)]
mod tests;
