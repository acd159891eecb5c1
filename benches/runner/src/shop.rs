//! A shop as its visitors see it: lists by category and order, pages of single products, and what is written into it.

use std::net::SocketAddr;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fleet::AUTHORIZATION;
use crate::graphql::amount;
use crate::question::Question;
use crate::wire::Wire;

/// A list with what it shows, and what tells how old it is.
const LIST: &str = "query List($first: Int, $after: Cursor, $filter: ProductFilter, $sort: ProductSort) { \
     products(first: $first, after: $after, filter: $filter, sort: $sort) { \
     nodes { id slug name price { minorUnits amount currency } stockStatus stockQuantity version } pageInfo { endCursor } } }";
/// One product, in the same way.
const ITEM: &str = "query Item($slug: String!) { product(by: { slug: $slug }) { \
     id slug name description price { minorUnits amount currency } stockStatus stockQuantity version producer { name city } } }";
/// A list with all that is needed to write its products again.
const STOCK_TAKING: &str = "query StockTaking($first: Int, $after: Cursor, $filter: ProductFilter) { \
     products(first: $first, after: $after, filter: $filter) { \
     nodes { id slug name description price { minorUnits } pack { value unit } stockQuantity version category { slug } producer { id } } \
     pageInfo { endCursor } } }";
const CATEGORIES: &str = "query Categories { categories { slug } }";
const UPSERT: &str = "mutation Upsert($input: UpsertProductsInput!) { upsertProducts(input: $input) { \
     products { slug price { minorUnits } stockQuantity version } userErrors { code message } } }";
const ADJUST: &str = "mutation Adjust($input: AdjustStockInput!) { adjustStock(input: $input) { \
     product { slug price { minorUnits } stockQuantity version } userErrors { code message } } }";

/// Products on a page.
pub(crate) const PAGE: usize = 20;
const LARGE_PAGE: usize = 100;
/// Orders of a list in which a shop offers it: none is newest first.
const ORDERS: [Option<(&str, &str)>; 5] =
    [None, Some(("PRICE", "ASC")), Some(("PRICE", "DESC")), Some(("NAME", "ASC")), Some(("NAME", "DESC"))];

/// A product with all that is needed to write it again.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Goods {
    pub(crate) id: String,
    pub(crate) slug: String,
    name: String,
    description: String,
    pub(crate) price: Price,
    pack: Value,
    pub(crate) stock_quantity: Option<i64>,
    category: Value,
    producer: Value,
}

/// What tells how old an answer is.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown {
    pub(crate) slug: String,
    pub(crate) price: Price,
    pub(crate) stock_quantity: Option<i64>,
    /// A number as text.
    version: String,
}

/// A price.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Price {
    /// A number as text.
    minor_units: String,
}

/// A shop.
#[derive(Debug, Clone)]
pub(crate) struct Shop {
    /// Slugs of its categories.
    pub(crate) categories: Vec<String>,
    /// Some newest products of each category, by category.
    pub(crate) shelves: Vec<Vec<Goods>>,
}

impl Shop {
    /// Reads the newest `per_category` products of each category.
    ///
    /// # Errors
    /// When the server refuses.
    pub(crate) async fn read(address: SocketAddr, per_category: usize) -> anyhow::Result<Self> {
        let mut wire = Wire::open(address).await?;
        let answer = data(&mut wire, &Question::new(CATEGORIES, "Categories", json!({})).post()).await?;
        let categories = answer["categories"].as_array().context("no categories")?;
        let categories: Vec<String> =
            categories.iter().filter_map(|category| category["slug"].as_str().map(str::to_owned)).collect();
        let mut shelves = Vec::with_capacity(categories.len());
        for category in &categories {
            shelves.push(shelf(&mut wire, category, per_category).await?);
        }
        ensure!(shelves.iter().any(|shelf| !shelf.is_empty()), "an empty shop");
        Ok(Self { categories, shelves })
    }

    /// The page of a product.
    pub(crate) fn item(goods: &Goods) -> Question {
        Question::new(ITEM, "Item", json!({ "slug": goods.slug }))
    }

    /// The newest products of everything.
    pub(crate) fn home() -> Question {
        Question::new(LIST, "List", json!({ "first": PAGE }))
    }

    /// The newest products of a category.
    pub(crate) fn newest(&self, category: usize) -> Question {
        Question::new(LIST, "List", list(self.categories.get(category), None))
    }

    /// Something that nobody has asked before, if `number` is a new one: a list of prices from there on.
    pub(crate) fn unheard_of(&self, number: usize) -> Question {
        let mut variables = list(self.categories.get(number % self.categories.len().max(1)), ORDERS[1]);
        variables["filter"]["price"] = json!({ "max": amount(1_000_000 + i64::try_from(number).unwrap_or_default()) });
        Question::new(LIST, "List", variables)
    }

