//! Settings of the server.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use tracing_subscriber::filter::Targets;

use super::{BudgetArgs, CacheArgs, DatabaseArgs, DocumentArgs, IssuerArgs, LimitArgs, RedisArgs, SearchArgs, TraceArgs};
use crate::http::{AdmissionSettings, HttpSettings};
use crate::identity::IssuerSettings;
use crate::service::Scopes;
use crate::telemetry::{LogFormat, parse_filter};

/// More requests at work than any database serves at the same time.
const MAX_WORKING_LIMIT: usize = 100_000;

/// What kind of deployment this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// On somebody's own machine: GraphiQL, introspection, a token made at start.
    Development,
    /// For others: none of these, JSON logs, a database must be named.
    Production,
}

/// Settings of `farmlokal serve`.
#[derive(Args, Clone)]
pub struct ServeArgs {
    /// Development or production
    #[arg(long = "env", env = "FARMLOKAL_ENV", value_name = "MODE", default_value = "development")]
    pub mode: Mode,
    /// Address to listen on; default: 127.0.0.1 in development, 0.0.0.0 in production
    #[arg(long, env = "HOST", value_name = "ADDRESS")]
    host: Option<IpAddr>,
    /// Port to listen on; 0 takes a free one. Default: 3000
    #[arg(long, env = "PORT", value_name = "PORT")]
    port: Option<u16>,
    /// Which database.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// Which Redis, if any.
    #[command(flatten)]
    pub redis: RedisArgs,
    /// Which answers are kept.
    #[command(flatten)]
    pub cache: CacheArgs,
    #[command(flatten)]
    access: AccessArgs,
    /// Whose tokens are taken.
    #[command(flatten)]
    pub issuer: IssuerArgs,
    #[command(flatten)]
    http: HttpArgs,
    /// What callers may spend.
    #[command(flatten)]
    pub budget: BudgetArgs,
    /// Limits of GraphQL documents.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Where the search index is kept.
    #[command(flatten)]
    pub search: SearchArgs,
    /// Persisted documents.
    #[command(flatten)]
    pub documents: DocumentArgs,
    /// Where traces go.
    #[command(flatten)]
    pub traces: TraceArgs,
    /// Products of the demo catalogue that a first start without a database makes; 0 for none
    #[arg(long, env = "FARMLOKAL_DEMO_PRODUCTS", value_name = "N", default_value_t = 10_000)]
    pub demo_products: u64,
    /// Up to so many packs are LOW_STOCK
    #[arg(long, env = "FARMLOKAL_LOW_STOCK_PACKS", value_name = "N", default_value_t = 5)]
    pub low_stock_packs: i64,
    /// What is logged: levels by target, for example `info,farmlokal=debug`
    #[arg(long = "log", env = "FARMLOKAL_LOG", value_name = "FILTER", default_value = "info", value_parser = parse_filter)]
    pub log_filter: Targets,
    /// Threads that answer requests; default: one per core
    #[arg(long, env = "FARMLOKAL_WORKER_THREADS", value_name = "N")]
    pub worker_threads: Option<usize>,
}

/// Who may do what.
#[derive(Args, Clone)]
#[command(next_help_heading = "Access")]
struct AccessArgs {
    /// Scopes of callers without a token, separated by blanks
    #[arg(long, env = "ANONYMOUS_SCOPES", value_name = "SCOPES", default_value = "ops:read", value_parser = Scopes::parse)]
    anonymous_scopes: Scopes,
    /// The development token, instead of one made at the first start; development only
    #[arg(long, env = "FARMLOKAL_DEV_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    dev_token: Option<String>,
    /// File whose content is a token with all scopes
    #[arg(long, env = "FARMLOKAL_ADMIN_TOKEN_FILE", value_name = "FILE")]
    admin_token_file: Option<PathBuf>,
}

/// Limits of requests and connections.
#[derive(Args, Clone)]
#[command(next_help_heading = "HTTP")]
struct HttpArgs {
    /// Largest request body, in bytes
    #[arg(long, env = "FARMLOKAL_BODY_LIMIT_BYTES", value_name = "N", default_value_t = HttpSettings::default().body_limit_bytes)]
    body_limit_bytes: usize,
    /// Longest work on one request, in milliseconds
    #[arg(long, env = "FARMLOKAL_REQUEST_TIMEOUT_MS", value_name = "MS", default_value_t = 10_000)]
    request_timeout_ms: u64,
    /// Connections served at the same time
    #[arg(long, env = "FARMLOKAL_MAX_CONNECTIONS", value_name = "N", default_value_t = HttpSettings::default().max_connections)]
    max_connections: usize,
    /// Requests that may use the database at the same time
    #[arg(long, env = "FARMLOKAL_MAX_WORKING", value_name = "N", default_value_t = AdmissionSettings::default().working_max)]
    max_working: usize,
    /// Requests that may wait for that, for a second at most; further ones are answered with 503 at once
    #[arg(long, env = "FARMLOKAL_MAX_WAITING", value_name = "N", default_value_t = AdmissionSettings::default().waiting_max)]
    max_waiting: usize,
    /// How long running requests may go on after SIGTERM, in milliseconds
    #[arg(long, env = "FARMLOKAL_SHUTDOWN_GRACE_MS", value_name = "MS", default_value_t = 10_000)]
    shutdown_grace_ms: u64,
    /// Origins whose pages may call us, separated by commas, for example https://shop.example
    #[arg(long, env = "FARMLOKAL_CORS_ORIGINS", value_name = "ORIGINS", value_delimiter = ',')]
    cors_origins: Vec<String>,
    /// Serve GraphiQL at /; default: in development only
    #[arg(long, env = "FARMLOKAL_GRAPHIQL", value_name = "BOOL")]
    graphiql: Option<bool>,
    /// Answer introspection, and suggest names in error messages; default: in development only
    #[arg(long, env = "FARMLOKAL_INTROSPECTION", value_name = "BOOL")]
    introspection: Option<bool>,
}

