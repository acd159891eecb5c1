//! `Producer`.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};

use super::{GeoPoint, ProductArguments, ProductConnection, ProductFilter, ProductSort};
use crate::domain::{self, GlobalId, NodeKind};
use crate::graphql::at_hand::{AtHand, Selected, WriteField, enumeration};
use crate::graphql::directive::cache_control;
use crate::graphql::fault::Fault;
use crate::graphql::scalar::{Cursor, DateTime};
use crate::service::Parent;

/// What kind of producer.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "crate::domain::ProducerKind")]
pub(crate) enum ProducerKind {
    /// A farmer.
    Farmer,
    /// A milkman.
    Doodhwala,
    /// A farmer producer organisation.
    Fpo,
    /// A small producer, for example of pickles.
    SmallProducer,
}

/// A producer as the schema shows it.
#[derive(Clone)]
pub(crate) struct Producer(Arc<domain::Producer>);

impl Producer {
    pub(crate) fn new(producer: domain::Producer) -> Self {
        Self(Arc::new(producer))
    }

    /// One that a page or a batch shares.
    pub(crate) fn shared(producer: Arc<domain::Producer>) -> Self {
        Self(producer)
    }

    fn global_id(&self) -> String {
        GlobalId { kind: NodeKind::Producer, id: self.0.id }.encode()
    }

    fn delivery_radius(&self) -> i32 {
        i32::try_from(self.0.delivery_radius_meters).unwrap_or(i32::MAX)
    }
}

impl AtHand for Producer {
    fn writer(field: Selected<'_>) -> Option<WriteField<Self>> {
        match field.name() {
            "id" => field.leaf(|it: &Self, json| json.plain(&it.global_id())),
            "slug" => field.leaf(|it: &Self, json| json.plain(&it.0.slug)),
            "name" => field.leaf(|it: &Self, json| json.plain(&it.0.name)),
            "kind" => field.leaf(|it: &Self, json| enumeration(ProducerKind::from(it.0.kind), json)),
            "city" => field.leaf(|it: &Self, json| json.plain(&it.0.city)),
            "pincode" => field.leaf(|it: &Self, json| json.plain(&it.0.pincode)),
            "location" => field.object(|it: &Self| Some(GeoPoint::from(it.0.place))),
            "deliveryRadiusMeters" => field.leaf(|it: &Self, json| json.plain(&it.delivery_radius())),
            "createdAt" => field.leaf(|it: &Self, json| DateTime { ms: it.0.created_at_ms }.write(json)),
            _ => None,
        }
    }
}

/// Who grows, milks or makes what is sold.
#[Object(directive = cache_control::apply(Some(300), None))]
impl Producer {
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

    /// What kind of producer.
    async fn kind(&self) -> ProducerKind {
        self.0.kind.into()
    }

    /// City or district.
    async fn city(&self) -> &str {
        &self.0.city
    }

    /// Six-digit Indian postal index number.
    async fn pincode(&self) -> &str {
        &self.0.pincode
    }

    /// Rounded to about 100 m.
    async fn location(&self) -> GeoPoint {
        self.0.place.into()
    }

    /// How far this producer delivers.
    async fn delivery_radius_meters(&self) -> i32 {
        self.delivery_radius()
    }

    /// What this producer sells. Pages, filters and sorts as in `Query.products`.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the field")]
    async fn products(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Page size from the front, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only what comes behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "Page size from the back, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes in front of this cursor.")] before: Option<Cursor>,
        #[graphql(desc = "Which products.")] filter: Option<ProductFilter>,
        #[graphql(desc = "Default: RELEVANCE with `search`, else CREATED_AT DESC.")] sort: Option<ProductSort>,
        #[graphql(desc = "Only what matches every word; the last one may be begun only.")] search: Option<String>,
    ) -> Option<Result<ProductConnection, Fault>> {
        let arguments = ProductArguments { first, after, last, before, filter, sort, search, near: None };
        Some(arguments.nested(ctx, Parent::Producer(self.0.id)).await)
    }

    /// When the producer joined.
    async fn created_at(&self) -> DateTime {
        DateTime { ms: self.0.created_at_ms }
    }
}
