//! Keeps the statements that a database is asked, in order: tests look at how many they are and at what each examines.

use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::Statement;

/// Statements in the order in which they were sent, with the values bound to them. Those inside of write transactions are
/// not kept.
#[derive(Debug, Clone, Default)]
pub struct StatementLog(Arc<Mutex<Vec<Statement>>>);

impl StatementLog {
    /// What was kept since the last call.
    pub fn take(&self) -> Vec<Statement> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn keep(&self, statement: &Statement) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(statement.clone());
    }
}
