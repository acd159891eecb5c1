//! The index against a filter, a score and a sort over everything; and against another index of the same rows that came
//! about in another way.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use super::fields::Entity;
use super::live::{LiveIndex, Rows};
use super::stamp::Stamp;
use super::{Counts, FacetField, Found, Hit, Order, Question, Stretch, Synonyms, Wanted, relevance_key, score_of};
use crate::domain::{Circle, Measure, Place, Producer, ProducerKind, Product, Unit, name_key};
use crate::storage::{Bounds, ProducerSelection, ProductSelection, Seek, SortKey};

const SYNONYMS: &str = "brinjal, baingan, eggplant\nokra, lady finger\npotato, aloo\nsweet potato, shakarkand";

/// Words that are nearly the same, in several spellings and scripts.
const WORDS: &[&str] = &[
    "milk",
    "milks",
    "mlik",
    "Milkshake",
    "milch",
    "doodh",
    "dudh",
    "दूध",
    "mango",
    "Mangoes",
    "mangosteen",
    "mungo",
    "brinjal",
    "baingan",
    "बैंगन",
    "eggplant",
    "okra",
    "lady",
    "finger",
    "sweet",
    "potato",
    "aloo",
    "आलू",
    "shakarkand",
    "a2",
    "gir",
    "Gir-Cow",
    "alphonso",
    "alphonsa",
    "alphnsoo",
    "a",
    "मिर्च",
    "🥭",
    "crème",
];

fn text(words: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    prop::collection::vec(select(WORDS), words).prop_map(|words| words.join(" "))
}

fn place() -> impl Strategy<Value = Place> {
    (18_500..18_530_i64, 73_850..73_870_i64).prop_map(|(lat_e3, lng_e3)| Place { lat_e3, lng_e3 })
}

prop_compose! {
    fn product()(
        (name, description) in (text(1..5), text(0..6)),
        (producer_id, category_id, kind, place) in (1..4_i64, 1..4_i64, select(&ProducerKind::ALL[..]), place()),
        price_minor in select(&[0, 4_500, 4_500, 6_400, 6_400, 99_999_i64][..]),
        stock in select(&[None, Some(0), Some(3), Some(40)][..]),
        created_at_ms in select(&[-1_000, 0, 1_000, 1_700_000_000_000_i64][..]),
        version in 1..4_i64,
    ) -> Product {
        Product {
            id: 0, slug: String::new(), producer_id, producer_kind: kind, category_id, name, description, price_minor,
            pack: Measure { value_thousandths: 1_000, unit: Unit::Piece }, stock, created_at_ms, updated_at_ms: 0, version, place,
        }
    }
}

/// Products with ids in no order.
fn products() -> impl Strategy<Value = Vec<Product>> {
    prop::collection::vec(product(), 0..50).prop_map(|mut products| {
        for (n, product) in (0_i64..).zip(&mut products) {
            product.id = n * 53 % 997 + 1;
        }
        products
    })
}

fn search() -> impl Strategy<Value = String> {
    let cut = (text(1..4), any::<Index>()).prop_map(|(text, at)| {
        let letters = text.chars().count();
        text.chars().take(1 + at.index(letters)).collect::<String>()
    });
    prop_oneof![text(1..4), cut].prop_filter("has a word", |text| text.chars().any(char::is_alphanumeric))
}

fn selection() -> impl Strategy<Value = ProductSelection> {
    let sometimes = |share| prop::option::weighted(share, subsequence(vec![1, 2, 3_i64], 1..3));
    let bounds = prop_oneof![
        4 => Just(Bounds::default()),
        1 => Just(Bounds { min: Some(4_500), max: Some(6_400) }),
        1 => Just(Bounds { min: Some(1), max: None }),
    ];
    let kinds = prop::option::weighted(0.2, Just(vec![ProducerKind::Farmer, ProducerKind::Fpo]));
    let near = prop::option::weighted(0.3, (place(), 300..2_500_i64));
    (sometimes(0.2), sometimes(0.2), kinds, bounds, prop::option::weighted(0.2, any::<bool>()), near).prop_map(
        |(category_ids, producer_ids, kinds, price, in_stock, near)| ProductSelection {
            category_ids,
            producer_ids,
            kinds,
            price,
            created: Bounds::default(),
            in_stock,
            near: near.map(|(center, radius_meters)| Circle { center, radius_meters }),
        },
    )
}

