//! A failure of a mutation that the caller can act on.

use crate::error::ErrorCode;

/// What is wrong with which part of the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserError {
    /// For the caller's `switch`.
    pub code: ErrorCode,
    /// For people.
    pub message: String,
    /// The input field at fault, for example `input`, `products`, `0`, `price`.
    pub path: Vec<String>,
}

impl UserError {
    /// A failure of the field at `path` below `input`.
    pub fn new(code: ErrorCode, path: &[&str], message: impl Into<String>) -> Self {
        let path = std::iter::once("input").chain(path.iter().copied()).map(str::to_owned).collect();
        Self { code, message: message.into(), path }
    }
}
