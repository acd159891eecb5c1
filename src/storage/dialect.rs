//! Where the three engines differ in the text of a statement, side by side.
//!
//! Each spelling is the one that was measured to seek (`docs/decisions/0002-keyset-per-engine.md`): a row value makes
//! PostgreSQL and SQLite seek and MariaDB scan; the expanded form is the reverse and needs a forced index.

use sea_orm::DbBackend;

/// A family of SQL engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// SQLite, bundled.
    Sqlite,
    /// PostgreSQL 15 or later.
    Postgres,
    /// MariaDB 10.6 or later, and MySQL 8.
    MySql,
}

impl Engine {
    /// SeaORM's name for it.
    pub fn backend(self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::Postgres => DbBackend::Postgres,
            Self::MySql => DbBackend::MySql,
        }
    }

    /// A name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MariaDB/MySQL",
        }
    }

    /// The name that OpenTelemetry has for it.
    pub(crate) fn system_name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgresql",
            Self::MySql => "mysql",
        }
    }

    /// What stands behind the table name so that this index is walked. PostgreSQL has no hints and needs none: see
    /// [`Engine::opaque`].
    pub(crate) fn index_hint(self, index: &str) -> String {
        match self {
            Self::MySql => format!(" FORCE INDEX ({index})"),
            Self::Sqlite => format!(" INDEXED BY {index}"),
            Self::Postgres => String::new(),
        }
    }

    /// A column in a form that no index can serve: it must not choose the plan. PostgreSQL has [`Engine::residual`].
    pub(crate) fn opaque(self, column: &str) -> String {
        match self {
            Self::Sqlite => format!("+{column}"),
            Self::Postgres | Self::MySql => column.to_owned(),
        }
    }

    /// What opens and closes the conditions that are checked row by row. PostgreSQL looks for an index for each and
    /// guesses how many rows each leaves (one in two hundred and worse when a plan serves any values), and then leaves the
    /// sort index; of a CASE it supposes that half of the rows pass.
    pub(crate) fn residual(self) -> (&'static str, &'static str) {
        match self {
            Self::Postgres => (" AND CASE WHEN TRUE", " THEN TRUE ELSE FALSE END"),
            Self::Sqlite | Self::MySql => ("", ""),
        }
    }

    /// Locks the rows read until the transaction ends. SQLite's write transactions hold the whole file already.
    pub(crate) fn for_update(self) -> &'static str {
        if self == Self::Sqlite { "" } else { " FOR UPDATE" }
    }
}
