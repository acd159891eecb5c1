//! The GraphQL schema: one file per type, connections, loaders, and the checks before the engine.
//!
//! Resolvers parse arguments, ask `service`, and shape what comes back. No SQL, no HTTP.

mod answer;
mod api;
mod at_hand;
mod context;
mod directive;
mod document;
mod fault;
mod json;
mod loader;
mod mutation;
mod persisted;
mod prepared;
mod query;
mod reads;
mod scalar;
mod schema;
mod types;

pub use answer::{Answer, Outcome};
pub use api::{Api, ApiSettings, RawVariables};
pub use document::{DocumentHash, DocumentLimits};
pub use persisted::{Manifest, PersistedMode, PersistedSettings};
pub use prepared::{DocumentRef, Prepared, Priced, Wanted};
pub use schema::sdl;
