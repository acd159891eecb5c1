//! Reads the manifest of persisted documents, and joins their archive to Redis.

use std::path::Path;
use std::sync::Arc;

use crate::cache::redis::Redis;
use crate::cache::{DocumentArchive, RedisArchive};
use crate::config::DocumentArgs;
use crate::error::Error;
use crate::graphql::{Manifest, PersistedSettings};

/// What the settings say about persisted documents.
///
/// # Errors
/// One sentence about a file that cannot be read.
pub(super) fn settings(args: &DocumentArgs, redis: Option<&Redis>) -> Result<PersistedSettings, Error> {
    let manifest = args.file().map(manifest).transpose()?.unwrap_or_default();
    let archive = redis.map(|redis| Arc::new(RedisArchive::new(redis.clone())) as Arc<dyn DocumentArchive>);
    Ok(PersistedSettings { mode: args.mode(), manifest, archive })
}

fn manifest(file: &Path) -> Result<Manifest, Error> {
    let refused = |why: &str| super::refused(format!("FARMLOKAL_PERSISTED_DOCUMENTS_FILE: {} {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|err| refused(&format!("cannot be read: {err}")))?;
    Manifest::read(&text).map_err(|why| refused(&why))
}
