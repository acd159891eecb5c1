//! What a catalogue promises: the same rows for ever, all of them valid, in realistic shares.

use std::collections::{HashMap, HashSet};

use farmlokal_seed::{Catalogue, Category, NEWEST_AT_MS, Producer, ProducerKind, Product};

const NUMBER: u64 = 1;
const PRODUCTS: u64 = 10_000;
const TWO_YEARS_MS: i64 = 730 * 86_400_000;

fn catalogue() -> Catalogue {
    Catalogue::new(NUMBER, PRODUCTS)
}

fn products(catalogue: &Catalogue) -> impl Iterator<Item = Product> + '_ {
    (1..=catalogue.product_count()).map(|id| catalogue.product(id))
}

fn producers(catalogue: &Catalogue) -> impl Iterator<Item = Producer> + '_ {
    (1..=catalogue.producer_count()).map(|id| catalogue.producer(id))
}

/// FNV-1a over the columns of rows; not over what `Debug` prints, which changes with the compiler's Unicode tables.
fn checksum(rows: impl Iterator<Item = String>) -> u64 {
    let bytes = rows.flat_map(String::into_bytes);
    bytes.fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn product_columns(row: &Product) -> String {
    let Product { id, slug, producer_id, category_id, name, description, price_minor, pack_unit, .. } = row;
    let pack = row.pack_value_thousandths;
    let rest = format!("{:?}|{}|{}", row.stock, row.created_at_ms, row.updated_at_ms);
    format!("{id}|{slug}|{producer_id}|{category_id}|{name}|{description}|{price_minor}|{pack}|{pack_unit:?}|{rest}\n")
}

fn producer_columns(row: &Producer) -> String {
    let Producer { id, slug, name, kind, city, pincode, lat_e5, lng_e5, .. } = row;
    let rest = format!("{}|{}", row.delivery_radius_meters, row.created_at_ms);
    format!("{id}|{slug}|{name}|{kind:?}|{city}|{pincode}|{lat_e5}|{lng_e5}|{rest}\n")
}

fn category_columns(row: &Category) -> String {
    format!("{}|{}|{}|{}|{}\n", row.id, row.slug, row.name, row.position, row.created_at_ms)
}

fn is_slug(text: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    text.len() <= 64 && text.split('-').all(word)
}

fn has_devanagari(text: &str) -> bool {
    text.chars().any(|character| ('\u{900}'..='\u{97f}').contains(&character))
}

/// How many of `all` pass, in thousandths.
fn per_mille<T>(all: &[T], passes: impl Fn(&T) -> bool) -> usize {
    all.iter().filter(|row| passes(row)).count() * 1000 / all.len()
}

/// Any change of a row changes these numbers: then every installation that was seeded before differs from new ones.
#[test]
fn rows_stay_the_same_for_ever() {
    let catalogue = catalogue();
    assert_eq!(checksum(products(&catalogue).map(|row| product_columns(&row))), 0x4dcd_5f82_5c09_ae0e);
    assert_eq!(checksum(producers(&catalogue).map(|row| producer_columns(&row))), 0xfe3b_7317_f4b8_eae8);
    assert_eq!(checksum(catalogue.categories().iter().map(category_columns)), 0x8d0d_5085_bc96_f3a7);
}

#[test]
fn another_number_gives_other_rows() {
    let other = Catalogue::new(NUMBER + 1, PRODUCTS);
    let same = products(&catalogue()).zip(products(&other)).filter(|(one, two)| one.name == two.name).count();
    assert!(same < 400, "{same} names are the same");
}

#[test]
fn rows_do_not_depend_on_the_order_they_are_asked_for() {
    let catalogue = catalogue();
    let forwards: Vec<Product> = products(&catalogue).collect();
    let mut row = Product::default();
    for id in (1..=PRODUCTS).rev() {
        catalogue.product_into(id, &mut row);
        assert_eq!(row, forwards[id as usize - 1]);
    }
}

#[test]
fn a_larger_catalogue_of_the_same_number_goes_on_where_the_smaller_ends() {
    let (small, large) = (Catalogue::new(NUMBER, 1_000), Catalogue::new(NUMBER, 1_000_000));
    for (one, two) in products(&small).zip(products(&large)) {
        assert_eq!((one.slug, one.description, one.price_minor), (two.slug, two.description, two.price_minor));
    }
}

#[test]
fn an_empty_catalogue_has_categories_only() {
    let empty = Catalogue::new(NUMBER, 0);
    assert_eq!((empty.product_count(), empty.producer_count()), (0, 0));
    assert_eq!(empty.categories().len(), 12);
    assert_eq!(Catalogue::new(NUMBER, 1).producer_count(), 12);
    assert_eq!(Catalogue::new(NUMBER, 10_000_000).producer_count(), 200_000);
}

#[test]
fn small_catalogues_refer_to_producers_they_have() {
    for size in [1, 2, 12, 599, 600, 601, 5_050] {
        let catalogue = Catalogue::new(NUMBER, size);
        for product in products(&catalogue) {
            assert!((1..=catalogue.producer_count() as i64).contains(&product.producer_id), "{product:?}");
        }
    }
}

#[test]
fn every_product_is_valid() {
    let catalogue = catalogue();
    let mut slugs = HashSet::new();
    for product in products(&catalogue) {
        assert!(is_slug(&product.slug), "{product:?}");
        assert!(product.slug.ends_with(&format!("-{}", product.id)), "{product:?}");
        assert!((1..=160).contains(&product.name.chars().count()), "{product:?}");
        assert!((1..=4000).contains(&product.description.chars().count()), "{product:?}");
        for text in [&product.name, &product.description] {
            assert!(!text.contains("  ") && text.trim() == text, "{product:?}");
        }
        assert!((100..=10_000_000).contains(&product.price_minor), "{product:?}");
        assert!(product.price_minor % 50 == 0, "{product:?}");
        assert!(product.pack_value_thousandths > 0, "{product:?}");
        assert!(product.stock.is_none_or(|stock| stock >= 0), "{product:?}");
        assert!((NEWEST_AT_MS - TWO_YEARS_MS..NEWEST_AT_MS).contains(&product.created_at_ms), "{product:?}");
        assert!((product.created_at_ms..NEWEST_AT_MS).contains(&product.updated_at_ms), "{product:?}");
        assert!(slugs.insert(product.slug), "a slug comes twice");
    }
}

#[test]
fn every_producer_is_valid() {
    let catalogue = Catalogue::new(NUMBER, 1_000_000);
    let mut slugs = HashSet::new();
    for producer in producers(&catalogue) {
        assert!(is_slug(&producer.slug), "{producer:?}");
        assert!((1..=160).contains(&producer.name.chars().count()), "{producer:?}");
        assert!((1..=60).contains(&producer.city.len()), "{producer:?}");
        assert!(producer.pincode.len() == 6 && !producer.pincode.starts_with(['0', '9']), "{producer:?}");
        assert!(producer.pincode.bytes().all(|byte| byte.is_ascii_digit()), "{producer:?}");
        assert!((800_000..3_300_000).contains(&producer.lat_e5) && producer.lat_e5 % 100 == 0, "{producer:?}");
        assert!((7_000_000..8_950_000).contains(&producer.lng_e5) && producer.lng_e5 % 100 == 0, "{producer:?}");
        assert!((2_000..=50_000).contains(&producer.delivery_radius_meters), "{producer:?}");
        assert!(producer.created_at_ms < NEWEST_AT_MS - TWO_YEARS_MS, "{producer:?}");
        assert!(slugs.insert(producer.slug), "a slug comes twice");
    }
}

#[test]
fn producers_stand_around_24_cities() {
    let catalogue = Catalogue::new(NUMBER, 1_000_000);
    let mut latitudes: HashMap<&str, Vec<i64>> = HashMap::new();
    for producer in producers(&catalogue) {
        latitudes.entry(producer.city).or_default().push(producer.lat_e5);
    }
    assert_eq!(latitudes.len(), 24);
    for (city, latitudes) in latitudes {
        let mean = latitudes.iter().sum::<i64>() / latitudes.len() as i64;
        // 20,000 of 1e-5 degrees are 22 km: 95 % of the near 70 %, 43 % of the others.
        let near = per_mille(&latitudes, |latitude| (latitude - mean).abs() < 20_000);
        assert!((740..850).contains(&near), "{city}: {near}");
    }
}

#[test]
fn kinds_sell_what_fits_them() {
    let catalogue = catalogue();
    let slugs: HashMap<i64, String> = catalogue.categories().into_iter().map(|row| (row.id, row.slug)).collect();
    let mut sold: HashMap<ProducerKind, Vec<i64>> = HashMap::new();
    for product in products(&catalogue) {
        let kind = catalogue.producer(product.producer_id as u64).kind;
        assert!(kind.sells(product.category_id), "{kind:?}: {product:?}");
        sold.entry(kind).or_default().push(product.category_id);
    }
    for kind in ProducerKind::ALL {
        assert!(sold[&kind].len() >= 800, "{kind:?} sells {} products", sold[&kind].len());
    }
    for category in &sold[&ProducerKind::Doodhwala] {
        assert!(["milk", "dairy"].contains(&slugs[category].as_str()));
    }
    for category in &sold[&ProducerKind::SmallProducer] {
        assert!(!["milk", "vegetables", "fruit", "eggs"].contains(&slugs[category].as_str()));
    }
    assert!(sold[&ProducerKind::Fpo].iter().collect::<HashSet<_>>().len() >= 10);
    assert!(!ProducerKind::Farmer.sells(0) && !ProducerKind::Farmer.sells(13));
}

#[test]
fn categories_are_skewed_from_24_to_2_percent() {
    let catalogue = catalogue();
    let rows: Vec<Product> = products(&catalogue).collect();
    let shares: HashMap<String, usize> = catalogue
        .categories()
        .into_iter()
        .map(|category| (category.slug, per_mille(&rows, |row| row.category_id == category.id)))
        .collect();
    assert!((225..255).contains(&shares["vegetables"]), "{shares:?}");
    assert!((135..165).contains(&shares["fruit"]), "{shares:?}");
    assert!((85..115).contains(&shares["milk"]), "{shares:?}");
    assert!((15..25).contains(&shares["eggs"]), "{shares:?}");
    assert!(shares.keys().all(|slug| is_slug(slug)), "{shares:?}");
}

#[test]
fn popular_producers_sell_more_but_everyone_sells_something() {
    let catalogue = Catalogue::new(NUMBER, 200_000);
    let mut sold = vec![0; catalogue.producer_count() as usize];
    let mut row = Product::default();
    for id in 1..=catalogue.product_count() {
        catalogue.product_into(id, &mut row);
        sold[row.producer_id as usize - 1] += 1;
    }
    assert!(sold.iter().max().is_some_and(|most| (400..=650).contains(most)), "{:?}", sold.iter().max());
    let idle = sold.iter().filter(|count| **count == 0).count();
    assert!(idle < 10, "{idle} of {} producers sell nothing", sold.len());
}

#[test]
fn a_third_of_the_rows_holds_hindi_and_a_third_is_fresh() {
    let rows: Vec<Product> = products(&catalogue()).collect();
    let hindi = per_mille(&rows, |row| has_devanagari(&row.name) || has_devanagari(&row.description));
    assert!((330..370).contains(&hindi), "{hindi}");
    let word = |row: &Product| {
        let text = format!("{} {}", row.name, row.description).to_lowercase();
        text.split(|character: char| !character.is_alphanumeric()).any(|word| word == "fresh")
    };
    let fresh = per_mille(&rows, word);
    assert!((280..320).contains(&fresh), "{fresh}");
}

#[test]
fn prices_tie_and_follow_the_item() {
    let rows: Vec<Product> = products(&catalogue()).collect();
    let mut ties: HashMap<i64, usize> = HashMap::new();
    for row in &rows {
        *ties.entry(row.price_minor).or_default() += 1;
    }
    assert!(ties.values().max().is_some_and(|most| *most >= 50), "{:?}", ties.values().max());
    assert!(ties.len() < 2_500, "{} different prices", ties.len());
    assert!(per_mille(&rows, |row| row.price_minor % 100 == 0) > 900);
    let mean = |word: &str| {
        let prices: Vec<i64> = rows.iter().filter(|row| row.slug.contains(word)).map(|row| row.price_minor).collect();
        prices.iter().sum::<i64>() / prices.len() as i64
    };
    assert!(mean("almond-oil") > mean("potato") && mean("ghee") > mean("curd"));
}

#[test]
fn stock_is_tracked_by_most_and_empty_for_some() {
    let rows: Vec<Product> = products(&catalogue()).collect();
    assert!((85..115).contains(&per_mille(&rows, |row| row.stock.is_none())));
    assert!((105..135).contains(&per_mille(&rows, |row| row.stock == Some(0))));
    assert!((65..95).contains(&per_mille(&rows, |row| row.stock.is_some_and(|stock| (1..=5).contains(&stock)))));
}

#[test]
fn descriptions_have_about_twenty_words() {
    let words: usize = products(&catalogue()).map(|row| row.description.split_whitespace().count()).sum();
    assert!((18..=26).contains(&(words / PRODUCTS as usize)), "{}", words / PRODUCTS as usize);
}

#[test]
fn creation_times_have_nothing_to_do_with_ids() {
    let rows: Vec<Product> = products(&catalogue()).collect();
    let (first, second) = rows.split_at(rows.len() / 2);
    let early = |rows: &[Product]| per_mille(rows, |row| row.created_at_ms < NEWEST_AT_MS - TWO_YEARS_MS / 2);
    assert!((470..530).contains(&early(first)) && (470..530).contains(&early(second)));
}
