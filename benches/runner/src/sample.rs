//! A random sample of a catalogue, kept in memory: what to filter by, and where a random page begins.

use anyhow::Context as _;
use fastrand::Rng;

use crate::cursor::{Key, Position};
use crate::queries::Queries;

/// Products in the sample, at most.
const PRODUCTS: u64 = 20_000;
/// Producers whose products are all in the sample, for lists of one producer.
const WHOLE_PRODUCERS: usize = 20;
/// Ids in one statement.
const CHUNK: usize = 1_000;
/// Weight of a squared latitude difference in the stored distances.
const LATITUDE_WEIGHT: f64 = 1e6;

/// What a product is filtered and sorted by.
#[derive(Debug, Clone)]
pub(crate) struct Product {
    pub(crate) id: i64,
    pub(crate) producer_id: i64,
    pub(crate) category_id: i64,
    pub(crate) producer_kind: i64,
    pub(crate) in_stock: bool,
    pub(crate) price_minor: i64,
    pub(crate) created_at_ms: i64,
    pub(crate) lat_e3: i64,
    pub(crate) lng_e3: i64,
    pub(crate) slug: String,
    pub(crate) name_key: String,
}

/// A sample.
#[derive(Debug)]
pub(crate) struct Sample {
    /// Random products.
    pub(crate) products: Vec<Product>,
    /// All products of some producers.
    pub(crate) of_producers: Vec<Product>,
    /// Id and slug of each category.
    pub(crate) categories: Vec<(i64, String)>,
    /// Positions in the list of producers by name.
    pub(crate) producers: Vec<Position>,
    /// Prices that a fifth and four fifths of the products do not exceed, in minor units.
    pub(crate) wide_prices: (i64, i64),
}

impl Sample {
    /// Reads one.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn read(database: &Queries, rows: u64, random: &mut Rng) -> anyhow::Result<Self> {
        let ids: Vec<i64> = (0..rows.min(PRODUCTS)).map(|_| random.i64(1..=i64::try_from(rows).unwrap_or(i64::MAX))).collect();
        let mut products = Vec::new();
        for chunk in ids.chunks(CHUNK) {
            products.extend(products_where(database, "id", chunk).await?);
        }
        let mut producer_ids: Vec<i64> = products.iter().take(WHOLE_PRODUCERS).map(|product| product.producer_id).collect();
        producer_ids.sort_unstable();
        producer_ids.dedup();
        let of_producers = products_where(database, "producer_id", &producer_ids).await?;
        let mut prices: Vec<i64> = products.iter().map(|product| product.price_minor).collect();
        prices.sort_unstable();
        let price_at = |fifths: usize| prices.get(prices.len() * fifths / 5).copied().context("an empty catalogue");
        let wide_prices = (price_at(1)?, price_at(4)?);
        Ok(Self {
            products,
            of_producers,
            categories: categories(database).await?,
            producers: producers(database).await?,
            wide_prices,
        })
    }

    /// A random product.
    ///
    /// # Errors
    /// When the catalogue is empty.
    pub(crate) fn product(&self, random: &mut Rng) -> anyhow::Result<&Product> {
        random.choice(&self.products).context("an empty catalogue")
    }
}

impl Product {
    /// The weighted squared distance from a place, as the server sorts by it.
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "differences of coordinates on the globe")]
    pub(crate) fn squared_distance(&self, (lat_e3, lng_e3): (i64, i64)) -> i64 {
        let cos = (lat_e3 as f64 / 1_000.0).to_radians().cos();
        let longitude_weight = (cos * cos * LATITUDE_WEIGHT).round() as i64;
        let (lat, lng) = (self.lat_e3 - lat_e3, self.lng_e3 - lng_e3);
        lat * lat * LATITUDE_WEIGHT as i64 + lng * lng * longitude_weight
    }

    /// Where it stands in a list with this sort key.
    pub(crate) fn position(&self, key: Key) -> Position {
        Position { key, producer_id: self.producer_id, id: self.id }
    }
}

async fn products_where(database: &Queries, column: &str, ids: &[i64]) -> anyhow::Result<Vec<Product>> {
    let list: Vec<String> = ids.iter().map(i64::to_string).collect();
    let sql = format!(
        "SELECT concat_ws('|', id, producer_id, category_id, producer_kind, in_stock, price_minor, created_at_ms, lat_e3, lng_e3, \
         slug, name_key) FROM products WHERE {column} IN ({})",
        list.join(", ")
    );
    database.texts(&sql).await?.iter().map(|row| product(row)).collect()
}

fn product(row: &str) -> anyhow::Result<Product> {
    let mut values = row.splitn(11, '|');
    let mut text = || values.next().context("a row of the sample is short");
    let mut number = || -> anyhow::Result<i64> { Ok(text()?.parse()?) };
    Ok(Product {
        id: number()?,
        producer_id: number()?,
        category_id: number()?,
        producer_kind: number()?,
        in_stock: number()? == 1,
        price_minor: number()?,
        created_at_ms: number()?,
        lat_e3: number()?,
        lng_e3: number()?,
        slug: text()?.to_owned(),
        name_key: text()?.to_owned(),
    })
}

async fn categories(database: &Queries) -> anyhow::Result<Vec<(i64, String)>> {
    let rows = database.texts("SELECT concat_ws('|', id, slug) FROM categories").await?;
    let pair = |row: &String| -> anyhow::Result<(i64, String)> {
        let (id, slug) = row.split_once('|').context("a category of the sample is short")?;
        Ok((id.parse()?, slug.to_owned()))
    };
    rows.iter().map(pair).collect()
}

async fn producers(database: &Queries) -> anyhow::Result<Vec<Position>> {
    let rows = database.texts("SELECT concat_ws('|', id, name_key) FROM producers WHERE id % 7 = 0").await?;
    let position = |row: &String| -> anyhow::Result<Position> {
        let (id, key) = row.split_once('|').context("a producer of the sample is short")?;
        let id = id.parse()?;
        Ok(Position { key: Key::Text(key.to_owned()), producer_id: id, id })
    };
    rows.iter().map(position).collect()
}
