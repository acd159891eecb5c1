//! Inserts, removals and changes between the pages of a walk: every row that stayed where it was is met exactly once.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use farmlokal::domain::{Measure, Place, Producer, ProducerDraft, ProductDraft, Unit};
use futures_util::future::join_all;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;

use crate::catalogue::{CATEGORIES, Catalogue, Grower, Item, catalogues, instants, names, prices};
use crate::engines::{self, Bench};
use crate::fixtures;
use crate::question::{ProductQuestion, product_questions};
use crate::reference;
use crate::right_pages::config;

const CASES: u32 = 100;
/// Writes that this many cases must have seen on each engine, lest the walks be too short to mean anything.
const WRITES_MIN: usize = 500;

/// What somebody else does while a page is being looked at.
#[derive(Debug, Clone)]
enum Deed {
    /// A new product, at that instant.
    Add { grower: Index, category: usize, name: String, price_minor: i64, now_ms: i64 },
    /// Removes any product.
    Remove(Index),
    /// Removes the product at the edge of the page: the cursor's own row.
    RemoveEdge,
    /// Changes what no list is sorted by.
    Describe(Index),
    /// Changes what lists are sorted by.
    Reprice(Index, String, i64),
    /// A producer moves, and its products with it.
    Move(Index, Place),
}

fn deeds() -> impl Strategy<Value = Vec<Vec<Deed>>> {
    let deed = prop_oneof![
        4 => (any::<Index>(), 0..CATEGORIES.len(), names(), prices(), instants())
            .prop_map(|(grower, category, name, price_minor, now_ms)| Deed::Add { grower, category, name, price_minor, now_ms }),
        2 => any::<Index>().prop_map(Deed::Remove),
        2 => Just(Deed::RemoveEdge),
        1 => any::<Index>().prop_map(Deed::Describe),
        2 => (any::<Index>(), names(), prices()).prop_map(|(item, name, price)| Deed::Reprice(item, name, price)),
        1 => (any::<Index>(), -60_i64..60, -60_i64..60)
            .prop_map(|(grower, lat, lng)| Deed::Move(grower, Place { lat_e3: 18_520 + lat, lng_e3: 73_857 + lng })),
    ];
    prop::collection::vec(prop::collection::vec(deed, 0..3), 12)
}

fn cases() -> impl Strategy<Value = (Catalogue, Vec<ProductQuestion>, Vec<Vec<Deed>>)> {
    catalogues().prop_flat_map(|catalogue| {
        let filtered = product_questions(catalogue.growers.len());
        let sorted = product_questions(catalogue.growers.len()).prop_map(|question| ProductQuestion {
            near: question.near,
            sort: question.sort,
            size: question.size.min(3),
            backward: question.backward,
            ..ProductQuestion::default()
        });
        (Just(catalogue), (filtered, sorted).prop_map(|(filtered, sorted)| vec![filtered, sorted]), deeds())
    })
}

