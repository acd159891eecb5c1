//! Settings of the partner, which is optional.

use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::upstream::{BreakerSettings, BulkheadSettings, ClientAuth, PartnerSettings, RetrySettings, TokenSettings};

/// Everybody has an answer within 5 s: the total deadline is at most this, in milliseconds.
const TOTAL_MAX_MS: u64 = 4_800;
/// Longest wait at the bulkhead, in milliseconds.
const WAIT_MAX_MS: u64 = 100;

/// How a client says who it is at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ClientAuthArg {
    /// HTTP Basic.
    Basic,
    /// In the request's body.
    Body,
}

/// The partner that is asked: API A behind OAuth2.
#[derive(Args, Clone)]
#[command(next_help_heading = "Partner")]
pub struct PartnerArgs {
    /// Root of the partner's API, for example https://partner.example/api; default: none, no partner is asked
    #[arg(long, env = "PARTNER_API_URL", value_name = "URL")]
    partner_api_url: Option<String>,
    /// Token endpoint of its OAuth2 provider; default: none, the API is asked without a token
    #[arg(long, env = "OAUTH_TOKEN_URL", value_name = "URL")]
    oauth_token_url: Option<String>,
    /// Another name of OAUTH_TOKEN_URL
    #[arg(long, env = "OAUTH_URL", value_name = "URL")]
    oauth_url: Option<String>,
    /// Who we are there
    #[arg(long, env = "OAUTH_CLIENT_ID", value_name = "ID")]
    oauth_client_id: Option<String>,
    /// What proves it
    #[arg(long, env = "OAUTH_CLIENT_SECRET", hide_env_values = true, value_name = "SECRET")]
    oauth_client_secret: Option<String>,
    /// Scopes to ask for, separated by blanks; default: none, what the provider gives
    #[arg(long, env = "OAUTH_SCOPE", value_name = "SCOPES")]
    oauth_scope: Option<String>,
    /// How id and secret are sent: in HTTP Basic or in the request's body
    #[arg(long, env = "OAUTH_CLIENT_AUTH", value_name = "HOW", default_value = "basic")]
    oauth_client_auth: ClientAuthArg,
    #[command(flatten)]
    limits: PartnerLimitArgs,
    #[command(flatten)]
    breaker: PartnerBreakerArgs,
}

