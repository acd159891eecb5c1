//! A request whose document has been found and checked.

use std::sync::Arc;

use async_graphql::Variables;
use async_graphql::parser::types::OperationType;

use super::document::{CheckedDocument, CheckedOperation, DocumentHash, Refusal};
use super::persisted::Found;

/// What to run, as the caller names it.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The document.
    pub document: DocumentRef<'a>,
    /// Which of its operations.
    pub operation_name: Option<&'a str>,
    /// Whether the request came by GET, which must not change anything.
    pub via_get: bool,
}

/// How a caller names a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentRef<'a> {
    /// By its text.
    Text(&'a str),
    /// As an automatic persisted query: by the hash of its text, which comes along when the server does not know it yet.
    Persisted {
        /// SHA-256 of the text in hexadecimal digits, or an id out of the manifest.
        hash: &'a str,
        /// The text that the server shall remember.
        text: Option<&'a str>,
    },
    /// By an id out of the manifest, or the SHA-256 of its text, with or without `sha256:` in front.
    Id(&'a str),
}

/// An operation of a checked document, ready to run with any variables. A clone is cheap.
#[derive(Debug, Clone)]
pub struct Prepared {
    document: Arc<CheckedDocument>,
    /// Position of the operation in its document.
    position: usize,
    hash: DocumentHash,
    /// The document's text, when it shall be archived once it has proved to be valid.
    to_archive: Option<Arc<str>>,
}

impl Prepared {
    /// The operation of this name, or the only one.
    ///
    /// # Errors
    /// `BAD_REQUEST` when there is none of that name, or no name and several operations.
    pub(super) fn new(found: Found, operation_name: Option<&str>) -> Result<Self, Refusal> {
        let Found { document, hash, to_archive } = found;
        let position = document.position(operation_name)?;
        Ok(Self { document, position, hash, to_archive })
    }

    /// Hash of the document's text.
    pub fn document_hash(&self) -> &DocumentHash {
        &self.hash
    }

    /// The operation's name.
    pub fn operation_name(&self) -> Option<&Arc<str>> {
        self.operation().name.as_ref()
    }

    /// For how many seconds everybody may be given the same answer to the same variables; `None` when it must not be kept.
    pub fn cacheable_for(&self) -> Option<u32> {
        self.operation().cacheability.max_age_s
    }

    /// Whether it changes nothing.
    pub fn is_query(&self) -> bool {
        self.operation().kind == OperationType::Query
    }

    pub(super) fn to_archive(&self) -> Option<&Arc<str>> {
        self.to_archive.as_ref()
    }

    pub(super) fn document(&self) -> &CheckedDocument {
        &self.document
    }

    pub(super) fn operation(&self) -> &CheckedOperation {
        &self.document.operations()[self.position]
    }
}

/// An operation with variables that fit, and with its price.
#[derive(Debug)]
pub struct Priced {
    pub(super) prepared: Prepared,
    pub(super) variables: Variables,
    pub(super) cost: u64,
}

/// The root fields that ask a partner when what we have does not do.
const PARTNER_FIELDS: [&str; 2] = ["order", "syncPartnerCatalogue"];

impl Priced {
    /// What it costs to run, in points.
    pub fn cost(&self) -> u64 {
        self.cost
    }

    /// Whether it may have to wait for a partner.
    pub fn may_ask_partner(&self) -> bool {
        self.prepared.operation().root_fields.iter().any(|field| PARTNER_FIELDS.contains(&field.as_str()))
    }
}
