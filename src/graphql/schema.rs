//! Builds the schema, and prints it.

use std::sync::Arc;

use async_graphql::{EmptySubscription, SDLExportOptions, Schema, SchemaBuilder, ValidationMode};

use super::mutation::Mutation;
use super::query::Query;
use crate::service::Marketplace;
use crate::telemetry::Telemetry;

/// The schema of the server.
pub(crate) type FarmSchema = Schema<Query, Mutation, EmptySubscription>;

/// The engine's own bound on nesting: our checks refuse before, with a code.
const ENGINE_DEPTH: usize = 64;

/// What a schema is built with.
pub(crate) struct SchemaParts {
    pub(crate) marketplace: Arc<Marketplace>,
    pub(crate) telemetry: Arc<Telemetry>,
    /// Introspection, and suggestions in error messages.
    pub(crate) introspection: bool,
}

/// The same schema twice: one validates every document, the other takes documents that the first has let through before.
pub(crate) fn build(parts: &SchemaParts) -> (FarmSchema, FarmSchema) {
    let with = |mode| {
        let mut schema = builder()
            .data(Arc::clone(&parts.marketplace))
            .data(Arc::clone(&parts.telemetry))
            .validation_mode(mode)
            .limit_recursive_depth(ENGINE_DEPTH);
        if !parts.introspection {
            schema = schema.disable_introspection().disable_suggestions();
        }
        schema.finish()
    };
    (with(ValidationMode::Strict), with(ValidationMode::Fast))
}

/// The schema as people and code generators read it: the content of `schema.graphql`.
pub fn sdl() -> String {
    let options = SDLExportOptions::new().include_specified_by().use_space_ident();
    let mut sdl = builder().finish().sdl_with_options(options);
    if !sdl.ends_with('\n') {
        sdl.push('\n');
    }
    sdl
}

fn builder() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query, Mutation, EmptySubscription)
}