fn synonyms() -> Arc<Synonyms> {
    Arc::new(Synonyms::parse(SYNONYMS).unwrap())
}

fn stamp(synonyms: &Synonyms) -> Stamp {
    Stamp::new("test", synonyms, 1, 1)
}

/// All rows at once, in one segment.
fn made_at_once(products: &[Product]) -> LiveIndex {
    let synonyms = synonyms();
    let mut live = LiveIndex::create(None, stamp(&synonyms), &synonyms).unwrap();
    live.add(&Rows { products: products.to_vec(), ..Rows::default() }).unwrap();
    live.commit(stamp(&synonyms)).unwrap();
    live
}

/// The same rows in many commits: each as something else before, among others that went away, partly merged.
fn grown(products: &[Product]) -> LiveIndex {
    let synonyms = synonyms();
    let mut live = LiveIndex::create(None, stamp(&synonyms), &synonyms).unwrap();
    let mut commit = |rows: Rows| {
        live.replace(&rows).unwrap();
        live.commit(stamp(&synonyms)).unwrap();
    };
    let before = |product: &Product| Product { name: "milk mango okra".to_owned(), price_minor: 1, ..product.clone() };
    let gone = |product: &Product| Product { id: product.id + 100_000, ..product.clone() };
    for some in products.rchunks(7) {
        commit(Rows { products: some.iter().flat_map(|product| [before(product), gone(product)]).collect(), ..Rows::default() });
        let removed = some.iter().map(|product| (Entity::Product, product.id + 100_000)).collect();
        commit(Rows { products: some.iter().rev().cloned().collect(), removed, ..Rows::default() });
    }
    live
}

fn found(live: &LiveIndex, question: Option<&Question>) -> Found {
    Found::new(Arc::new(live.snapshot().unwrap()), question.cloned())
}

fn orders(near: Option<Circle>) -> Vec<Order> {
    let mut orders = vec![Order::Relevance, Order::Name, Order::Price, Order::CreatedAt];
    orders.extend(near.map(Order::Distance));
    orders
}

fn position(order: Order, product: &Product, score: i64) -> Seek {
    let key = match order {
        Order::Relevance => relevance_key(score),
        Order::Name => SortKey::Text(name_key(&product.name)),
        Order::Price => SortKey::Number(product.price_minor),
        Order::CreatedAt => SortKey::Number(product.created_at_ms),
        Order::Distance(circle) => SortKey::Number(circle.squared_distance(product.place)),
    };
    Seek { key, producer_id: product.producer_id, id: product.id, inclusive: false }
}

/// Every match in order: a score and a sort over everything.
fn reference(products: &[Product], question: &Question, selection: &ProductSelection, order: Order) -> Vec<Hit> {
    let synonyms = synonyms();
    let score = |product: &Product| score_of(question, &synonyms, &product.name, &product.description);
    let admitted = products.iter().filter(|product| selection.admits(product));
    let hit = |product: &Product| {
        let position = position(order, product, score(product)?);
        Some(Hit { id: product.id, version: product.version, position })
    };
    let mut hits: Vec<Hit> = admitted.filter_map(hit).collect();
    let by_distance = matches!(order, Order::Distance(_));
    hits.sort_by_key(|hit| {
        let (text, number) = match &hit.position.key {
            SortKey::Text(text) => (text.clone(), 0),
            SortKey::Number(number) => (String::new(), *number),
        };
        (text, number, if by_distance { hit.position.producer_id } else { 0 }, hit.id)
    });
    hits
}