/// Deadlines, tries again and limits. Where the defaults come from is told at `PartnerSettings`.
#[derive(Args, Clone)]
struct PartnerLimitArgs {
    /// Longest wait for a connection to the partner, in milliseconds
    #[arg(long, env = "FARMLOKAL_PARTNER_CONNECT_TIMEOUT_MS", value_name = "MS", default_value_t = 1_000)]
    partner_connect_timeout_ms: u64,
    /// Longest time for one request to the partner, in milliseconds
    #[arg(long, env = "FARMLOKAL_PARTNER_ATTEMPT_TIMEOUT_MS", value_name = "MS", default_value_t = 2_000)]
    partner_attempt_timeout_ms: u64,
    /// Longest time for a call to the partner with all its tries, in milliseconds
    #[arg(long, env = "FARMLOKAL_PARTNER_TOTAL_TIMEOUT_MS", value_name = "MS", default_value_t = 4_500)]
    partner_total_timeout_ms: u64,
    /// Most requests of one call, the first included
    #[arg(long, env = "FARMLOKAL_PARTNER_ATTEMPTS", value_name = "N", default_value_t = RetrySettings::default().attempts)]
    partner_attempts: u32,
    /// The first wait before a try again is up to so long, each further one up to twice as long, in milliseconds
    #[arg(long, env = "FARMLOKAL_PARTNER_BACKOFF_MS", value_name = "MS", default_value_t = 200)]
    partner_backoff_ms: u64,
    /// Longest such wait, in milliseconds, unless the partner asks for more
    #[arg(long, env = "FARMLOKAL_PARTNER_BACKOFF_MAX_MS", value_name = "MS", default_value_t = 1_000)]
    partner_backoff_max_ms: u64,
    /// Tries again per hundred calls
    #[arg(long, env = "FARMLOKAL_PARTNER_RETRY_PERCENT", value_name = "N", default_value_t = 20)]
    partner_retry_percent: u32,
    /// Tries again per second that are allowed in any case
    #[arg(long, env = "FARMLOKAL_PARTNER_RETRIES_PER_SECOND", value_name = "N", default_value_t = 10)]
    partner_retries_per_second: u32,
    /// Calls to the partner under way at the same time
    #[arg(long, env = "FARMLOKAL_PARTNER_MAX_CALLS", value_name = "N", default_value_t = BulkheadSettings::default().calls)]
    partner_max_calls: usize,
    /// Longest wait for one of them to end, in milliseconds, at most 100
    #[arg(long, env = "FARMLOKAL_PARTNER_MAX_WAIT_MS", value_name = "MS", default_value_t = WAIT_MAX_MS)]
    partner_max_wait_ms: u64,
    /// Largest answer of the partner, in bytes
    #[arg(long, env = "FARMLOKAL_PARTNER_BODY_LIMIT_BYTES", value_name = "N", default_value_t = 4 << 20)]
    partner_body_limit_bytes: usize,
    /// Items of one page of the partner's lists
    #[arg(long, env = "FARMLOKAL_PARTNER_PAGE_SIZE", value_name = "N", default_value_t = 100)]
    partner_page_size: u32,
    /// An access token is replaced so long before its end, at most, in milliseconds; a short one in the last fifth of its life
    #[arg(long, env = "FARMLOKAL_PARTNER_TOKEN_MARGIN_MS", value_name = "MS", default_value_t = 60_000)]
    partner_token_margin_ms: u64,
    /// Longest time for getting an access token with all tries, in milliseconds
    #[arg(long, env = "FARMLOKAL_PARTNER_TOKEN_TIMEOUT_MS", value_name = "MS", default_value_t = 2_500)]
    partner_token_timeout_ms: u64,
    /// How long one server keeps the others from getting a token, in milliseconds; more than that time
    #[arg(long, env = "FARMLOKAL_PARTNER_TOKEN_LOCK_MS", value_name = "MS", default_value_t = 3_000)]
    partner_token_lock_ms: u64,
    /// First pause after the token endpoint failed, in milliseconds; doubled with every further failure
    #[arg(long, env = "FARMLOKAL_PARTNER_TOKEN_PAUSE_MS", value_name = "MS", default_value_t = 500)]
    partner_token_pause_ms: u64,
    /// Longest such pause, in milliseconds
    #[arg(long, env = "FARMLOKAL_PARTNER_TOKEN_PAUSE_MAX_MS", value_name = "MS", default_value_t = 10_000)]
    partner_token_pause_max_ms: u64,
}

/// When the partner is left alone.
#[derive(Args, Clone)]
struct PartnerBreakerArgs {
    /// Calls that the circuit breaker looks back on
    #[arg(long, env = "FARMLOKAL_PARTNER_BREAKER_WINDOW", value_name = "N", default_value_t = BreakerSettings::default().window)]
    partner_breaker_window: usize,
    /// With fewer calls it decides nothing
    #[arg(long, env = "FARMLOKAL_PARTNER_BREAKER_MINIMUM", value_name = "N", default_value_t = BreakerSettings::default().minimum)]
    partner_breaker_minimum: usize,
    /// It opens when so many percent of them failed
    #[arg(long, env = "FARMLOKAL_PARTNER_BREAKER_FAILURE_PERCENT", value_name = "N", default_value_t = 50)]
    partner_breaker_failure_percent: u32,
    /// It opens when so many percent of them were slow
    #[arg(long, env = "FARMLOKAL_PARTNER_BREAKER_SLOW_PERCENT", value_name = "N", default_value_t = 80)]
    partner_breaker_slow_percent: u32,
    /// A call that took so many milliseconds is slow
    #[arg(long, env = "FARMLOKAL_PARTNER_BREAKER_SLOW_MS", value_name = "MS", default_value_t = 1_500)]
    partner_breaker_slow_ms: u64,
    /// How long it stays open, in milliseconds
    #[arg(long, env = "FARMLOKAL_PARTNER_BREAKER_OPEN_MS", value_name = "MS", default_value_t = 5_000)]
    partner_breaker_open_ms: u64,
}

