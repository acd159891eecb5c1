//! Lists that are searched: words beside every filter, sort, direction and page size, forward and backward, are what a plain
//! score and sort gives, on all three engines.

use std::cmp::Reverse;

use farmlokal::search::{Question, Synonyms, score_of};
use farmlokal::service::{ProducerListing, ProductListing, ProductSort, ProductSortField};
use futures_util::future::join_all;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;

use crate::catalogue::{Catalogue, Item, catalogues};
use crate::engines::{self, Bench};
use crate::fixtures;
use crate::question::{ProductQuestion, page_request, product_questions};
use crate::reference;
use crate::right_pages::config;

const CASES: u32 = 12;
const QUESTIONS: usize = 12;

/// What is typed: words of the catalogue's names in other spellings, begun, misspelt, and in other scripts.
const TEXTS: &[&str] = &[
    "ghee",
    "gir cow",
    "GIR-COW ghee",
    "gihr cow",
    "cow gi",
    "a",
    "à",
    "doodh",
    "dudh",
    "दूध",
    "dudh milk",
    "mango",
    "mngo",
    "aam",
    "आम",
    "honey",
    "fish",
    "100",
    "ss",
    "gaay",
    "milk",
    "gir cow ghee of a",
    "zebra",
];

/// A search: a question of lists, words, and whether the best come first.
type Search = (ProductQuestion, &'static str, bool);

fn cases() -> impl Strategy<Value = (Catalogue, Vec<Search>)> {
    catalogues().prop_flat_map(|catalogue| {
        let search = (product_questions(catalogue.growers.len()), select(TEXTS), any::<bool>());
        (Just(catalogue), prop::collection::vec(search, QUESTIONS))
    })
}

#[test]
fn every_searched_page_is_that_of_a_plain_score_and_sort_on_every_engine() {
    let runtime = engines::runtime();
    let benches = runtime.block_on(engines::all());
    let mut found = 0;
    let outcome = TestRunner::new(config(CASES)).run(&cases(), |(catalogue, searches)| {
        runtime.block_on(async {
            fixtures::replace_all(&benches, &catalogue).await;
            join_all(benches.iter().map(Bench::index_anew)).await;
            for (question, text, by_relevance) in &searches {
                whole_walk(&benches, &catalogue, question, text, *by_relevance).await?;
                producers(&benches, &catalogue, text).await?;
            }
            Ok(())
        })
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    // The words are those of the names: a vocabulary that finds nothing would prove nothing.
    let synonyms = Synonyms::built_in().unwrap();
    for text in TEXTS {
        let question = Question::parse(text, &synonyms).unwrap();
        found += usize::from(score_of(&question, &synonyms, "Gir Cow Ghee दूध आम Mango", "honey").is_some());
    }
    assert!(found >= 10, "{found}");
}

fn listing(
    catalogue: &Catalogue,
    question: &ProductQuestion,
    text: &str,
    by_relevance: bool,
    cursor: Option<String>,
) -> ProductListing {
    let listing = question.listing(catalogue, cursor);
    let best = ProductSort { field: ProductSortField::Relevance, descending: false };
    let (order, descending) = question.order();
    let column = ProductSort { field: order.into(), descending };
    ProductListing { search: Some(text.to_owned()), sort: Some(if by_relevance { best } else { column }), ..listing }
}

/// The ids of the whole list, in order.
fn expected(catalogue: &Catalogue, question: &ProductQuestion, text: &str, by_relevance: bool) -> Vec<i64> {
    let synonyms = Synonyms::built_in().unwrap();
    let asked = Question::parse(text, &synonyms).unwrap();
    let score = |item: &Item| {
        let description = format!("{} of {}", item.name, catalogue.grower(item).name);
        score_of(&asked, &synonyms, &item.name, &description)
    };
    let mut found: Vec<(Reverse<i64>, &Item)> =
        reference::products(catalogue, question).into_iter().filter_map(|item| Some((Reverse(score(item)?), item))).collect();
    if by_relevance {
        found.sort_by_key(|(score, item)| (*score, item.id));
    }
    found.into_iter().map(|(_, item)| item.id).collect()
}

async fn whole_walk(
    benches: &[Bench],
    catalogue: &Catalogue,
    question: &ProductQuestion,
    text: &str,
    by_relevance: bool,
) -> Result<(), TestCaseError> {
    let expected = expected(catalogue, question, text, by_relevance);
    let mut pages = reference::pages(&expected, question.size, question.backward);
    pages.push(Vec::new());
    for bench in benches {
        let mut cursor = None;
        for (n, right) in pages.iter().enumerate() {
            let page = bench.marketplace.products(&listing(catalogue, question, text, by_relevance, cursor)).await.unwrap();
            let ids: Vec<i64> = page.rows.iter().map(|row| row.product.id).collect();
            prop_assert_eq!(&ids, right, "page {} of {:?} on {}, by relevance: {}", n, text, bench.name, by_relevance);
            let (previous, next) =
                (bench.marketplace.has_previous(&page).await.unwrap(), bench.marketplace.has_next(&page).await.unwrap());
            let (behind_us, ahead) = (n > 0 && !expected.is_empty(), n + 2 < pages.len());
            let sides = if question.backward { (ahead, behind_us) } else { (behind_us, ahead) };
            prop_assert_eq!((previous, next), sides, "sides of page {} of {:?} on {}", n, text, bench.name);
            let count = bench.marketplace.count_products(&page, 10_001).await.unwrap();
            prop_assert_eq!(count, expected.len() as u64, "count of {:?} on {}", text, bench.name);
            let edge = if question.backward { page.rows.first() } else { page.rows.last() };
            cursor = edge.map(|row| page.cursor(row));
        }
    }
    Ok(())
}

/// Producers whose name or city matches, the best first.
async fn producers(benches: &[Bench], catalogue: &Catalogue, text: &str) -> Result<(), TestCaseError> {
    let synonyms = Synonyms::built_in().unwrap();
    let asked = Question::parse(text, &synonyms).unwrap();
    let mut expected: Vec<(i64, i64)> = Vec::new();
    for grower in &catalogue.growers {
        expected.extend(score_of(&asked, &synonyms, &grower.name, "Pune").map(|score| (-score, grower.id)));
    }
    expected.sort_unstable();
    for bench in benches {
        let (mut ids, mut cursor) = (Vec::new(), None);
        loop {
            let page = page_request(2, false, cursor);
            let listing = ProducerListing { search: Some(text.to_owned()), page, ..ProducerListing::default() };
            let page = bench.marketplace.producers(&listing).await.unwrap();
            ids.extend(page.rows.iter().map(|row| row.id));
            cursor = page.rows.last().map(|row| page.cursor(row));
            if cursor.is_none() || ids.len() > catalogue.growers.len() {
                break;
            }
        }
        prop_assert_eq!(
            &ids,
            &expected.iter().map(|(_, id)| *id).collect::<Vec<_>>(),
            "producers for {:?} on {}",
            text,
            bench.name
        );
    }
    Ok(())
}
