//! `Category`.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::{NearInput, ProductArguments, ProductConnection, ProductFilter, ProductSort};
use crate::domain::{self, GlobalId, NodeKind};
use crate::graphql::at_hand::{AtHand, Selected, WriteField};
use crate::graphql::directive::cache_control;
use crate::graphql::fault::Fault;
use crate::graphql::scalar::Cursor;
use crate::service::Parent;

/// A category as the schema shows it.
#[derive(Clone)]
pub(crate) struct Category(Arc<domain::Category>);

impl Category {
    pub(crate) fn new(category: domain::Category) -> Self {
        Self(Arc::new(category))
    }

    /// One that a page or a batch shares.
    pub(crate) fn shared(category: Arc<domain::Category>) -> Self {
        Self(category)
    }

    fn global_id(&self) -> String {
        GlobalId { kind: NodeKind::Category, id: self.0.id }.encode()
    }
}

impl AtHand for Category {
    fn writer(field: Selected<'_>) -> Option<WriteField<Self>> {
        match field.name() {
            "id" => field.leaf(|it: &Self, json| json.plain(&it.global_id())),
            "slug" => field.leaf(|it: &Self, json| json.plain(&it.0.slug)),
            "name" => field.leaf(|it: &Self, json| json.plain(&it.0.name)),
            _ => None,
        }
    }
}

/// A shelf of the catalogue.
#[Object(directive = cache_control::apply(Some(300), None))]
impl Category {
    /// Opaque, stable, globally unique.
    pub(crate) async fn id(&self) -> ID {
        ID(self.global_id())
    }

    /// Unique and readable, for links.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// What people read.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The products of this category. Pages, filters and sorts as in `Query.products`.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the field")]
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Page size from the front, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what comes behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "Page size from the back, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes in front of this cursor.")] before: Option<Cursor>,
        #[graphql(desc = "Which products.")] filter: Option<ProductFilter>,
        #[graphql(desc = "Default: RELEVANCE with `search`, else DISTANCE with `near`, else CREATED_AT DESC.")] sort: Option<
            ProductSort,
        >,
        #[graphql(desc = "Only what matches every word; the last one may be begun only.")] search: Option<String>,
        #[graphql(desc = "Only what is near this place.")] near: Option<NearInput>,
    ) -> Option<Result<ProductConnection, Fault>> {
        let arguments = ProductArguments { first, after, last, before, filter, sort, search, near };
        Some(arguments.nested(ctx, Parent::Category(self.0.id)).await)
    }
}
