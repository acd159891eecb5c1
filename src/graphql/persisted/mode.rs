//! What can be chosen about persisted documents.

use std::sync::Arc;

use super::Manifest;
use crate::cache::DocumentArchive;

/// Which documents are taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PersistedMode {
    /// Texts alone.
    Off,
    /// Texts, hashes, and what the manifest names.
    #[default]
    Allow,
    /// What the manifest names, and nothing else.
    Only,
}

/// Settings of persisted documents.
#[derive(Debug, Clone, Default)]
pub struct PersistedSettings {
    /// Which documents are taken.
    pub mode: PersistedMode,
    /// The documents that are trusted.
    pub manifest: Manifest,
    /// Where the texts of automatic ones are kept beyond this process.
    pub archive: Option<Arc<dyn DocumentArchive>>,
}
