//! Settings of the database.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use sqlx::mysql::MySqlSslMode;

use crate::domain::Currency;
use crate::storage::connect::MySqlParts;
use crate::storage::{Connector, PoolSettings};

/// The file of a database that nobody configured.
const DEFAULT_SQLITE_URL: &str = "sqlite://farmlokal.db";

/// Which database, and how it is used.
#[derive(Args, Clone)]
#[command(next_help_heading = "Database")]
pub struct DatabaseArgs {
    /// `sqlite://file.db`, `postgres://user:password@host/db?sslmode=require` or `mysql://…`; default: farmlokal.db here
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
    /// Host of a MariaDB or MySQL server, instead of DATABASE_URL
    #[arg(long, env = "MYSQL_HOST", value_name = "HOST")]
    mysql_host: Option<String>,
    /// Its port
    #[arg(long, env = "MYSQL_PORT", value_name = "PORT", default_value_t = 3306)]
    mysql_port: u16,
    /// Its user
    #[arg(long, env = "MYSQL_USER", value_name = "USER", default_value = "root")]
    mysql_user: String,
    /// Its password
    #[arg(long, env = "MYSQL_PASSWORD", hide_env_values = true, value_name = "PASSWORD")]
    mysql_password: Option<String>,
    /// Its database
    #[arg(long, env = "MYSQL_DB", value_name = "NAME", default_value = "farmlokal")]
    mysql_db: String,
    /// TLS towards it: disabled, preferred, required, verify_ca or verify_identity
    #[arg(long, env = "MYSQL_SSL_MODE", value_name = "MODE", default_value = "preferred", value_parser = ssl_mode)]
    mysql_ssl_mode: MySqlSslMode,
    /// File with the certificate authority that signed its certificate
    #[arg(long, env = "MYSQL_SSL_CA", value_name = "FILE")]
    mysql_ssl_ca: Option<PathBuf>,
    /// Most connections open at once; SQLite needs few
    #[arg(long, env = "FARMLOKAL_DATABASE_MAX_CONNECTIONS", value_name = "N", default_value_t = 16)]
    database_max_connections: u32,
    /// Longest wait for a connection, in milliseconds
    #[arg(long, env = "FARMLOKAL_DATABASE_ACQUIRE_TIMEOUT_MS", value_name = "MS", default_value_t = 1_000)]
    database_acquire_timeout_ms: u64,
    /// Longest time for one statement, in milliseconds
    #[arg(long, env = "FARMLOKAL_DATABASE_STATEMENT_TIMEOUT_MS", value_name = "MS", default_value_t = 1_500)]
    database_statement_timeout_ms: u64,
    /// How long to wait at start for a database that is not up yet, in milliseconds
    #[arg(long, env = "FARMLOKAL_DATABASE_FIRST_CONNECT_MS", value_name = "MS", default_value_t = 30_000)]
    database_first_connect_ms: u64,
    /// Keep statements prepared; false behind a pooler that hands each transaction another connection
    #[arg(long, env = "FARMLOKAL_DATABASE_PREPARED_STATEMENTS", value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    database_prepared_statements: bool,
    /// Currency of every price (ISO 4217); fixed by the first start
    #[arg(long, env = "FARMLOKAL_CURRENCY", value_name = "CODE", default_value = "INR", value_parser = currency)]
    pub currency: Currency,
}

/// The database that the settings name.
#[derive(Debug)]
pub struct DatabaseTarget {
    /// Opens it.
    pub connector: Connector,
    /// Whether nobody configured one: a file in the working folder.
    pub by_default: bool,
}

impl DatabaseArgs {
    /// Resolves the settings to one database.
    ///
    /// # Errors
    /// One sentence for the person who set them.
    pub fn target(&self) -> Result<DatabaseTarget, String> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let settings = self.pool_settings()?;
        match (given(&self.database_url), given(&self.mysql_host)) {
            (Some(_), Some(_)) => Err("set DATABASE_URL or MYSQL_HOST, not both".to_owned()),
            (Some(url), None) => Ok(DatabaseTarget { connector: Connector::new(&url, settings)?, by_default: false }),
            (None, Some(host)) => {
                let parts = MySqlParts {
                    host,
                    port: self.mysql_port,
                    user: self.mysql_user.clone(),
                    password: self.mysql_password.clone(),
                    database: self.mysql_db.clone(),
                    ssl_mode: self.mysql_ssl_mode,
                    ssl_ca: self.mysql_ssl_ca.clone(),
                };
                Ok(DatabaseTarget { connector: Connector::mysql(&parts, settings), by_default: false })
            }
            (None, None) => Ok(DatabaseTarget { connector: Connector::new(DEFAULT_SQLITE_URL, settings)?, by_default: true }),
        }
    }

    fn pool_settings(&self) -> Result<PoolSettings, String> {
        if self.database_max_connections == 0 {
            return Err("FARMLOKAL_DATABASE_MAX_CONNECTIONS must be at least 1".to_owned());
        }
        Ok(PoolSettings {
            max_connections: self.database_max_connections,
            acquire_timeout: Duration::from_millis(self.database_acquire_timeout_ms),
            statement_timeout: Duration::from_millis(self.database_statement_timeout_ms),
            first_connect_timeout: Duration::from_millis(self.database_first_connect_ms),
            prepared_statements: self.database_prepared_statements,
        })
    }
}

fn currency(code: &str) -> Result<Currency, String> {
    Currency::parse(code).ok_or_else(|| "a currency is three capitals (ISO 4217)".to_owned())
}

fn ssl_mode(mode: &str) -> Result<MySqlSslMode, String> {
    mode.parse().map_err(|_| "use disabled, preferred, required, verify_ca or verify_identity".to_owned())
}
