//! `Product`.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};

use super::{Category, Measure, Money, Producer, UnitPrice};
use crate::domain::{self, Dependency, GlobalId, NodeKind};
use crate::error::Error;
use crate::graphql::at_hand::{AtHand, Selected, WriteField, enumeration};
use crate::graphql::context::ContextExt as _;
use crate::graphql::directive::cache_control;
use crate::graphql::fault::Fault;
use crate::graphql::scalar::{BigInt, DateTime};
use crate::service::{ProductRow, Rules};

/// LOW_STOCK: 1 to 5 packs (a setting). Untracked stock is IN_STOCK.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "crate::domain::StockStatus")]
#[expect(clippy::enum_variant_names, reason = "the names of the contract")]
pub(crate) enum StockStatus {
    /// Enough, or not tracked.
    InStock,
    /// The last packs.
    LowStock,
    /// None left.
    OutOfStock,
}

/// A product row as the schema shows it.
#[derive(Clone)]
pub(crate) struct Product {
    row: Arc<ProductRow>,
}

impl Product {
    /// A row of a list, perhaps with its category and producer.
    pub(crate) fn of_row(row: Arc<ProductRow>) -> Self {
        Self { row }
    }

    /// A product by itself.
    pub(crate) fn of(product: domain::Product) -> Self {
        let row = ProductRow { product, name_key: String::new(), category: None, producer: None };
        Self { row: Arc::new(row) }
    }

    fn product(&self) -> &domain::Product {
        &self.row.product
    }

    fn global_id(&self) -> String {
        GlobalId { kind: NodeKind::Product, id: self.product().id }.encode()
    }

    fn packs_left(&self) -> Option<i32> {
        self.product().stock.map(|packs| i32::try_from(packs).unwrap_or(i32::MAX))
    }
}

impl AtHand for Product {
    fn writer(field: Selected<'_>) -> Option<WriteField<Self>> {
        let Rules { currency, low_stock_packs, .. } = *field.rules();
        match field.name() {
            "id" => field.leaf(|it: &Self, json| json.plain(&it.global_id())),
            "slug" => field.leaf(|it: &Self, json| json.plain(&it.product().slug)),
            "name" => field.leaf(|it: &Self, json| json.plain(&it.product().name)),
            "description" => field.leaf(|it: &Self, json| json.plain(&it.product().description)),
            "category" => field.object(|it: &Self| it.row.category.clone().map(Category::shared)),
            "producer" => field.object(|it: &Self| it.row.producer.clone().map(Producer::shared)),
            "price" => field.object(move |it: &Self| Some(Money::new(it.product().price_minor, currency))),
            "pack" => field.object(|it: &Self| Some(Measure::from(it.product().pack))),
            "unitPrice" => field.object(move |it: &Self| Some(UnitPrice::of(it.product(), currency))),
            "stockStatus" => field.leaf(move |it: &Self, json| {
                enumeration(StockStatus::from(domain::StockStatus::of(it.product().stock, low_stock_packs)), json);
            }),
            "stockQuantity" => field.leaf(|it: &Self, json| json.plain(&it.packs_left())),
            "createdAt" => field.leaf(|it: &Self, json| DateTime { ms: it.product().created_at_ms }.write(json)),
            "updatedAt" => field.leaf(|it: &Self, json| DateTime { ms: it.product().updated_at_ms }.write(json)),
            "version" => field.leaf(|it: &Self, json| BigInt(it.product().version).write(json)),
            _ => None,
        }
    }
}

/// Something a producer sells, in packs of one size.
#[Object(directive = cache_control::apply(Some(60), None))]
impl Product {
    /// Opaque, stable, globally unique.
    pub(crate) async fn id(&self) -> ID {
        ID(self.global_id())
    }

    /// Unique and readable, for links.
    async fn slug(&self) -> &str {
        &self.product().slug
    }

    /// What people read.
    async fn name(&self) -> &str {
        &self.product().name
    }

    /// Free text; may be empty.
    async fn description(&self) -> &str {
        &self.product().description
    }

    /// The shelf it stands on.
    async fn category(&self, ctx: &Context<'_>) -> Result<Category, Fault> {
        if let Some(category) = &self.row.category {
            return Ok(Category::shared(Arc::clone(category)));
        }
        let id = self.product().category_id;
        ctx.reads().note(Dependency::Category(id));
        let category = ctx.loaders().category(id).await?;
        let category = category.ok_or_else(|| Error::internal("a product without a category"))?;
        Ok(Category::shared(category))
    }

    /// Who sells it.
    async fn producer(&self, ctx: &Context<'_>) -> Result<Producer, Fault> {
        if let Some(producer) = &self.row.producer {
            return Ok(Producer::shared(Arc::clone(producer)));
        }
        let id = self.product().producer_id;
        ctx.reads().note(Dependency::Producer(id));
        let producer = ctx.loaders().producer(id).await?;
        let producer = producer.ok_or_else(|| Error::internal("a product without a producer"))?;
        Ok(Producer::shared(producer))
    }

    /// Price of one pack.
    async fn price(&self, ctx: &Context<'_>) -> Money {
        Money::new(self.product().price_minor, ctx.marketplace().currency())
    }

    /// What one pack holds.
    async fn pack(&self) -> Measure {
        self.product().pack.into()
    }

    /// Price per kilogram, litre or piece, so that packs of different sizes compare.
    async fn unit_price(&self, ctx: &Context<'_>) -> UnitPrice {
        UnitPrice::of(self.product(), ctx.marketplace().currency())
    }

    /// How much is left, in words.
    async fn stock_status(&self, ctx: &Context<'_>) -> StockStatus {
        domain::StockStatus::of(self.product().stock, ctx.marketplace().low_stock_packs()).into()
    }

    /// Packs in stock; null when the producer does not track it.
    async fn stock_quantity(&self) -> Option<i32> {
        self.packs_left()
    }

    /// When it was first listed.
    async fn created_at(&self) -> DateTime {
        DateTime { ms: self.product().created_at_ms }
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime { ms: self.product().updated_at_ms }
    }

    /// Grows with every change, so that a client can drop an older update.
    async fn version(&self) -> BigInt {
        BigInt(self.product().version)
    }
}
