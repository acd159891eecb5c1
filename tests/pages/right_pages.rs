//! Product lists: every filter, sort, direction and page size, forward and backward, is what a plain sort gives, on all three
//! engines and by every way of reading.

use std::collections::BTreeSet;

use farmlokal::service::{ProductListing, ProductPage};
use farmlokal::storage::product_list::{self, ProductQuery};
use farmlokal::storage::{ProductRow, Seek, SortKey, Window};
use futures_util::future::join_all;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

use crate::catalogue::{Catalogue, Item, catalogues};
use crate::engines::{self, Bench};
use crate::fixtures;
use crate::question::{ProductQuestion, product_questions};
use crate::reference::{self, Key};
use crate::ways::{self, Way};

/// Catalogues that are tried, and questions asked of each.
const CASES: u32 = 32;
const QUESTIONS: usize = 10;

/// A catalogue, and questions about it with a position in the list that each asks for.
fn cases() -> impl Strategy<Value = (Catalogue, Vec<(ProductQuestion, Index)>)> {
    catalogues().prop_flat_map(|catalogue| {
        let questions = prop::collection::vec((product_questions(catalogue.growers.len()), any::<Index>()), QUESTIONS);
        (Just(catalogue), questions)
    })
}

/// As many as `CASES`; where a failure is found is printed, not kept in a file.
pub(crate) fn config(cases: u32) -> Config {
    Config { cases, max_shrink_iters: 300, failure_persistence: None, ..Config::default() }
}

#[test]
fn every_page_is_that_of_a_plain_sort_on_every_engine_and_by_every_way() {
    let runtime = engines::runtime();
    let benches = runtime.block_on(engines::all());
    let taken = std::cell::RefCell::new(BTreeSet::new());
    let outcome = TestRunner::new(config(CASES)).run(&cases(), |(catalogue, questions)| {
        runtime.block_on(async {
            fixtures::replace_all(&benches, &catalogue).await;
            for (question, at) in &questions {
                whole_walk(&benches, &catalogue, question).await?;
                every_way(&benches, &catalogue, question, *at).await?;
            }
            several_at_once(&benches, &catalogue, &questions).await?;
            let log = benches[2].log.take();
            taken.borrow_mut().extend(log.iter().flat_map(|statement| ways::ways_of(&statement.sql)));
            Ok(())
        })
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    let missing: Vec<Way> = Way::ALL.into_iter().filter(|way| !taken.borrow().contains(way)).collect();
    assert!(missing.is_empty(), "no question was answered by {missing:?}");
}

/// What a page shows: the rows, whether there are others before and behind.
type Shown = (Vec<ProductRow>, bool, bool);

async fn whole_walk(benches: &[Bench], catalogue: &Catalogue, question: &ProductQuestion) -> Result<(), TestCaseError> {
    let expected: Vec<i64> = reference::products(catalogue, question).iter().map(|item| item.id).collect();
    let walks = join_all(benches.iter().map(|bench| walk(bench, catalogue, question, expected.len()))).await;
    for (bench, shown) in benches.iter().zip(&walks) {
        let ids: Vec<Vec<i64>> = shown.iter().map(|(rows, _, _)| rows.iter().map(|row| row.product.id).collect()).collect();
        prop_assert_eq!(&ids, &pages_and_the_empty_end(&expected, question), "pages on {}", bench.name);
        for (n, (_, previous, next)) in shown.iter().enumerate() {
            let (behind_us, ahead) = (n > 0 && !expected.is_empty(), n + 2 < shown.len());
            let right = if question.backward { (ahead, behind_us) } else { (behind_us, ahead) };
            prop_assert_eq!((*previous, *next), right, "hasPrevious and hasNext of page {} on {}", n, bench.name);
        }
        prop_assert_eq!(shown, &walks[0], "{} differs from {}", bench.name, benches[0].name);
        counts(bench, catalogue, question, expected.len() as u64).await?;
    }
    Ok(())
}

/// A walk ends with an empty page, past the last row; an empty list is that page alone.
fn pages_and_the_empty_end(expected: &[i64], question: &ProductQuestion) -> Vec<Vec<i64>> {
    let mut pages = reference::pages(expected, question.size, question.backward);
    pages.push(Vec::new());
    pages
}

/// Follows the cursors until a page is empty, at most over `rows` rows.
async fn walk(bench: &Bench, catalogue: &Catalogue, question: &ProductQuestion, rows: usize) -> Vec<Shown> {
    let mut shown = Vec::new();
    let mut cursor = None;
    loop {
        let page = bench.marketplace.products(&question.listing(catalogue, cursor)).await.unwrap();
        let previous = bench.marketplace.has_previous(&page).await.unwrap();
        let next = bench.marketplace.has_next(&page).await.unwrap();
        let rows_shown: Vec<ProductRow> = page.rows.iter().map(|row| (**row).clone()).collect();
        let edge = if question.backward { page.rows.first() } else { page.rows.last() };
        cursor = edge.map(|row| page.cursor(row));
        shown.push((rows_shown, previous, next));
        if cursor.is_none() || shown.len() > rows + 2 {
            return shown;
        }
    }
}

async fn counts(bench: &Bench, catalogue: &Catalogue, question: &ProductQuestion, rows: u64) -> Result<(), TestCaseError> {
    let page = bench.marketplace.products(&question.listing(catalogue, None)).await.unwrap();
    for cap in [10_001, 3] {
        let count = bench.marketplace.count_products(&page, cap).await.unwrap();
        prop_assert_eq!(count, rows.min(cap), "count up to {} on {}", cap, bench.name);
    }
    Ok(())
}

/// Behind one row of the list, and back from it with the row itself, whatever the statistics say.
async fn every_way(benches: &[Bench], catalogue: &Catalogue, question: &ProductQuestion, at: Index) -> Result<(), TestCaseError> {
    let expected = reference::products(catalogue, question);
    let (order, descending) = question.order();
    let at = at.index(expected.len() + 1).checked_sub(1);
    for (inclusive, forward) in [(false, true), (true, false)] {
        let stretch: Vec<i64> = stretch(&expected, at, inclusive, forward).take(question.size + 1).collect();
        let query = ProductQuery {
            selection: question.selection(catalogue),
            order,
            window: Window {
                descending: descending == forward,
                after: at.map(|at| seek(catalogue, question, expected[at], inclusive)),
                limit: question.size as u64 + 1,
            },
            columns: question.columns,
        };
        for (what, statistics) in ways::statistics(catalogue) {
            let reads = benches.iter().map(|bench| product_list::read(&bench.database, &statistics, &query));
            for (bench, rows) in benches.iter().zip(join_all(reads).await) {
                let ids: Vec<i64> = rows.unwrap().iter().map(|row| row.product.id).collect();
                prop_assert_eq!(&ids, &stretch, "{} with statistics: {}; {:?}", bench.name, what, query);
            }
        }
    }
    Ok(())
}

/// The ids from a position on, in one direction; from the end of the list when there is none.
fn stretch<'a>(expected: &'a [&Item], at: Option<usize>, inclusive: bool, forward: bool) -> Box<dyn Iterator<Item = i64> + 'a> {
    let ids = expected.iter().map(|item| item.id);
    match (at, forward) {
        (None, true) => Box::new(ids),
        (None, false) => Box::new(ids.rev()),
        (Some(at), true) => Box::new(ids.skip(at + usize::from(!inclusive))),
        (Some(at), false) => Box::new(ids.take(at + usize::from(inclusive)).rev()),
    }
}