fn facets_of(products: &[Product], question: &Question, selection: &ProductSelection) -> Counts {
    let synonyms = synonyms();
    let all_categories = ProductSelection { category_ids: None, ..selection.clone() };
    let mut counts = Counts::new();
    for product in products.iter().filter(|product| all_categories.admits(product)) {
        if score_of(question, &synonyms, &product.name, &product.description).is_some() {
            *counts.entry(product.category_id).or_default() += 1;
        }
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pages_counts_and_facets_are_those_of_a_plain_sort_however_the_index_came_about(
        products in products(),
        questions in prop::collection::vec((search(), selection(), any::<Index>(), 1..12_usize), 12),
    ) {
        let indexes = [made_at_once(&products), grown(&products)];
        for (text, selection, at, limit) in &questions {
            let question = Question::parse(text, &synonyms()).unwrap();
            let [one, other] = [0, 1].map(|at: usize| found(&indexes[at], Some(&question)));
            // Walked wherever a list can be walked.
            let walked = found(&indexes[1], Some(&question)).common_from(0);
            for order in orders(selection.near) {
                let mut expected = reference(&products, &question, selection, order);
                for descending in [false, true] {
                    if descending {
                        expected.reverse();
                    }
                    let from = at.index(expected.len() + 1);
                    let after = from.checked_sub(1).map(|before| expected[before].position.clone());
                    let stretch = Stretch { order, descending, after, limit: *limit };
                    let right: Vec<Hit> = expected[from..].iter().take(*limit).cloned().collect();
                    for found in [&one, &other, &walked] {
                        prop_assert_eq!(&found.hits(&Wanted::Products(selection), &stretch).unwrap(), &right, "{:?} {:?}", text, stretch);
                    }
                }
            }
            let count = reference(&products, &question, selection, Order::Price).len() as u64;
            let by_category = facets_of(&products, &question, selection);
            for found in [&one, &other] {
                prop_assert_eq!(found.count(&Wanted::Products(selection)).unwrap(), count);
                let facets = found.facets(selection, &[FacetField::Category], 5).unwrap();
                prop_assert_eq!(&facets[&FacetField::Category], &by_category);
            }
        }
    }
}

#[test]
fn a_position_between_names_is_found_in_both_directions() {
    let synonyms = synonyms();
    let product = |id, name: &str| {
        let mut product = Product {
            id,
            slug: String::new(),
            producer_id: 1,
            producer_kind: ProducerKind::Farmer,
            category_id: 1,
            name: String::new(),
            description: String::new(),
            price_minor: 1,
            pack: Measure { value_thousandths: 1, unit: Unit::Piece },
            stock: None,
            created_at_ms: 0,
            updated_at_ms: 0,
            version: 1,
            place: Place { lat_e3: 0, lng_e3: 0 },
        };
        name.clone_into(&mut product.name);
        product
    };
    let live = made_at_once(&[product(1, "milk a"), product(2, "milk c"), product(3, "milk e")]);
    let question = Question::parse("milk", &synonyms).unwrap();
    let ids = |name: &str, descending| {
        let after = Some(Seek { key: SortKey::Text(name.to_owned()), producer_id: 1, id: 2, inclusive: false });
        let stretch = Stretch { order: Order::Name, descending, after, limit: 9 };
        let hits = found(&live, Some(&question)).hits(&Wanted::Products(&ProductSelection::default()), &stretch).unwrap();
        hits.into_iter().map(|hit| hit.id).collect::<Vec<_>>()
    };
    assert_eq!((ids("milk b", false), ids("milk b", true)), (vec![2, 3], vec![1]));
    assert_eq!((ids("milk z", false), ids("milk z", true)), (vec![], vec![3, 2, 1]));
    assert_eq!((ids("a", false), ids("a", true)), (vec![1, 2, 3], vec![]));
}

#[test]
fn producers_are_found_by_name_and_city_and_no_product_is_among_them() {
    let synonyms = synonyms();
    let producer = |id, name: &str, city: &str| Producer {
        id,
        slug: String::new(),
        name: name.to_owned(),
        kind: ProducerKind::Doodhwala,
        city: city.to_owned(),
        pincode: String::new(),
        place: Place { lat_e3: 0, lng_e3: 0 },
        delivery_radius_meters: 0,
        created_at_ms: 0,
        version: 1,
    };
    let mut live = made_at_once(&[]);
    live.replace(&Rows {
        producers: vec![producer(1, "Ramesh Dairy", "Pune"), producer(2, "Pune Farms", "Nashik")],
        ..Rows::default()
    })
    .unwrap();
    live.commit(stamp(&synonyms)).unwrap();
    let question = Question::parse("pune", &synonyms).unwrap();
    let stretch = Stretch { order: Order::Relevance, descending: false, after: None, limit: 9 };
    let of = found(&live, Some(&question));
    let hits = of.hits(&Wanted::Producers(&ProducerSelection::default()), &stretch).unwrap();
    assert_eq!(hits.into_iter().map(|hit| hit.id).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(found(&live, Some(&question)).count(&Wanted::Products(&ProductSelection::default())).unwrap(), 0);
}
