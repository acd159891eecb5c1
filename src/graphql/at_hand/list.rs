//! A list as an output type of the schema.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerResult, Value};

use super::object::{ObjectWriter, Operation};
use super::{AtHand, NothingMerges};
use crate::graphql::context::ContextExt as _;
use crate::graphql::json::Json;

/// Room for an object in the answer; a product with eight fields takes about 350 bytes.
const OBJECT_BYTES: usize = 400;

/// A list that is the type `[T!]!` to the schema, like `Vec<T>`.
#[derive(Debug)]
pub(crate) struct AtHandList<T>(Vec<T>);

impl<T: AtHand> AtHandList<T> {
    /// All objects as JSON, when nothing selected of them takes waiting.
    fn written(&self, ctx: &ContextSelectionSet<'_>) -> Option<Value> {
        ctx.data_opt::<NothingMerges>()?;
        let operation = Operation { fragments: &ctx.query_env.fragments, rules: ctx.marketplace().rules() };
        let writer = ObjectWriter::new(&ctx.item.node, operation)?;
        let mut json = Json::with_capacity(self.0.len() * OBJECT_BYTES);
        json.list(&self.0, |object, json| writer.write(object, json))?;
        Some(json.into_value())
    }
}

impl<T> FromIterator<T> for AtHandList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(objects: I) -> Self {
        Self(objects.into_iter().collect())
    }
}

impl<T: AtHand> OutputType for AtHandList<T> {
    fn type_name() -> Cow<'static, str> {
        <Vec<T> as OutputType>::type_name()
    }

    fn qualified_type_name() -> String {
        <Vec<T> as OutputType>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<T> as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        match self.written(ctx) {
            Some(written) => Ok(written),
            None => self.0.resolve(ctx, field).await,
        }
    }
}
