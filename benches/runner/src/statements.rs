//! What PostgreSQL was asked, out of its own log: exact, and blind to whatever a server counts itself.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

use anyhow::Context as _;
use farmlokal_testbed::Postgres;

/// What a statement about the catalogue's products holds; the follower's and the sequencer's hold it never.
const ABOUT_PRODUCTS: &str = "FROM products";
/// What marks a statement in the log.
const STATEMENT: &str = " LOG: ";

/// Reads the log from where it ended when it was opened.
#[derive(Debug)]
pub(crate) struct StatementLog {
    file: PathBuf,
    read: u64,
}

/// A new account of PostgreSQL's administrator, whose statements can be told from others', and the address by which a server
/// uses `database_url` under it.
pub(crate) fn account(postgres: &Postgres, database_url: &str, name: &str) -> anyhow::Result<String> {
    let (scheme, rest) = database_url.split_once("://").context("an address of PostgreSQL")?;
    let (_, place) = rest.split_once('@').context("an address with an account")?;
    postgres.query(database_url, &format!("DROP ROLE IF EXISTS {name}"));
    postgres.query(database_url, &format!("CREATE ROLE {name} SUPERUSER LOGIN"));
    postgres.query(database_url, &format!("ALTER ROLE {name} SET log_statement = 'all'"));
    Ok(format!("{scheme}://{name}@{place}"))
}

impl StatementLog {
    /// Begins to read at the present end of the log.
    ///
    /// # Errors
    /// When there is no log.
    pub(crate) fn open(postgres: &Postgres) -> anyhow::Result<Self> {
        let file = postgres.folder().join("stderr.log");
        let read = file.metadata().with_context(|| file.display().to_string())?.len();
        Ok(Self { file, read })
    }

    /// Statements about products since the last call, by account.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub(crate) fn about_products(&mut self, accounts: &[String]) -> anyhow::Result<Vec<usize>> {
        let mut file = File::open(&self.file)?;
        file.seek(SeekFrom::Start(self.read))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        self.read += u64::try_from(bytes.len())?;
        Ok(accounts.iter().map(|account| count(&String::from_utf8_lossy(&bytes), account)).collect())
    }
}

fn count(log: &str, account: &str) -> usize {
    let of_account =
        |line: &&str| line.strip_prefix(account).is_some_and(|rest| rest.starts_with(STATEMENT)) && line.contains(ABOUT_PRODUCTS);
    log.lines().filter(of_account).count()
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn statements_are_counted_by_account() {
        let log = "one LOG:  execute sqlx_s_1: SELECT p.id FROM products p\none DETAIL:  parameters: $1 = '1'\n\
                   two LOG:  execute sqlx_s_1: SELECT p.id FROM products p\none LOG:  execute sqlx_s_2: SELECT seq FROM changes\n";
        assert_eq!((count(log, "one"), count(log, "two"), count(log, "three")), (1, 1, 0));
    }
}
