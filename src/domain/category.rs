//! Categories: the shelves of the catalogue.

/// A shelf of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Database id.
    pub id: i64,
    /// Unique and readable, for links.
    pub slug: String,
    /// What people read.
    pub name: String,
    /// Place in the display order, smallest first.
    pub position: i64,
    /// Grows with every change.
    pub version: i64,
}

/// A category as a caller wants it to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryDraft {
    /// Natural key.
    pub slug: String,
    /// What people read.
    pub name: String,
    /// Place in the display order, smallest first.
    pub position: i64,
}
