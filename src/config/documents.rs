//! Settings of persisted documents.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::graphql::PersistedMode;

/// Which documents are taken.
#[derive(Args, Clone)]
#[command(next_help_heading = "Persisted documents")]
pub struct DocumentArgs {
    /// off: texts alone; allow: texts, hashes and the documents of the file; only: the documents of the file and nothing else
    #[arg(long, env = "FARMLOKAL_PERSISTED_DOCUMENTS", value_name = "MODE", default_value = "allow", value_parser = mode)]
    persisted_documents: PersistedMode,
    /// Manifest of the documents that clients send: from the Relay compiler, Apollo, or the client preset of GraphQL Code Generator
    #[arg(long, env = "FARMLOKAL_PERSISTED_DOCUMENTS_FILE", value_name = "FILE")]
    persisted_documents_file: Option<PathBuf>,
}

impl DocumentArgs {
    /// Which documents are taken.
    pub fn mode(&self) -> PersistedMode {
        self.persisted_documents
    }

    /// The manifest.
    pub fn file(&self) -> Option<&Path> {
        self.persisted_documents_file.as_deref()
    }

    /// Settings that do not fit together.
    ///
    /// # Errors
    /// One sentence.
    pub(super) fn check(&self) -> Result<(), String> {
        match (self.persisted_documents, &self.persisted_documents_file) {
            (PersistedMode::Only, None) => {
                Err("FARMLOKAL_PERSISTED_DOCUMENTS=only needs a list of documents: set FARMLOKAL_PERSISTED_DOCUMENTS_FILE"
                    .to_owned())
            }
            (PersistedMode::Off, Some(_)) => {
                Err("FARMLOKAL_PERSISTED_DOCUMENTS=off leaves no use for FARMLOKAL_PERSISTED_DOCUMENTS_FILE; set one of them"
                    .to_owned())
            }
            _ => Ok(()),
        }
    }
}

fn mode(name: &str) -> Result<PersistedMode, String> {
    match name {
        "off" => Ok(PersistedMode::Off),
        "allow" => Ok(PersistedMode::Allow),
        "only" => Ok(PersistedMode::Only),
        _ => Err("use off, allow or only".to_owned()),
    }
}
