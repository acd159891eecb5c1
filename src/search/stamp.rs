//! What an index is of: written with every commit, and read before anybody trusts it.

use serde::{Deserialize, Serialize};

use super::fields::FORMAT;
use super::synonyms::Synonyms;
use crate::storage::changes::Head;

/// The payload of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    /// Of the fields and the analysis.
    format: u32,
    /// Which installation's catalogue.
    installation: String,
    /// Which synonyms.
    synonyms: u64,
    /// Everything up to this change is in it.
    pub(super) position: i64,
    /// Everything of this catalogue generation is in it.
    pub(super) generation: i64,
}

impl Stamp {
    /// The stamp of an index made now.
    pub(super) fn new(installation: &str, synonyms: &Synonyms, position: i64, generation: i64) -> Self {
        let (installation, synonyms) = (installation.to_owned(), synonyms.fingerprint());
        Self { format: FORMAT, installation, synonyms, position, generation }
    }

    /// The same index, followed up to this change.
    pub(super) fn at(&self, position: i64) -> Self {
        Self { position, ..self.clone() }
    }

    /// Whether the changes that are kept lead from here to the end of the feed.
    pub(super) fn leads_to(&self, head: &Head) -> bool {
        head.generation == self.generation && head.kept_from_seq <= self.position + 1
    }

    /// Whether an index with this stamp can go on as one with `other`.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let comparable = Self { position: other.position, generation: other.generation, ..self.clone() };
        comparable == *other
    }

    pub(super) fn to_payload(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    pub(super) fn from_payload(payload: &str) -> Option<Self> {
        serde_json::from_str(payload).ok()
    }
}
