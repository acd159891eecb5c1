//! `Measure` and `UnitPrice`.

use async_graphql::{Enum, InputObject, SimpleObject};

use super::Money;
use crate::domain::{self, Currency, money};
use crate::graphql::at_hand::{AtHand, Selected, WriteField, enumeration};
use crate::graphql::scalar::Decimal;

/// How goods are measured.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "crate::domain::Unit")]
pub(crate) enum UnitOfMeasure {
    /// Gram.
    Gram,
    /// 1 000 grams.
    Kilogram,
    /// Millilitre.
    Millilitre,
    /// 1 000 millilitres.
    Litre,
    /// One piece.
    Piece,
    /// Twelve pieces.
    Dozen,
    /// A bunch, as greens are sold.
    Bunch,
}

/// An amount of something.
#[derive(Clone, SimpleObject)]
pub(crate) struct Measure {
    /// How many units, for example `"1.5"`.
    value: Decimal,
    /// Of what.
    unit: UnitOfMeasure,
}

impl From<domain::Measure> for Measure {
    fn from(measure: domain::Measure) -> Self {
        Self { value: Decimal(money::shortest(measure.value_thousandths, 3)), unit: measure.unit.into() }
    }
}

/// Price of one kilogram, litre, piece or bunch.
#[derive(SimpleObject)]
pub(crate) struct UnitPrice {
    /// What that much costs, rounded half up.
    price: Money,
    /// How much: one kilogram, litre, piece or bunch.
    per: Measure,
}

impl UnitPrice {
    /// That of a product, in the installation's currency.
    pub(crate) fn of(product: &domain::Product, currency: Currency) -> Self {
        let price = product.pack.unit_price(product.price_minor);
        Self { price: Money::new(price.price_minor, currency), per: price.per.into() }
    }
}

impl AtHand for Measure {
    fn writer(field: Selected<'_>) -> Option<WriteField<Self>> {
        match field.name() {
            "value" => field.leaf(|it: &Self, json| json.plain(&it.value.0)),
            "unit" => field.leaf(|it: &Self, json| enumeration(it.unit, json)),
            _ => None,
        }
    }
}

impl AtHand for UnitPrice {
    fn writer(field: Selected<'_>) -> Option<WriteField<Self>> {
        match field.name() {
            "price" => field.object(|it: &Self| Some(it.price.clone())),
            "per" => field.object(|it: &Self| Some(it.per.clone())),
            _ => None,
        }
    }
}

/// An amount of something.
#[derive(InputObject)]
pub(crate) struct MeasureInput {
    /// How many units, at most three digits behind the point.
    pub(crate) value: Decimal,
    /// Of what.
    pub(crate) unit: UnitOfMeasure,
}

impl MeasureInput {
    /// As a measure in thousandths.
    ///
    /// # Errors
    /// What is wrong with `value`.
    pub(crate) fn measure(&self) -> Result<domain::Measure, String> {
        let value = money::parse_scaled(&self.value.0, 3).map_err(|why| match why {
            money::ScaleError::TooPrecise => "a pack has at most three digits behind the point".to_owned(),
            money::ScaleError::OutOfRange | money::ScaleError::Malformed => "this is not a size of a pack".to_owned(),
        })?;
        Ok(domain::Measure { value_thousandths: value, unit: self.unit.into() })
    }
}