fn seek(catalogue: &Catalogue, question: &ProductQuestion, item: &Item, inclusive: bool) -> Seek {
    let key = match reference::product_key(catalogue, question.order().0, question.near.as_ref(), item) {
        Key::Text(text, _) => SortKey::Text(text),
        Key::Number(number, _) | Key::Distance(number, _, _) => SortKey::Number(i64::try_from(number).unwrap()),
    };
    Seek { key, producer_id: catalogue.grower(item).id, id: item.id, inclusive }
}

/// The first pages of all questions, asked together, are those asked one by one.
async fn several_at_once(
    benches: &[Bench],
    catalogue: &Catalogue,
    questions: &[(ProductQuestion, Index)],
) -> Result<(), TestCaseError> {
    let same_columns = |question: &ProductQuestion| ProductQuestion { columns: questions[0].0.columns, ..question.clone() };
    let questions: Vec<ProductQuestion> = questions.iter().map(|(question, _)| same_columns(question)).collect();
    let listings: Vec<ProductListing> = questions.iter().map(|question| question.listing(catalogue, None)).collect();
    for bench in benches {
        let pages = bench.marketplace.many_products(&listings).await.unwrap();
        for (question, page) in questions.iter().zip(pages) {
            let page: ProductPage = page.unwrap();
            let ids: Vec<i64> = page.rows.iter().map(|row| row.product.id).collect();
            let expected: Vec<i64> = reference::products(catalogue, question).iter().map(|item| item.id).collect();
            prop_assert_eq!(&ids, &pages_and_the_empty_end(&expected, question)[0], "one of several on {}", bench.name);
            let others = expected.len() > question.size;
            let more = if question.backward {
                bench.marketplace.has_previous(&page).await
            } else {
                bench.marketplace.has_next(&page).await
            };
            prop_assert_eq!(more.unwrap(), others, "more behind one of several on {}", bench.name);
        }
    }
    Ok(())
}
