//! Producer lists: kinds, near, delivery, every sort, forward and backward, are what a plain sort gives, on all three engines.

use farmlokal::domain::Producer;
use futures_util::future::join_all;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::catalogue::{Catalogue, catalogues};
use crate::engines::{self, Bench};
use crate::fixtures;
use crate::question::{ProducerQuestion, producer_questions};
use crate::reference;
use crate::right_pages::config;

const CASES: u32 = 40;
const QUESTIONS: usize = 12;

#[test]
fn every_page_of_producers_is_that_of_a_plain_sort_on_every_engine() {
    let runtime = engines::runtime();
    let benches = runtime.block_on(engines::all());
    let cases = (catalogues(), prop::collection::vec(producer_questions(), QUESTIONS));
    let outcome = TestRunner::new(config(CASES)).run(&cases, |(mut catalogue, questions)| {
        catalogue.items.clear();
        runtime.block_on(async {
            fixtures::replace_all(&benches, &catalogue).await;
            for question in &questions {
                whole_walk(&benches, &catalogue, question).await?;
            }
            Ok(())
        })
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

/// What a page shows: the rows, whether there are others before and behind.
type Shown = (Vec<Producer>, bool, bool);

async fn whole_walk(benches: &[Bench], catalogue: &Catalogue, question: &ProducerQuestion) -> Result<(), TestCaseError> {
    let expected: Vec<i64> = reference::producers(catalogue, question).iter().map(|grower| grower.id).collect();
    let mut pages = reference::pages(&expected, question.size, question.backward);
    pages.push(Vec::new());
    let walks = join_all(benches.iter().map(|bench| walk(bench, question, expected.len()))).await;
    for (bench, shown) in benches.iter().zip(&walks) {
        let ids: Vec<Vec<i64>> = shown.iter().map(|(rows, _, _)| rows.iter().map(|row| row.id).collect()).collect();
        prop_assert_eq!(&ids, &pages, "pages on {}", bench.name);
        for (n, (_, previous, next)) in shown.iter().enumerate() {
            let (behind_us, ahead) = (n > 0 && !expected.is_empty(), n + 2 < shown.len());
            let right = if question.backward { (ahead, behind_us) } else { (behind_us, ahead) };
            prop_assert_eq!((*previous, *next), right, "hasPrevious and hasNext of page {} on {}", n, bench.name);
        }
        prop_assert_eq!(shown, &walks[0], "{} differs from {}", bench.name, benches[0].name);
        let page = bench.marketplace.producers(&question.listing(None)).await.unwrap();
        for cap in [10_001, 2] {
            let count = bench.marketplace.count_producers(&page, cap).await.unwrap();
            prop_assert_eq!(count, (expected.len() as u64).min(cap), "count up to {} on {}", cap, bench.name);
        }
    }
    Ok(())
}

/// Follows the cursors until a page is empty, at most over `rows` rows.
async fn walk(bench: &Bench, question: &ProducerQuestion, rows: usize) -> Vec<Shown> {
    let mut shown = Vec::new();
    let mut cursor = None;
    loop {
        let page = bench.marketplace.producers(&question.listing(cursor)).await.unwrap();
        let previous = bench.marketplace.has_previous_producer(&page).await.unwrap();
        let next = bench.marketplace.has_next_producer(&page).await.unwrap();
        let edge = if question.backward { page.rows.first() } else { page.rows.last() };
        cursor = edge.map(|row| page.cursor(row));
        shown.push((page.rows.clone(), previous, next));
        if cursor.is_none() || shown.len() > rows + 2 {
            return shown;
        }
    }
}
