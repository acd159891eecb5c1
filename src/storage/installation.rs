//! The one row about the installation, and the keys that sign cursors.

use super::database::Database;
use super::dialect::Engine;
use super::sql::Sql;
use crate::domain::Currency;
use crate::error::{Error, ErrorCode};

/// Who we are.
#[derive(Debug, Clone)]
pub struct Installation {
    /// Random, made once: tells the entries of two installations in one cache apart.
    pub id: String,
    /// The currency of every price.
    pub currency: Currency,
    /// Newest first.
    pub cursor_keys: Vec<CursorKey>,
}

/// A secret that signs cursors.
#[derive(Clone)]
pub struct CursorKey {
    /// Its number; the newest key has the largest.
    pub id: i64,
    /// 32 random bytes.
    pub secret: [u8; 32],
    /// When it was made, in milliseconds since 1970.
    pub created_at_ms: i64,
}

impl std::fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CursorKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Random bytes for what is made at the first start.
#[derive(Debug, Clone)]
pub struct Randomness {
    /// Becomes the installation's id.
    pub installation_id: [u8; 16],
    /// Becomes the first cursor key.
    pub cursor_key: [u8; 32],
}

/// Makes the row and the first key unless they are there, and reads them.
///
/// # Errors
/// When the database fails, or when its currency is another one than `currency`.
pub async fn ensure(database: &Database, currency: Currency, random: &Randomness, now_ms: i64) -> Result<Installation, Error> {
    insert_missing(database, currency, random, now_ms).await?;
    let sql = Sql::of(database.engine(), "SELECT installation_id, currency FROM installation WHERE id = 1");
    let row = database.one(sql).await?.ok_or_else(|| Error::internal("the installation row is missing"))?;
    let stored: String = row.try_get_by_index(1)?;
    let stored = Currency::parse(&stored).ok_or_else(|| Error::internal("the stored currency is malformed"))?;
    if stored != currency {
        let message = format!("this database keeps its prices in {stored}, but FARMLOKAL_CURRENCY says {currency}");
        return Err(Error::refused(ErrorCode::Conflict, message));
    }
    Ok(Installation { id: row.try_get_by_index(0)?, currency, cursor_keys: cursor_keys(database).await? })
}

/// The id of the installation, if there is one yet.
///
/// # Errors
/// When the database fails.
pub async fn id(database: &Database) -> Result<Option<String>, Error> {
    let sql = Sql::of(database.engine(), "SELECT installation_id FROM installation WHERE id = 1");
    Ok(database.one(sql).await?.map(|row| row.try_get_by_index(0)).transpose()?)
}

/// The catalogue generation: raised when rows are written behind the change feed's back.
///
/// # Errors
/// When the database fails.
pub async fn raise_generation(database: &Database) -> Result<(), Error> {
    let text = "UPDATE installation SET catalogue_generation = catalogue_generation + 1 WHERE id = 1";
    database.execute(Sql::of(database.engine(), text)).await.map(|_| ())
}

async fn insert_missing(database: &Database, currency: Currency, random: &Randomness, now_ms: i64) -> Result<(), Error> {
    let engine = database.engine();
    let (insert, or_nothing) = match engine {
        Engine::MySql => ("INSERT IGNORE INTO", ""),
        Engine::Postgres | Engine::Sqlite => ("INSERT INTO", " ON CONFLICT DO NOTHING"),
    };
    let mut sql = Sql::of(engine, insert);
    sql.push(" installation (id, installation_id, currency, catalogue_generation, created_at_ms) VALUES (1, ");
    sql.bind(hex(&random.installation_id)).push(", ").bind(currency.code()).push(", 1, ").bind(now_ms).push(")").push(or_nothing);
    database.execute(sql).await?;
    let mut sql = Sql::of(engine, insert);
    sql.push(" cursor_keys (id, secret_hex, created_at_ms) VALUES (1, ");
    sql.bind(hex(&random.cursor_key)).push(", ").bind(now_ms).push(")").push(or_nothing);
    database.execute(sql).await.map(|_| ())
}

async fn cursor_keys(database: &Database) -> Result<Vec<CursorKey>, Error> {
    let sql = Sql::of(database.engine(), "SELECT id, secret_hex, created_at_ms FROM cursor_keys ORDER BY id DESC");
    let mut keys = Vec::new();
    for row in database.all(sql).await? {
        let text: String = row.try_get_by_index(1)?;
        let secret = unhex(&text).ok_or_else(|| Error::internal("a stored cursor key is malformed"))?;
        keys.push(CursorKey { id: row.try_get_by_index(0)?, secret, created_at_ms: row.try_get_by_index(2)? });
    }
    Ok(keys)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (n, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * n..2 * n + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back() {
        let secret: [u8; 32] = std::array::from_fn(|n| u8::try_from(n * 7).unwrap());
        assert_eq!(unhex(&hex(&secret)), Some(secret));
        assert_eq!((unhex("zz"), unhex(&"é".repeat(32))), (None, None));
    }
}
