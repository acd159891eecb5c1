//! `upsertProducts`.

use async_graphql::{ID, InputObject, MaybeUndefined, SimpleObject};

use super::outcome;
use crate::domain::{Currency, GlobalId, NodeKind, ProductDraft};
use crate::error::ErrorCode;
use crate::graphql::fault::Fault;
use crate::graphql::scalar::BigInt;
use crate::graphql::types::{MeasureInput, MoneyInput, Product, UserError};
use crate::service::{self, Marketplace, WriteError};

/// Products as they should be.
#[derive(InputObject)]
pub(crate) struct UpsertProductsInput {
    /// Up to 100; a slug may stand in the list once.
    products: Vec<ProductInput>,
}

/// A product as it should be. It replaces the whole product, but an absent stock is kept.
#[derive(InputObject)]
pub(crate) struct ProductInput {
    /// Natural key: the same slug updates.
    slug: String,
    /// What people read; at most 160 characters.
    name: String,
    /// Free text; at most 4 000 characters.
    #[graphql(default)]
    description: String,
    /// Slug of its category.
    category: String,
    /// Global ID of its producer.
    producer_id: ID,
    /// Price of one pack.
    price: MoneyInput,
    /// What one pack holds.
    pack: MeasureInput,
    /// Packs in stock; null when it is not tracked, absent to keep what is stored.
    stock_quantity: MaybeUndefined<i32>,
    /// Fails with CONFLICT unless it equals the stored version.
    expected_version: Option<BigInt>,
}

/// What became of it.
#[derive(SimpleObject)]
pub(crate) struct UpsertProductsPayload {
    /// The products in the order of the input; empty with errors.
    products: Vec<Product>,
    /// What the caller can mend; nothing was written then.
    user_errors: Vec<UserError>,
}

impl UpsertProductsInput {
    pub(crate) async fn run(self, marketplace: &Marketplace) -> Result<UpsertProductsPayload, Fault> {
        let result = match drafts(self.products, marketplace.currency()) {
            Ok(drafts) => marketplace.upsert_products(&drafts).await,
            Err(errors) => Err(WriteError::Refused(errors)),
        };
        let (products, user_errors) = outcome(result)?;
        Ok(UpsertProductsPayload { products: products.into_iter().map(Product::of).collect(), user_errors })
    }
}

fn drafts(inputs: Vec<ProductInput>, currency: Currency) -> Result<Vec<ProductDraft>, Vec<service::UserError>> {
    let mut drafts = Vec::with_capacity(inputs.len());
    let mut errors = Vec::new();
    for (n, input) in inputs.into_iter().enumerate() {
        match input.draft(&n.to_string(), currency) {
            Ok(draft) => drafts.push(draft),
            Err(err) => errors.push(err),
        }
    }
    if errors.is_empty() { Ok(drafts) } else { Err(errors) }
}

impl ProductInput {
    fn draft(self, at: &str, currency: Currency) -> Result<ProductDraft, service::UserError> {
        let refuse = |path: &[&str], why: String| {
            let path: Vec<&str> = ["products", at].into_iter().chain(path.iter().copied()).collect();
            service::UserError::new(ErrorCode::BadUserInput, &path, why)
        };
        let price_minor = self.price.minor(currency).map_err(|(field, why)| refuse(&["price", field], why))?;
        let pack = self.pack.measure().map_err(|why| refuse(&["pack", "value"], why))?;
        Ok(ProductDraft {
            slug: self.slug,
            name: self.name,
            description: self.description,
            category_slug: self.category,
            producer_id: GlobalId::decode_as(NodeKind::Producer, &self.producer_id),
            price_minor,
            pack,
            stock: match self.stock_quantity {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(packs) => Some(Some(i64::from(packs))),
            },
            expected_version: self.expected_version.map(|version| version.0),
        })
    }
}
