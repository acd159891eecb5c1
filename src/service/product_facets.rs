//! Facets: how many products of a list there are per value, each facet ignoring its own filter.

use std::collections::HashMap;

use super::{Marketplace, ProductPage};
use crate::domain::{Category, Dependencies, Dependency, Facet, ListScope, ProducerKind};
use crate::error::Error;
use crate::search::{Counts, Entity, FacetField, Order, PriceRange, StockLevel};
use crate::storage::categories;

pub use crate::search::FacetField as ProductFacetField;

/// Most values of a facet.
const VALUES_MAX: i64 = 100;
/// Values of a facet when nothing is said.
const VALUES_DEFAULT: i64 = 20;

/// Counts of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductFacet {
    /// What is counted.
    pub field: ProductFacetField,
    /// Values that occur: the most frequent first, prices from low to high.
    pub values: Vec<ProductFacetValue>,
}

/// One value and how often it occurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductFacetValue {
    /// A slug, an enum value, or a price range such as `50-100`, the upper end excluded.
    pub value: String,
    /// For people.
    pub label: String,
    /// Products.
    pub count: u64,
}

impl Marketplace {
    /// Counts per value over all products of the page's list.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for the limit; `SERVICE_UNAVAILABLE` while there is no index.
    pub async fn product_facets(
        &self,
        page: &ProductPage,
        fields: &[ProductFacetField],
        limit: Option<i64>,
    ) -> Result<(Vec<ProductFacet>, Dependencies), Error> {
        let limit = limit.unwrap_or(VALUES_DEFAULT);
        if !(1..=VALUES_MAX).contains(&limit) {
            return Err(Error::bad_input(format!("`limit` must be between 1 and {VALUES_MAX}")));
        }
        let everything;
        let searched = match &page.list.searched {
            Some(searched) => searched,
            None => {
                everything = self.search(Entity::Product, None, Order::CreatedAt)?;
                &everything
            }
        };
        let (selection, wanted) = (page.list.query.selection.clone(), fields.to_vec());
        let low_stock_packs = self.low_stock_packs();
        let counts = searched.ask(move |found| found.facets(&selection, &wanted, low_stock_packs)).await?;
        let categories = match fields.contains(&FacetField::Category) {
            true => categories::all(&self.database).await?,
            false => Vec::new(),
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let facet = |field: &FacetField| {
            let values = counts.get(field).map(|counts| self.values(*field, counts, &categories)).unwrap_or_default();
            ProductFacet { field: *field, values: values.into_iter().take(limit).collect() }
        };
        let mut dependencies = dependencies(fields);
        dependencies.limit_as_of(searched.as_of);
        Ok((fields.iter().map(facet).collect(), dependencies))
    }

    fn values(&self, field: FacetField, counts: &Counts, categories: &[Category]) -> Vec<ProductFacetValue> {
        let by_id: HashMap<i64, &Category> = categories.iter().map(|category| (category.id, category)).collect();
        let named = |value: i64| match field {
            FacetField::Category => by_id.get(&value).map(|category| (category.slug.clone(), category.name.clone())),
            FacetField::ProducerKind => {
                let kind = i16::try_from(value).ok().and_then(ProducerKind::from_code)?;
                Some(owned(kind_names(kind)))
            }
            FacetField::StockStatus => stock_names(value).map(owned),
            FacetField::Price => Some(self.price_names(value)),
        };
        let value = |(value, count): (&i64, &u64)| {
            let (value, label) = named(*value)?;
            Some(ProductFacetValue { value, label, count: *count })
        };
        let mut values: Vec<ProductFacetValue> = counts.iter().filter_map(value).collect();
        if field != FacetField::Price {
            values.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.value.cmp(&other.value)));
        }
        values
    }

    /// `50-100` and `50 to 100 INR`; the last range has no upper end.
    fn price_names(&self, number: i64) -> (String, String) {
        let range = PriceRange::of(usize::try_from(number).unwrap_or(0));
        let major = |minor: u64| shortest_major(self, minor);
        let (from, code) = (major(range.from), self.currency().code().to_owned());
        match range.to.map(major) {
            Some(to) => (format!("{from}-{to}"), format!("{from} to {to} {code}")),
            None => (format!("{from}-"), format!("from {from} {code}")),
        }
    }
}

fn shortest_major(marketplace: &Marketplace, minor: u64) -> String {
    crate::domain::money::shortest(i64::try_from(minor).unwrap_or(i64::MAX), marketplace.currency().exponent())
}

fn owned((value, label): (&str, &str)) -> (String, String) {
    (value.to_owned(), label.to_owned())
}

fn kind_names(kind: ProducerKind) -> (&'static str, &'static str) {
    match kind {
        ProducerKind::Farmer => ("FARMER", "Farmer"),
        ProducerKind::Doodhwala => ("DOODHWALA", "Doodhwala"),
        ProducerKind::Fpo => ("FPO", "Farmer producer organisation"),
        ProducerKind::SmallProducer => ("SMALL_PRODUCER", "Small producer"),
    }
}

fn stock_names(level: i64) -> Option<(&'static str, &'static str)> {
    let names = [
        (StockLevel::Plenty, ("IN_STOCK", "In stock")),
        (StockLevel::Low, ("LOW_STOCK", "Low stock")),
        (StockLevel::Out, ("OUT_OF_STOCK", "Out of stock")),
    ];
    names.into_iter().find(|(known, _)| *known as i64 == level).map(|(_, names)| names)
}

/// A facet ignores one filter, so it depends on more than the page beside it.
fn dependencies(fields: &[FacetField]) -> Dependencies {
    let mut dependencies = Dependencies::default();
    let mut facets = vec![Facet::Text];
    for field in fields {
        match field {
            FacetField::Category => dependencies.add(Dependency::Categories),
            FacetField::ProducerKind => dependencies.add(Dependency::Producers(ListScope::All)),
            FacetField::StockStatus => facets.push(Facet::Stock),
            FacetField::Price => facets.push(Facet::Price),
        }
    }
    dependencies.add_product_list(&[ListScope::All], &facets);
    dependencies
}