impl PartnerArgs {
    /// How the partner is reached; `None` when nobody set one.
    ///
    /// # Errors
    /// One sentence for the person who set it.
    pub fn settings(&self) -> Result<Option<PartnerSettings>, String> {
        let Some(url) = given(self.partner_api_url.as_ref()) else { return Ok(None) };
        self.limits.check()?;
        self.breaker.check()?;
        let limits = &self.limits;
        Ok(Some(PartnerSettings {
            token: self.token()?,
            connect_timeout: Duration::from_millis(limits.partner_connect_timeout_ms),
            attempt_timeout: Duration::from_millis(limits.partner_attempt_timeout_ms),
            total_timeout: Duration::from_millis(limits.partner_total_timeout_ms),
            retry: limits.retry(),
            breaker: self.breaker.settings(),
            bulkhead: limits.bulkhead(),
            body_limit_bytes: limits.partner_body_limit_bytes,
            page_size: limits.partner_page_size,
            ..PartnerSettings::new(url)
        }))
    }

    fn token(&self) -> Result<Option<TokenSettings>, String> {
        let url = match (given(self.oauth_token_url.as_ref()), given(self.oauth_url.as_ref())) {
            (Some(one), Some(other)) if one != other => {
                return Err("OAUTH_TOKEN_URL and OAUTH_URL are two names of one setting: set one of them".to_owned());
            }
            (one, other) => one.or(other),
        };
        let client = (given(self.oauth_client_id.as_ref()), given(self.oauth_client_secret.as_ref()));
        let scope = given(self.oauth_scope.as_ref()).map(str::to_owned);
        let (url, id, secret) = match (url, client) {
            (Some(url), (Some(id), Some(secret))) => (url, id, secret),
            (None, (None, None)) if scope.is_none() => return Ok(None),
            _ => return Err("OAUTH_TOKEN_URL, OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET belong together: set all three".to_owned()),
        };
        let limits = &self.limits;
        Ok(Some(TokenSettings {
            scope,
            client_auth: match self.oauth_client_auth {
                ClientAuthArg::Basic => ClientAuth::Basic,
                ClientAuthArg::Body => ClientAuth::Body,
            },
            margin: Duration::from_millis(limits.partner_token_margin_ms),
            timeout: Duration::from_millis(limits.partner_token_timeout_ms),
            lock: Duration::from_millis(limits.partner_token_lock_ms),
            pause: Duration::from_millis(limits.partner_token_pause_ms),
            pause_max: Duration::from_millis(limits.partner_token_pause_max_ms),
            ..TokenSettings::new(url, id, secret)
        }))
    }
}

impl PartnerLimitArgs {
    fn check(&self) -> Result<(), String> {
        let total_ms = self.partner_total_timeout_ms;
        within("FARMLOKAL_PARTNER_TOTAL_TIMEOUT_MS", total_ms, 1, TOTAL_MAX_MS)?;
        within("FARMLOKAL_PARTNER_ATTEMPT_TIMEOUT_MS", self.partner_attempt_timeout_ms, 1, total_ms)?;
        within("FARMLOKAL_PARTNER_CONNECT_TIMEOUT_MS", self.partner_connect_timeout_ms, 1, total_ms)?;
        within("FARMLOKAL_PARTNER_TOKEN_TIMEOUT_MS", self.partner_token_timeout_ms, 1, total_ms)?;
        within("FARMLOKAL_PARTNER_TOKEN_LOCK_MS", self.partner_token_lock_ms, self.partner_token_timeout_ms, 60_000)?;
        within("FARMLOKAL_PARTNER_TOKEN_PAUSE_MS", self.partner_token_pause_ms, 1, 60_000)?;
        within("FARMLOKAL_PARTNER_ATTEMPTS", self.partner_attempts.into(), 1, 3)?;
        within("FARMLOKAL_PARTNER_MAX_CALLS", self.partner_max_calls as u64, 1, 10_000)?;
        within("FARMLOKAL_PARTNER_MAX_WAIT_MS", self.partner_max_wait_ms, 0, WAIT_MAX_MS)?;
        within("FARMLOKAL_PARTNER_BODY_LIMIT_BYTES", self.partner_body_limit_bytes as u64, 1, 64 << 20)?;
        within("FARMLOKAL_PARTNER_PAGE_SIZE", self.partner_page_size.into(), 1, 1_000)
    }

    fn retry(&self) -> RetrySettings {
        RetrySettings {
            attempts: self.partner_attempts,
            backoff: Duration::from_millis(self.partner_backoff_ms),
            backoff_max: Duration::from_millis(self.partner_backoff_max_ms),
            share: f64::from(self.partner_retry_percent) / 100.0,
            per_second: f64::from(self.partner_retries_per_second),
        }
    }

