//! Settings of Redis, which is optional.

use std::time::Duration;

use clap::Args;

use crate::cache::redis::{RedisAddress, RedisSettings};

/// What several servers share besides the database.
#[derive(Args, Clone)]
#[command(next_help_heading = "Redis")]
pub struct RedisArgs {
    /// `redis://user:password@host:6379`, or `rediss://…` for TLS; several, separated by commas, are nodes of a cluster,
    /// and so is one with `?cluster=true`
    #[arg(long, env = "REDIS_URL", hide_env_values = true, value_name = "URL")]
    redis_url: Option<String>,
    /// Host of a Redis server without password, instead of REDIS_URL
    #[arg(long, env = "REDIS_HOST", value_name = "HOST")]
    redis_host: Option<String>,
    /// Its port
    #[arg(long, env = "REDIS_PORT", value_name = "PORT", default_value_t = 6379)]
    redis_port: u16,
    /// Longest wait for one answer of Redis, in milliseconds; then the server goes on without it
    #[arg(long, env = "FARMLOKAL_REDIS_DEADLINE_MS", value_name = "MS", default_value_t = 40)]
    redis_deadline_ms: u64,
}

impl RedisArgs {
    /// Where Redis is; `None` when nobody set one.
    ///
    /// # Errors
    /// One sentence for the person who set it.
    pub fn address(&self) -> Result<Option<RedisAddress>, String> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if self.redis_deadline_ms == 0 {
            return Err("FARMLOKAL_REDIS_DEADLINE_MS must be at least 1".to_owned());
        }
        match (given(&self.redis_url), given(&self.redis_host)) {
            (Some(_), Some(_)) => Err("set REDIS_URL or REDIS_HOST, not both".to_owned()),
            (Some(url), None) => RedisAddress::parse(&url).map(Some).map_err(|why| format!("REDIS_URL: {why}")),
            (None, Some(host)) => {
                RedisAddress::of_host(&host, self.redis_port).map(Some).map_err(|why| format!("REDIS_HOST: {why}"))
            }
            (None, None) => Ok(None),
        }
    }

    /// The settings for one installation; `None` when nobody set a Redis.
    ///
    /// # Errors
    /// As [`RedisArgs::address`].
    pub fn settings(&self, installation_id: &str) -> Result<Option<RedisSettings>, String> {
        let deadline = Duration::from_millis(self.redis_deadline_ms);
        Ok(self.address()?.map(|address| RedisSettings { deadline, ..RedisSettings::new(address, installation_id) }))
    }
}