impl ServeArgs {
    /// The address to listen on.
    pub fn address(&self) -> SocketAddr {
        let all = self.mode == Mode::Production;
        let default = if all { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
        SocketAddr::new(self.host.unwrap_or(IpAddr::V4(default)), self.port.unwrap_or(3000))
    }

    /// Whether a platform seems to have set the port while we listen for ourselves only.
    pub fn platform_hint(&self) -> bool {
        self.port.is_some_and(|port| port != 0) && self.host.is_none() && self.mode == Mode::Development
    }

    /// Settings that do not fit together.
    ///
    /// # Errors
    /// One sentence.
    pub fn check(&self, database_by_default: bool) -> Result<(), String> {
        if self.mode == Mode::Production && database_by_default {
            return Err("production needs a database: set DATABASE_URL (or MYSQL_HOST)".to_owned());
        }
        if self.mode == Mode::Production && self.access.dev_token.is_some() {
            return Err("FARMLOKAL_DEV_TOKEN is for development; production takes FARMLOKAL_ADMIN_TOKEN_FILE".to_owned());
        }
        if self.access.dev_token.as_ref().is_some_and(|token| token.len() < 16) {
            return Err("FARMLOKAL_DEV_TOKEN must have at least 16 characters".to_owned());
        }
        if let Some(origin) = self.http.cors_origins.iter().find(|origin| !is_origin(origin)) {
            return Err(format!("FARMLOKAL_CORS_ORIGINS: {origin:?} is no origin such as https://shop.example"));
        }
        if !(1..=MAX_WORKING_LIMIT).contains(&self.http.max_working) {
            return Err(format!("FARMLOKAL_MAX_WORKING must be from 1 to {MAX_WORKING_LIMIT}"));
        }
        self.issuer_settings()?;
        self.redis.address()?;
        self.documents.check()?;
        self.budget.check(self.limits.document_limits().max_cost)?;
        Ok(())
    }

    /// The development token that was set.
    pub fn dev_token(&self) -> Option<&str> {
        self.access.dev_token.as_deref()
    }

    /// Whether a development token belongs to this server: nobody else can reach it, and no issuer gives tokens for it, unless
    /// somebody asks for one all the same.
    pub fn wants_dev_token(&self) -> bool {
        let is_needed = !self.issuer.is_set() || self.access.dev_token.is_some();
        is_needed && self.mode == Mode::Development && self.address().ip().is_loopback()
    }

    /// The issuer whose tokens are taken, if there is one.
    ///
    /// # Errors
    /// As [`ServeArgs::check`].
    pub fn issuer_settings(&self) -> Result<Option<IssuerSettings>, String> {
        self.issuer.settings(self.mode == Mode::Production)
    }

    /// File with the administrator's token.
    pub fn admin_token_file(&self) -> Option<&PathBuf> {
        self.access.admin_token_file.as_ref()
    }

    /// Scopes of callers without a token.
    pub fn anonymous_scopes(&self) -> Scopes {
        self.access.anonymous_scopes
    }

    /// How the log is written.
    pub fn log_format(&self) -> LogFormat {
        if self.mode == Mode::Production { LogFormat::Json } else { LogFormat::Text }
    }

    /// Whether introspection is answered.
    pub fn introspection(&self) -> bool {
        self.http.introspection.unwrap_or(self.mode == Mode::Development)
    }

    /// Settings of the HTTP room.
    pub fn http_settings(&self) -> HttpSettings {
        HttpSettings {
            body_limit_bytes: self.http.body_limit_bytes,
            request_timeout: Duration::from_millis(self.http.request_timeout_ms),
            shutdown_grace: Duration::from_millis(self.http.shutdown_grace_ms),
            cors_origins: self.http.cors_origins.clone(),
            graphiql: self.http.graphiql.unwrap_or(self.mode == Mode::Development),
            max_connections: self.http.max_connections,
            admission: self.http.admission_settings(),
            shared_max_age_s: self.cache.shared_max_age_s(),
            ..HttpSettings::default()
        }
    }
}

impl HttpArgs {
    fn admission_settings(&self) -> AdmissionSettings {
        let defaults = AdmissionSettings::default();
        AdmissionSettings { working_max: self.max_working, waiting_max: self.max_waiting, ..defaults }
    }
}

fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*', '?', '#', ' ']))
}
