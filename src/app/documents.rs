//! Reads the manifest of persisted documents.

use crate::config::DocumentArgs;
use crate::error::Error;
use crate::graphql::{Manifest, PersistedSettings};

/// What the settings say about persisted documents.
///
/// # Errors
/// One sentence about a file that cannot be read.
pub(super) fn settings(args: &DocumentArgs) -> Result<PersistedSettings, Error> {
    let Some(file) = args.file() else {
        return Ok(PersistedSettings { mode: args.mode(), ..PersistedSettings::default() });
    };
    let refused = |why: &str| super::refused(format!("FARMLOKAL_PERSISTED_DOCUMENTS_FILE: {} {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|err| refused(&format!("cannot be read: {err}")))?;
    let manifest = Manifest::read(&text).map_err(|why| refused(&why))?;
    Ok(PersistedSettings { mode: args.mode(), manifest, archive: None })
}
