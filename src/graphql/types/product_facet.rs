//! `ProductFacet`: how many products of a list there are per value.

use async_graphql::{Enum, Object, SimpleObject};

use crate::service;

/// What facets count.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProductFacetField {
    /// By category.
    Category,
    /// By kind of producer.
    ProducerKind,
    /// By how much there is.
    StockStatus,
    /// By price, in ranges.
    Price,
}

/// Counts of one field.
pub(crate) struct ProductFacet(service::ProductFacet);

/// One value and how often it occurs.
#[derive(SimpleObject)]
pub(crate) struct ProductFacetValue {
    /// A slug, an enum value, or a price range such as `50-100`.
    value: String,
    /// For people to read.
    label: String,
    /// Products with this value.
    count: i32,
}

impl ProductFacet {
    pub(crate) fn new(facet: service::ProductFacet) -> Self {
        Self(facet)
    }
}

/// Counts per value over all matches.
#[Object]
impl ProductFacet {
    /// What is counted.
    async fn field(&self) -> ProductFacetField {
        self.0.field.into()
    }

    /// Values that occur: the most frequent first, prices from low to high.
    async fn values(&self) -> Vec<ProductFacetValue> {
        let value = |facet: &service::ProductFacetValue| ProductFacetValue {
            value: facet.value.clone(),
            label: facet.label.clone(),
            count: i32::try_from(facet.count).unwrap_or(i32::MAX),
        };
        self.0.values.iter().map(value).collect()
    }
}

impl From<ProductFacetField> for service::ProductFacetField {
    fn from(field: ProductFacetField) -> Self {
        match field {
            ProductFacetField::Category => Self::Category,
            ProductFacetField::ProducerKind => Self::ProducerKind,
            ProductFacetField::StockStatus => Self::StockStatus,
            ProductFacetField::Price => Self::Price,
        }
    }
}

impl From<service::ProductFacetField> for ProductFacetField {
    fn from(field: service::ProductFacetField) -> Self {
        match field {
            service::ProductFacetField::Category => Self::Category,
            service::ProductFacetField::ProducerKind => Self::ProducerKind,
            service::ProductFacetField::StockStatus => Self::StockStatus,
            service::ProductFacetField::Price => Self::Price,
        }
    }
}
