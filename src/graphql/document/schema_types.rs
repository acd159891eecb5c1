//! What the checks know of the schema, all of it read from one parse of its SDL.

use async_graphql::parser::{Error, parse_schema};

use super::cache_rules::CacheRules;
use super::input_types::{InputTypes, ScalarCheck};

/// The schema as the checks see it.
#[derive(Debug)]
pub(crate) struct SchemaTypes {
    /// The types of variables and arguments.
    pub(super) inputs: InputTypes,
    /// What may be cached.
    pub(super) caching: CacheRules,
}

impl SchemaTypes {
    /// The types in this SDL. Scalars that are not built in are left to `check_scalar`.
    ///
    /// # Errors
    /// When the SDL does not parse.
    pub(crate) fn from_sdl(sdl: &str, check_scalar: ScalarCheck) -> Result<Self, Error> {
        let schema = parse_schema(sdl)?;
        let caching = CacheRules::of(&schema);
        Ok(Self { inputs: InputTypes::of(schema, check_scalar), caching })
    }

    /// The types of variables and arguments.
    pub(crate) fn inputs(&self) -> &InputTypes {
        &self.inputs
    }
}