#[test]
fn rows_that_stay_where_they_are_are_met_once_whatever_others_write_meanwhile() {
    let runtime = engines::runtime();
    let benches = runtime.block_on(engines::all());
    let written = Cell::new(0);
    let outcome = TestRunner::new(config(CASES)).run(&cases(), |(catalogue, questions, deeds)| {
        runtime.block_on(async {
            for question in &questions {
                fixtures::replace_all(&benches, &catalogue).await;
                let walks = benches.iter().map(|bench| Walk::new(bench, catalogue.clone(), question).check(&deeds));
                for writes in join_all(walks).await {
                    written.set(written.get() + writes?);
                }
            }
            Ok(())
        })
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(written.get() / benches.len() >= WRITES_MIN, "only {} writes", written.get());
}

/// A walk with writes between its pages, and what is known of every row that was ever there.
struct Walk<'a> {
    bench: &'a Bench,
    question: &'a ProductQuestion,
    catalogue: Catalogue,
    /// Slugs of rows that were there from the first page on and have not moved, and are in the list.
    stayed: BTreeSet<String>,
    /// Slugs of rows whose place in the list changed: they may be met again.
    moved: BTreeSet<String>,
    met: BTreeMap<String, usize>,
    added: usize,
}

impl<'a> Walk<'a> {
    fn new(bench: &'a Bench, catalogue: Catalogue, question: &'a ProductQuestion) -> Self {
        let stayed = reference::products(&catalogue, question).into_iter().map(Item::slug).collect();
        Self { bench, question, catalogue, stayed, moved: BTreeSet::new(), met: BTreeMap::new(), added: 0 }
    }

    /// Gives how many writes there were.
    async fn check(mut self, deeds: &[Vec<Deed>]) -> Result<usize, TestCaseError> {
        let mut writes = 0;
        let mut cursor = None;
        let mut deeds = deeds.iter();
        for _ in 0..200 {
            let page = self.bench.marketplace.products(&self.question.listing(&self.catalogue, cursor)).await.unwrap();
            for row in &page.rows {
                *self.met.entry(row.product.slug.clone()).or_insert(0) += 1;
            }
            let edge = if self.question.backward { page.rows.first() } else { page.rows.last() };
            let Some(edge) = edge else { break };
            cursor = Some(page.cursor(edge));
            for deed in deeds.next().into_iter().flatten() {
                self.write(deed, &edge.product.slug).await;
                writes += 1;
            }
        }
        for slug in &self.stayed {
            let times = self.met.get(slug).copied().unwrap_or(0);
            prop_assert_eq!(times, 1, "{} was met {} times on {}", slug, times, self.bench.name);
        }
        for (slug, times) in &self.met {
            prop_assert!(
                *times == 1 || self.moved.contains(slug),
                "{} never moved but was met {} times on {}",
                slug,
                times,
                self.bench.name
            );
        }
        Ok(writes)
    }

    async fn write(&mut self, deed: &Deed, edge: &str) {
        match deed {
            Deed::Add { grower, category, name, price_minor, now_ms } => {
                let grower = grower.index(self.catalogue.growers.len());
                self.bench.now_ms.store(*now_ms, Ordering::Relaxed);
                self.added += 1;
                let slug = format!("new-{}", self.added);
                let producer_id = self.catalogue.growers[grower].id;
                self.upsert(draft(slug, name, CATEGORIES[*category].1, producer_id, *price_minor)).await;
            }
            Deed::Remove(_) | Deed::Describe(_) | Deed::Reprice(..) if self.catalogue.items.is_empty() => {}
            Deed::Remove(item) => {
                let slug = self.item(item).slug();
                self.remove(slug).await;
            }
            Deed::RemoveEdge => self.remove(edge.to_owned()).await,
            Deed::Describe(item) => {
                let item = self.item(item).clone();
                let text = draft_of(&self.catalogue, &item);
                self.overwrite(ProductDraft { description: "said anew".to_owned(), ..text }).await;
            }
            Deed::Reprice(item, name, price_minor) => {
                let item = self.item(item).clone();
                let text = draft_of(&self.catalogue, &item);
                self.forget(&item.slug());
                self.overwrite(ProductDraft { name: name.clone(), price_minor: *price_minor, ..text }).await;
            }
            Deed::Move(grower, place) => self.relocate(grower.index(self.catalogue.growers.len()), *place).await,
        }
    }

    fn item(&self, at: &Index) -> &Item {
        &self.catalogue.items[at.index(self.catalogue.items.len())]
    }

    /// Changes a product that is still there.
    async fn overwrite(&mut self, draft: ProductDraft) {
        if self.bench.marketplace.product_by_slug(&draft.slug).await.unwrap().is_some() {
            self.upsert(draft).await;
        }
    }

    async fn upsert(&self, draft: ProductDraft) {
        self.bench.marketplace.upsert_products(&[draft]).await.unwrap();
    }

    async fn remove(&mut self, slug: String) {
        self.stayed.remove(&slug);
        self.bench.marketplace.remove_products(&[slug]).await.unwrap();
    }

    async fn relocate(&mut self, at: usize, place: Place) {
        let grower = self.catalogue.growers[at].clone();
        let items: Vec<String> = self.catalogue.items.iter().filter(|item| item.grower == at).map(Item::slug).collect();
        let added: Vec<String> = (1..=self.added).map(|n| format!("new-{n}")).collect();
        for slug in items.iter().chain(&added) {
            self.forget(slug);
        }
        let moved: Vec<Producer> = self.bench.marketplace.upsert_producers(&[grower_draft(&grower, place)]).await.unwrap();
        assert_eq!(moved[0].id, grower.id);
    }

    fn forget(&mut self, slug: &str) {
        self.stayed.remove(slug);
        self.moved.insert(slug.to_owned());
    }
}

fn draft_of(catalogue: &Catalogue, item: &Item) -> ProductDraft {
    let draft = draft(item.slug(), &item.name, CATEGORIES[item.category].1, catalogue.grower(item).id, item.price_minor);
    ProductDraft { stock: None, ..draft }
}

fn draft(slug: String, name: &str, category: &str, producer_id: i64, price_minor: i64) -> ProductDraft {
    ProductDraft {
        slug,
        name: name.to_owned(),
        description: String::new(),
        category_slug: category.to_owned(),
        producer_id: Some(producer_id),
        price_minor,
        pack: Measure { value_thousandths: 500_000, unit: Unit::Gram },
        stock: Some(None),
        expected_version: None,
    }
}

fn grower_draft(grower: &Grower, place: Place) -> ProducerDraft {
    ProducerDraft {
        slug: grower.slug(),
        name: "Moved".to_owned(),
        kind: grower.kind,
        city: "Pune".to_owned(),
        pincode: "411001".to_owned(),
        place,
        delivery_radius_meters: grower.reach_meters,
    }
}
