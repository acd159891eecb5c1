//! Settings of the response cache.

use clap::Args;

use crate::cache::response::CacheSettings;

/// Answers that are kept.
#[derive(Args, Clone)]
#[command(next_help_heading = "Response cache")]
pub struct CacheArgs {
    /// Memory for answers kept in the process, in bytes; 0 keeps none there
    #[arg(long, env = "FARMLOKAL_CACHE_MEMORY_BYTES", value_name = "N", default_value_t = 64 * 1024 * 1024)]
    cache_memory_bytes: u64,
    /// Keep answers at all, in the process and in Redis
    #[arg(long, env = "FARMLOKAL_CACHE", value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    cache: bool,
    /// How long caches in front of us (a CDN) may keep an answer to a GET without asking again, in seconds; a change is seen
    /// that much later there
    #[arg(long, env = "FARMLOKAL_CACHE_S_MAXAGE", value_name = "SECONDS", default_value_t = 0)]
    cache_s_maxage: u32,
}

impl CacheArgs {
    /// As the cache takes them.
    pub fn settings(&self) -> CacheSettings {
        CacheSettings { enabled: self.cache, memory_bytes: self.cache_memory_bytes }
    }

    /// How long caches in front of us may keep an answer, in seconds.
    pub fn shared_max_age_s(&self) -> u32 {
        self.cache_s_maxage
    }
}
