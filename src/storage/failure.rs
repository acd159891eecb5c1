//! What a database error means for the caller.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

use crate::error::Error;

/// SQLSTATEs of a transaction that lost against another one: serialization failure, deadlock, lock not available.
const CONTENTION_STATES: [&str; 4] = ["40001", "40P01", "55P03", "25P02"];
/// SQLSTATEs and MariaDB states of a statement that was cut off by its time limit.
const TIMEOUT_STATES: [&str; 2] = ["57014", "70100"];
/// SQLSTATE classes of a server that is going away or cannot take us.
const AWAY_CLASSES: [&str; 4] = ["08", "53", "57", "58"];
/// MariaDB/MySQL numbers: lock wait timeout and deadlock; statement timeouts.
const MYSQL_CONTENTION: [u16; 2] = [1205, 1213];
const MYSQL_TIMEOUT: [u16; 3] = [1969, 3024, 1317];
const MYSQL_AWAY: [u16; 4] = [1040, 1053, 1927, 1203];

impl From<DbErr> for Error {
    fn from(err: DbErr) -> Self {
        let detail = err.to_string();
        if matches!(err.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) {
            return Self::Contended { detail };
        }
        match err {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Self::Unavailable { timed_out: false, detail },
            DbErr::Exec(RuntimeErr::SqlxError(source)) | DbErr::Query(RuntimeErr::SqlxError(source)) => {
                of_driver(&source, detail)
            }
            _ => Self::Internal { detail },
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(err: sqlx::Error) -> Self {
        let detail = err.to_string();
        of_driver(&err, detail)
    }
}

fn of_driver(err: &sqlx::Error, detail: String) -> Error {
    match err {
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Tls(_) => Error::Unavailable { timed_out: false, detail },
        // A server that was killed in the middle of an answer leaves a broken message behind.
        sqlx::Error::Protocol(_) => Error::Unavailable { timed_out: false, detail },
        sqlx::Error::Database(database) => of_database(database.as_ref(), detail),
        _ => Error::Internal { detail },
    }
}

fn of_database(err: &dyn sqlx::error::DatabaseError, detail: String) -> Error {
    if let Some(mysql) = err.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        let number = mysql.number();
        return match number {
            _ if MYSQL_CONTENTION.contains(&number) => Error::Contended { detail },
            _ if MYSQL_TIMEOUT.contains(&number) => Error::Unavailable { timed_out: true, detail },
            _ if MYSQL_AWAY.contains(&number) => Error::Unavailable { timed_out: false, detail },
            _ => Error::Internal { detail },
        };
    }
    let code = err.code().unwrap_or_default();
    if err.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        // The primary result code is the low byte: 5 SQLITE_BUSY, 6 SQLITE_LOCKED, 9 SQLITE_INTERRUPT, 10 I/O error, 13 full.
        return match code.parse::<u32>().map(|code| code & 0xff) {
            Ok(5 | 6) => Error::Contended { detail },
            Ok(9) => Error::Unavailable { timed_out: true, detail },
            Ok(10 | 13 | 14) => Error::Unavailable { timed_out: false, detail },
            _ => Error::Internal { detail },
        };
    }
    match code.as_ref() {
        code if CONTENTION_STATES.contains(&code) => Error::Contended { detail },
        code if TIMEOUT_STATES.contains(&code) => Error::Unavailable { timed_out: true, detail },
        code if AWAY_CLASSES.iter().any(|class| code.starts_with(class)) => Error::Unavailable { timed_out: false, detail },
        _ => Error::Internal { detail },
    }
}
