//! `ProductConnection`, and the arguments that every field of this type takes.

use std::sync::Arc;

use async_graphql::{Context, Object};

use super::{Count, CountPrecision, NearInput, PageInfo, Product, ProductFacet, ProductFacetField, ProductFilter, ProductSort};
use crate::domain::Circle;
use crate::error::Error;
use crate::graphql::at_hand::{AtHand, AtHandList, Selected, WriteField};
use crate::graphql::context::ContextExt as _;
use crate::graphql::fault::Fault;
use crate::graphql::scalar::Cursor;
use crate::service::{Columns, PageRequest, Parent, ProductListing, ProductPage};

/// `totalCount` is exact up to here.
const TOTAL_COUNT_MAX: u64 = 10_000;
/// `count` looks no further.
const COUNT_MAX: i32 = 100_000;
const COUNT_DEFAULT: i32 = 10_000;
/// Values of a facet when nothing is said.
const FACET_VALUES_DEFAULT: i32 = 20;

/// The arguments of a field that gives products.
pub(crate) struct ProductArguments {
    pub(crate) first: Option<i32>,
    pub(crate) after: Option<Cursor>,
    pub(crate) last: Option<i32>,
    pub(crate) before: Option<Cursor>,
    pub(crate) filter: Option<ProductFilter>,
    pub(crate) sort: Option<ProductSort>,
    pub(crate) search: Option<String>,
    pub(crate) near: Option<NearInput>,
}

impl ProductArguments {
    /// A page of the whole catalogue.
    pub(crate) async fn root(self, ctx: &Context<'_>) -> Result<ProductConnection, Fault> {
        let listing = self.listing(ctx, None)?;
        let page = ctx.marketplace().products(&listing).await?;
        ctx.reads().note_products(&page);
        Ok(ProductConnection { page: Arc::new(page) })
    }

    /// A page of a parent's products; those of one level of the answer are read together.
    pub(crate) async fn nested(self, ctx: &Context<'_>, parent: Parent) -> Result<ProductConnection, Fault> {
        let listing = self.listing(ctx, Some(parent))?;
        let page = ctx.loaders().products(listing).await?;
        ctx.reads().note_products(&page);
        Ok(ProductConnection { page })
    }

    fn listing(self, ctx: &Context<'_>, parent: Option<Parent>) -> Result<ProductListing, Error> {
        let currency = ctx.marketplace().currency();
        Ok(ProductListing {
            parent,
            filter: self.filter.map(|filter| filter.into_service(currency)).transpose()?.unwrap_or_default(),
            search: self.search,
            sort: self.sort.map(Into::into),
            near: self.near.map(|near| near.circle()).transpose()?,
            page: page_request(self.first, self.after, self.last, self.before),
            columns: selected_columns(ctx),
        })
    }
}

/// Relay's four arguments in the words of the service.
pub(super) fn page_request(first: Option<i32>, after: Option<Cursor>, last: Option<i32>, before: Option<Cursor>) -> PageRequest {
    PageRequest {
        first: first.map(i64::from),
        after: after.map(|cursor| cursor.0),
        last: last.map(i64::from),
        before: before.map(|cursor| cursor.0),
    }
}

/// What of each product is selected beyond its own short columns.
fn selected_columns(ctx: &Context<'_>) -> Columns {
    let list = ctx.look_ahead();
    let selected =
        |field: &str| list.field("nodes").field(field).exists() || list.field("edges").field("node").field(field).exists();
    Columns { description: selected("description"), category: selected("category"), producer: selected("producer") }
}

/// A page of products as the schema shows it.
pub(crate) struct ProductConnection {
    page: Arc<ProductPage>,
}

/// A page of products.
#[Object]
impl ProductConnection {
    /// The products with their cursors.
    async fn edges(&self) -> AtHandList<ProductEdge> {
        (0..self.page.rows.len()).map(|at| ProductEdge { page: Arc::clone(&self.page), at }).collect()
    }

    /// The nodes of `edges`, for clients that need no cursors.
    async fn nodes(&self) -> AtHandList<Product> {
        self.page.rows.iter().map(|row| Product::of_row(Arc::clone(row))).collect()
    }

