//! Counts per value over all matches, each facet ignoring its own filter.

use std::collections::BTreeMap;

use tantivy::DocId;

use super::filter::{self, PRODUCT_FILTERS, ProductFilter, values};
use super::segment::{Columns, Segment};
use crate::storage::ProductSelection;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FacetField {
    /// By category.
    Category,
    /// By kind of producer.
    ProducerKind,
    /// By how much there is.
    StockStatus,
    /// By price.
    Price,
}

/// How a product's stock is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StockLevel {
    /// More than a few, or not tracked.
    Plenty,
    /// A few.
    Low,
    /// None.
    Out,
}

/// Matches per value. The values are category ids, kinds' codes, [`StockLevel`]s or the numbers of price ranges.
pub type Counts = BTreeMap<i64, u64>;

/// Counts of the fields that were asked for.
pub(super) fn count(
    segment: &Segment,
    docs: &[DocId],
    selection: &ProductSelection,
    wanted: &[FacetField],
    low_stock_packs: i64,
    counts: &mut BTreeMap<FacetField, Counts>,
) {
    for docs in docs.chunks(filter::CHUNK) {
        let failed = failed_filters(&segment.columns, docs, selection);
        for field in wanted {
            let own = own_filter(*field);
            let passes = |(_, failed): &(&DocId, &u8)| **failed & !own == 0;
            let passing: Vec<DocId> = docs.iter().zip(&failed).filter(passes).map(|(doc, _)| *doc).collect();
            tally(&segment.columns, &passing, *field, low_stock_packs, counts.entry(*field).or_default());
        }
    }
}

/// For each document the filters that it does not pass, as bits in the order of [`PRODUCT_FILTERS`].
fn failed_filters(columns: &Columns, docs: &[DocId], selection: &ProductSelection) -> Vec<u8> {
    let mut failed = vec![0_u8; docs.len()];
    for (bit, one) in PRODUCT_FILTERS.into_iter().enumerate() {
        if let Some(passes) = filter::passes(one, selection, columns, docs) {
            failed.iter_mut().zip(passes).for_each(|(failed, passes)| *failed |= u8::from(!passes) << bit);
        }
    }
    failed
}

fn own_filter(field: FacetField) -> u8 {
    let own = match field {
        FacetField::Category => ProductFilter::Categories,
        FacetField::ProducerKind => ProductFilter::Kinds,
        FacetField::StockStatus => ProductFilter::Stock,
        FacetField::Price => ProductFilter::Price,
    };
    PRODUCT_FILTERS.iter().position(|filter| *filter == own).map_or(0, |bit| 1 << bit)
}

fn tally(columns: &Columns, docs: &[DocId], field: FacetField, low_stock_packs: i64, counts: &mut Counts) {
    match field {
        FacetField::Category => tally_small(values(&columns.category, docs), counts),
        FacetField::ProducerKind => tally_small(values(&columns.kind, docs), counts),
        FacetField::StockStatus => {
            let mut levels = [0; 3];
            values(&columns.stock, docs).into_iter().for_each(|code| levels[level(code, low_stock_packs) as usize] += 1);
            add(counts, &levels);
        }
        FacetField::Price => {
            let mut ranges = [0; PriceRange::COUNT];
            values(&columns.price, docs).into_iter().for_each(|price| ranges[PriceRange::number_of(price)] += 1);
            add(counts, &ranges);
        }
    }
}

/// Ids of categories and codes of kinds are small numbers: they are counted in a table first.
fn tally_small(values: Vec<u64>, counts: &mut Counts) {
    const SMALL: usize = 1_024;
    let mut table = [0_u64; SMALL];
    for value in values {
        match usize::try_from(value).ok().and_then(|value| table.get_mut(value)) {
            Some(count) => *count += 1,
            None => *counts.entry(filter::signed(value)).or_default() += 1,
        }
    }
    add(counts, &table);
}

fn add(counts: &mut Counts, table: &[u64]) {
    for (value, count) in (0..).zip(table).filter(|(_, count)| **count > 0) {
        *counts.entry(value).or_default() += count;
    }
}

fn level(code: u64, low_stock_packs: i64) -> StockLevel {
    match code {
        0 => StockLevel::Plenty,
        1 => StockLevel::Out,
        more if filter::signed(more - 1) <= low_stock_packs => StockLevel::Low,
        _ => StockLevel::Plenty,
    }
}

/// A range of prices as people think of them: 1–2–5–10–20–50 and so on, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceRange {
    /// Smallest price in it, in minor units.
    pub from: u64,
    /// Smallest price above it; `None` for the last range.
    pub to: Option<u64>,
}

impl PriceRange {
    /// Three steps for each power of ten up to 10^18, below the first of them, and above the last.
    const COUNT: usize = 3 * 18 + 1;

    /// The number of the range that a price is in.
    pub fn number_of(price: u64) -> usize {
        let Some(tens) = price.checked_ilog10() else { return 0 };
        let step = match price / 10_u64.pow(tens) {
            1 => 1,
            2..=4 => 2,
            _ => 3,
        };
        (tens as usize * 3 + step).min(Self::COUNT - 1)
    }

    /// The range of this number.
    pub fn of(number: usize) -> Self {
        let edge = |number: usize| {
            let tens = u32::try_from((number.max(1) - 1) / 3).unwrap_or(0);
            [1, 2, 5][(number.max(1) - 1) % 3] * 10_u64.pow(tens.min(18))
        };
        let from = if number == 0 { 0 } else { edge(number) };
        Self { from, to: (number + 1 < Self::COUNT).then(|| edge(number + 1)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_price_is_in_its_range_and_ranges_leave_no_gap() {
        for price in (0..2_000).chain([9_999, 10_000, 49_999, 50_000, u64::from(u32::MAX), i64::MAX.unsigned_abs()]) {
            let range = PriceRange::of(PriceRange::number_of(price));
            assert!(range.from <= price && range.to.is_none_or(|to| price < to), "{price} in {range:?}");
        }
        assert_eq!(PriceRange::of(PriceRange::number_of(7_500)), PriceRange { from: 5_000, to: Some(10_000) });
    }

    #[test]
    fn stock_has_three_levels() {
        let level = |packs| level(super::super::fields::stock_code(packs), 5);
        assert_eq!([None, Some(6), Some(5), Some(1), Some(0)].map(level), {
            use StockLevel::{Low, Out, Plenty};
            [Plenty, Plenty, Low, Low, Out]
        });
    }
}
