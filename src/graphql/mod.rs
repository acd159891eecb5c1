//! The GraphQL schema: one file per type, connections, loaders, and the checks before the engine.
//!
//! Resolvers parse arguments, ask `service`, and shape what comes back. No SQL, no HTTP.

mod api;
mod context;
mod directive;
mod document;
mod fault;
mod loader;
mod mutation;
mod query;
mod scalar;
mod schema;
mod types;

pub use api::{Answer, Api, ApiSettings, Outcome, Prepared, Request};
pub use document::DocumentLimits;
pub use schema::sdl;