    fn bulkhead(&self) -> BulkheadSettings {
        BulkheadSettings { calls: self.partner_max_calls, wait: Duration::from_millis(self.partner_max_wait_ms) }
    }
}

impl PartnerBreakerArgs {
    fn check(&self) -> Result<(), String> {
        let window = self.partner_breaker_window as u64;
        within("FARMLOKAL_PARTNER_BREAKER_WINDOW", window, 1, 10_000)?;
        within("FARMLOKAL_PARTNER_BREAKER_MINIMUM", self.partner_breaker_minimum as u64, 1, window)?;
        within("FARMLOKAL_PARTNER_BREAKER_FAILURE_PERCENT", self.partner_breaker_failure_percent.into(), 1, 100)?;
        within("FARMLOKAL_PARTNER_BREAKER_SLOW_PERCENT", self.partner_breaker_slow_percent.into(), 1, 100)?;
        within("FARMLOKAL_PARTNER_BREAKER_SLOW_MS", self.partner_breaker_slow_ms, 1, 60_000)?;
        within("FARMLOKAL_PARTNER_BREAKER_OPEN_MS", self.partner_breaker_open_ms, 1, 3_600_000)
    }

    fn settings(&self) -> BreakerSettings {
        BreakerSettings {
            window: self.partner_breaker_window,
            minimum: self.partner_breaker_minimum,
            failure_rate: f64::from(self.partner_breaker_failure_percent) / 100.0,
            slow_rate: f64::from(self.partner_breaker_slow_percent) / 100.0,
            slow: Duration::from_millis(self.partner_breaker_slow_ms),
            open: Duration::from_millis(self.partner_breaker_open_ms),
        }
    }
}

/// An empty variable is one that is not set.
fn given(text: Option<&String>) -> Option<&str> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty())
}

fn within(name: &str, number: u64, min: u64, max: u64) -> Result<(), String> {
    if (min..=max).contains(&number) { Ok(()) } else { Err(format!("{name} must be from {min} to {max}")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        partner: PartnerArgs,
    }

    const API: &str = "--partner-api-url=http://partner.test/";
    const CLIENT: [&str; 3] = ["--oauth-url=http://token.test", "--oauth-client-id=us", "--oauth-client-secret=hush"];

    fn settings(flags: &[&str]) -> Result<Option<PartnerSettings>, String> {
        Line::parse_from(std::iter::once(&"farmlokal").chain(flags)).partner.settings()
    }

    #[test]
    fn the_defaults_of_the_flags_are_those_of_the_settings() {
        assert!(settings(&[]).unwrap().is_none() && settings(&["--partner-api-url="]).unwrap().is_none());
        let by_flags = settings(&[API]).unwrap().unwrap();
        assert_eq!(format!("{by_flags:?}"), format!("{:?}", PartnerSettings::new("http://partner.test/")));
        let by_flags = settings(&[&[API], &CLIENT[..]].concat()).unwrap().unwrap().token.unwrap();
        assert_eq!(format!("{by_flags:?}"), format!("{:?}", TokenSettings::new("http://token.test", "us", "hush")));
        assert!(!format!("{by_flags:?}").contains("hush"));
    }

    #[test]
    fn what_does_not_fit_together_is_said_in_a_sentence() {
        for (flags, named) in [
            (&CLIENT[..2], "OAUTH_CLIENT_SECRET"),
            (&CLIENT[1..], "OAUTH_TOKEN_URL"),
            (&["--oauth-scope=products"], "belong together"),
            (&["--oauth-url=http://a", "--oauth-token-url=http://b"], "two names"),
            (&["--partner-total-timeout-ms=5000"], "FARMLOKAL_PARTNER_TOTAL_TIMEOUT_MS"),
            (&["--partner-token-lock-ms=100"], "FARMLOKAL_PARTNER_TOKEN_LOCK_MS"),
            (&["--partner-breaker-minimum=21"], "FARMLOKAL_PARTNER_BREAKER_MINIMUM"),
        ] {
            let why = settings(&[&[API], flags].concat()).unwrap_err();
            assert!(why.contains(named), "{flags:?}: {why}");
        }
    }
}
