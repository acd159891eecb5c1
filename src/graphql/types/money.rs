//! `Money`.

use async_graphql::{InputObject, SimpleObject};

use crate::domain::{Currency, money};
use crate::graphql::at_hand::{AtHand, Selected, WriteField};
use crate::graphql::scalar::{BigInt, CurrencyCode, Decimal};

/// Exact amount of money.
#[derive(Clone, SimpleObject)]
pub(crate) struct Money {
    /// In major units, for example `"64.50"`.
    amount: Decimal,
    /// The same amount in minor units (paise for INR).
    minor_units: BigInt,
    /// Its currency.
    currency: CurrencyCode,
}

impl Money {
    /// `minor` minor units.
    pub(crate) fn new(minor: i64, currency: Currency) -> Self {
        Self { amount: Decimal(currency.major(minor)), minor_units: BigInt(minor), currency: CurrencyCode(currency) }
    }
}

impl AtHand for Money {
    fn writer(field: Selected<'_>) -> Option<WriteField<Self>> {
        match field.name() {
            "amount" => field.leaf(|it: &Self, json| json.plain(&it.amount.0)),
            "minorUnits" => field.leaf(|it: &Self, json| it.minor_units.write(json)),
            "currency" => field.leaf(|it: &Self, json| json.plain(it.currency.0.code())),
            _ => None,
        }
    }
}

/// An amount of money.
#[derive(InputObject)]
pub(crate) struct MoneyInput {
    /// In major units, for example `"64.50"`.
    pub(crate) amount: Decimal,
    /// The installation's currency; another one is refused.
    #[graphql(default_with = "CurrencyCode(Currency::INR)")]
    pub(crate) currency: CurrencyCode,
}

impl MoneyInput {
    /// In minor units of the installation's currency.
    ///
    /// # Errors
    /// The field at fault and what is wrong with it.
    pub(crate) fn minor(&self, currency: Currency) -> Result<i64, (&'static str, String)> {
        if self.currency.0 != currency {
            return Err(("currency", format!("prices are kept in {currency}")));
        }
        minor_units(&self.amount, currency).map_err(|why| ("amount", why))
    }
}

/// A decimal amount of major units in minor units.
///
/// # Errors
/// One sentence.
pub(crate) fn minor_units(amount: &Decimal, currency: Currency) -> Result<i64, String> {
    let exponent = currency.exponent();
    money::parse_scaled(&amount.0, exponent).map_err(|why| match why {
        money::ScaleError::TooPrecise => format!("an amount in {currency} has at most {exponent} digits behind the point"),
        money::ScaleError::OutOfRange => "the amount does not fit 64 bits of minor units".to_owned(),
        money::ScaleError::Malformed => "the amount is not a decimal number".to_owned(),
    })
}
