//! Search: one Tantivy index per process, made from the database and kept up with the change feed.
//!
//! Tantivy stores which documents hold which words, and the columns that lists are filtered and sorted by. What counts as a
//! match, and which match comes first, is decided here, without statistics of the corpus: every replica gives the same ids in
//! the same order, however its index was merged. The index proposes and the database disposes: `service` reads the rows of
//! what was found and checks them.
//!
//! ```text
//! text ── analysis ── question ──┐
//!                                ├─ found ─ expansion ─ matching ─ filter ─ order, walk, facets
//! feed ── indexer ── live ── snapshot ── segment
//!           └─ making, following, folder, stamp
//! ```

mod analysis;
mod expansion;
mod facets;
mod fields;
mod filter;
mod folder;
mod following;
mod found;
mod indexer;
mod live;
mod making;
mod matching;
mod memory;
mod order;
mod question;
mod rebuild;
mod score;
mod segment;
mod snapshot;
mod stamp;
mod state;
mod synonyms;
#[cfg(test)]
mod tests;
mod walk;

pub use facets::{Counts, FacetField, PriceRange, StockLevel};
pub use fields::Entity;
pub use found::{Found, Wanted};
pub use indexer::{IndexPlace, Indexer};
pub use order::{Hit, Order, Stretch, relevance_key};
pub use question::{Question, QuestionWord};
pub use rebuild::rebuild;
pub use score::score_of;
pub use snapshot::Snapshot;
pub use state::{Progress, SearchIndex};
pub use synonyms::Synonyms;