    /// Where this page stands in the list.
    async fn page_info(&self) -> PageInfo {
        PageInfo::Products(Arc::clone(&self.page))
    }

    /// Exact, or null when there are more than 10 000. Counted only when selected.
    async fn total_count(&self, ctx: &Context<'_>) -> Option<Result<i32, Fault>> {
        match ctx.marketplace().count_products(&self.page, TOTAL_COUNT_MAX + 1).await {
            Ok(total) if total > TOTAL_COUNT_MAX => None,
            Ok(total) => Some(Ok(i32::try_from(total).unwrap_or(i32::MAX))),
            Err(err) => Some(Err(err.into())),
        }
    }

    /// Matches up to `limit` (at most 100 000); null means the default.
    async fn count(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Count no further than this, 1 to 100 000.", default_with = "Some(COUNT_DEFAULT)")] limit: Option<i32>,
        #[graphql(
            desc = "Whether an estimate will do where counting is dear; every answer of this release is counted.",
            default_with = "Some(true)"
        )]
        allow_estimate: Option<bool>,
    ) -> Result<Count, Fault> {
        // Nothing is estimated yet, and a counted answer suits both wishes.
        let _ = allow_estimate;
        let limit = limit.unwrap_or(COUNT_DEFAULT);
        if !(1..=COUNT_MAX).contains(&limit) {
            return Err(Error::bad_input(format!("`limit` must be between 1 and {COUNT_MAX}")).into());
        }
        let found = ctx.marketplace().count_products(&self.page, u64::from(limit.unsigned_abs()) + 1).await?;
        let found = i32::try_from(found).unwrap_or(i32::MAX);
        let precision = if found > limit { CountPrecision::AtLeast } else { CountPrecision::Exact };
        Ok(Count { value: found.min(limit), precision })
    }

    /// Counts per value over all matches, each facet ignoring its own filter; `limit` 1 to 100, null means the default.
    async fn facets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to count; each field once.")] fields: Vec<ProductFacetField>,
        #[graphql(desc = "Most values of each facet, 1 to 100.", default_with = "Some(FACET_VALUES_DEFAULT)")] limit: Option<i32>,
    ) -> Result<Vec<ProductFacet>, Fault> {
        let fields: Vec<_> = fields.into_iter().map(Into::into).collect();
        let (facets, read) = ctx.marketplace().product_facets(&self.page, &fields, limit.map(i64::from)).await?;
        ctx.reads().note_all(&read);
        Ok(facets.into_iter().map(ProductFacet::new).collect())
    }
}

/// A product and its place in the list.
pub(crate) struct ProductEdge {
    page: Arc<ProductPage>,
    at: usize,
}

impl ProductEdge {
    fn own_cursor(&self) -> String {
        self.page.cursor(&self.page.rows[self.at])
    }

    fn product(&self) -> Product {
        Product::of_row(Arc::clone(&self.page.rows[self.at]))
    }

    fn meters(&self) -> Option<f64> {
        let place = self.page.rows[self.at].product.place;
        self.page.near().map(|circle| Circle::meters(circle.squared_distance(place)))
    }
}

impl AtHand for ProductEdge {
    fn writer(field: Selected<'_>) -> Option<WriteField<Self>> {
        match field.name() {
            "cursor" => field.leaf(|it: &Self, json| json.plain(&it.own_cursor())),
            "node" => field.object(|it: &Self| Some(it.product())),
            "distanceMeters" => field.leaf(|it: &Self, json| json.plain(&it.meters())),
            _ => None,
        }
    }
}

/// A product and its place in the list.
#[Object]
impl ProductEdge {
    /// Give it as `after` or `before` to go on from here.
    async fn cursor(&self) -> Cursor {
        Cursor(self.own_cursor())
    }

    /// The product.
    async fn node(&self) -> Product {
        self.product()
    }

    /// Metres from `near`; null without it.
    async fn distance_meters(&self) -> Option<f64> {
        self.meters()
    }
}
