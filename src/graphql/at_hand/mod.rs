//! Lists that are written in one pass when everything selected of them is at hand.
//!
//! The engine makes a future, an allocation and a map entry for each field of each object; of a page of products nearly
//! every field is a column that has been read. So a list looks at its selection once, and when no field of it has to wait,
//! writes all its objects as JSON. Anything else goes the engine's ordinary way, and both ways give the same bytes
//! (`tests/api/at_hand.rs`).

mod list;
mod object;
mod selection;
#[cfg(test)]
mod tests;

pub(crate) use list::AtHandList;
pub(crate) use object::{Selected, WriteField, enumeration};

use async_graphql::OutputType;

/// A type whose objects can write some of their fields without waiting.
pub(crate) trait AtHand: OutputType {
    /// How a field is written; none when only the engine can.
    fn writer(field: Selected<'_>) -> Option<WriteField<Self>>;
}

/// Rides with a request whose operation has no response key twice in one place: nothing that a field gives will be merged
/// with what another gives, so it may be JSON already.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NothingMerges;