    /// The first `pages` pages of each category in each order.
    ///
    /// # Errors
    /// When the server refuses.
    pub(crate) async fn lists(&self, address: SocketAddr, pages: usize) -> anyhow::Result<Vec<Question>> {
        let mut wire = Wire::open(address).await?;
        let mut lists = Vec::new();
        for category in &self.categories {
            for order in ORDERS {
                let mut variables = list(Some(category), order);
                for page in 0..pages {
                    let question = Question::new(LIST, "List", variables.clone());
                    lists.push(question.clone());
                    if page + 1 < pages {
                        let answer = data(&mut wire, &question.post()).await?;
                        variables["after"] = answer["products"]["pageInfo"]["endCursor"].clone();
                    }
                }
            }
        }
        Ok(lists)
    }
}

fn list(category: Option<&String>, order: Option<(&str, &str)>) -> Value {
    let mut variables = json!({ "first": PAGE });
    if let Some(category) = category {
        variables["filter"] = json!({ "category": [category] });
    }
    if let Some((field, direction)) = order {
        variables["sort"] = json!({ "field": field, "direction": direction });
    }
    variables
}

async fn shelf(wire: &mut Wire, category: &str, count: usize) -> anyhow::Result<Vec<Goods>> {
    let mut shelf = Vec::with_capacity(count);
    let mut variables = json!({ "filter": { "category": [category] } });
    while shelf.len() < count {
        variables["first"] = (count - shelf.len()).min(LARGE_PAGE).into();
        let mut answer = data(wire, &Question::new(STOCK_TAKING, "StockTaking", variables.clone()).post()).await?;
        let page: Vec<Goods> = serde_json::from_value(answer["products"]["nodes"].take()).context("products")?;
        if page.is_empty() {
            break;
        }
        shelf.extend(page);
        variables["after"] = answer["products"]["pageInfo"]["endCursor"].take();
    }
    Ok(shelf)
}

async fn data(wire: &mut Wire, request: &Bytes) -> anyhow::Result<Value> {
    let answer = wire.exchange(request).await?;
    answer.require_data()?;
    let mut answer: Value = serde_json::from_slice(answer.body)?;
    Ok(answer["data"].take())
}

impl Goods {
    /// Writes it again, at another price.
    pub(crate) fn at_price(&self, minor: i64) -> Bytes {
        self.changed(&json!({ "price": { "amount": amount(minor) } }))
    }

    /// Writes it again with other members.
    pub(crate) fn changed(&self, members: &Value) -> Bytes {
        let mut product = json!({
            "slug": self.slug, "name": self.name, "description": self.description, "category": self.category["slug"],
            "producerId": self.producer["id"], "price": { "amount": amount(self.price.minor()) }, "pack": self.pack,
        });
        for (name, value) in members.as_object().into_iter().flatten() {
            product[name] = value.clone();
        }
        Question::new(UPSERT, "Upsert", json!({ "input": { "products": [product] } })).post_with(&[AUTHORIZATION])
    }

    /// What people read.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Puts so many packs in; `key` must be another one each time.
    pub(crate) fn restocked(&self, delta: i64, key: &str) -> Bytes {
        let input = json!({ "productId": self.id, "delta": delta, "idempotencyKey": key });
        Question::new(ADJUST, "Adjust", json!({ "input": input })).post_with(&[AUTHORIZATION])
    }
}

impl Price {
    /// In minor units.
    pub(crate) fn minor(&self) -> i64 {
        self.minor_units.parse().unwrap_or(-1)
    }
}

impl Shown {
    /// Grows with every change.
    pub(crate) fn version(&self) -> i64 {
        self.version.parse().unwrap_or(-1)
    }

    /// What a page (a list, or a product's own) shows.
    ///
    /// # Errors
    /// When it is neither.
    pub(crate) fn on_page(body: &[u8]) -> anyhow::Result<Vec<Self>> {
        let page: Page = serde_json::from_slice(body).context("a page")?;
        Ok(page.data.products.map(|list| list.nodes).into_iter().flatten().chain(page.data.product).collect())
    }

    /// What a write made; `None` when it was refused.
    ///
    /// # Errors
    /// When it is no answer to a write.
    pub(crate) fn written(body: &[u8]) -> anyhow::Result<Option<Self>> {
        let mut answer: Value = serde_json::from_slice(body).context("the answer to a write")?;
        let data = &mut answer["data"];
        let product = match data["upsertProducts"].is_object() {
            true => data["upsertProducts"]["products"][0].take(),
            false => data["adjustStock"]["product"].take(),
        };
        Ok(serde_json::from_value(product)?)
    }
}

#[derive(Deserialize)]
struct Page {
    data: PageData,
}

#[derive(Deserialize)]
struct PageData {
    products: Option<List>,
    product: Option<Shown>,
}

#[derive(Deserialize)]
struct List {
    nodes: Vec<Shown>,
}
