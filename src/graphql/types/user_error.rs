//! `UserError`.

use async_graphql::SimpleObject;

use crate::graphql::fault::ErrorCode;
use crate::service;

/// A failure of a mutation that the caller can act on.
#[derive(SimpleObject)]
pub(crate) struct UserError {
    /// For the caller's `switch`.
    code: ErrorCode,
    /// For people.
    message: String,
    /// Path of the input field at fault, for example `["input", "products", "0", "price"]`.
    path: Option<Vec<String>>,
}

impl From<service::UserError> for UserError {
    fn from(err: service::UserError) -> Self {
        Self { code: err.code.into(), message: err.message, path: Some(err.path) }
    }
}
