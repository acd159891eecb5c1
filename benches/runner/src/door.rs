//! What the server calls the things of its front door: headers, settings, outcomes. Everything that is measured from
//! outside is named here, once.

use std::path::Path;
use std::process::Command;

use crate::process;

/// How an answer came about: see [`Outcome`].
const OUTCOME: &str = "cache-status";
/// Points that a request cost.
pub(crate) const COST: &str = "x-query-cost";
/// Marks an answer that is older than it should be, because its origin is away.
pub(crate) const STALE_MARK: &str = "warning";
/// Seconds after which a refused caller may come back.
pub(crate) const RETRY_AFTER: &str = "retry-after";

/// The Redis server of all processes.
pub(crate) const REDIS: &str = "REDIS_URL";
/// Folder of the search index; `off` for none.
pub(crate) const SEARCH_FOLDER: &str = "SEARCH_DIR";
/// `false`: every answer is computed anew, and for one caller alone.
pub(crate) const CACHE: &str = "FARMLOKAL_CACHE";
/// Bytes of answers that a process keeps in its own memory; 0 keeps none.
pub(crate) const MEMORY_BYTES: &str = "FARMLOKAL_CACHE_MEMORY_BYTES";
/// A file with a token that has all scopes.
pub(crate) const TOKEN_FILE: &str = "FARMLOKAL_ADMIN_TOKEN_FILE";
/// Points of query cost that each caller may spend in a minute.
pub(crate) const POINTS_PER_MINUTE: &str = "FARMLOKAL_BUDGET_POINTS_PER_MINUTE";
/// Points that a caller may spend at once.
pub(crate) const BURST_POINTS: &str = "FARMLOKAL_BUDGET_BURST";
/// More points than this program can spend, and the most that can be set: budgets are kept, and refuse nobody.
pub(crate) const PLENTY: u32 = 1_000_000_000;

/// How an answer came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    /// Out of the process's own memory.
    Memory,
    /// Out of Redis.
    Redis,
    /// Computed for this request.
    Miss,
    /// Older than it should be.
    Stale,
    /// Computed for another request at the same time.
    Coalesced,
    /// Never kept.
    Uncacheable,
    /// The server did not say.
    Untold,
}

impl Outcome {
    /// Reads it off an answer's headers.
    pub(crate) fn of<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Self {
        match header(OUTCOME) {
            Some("farmlokal; hit; detail=memory") => Self::Memory,
            Some("farmlokal; hit; detail=shared") => Self::Redis,
            Some("farmlokal; fwd=miss; stored") => Self::Miss,
            Some("farmlokal; hit; detail=stale") => Self::Stale,
            Some("farmlokal; fwd=miss; collapsed") => Self::Coalesced,
            Some("farmlokal; fwd=bypass") => Self::Uncacheable,
            _ => Self::Untold,
        }
    }

    /// Whether nothing was computed for it. An answer that is past its time, but whose rows did not change, is one as well.
    pub(crate) fn is_hit(self) -> bool {
        matches!(self, Self::Memory | Self::Redis | Self::Stale)
    }
}

/// Those of `names` that a server program does not know; it would refuse to start with them.
///
/// # Errors
/// When it cannot be run.
pub(crate) fn unknown(binary: &Path, names: &[&str]) -> anyhow::Result<Vec<String>> {
    let help = process::output(Command::new(binary).args(["serve", "--help"]))?;
    // Names without the prefix belong to nobody in particular, and are never refused.
    let refused = |name: &&&str| name.starts_with("FARMLOKAL_") && !help.contains(&format!("{name}="));
    Ok(names.iter().filter(refused).map(|name| (*name).to_owned()).collect())
}
