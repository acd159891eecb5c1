//! Filters, sorts and look-ups that come from outside.

use async_graphql::{Enum, ID, InputObject, OneofObject};

use super::{GeoPointInput, ProducerKind, SortDirection, minor_units};
use crate::domain::Currency;
use crate::error::Error;
use crate::graphql::scalar::{DateTime, Decimal};
use crate::service::{self, Bounds, ProducerOrder, ProductOrder};

/// One product, by its global ID or its slug.
#[derive(OneofObject)]
pub(crate) enum ProductLookup {
    /// Global ID.
    Id(ID),
    /// Slug, for example `gir-cow-ghee-42`.
    Slug(String),
}

/// One category, by its global ID or its slug.
#[derive(OneofObject)]
pub(crate) enum CategoryLookup {
    /// Global ID.
    Id(ID),
    /// Slug, for example `vegetables`.
    Slug(String),
}

/// One producer, by its global ID or its slug.
#[derive(OneofObject)]
pub(crate) enum ProducerLookup {
    /// Global ID.
    Id(ID),
    /// Slug.
    Slug(String),
}

/// Inclusive, in major units.
#[derive(InputObject)]
pub(crate) struct PriceRange {
    /// Smallest price.
    min: Option<Decimal>,
    /// Largest price.
    max: Option<Decimal>,
}

/// `from` inclusive, `to` exclusive.
#[derive(InputObject)]
pub(crate) struct DateTimeRange {
    /// Not before this instant.
    from: Option<DateTime>,
    /// Before this instant.
    to: Option<DateTime>,
}

impl DateTimeRange {
    /// Both ends inclusive, in milliseconds since 1970.
    pub(crate) fn bounds(&self) -> Bounds {
        Bounds { min: self.from.map(|from| from.ms), max: self.to.map(|to| to.ms.saturating_sub(1)) }
    }
}

/// All given fields must match; a list matches any of its values.
#[derive(InputObject)]
pub(crate) struct ProductFilter {
    /// Category slug, for example `vegetables`.
    category: Option<Vec<String>>,
    /// Global IDs of producers.
    producer_ids: Option<Vec<ID>>,
    /// Kinds of producer.
    producer_kinds: Option<Vec<ProducerKind>>,
    /// Price of one pack.
    price: Option<PriceRange>,
    /// Whether it can be bought now; untracked stock can.
    in_stock: Option<bool>,
    /// When it was first listed.
    created_at: Option<DateTimeRange>,
}

impl ProductFilter {
    /// The filter in the words of the service.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for prices that cannot be.
    pub(crate) fn into_service(self, currency: Currency) -> Result<service::ProductFilter, Error> {
        let price = match self.price {
            None => Bounds::default(),
            Some(range) => {
                Bounds { min: amount("price.min", range.min, currency)?, max: amount("price.max", range.max, currency)? }
            }
        };
        let created = self.created_at.map_or(Bounds::default(), |range| range.bounds());
        Ok(service::ProductFilter {
            category: self.category,
            producer_ids: self.producer_ids.map(|ids| ids.into_iter().map(|id| id.0).collect()),
            kinds: self.producer_kinds.map(|kinds| kinds.into_iter().map(Into::into).collect()),
            price,
            in_stock: self.in_stock,
            created,
        })
    }
}

fn amount(name: &str, amount: Option<Decimal>, currency: Currency) -> Result<Option<i64>, Error> {
    let minor = |amount| minor_units(&amount, currency).map_err(|why| Error::bad_input(format!("`{name}`: {why}")));
    amount.map(minor).transpose()
}

/// What products are sorted by.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProductSortField {
    /// A to Z, by code points of the lower-cased name.
    Name,
    /// Price of one pack.
    Price,
    /// When it was first listed.
    CreatedAt,
    /// Best match first. Needs `search`; DESC is refused with BAD_USER_INPUT.
    Relevance,
    /// Nearest first. Needs `near`; DESC is refused with BAD_USER_INPUT.
    Distance,
}

/// Ties are broken by ID in the same direction (DISTANCE: by producer, then ID), so pages neither overlap nor leave gaps.
#[derive(InputObject)]
pub(crate) struct ProductSort {
    /// By what.
    field: ProductSortField,
    /// In which direction.
    #[graphql(default_with = "SortDirection::Asc")]
    direction: SortDirection,
}

impl From<ProductSort> for service::ProductSort {
    fn from(sort: ProductSort) -> Self {
        let field = match sort.field {
            ProductSortField::Name => ProductOrder::Name.into(),
            ProductSortField::Price => ProductOrder::Price.into(),
            ProductSortField::CreatedAt => ProductOrder::CreatedAt.into(),
            ProductSortField::Relevance => service::ProductSortField::Relevance,
            ProductSortField::Distance => ProductOrder::Distance.into(),
        };
        Self { field, descending: sort.direction == SortDirection::Desc }
    }
}

/// All given fields must match; a list matches any of its values.
#[derive(InputObject)]
pub(crate) struct ProducerFilter {
    /// Kinds of producer.
    kinds: Option<Vec<ProducerKind>>,
    /// Only producers that deliver to this place.
    delivers_to: Option<GeoPointInput>,
}

impl ProducerFilter {
    /// The filter in the words of the service.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a place off the globe.
    pub(crate) fn into_service(self) -> Result<service::ProducerFilter, Error> {
        Ok(service::ProducerFilter {
            kinds: self.kinds.map(|kinds| kinds.into_iter().map(Into::into).collect()),
            delivers_to: self.delivers_to.map(|point| point.place()).transpose()?,
        })
    }
}

/// What producers are sorted by.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProducerSortField {
    /// A to Z, by code points of the lower-cased name.
    Name,
    /// When the producer joined.
    CreatedAt,
    /// Nearest first. Needs `near`; DESC is refused with BAD_USER_INPUT.
    Distance,
}

/// Ties are broken by ID in the same direction.
#[derive(InputObject)]
pub(crate) struct ProducerSort {
    /// By what.
    field: ProducerSortField,
    /// In which direction.
    #[graphql(default_with = "SortDirection::Asc")]
    direction: SortDirection,
}

impl From<ProducerSort> for service::ProducerSort {
    fn from(sort: ProducerSort) -> Self {
        let order = match sort.field {
            ProducerSortField::Name => ProducerOrder::Name,
            ProducerSortField::CreatedAt => ProducerOrder::CreatedAt,
            ProducerSortField::Distance => ProducerOrder::Distance,
        };
        Self { order, descending: sort.direction == SortDirection::Desc }
    }
}
