//! The cells of a row by position, straight from the driver's row.
//!
//! A page has several hundred cells. SeaORM finds the driver's row for each and builds its own errors; the drivers compare the
//! column's type with the wanted one for each, on PostgreSQL with a list of names when text is wanted. Decision 15 has the
//! figures.

use sea_orm::QueryResult;
use sqlx::{Decode, MySql, Postgres, Row as _, Sqlite, Type};

use crate::error::Error;

/// What a cell of any engine can be read as.
pub(crate) trait Cell:
    Type<Postgres>
    + for<'r> Decode<'r, Postgres>
    + Type<MySql>
    + for<'r> Decode<'r, MySql>
    + Type<Sqlite>
    + for<'r> Decode<'r, Sqlite>
{
}

impl<T> Cell for T where
    T: Type<Postgres>
        + for<'r> Decode<'r, Postgres>
        + Type<MySql>
        + for<'r> Decode<'r, MySql>
        + Type<Sqlite>
        + for<'r> Decode<'r, Sqlite>
{
}

/// A row of a result.
#[derive(Clone, Copy)]
pub(crate) struct Cells<'r> {
    row: &'r QueryResult,
    /// Whether the types of its columns are compared with what is wanted.
    checked: bool,
}

/// The rows of one result. They have the same columns, so the types of the first row's are those of all.
pub(crate) fn cells<'r>(rows: impl IntoIterator<Item = &'r QueryResult>) -> impl Iterator<Item = Cells<'r>> {
    rows.into_iter().enumerate().map(|(n, row)| Cells { row, checked: n == 0 })
}

impl Cells<'_> {
    /// A cell that is never NULL.
    pub(crate) fn get<T: Cell>(&self, at: usize) -> Result<T, Error> {
        self.nullable(at)?.ok_or_else(|| Error::internal(format!("column {at} of a row is NULL")))
    }

    /// A cell that may be NULL.
    pub(crate) fn nullable<T: Cell>(&self, at: usize) -> Result<Option<T>, Error> {
        Ok(if let Some(row) = self.row.try_as_pg_row() {
            if self.checked { row.try_get(at)? } else { row.try_get_unchecked(at)? }
        } else if let Some(row) = self.row.try_as_mysql_row() {
            if self.checked { row.try_get(at)? } else { row.try_get_unchecked(at)? }
        } else if let Some(row) = self.row.try_as_sqlite_row() {
            // SQLite's types are those of values, and cost nothing to look at.
            row.try_get(at)?
        } else {
            return Err(Error::internal("a row of an unknown engine"));
        })
    }
}
