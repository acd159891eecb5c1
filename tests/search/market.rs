//! Servers over one database, and the verbs of those who write and search.

use std::sync::LazyLock;
use std::time::Duration;

use farmlokal_testbed::{Server, ServerBuilder, wait_until};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const TOKEN: &str = "the-token-of-the-search-tests";
const PATIENCE: Duration = Duration::from_secs(60);
/// Products written at once.
const BATCH: usize = 50;

const UPSERT_CATEGORIES: &str =
    "mutation($input: UpsertCategoriesInput!) { payload: upsertCategories(input: $input) { userErrors { message } } }";
const UPSERT_PRODUCERS: &str = "mutation($input: UpsertProducersInput!) { payload: upsertProducers(input: $input) {
    producers { id slug } userErrors { message } } }";
const UPSERT_PRODUCTS: &str =
    "mutation($input: UpsertProductsInput!) { payload: upsertProducts(input: $input) { userErrors { message } } }";
const REMOVE_PRODUCTS: &str =
    "mutation($input: RemoveProductsInput!) { payload: removeProducts(input: $input) { removed userErrors { message } } }";

fn runtime() -> &'static Runtime {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
    &RUNTIME
}

/// A product as it is to be.
#[derive(Debug, Clone)]
pub(crate) struct Product {
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) category: String,
    pub(crate) description: String,
    pub(crate) price: u32,
    pub(crate) stock: Option<u32>,
}

impl Product {
    /// One of the category `food` for 10, of which there is plenty.
    pub(crate) fn named(slug: &str, name: &str) -> Self {
        let text = str::to_owned;
        Self {
            slug: text(slug),
            name: text(name),
            category: text("food"),
            description: String::new(),
            price: 10,
            stock: Some(50),
        }
    }
}

/// Servers, and somebody who calls them.
pub(crate) struct Market {
    pub(crate) servers: Vec<Server>,
    client: Client,
}

impl Market {
    /// So many servers with these settings over a database, each with its index beside the others'.
    pub(crate) fn open(database: &str, servers: usize, settings: &[(&str, &str)]) -> Self {
        let market = Self::started(database, servers, settings);
        market.is_ready();
        market
    }

    /// The same, while their indexes may still be made.
    pub(crate) fn started(database: &str, servers: usize, settings: &[(&str, &str)]) -> Self {
        let start = || settings.iter().fold(program(database), |server, (name, value)| server.env(name, *value)).start();
        let client = Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        Self { servers: (0..servers).map(|_| start()).collect(), client }
    }

    /// Waits until every server can be searched.
    pub(crate) fn is_ready(&self) {
        for server in 0..self.servers.len() {
            wait_until("the index is made", PATIENCE, || self.ready(server)["checks"]["search"]["status"] == "ok");
        }
    }

    /// What a server says of its parts.
    pub(crate) fn ready(&self, server: usize) -> Value {
        serde_json::from_str(&self.get(server, "/readyz").1).unwrap()
    }

    /// Status and body of a path.
    pub(crate) fn get(&self, server: usize, path: &str) -> (u16, String) {
        let url = format!("{}{path}", self.servers[server].base_url());
        runtime().block_on(async {
            let response = self.client.get(url).send().await.unwrap();
            (response.status().as_u16(), response.text().await.unwrap())
        })
    }

    /// The answer to a document.
    pub(crate) fn ask(&self, server: usize, document: &str, variables: &Value) -> Value {
        let request = self.client.post(format!("{}/graphql", self.servers[server].base_url()));
        let request = request.bearer_auth(TOKEN).json(&json!({ "query": document, "variables": variables }));
        runtime().block_on(async { request.send().await.unwrap().json().await.unwrap() })
    }

    /// Opens the categories, and a producer for them; gives its id.
    pub(crate) fn settle(&self, categories: &[&str]) -> String {
        let categories: Vec<Value> = categories.iter().map(|slug| json!({ "slug": slug, "name": slug })).collect();
        self.succeeds(0, UPSERT_CATEGORIES, &json!({ "categories": categories }));
        self.producer("asha", "Asha Farm", (18.52, 73.856))
    }

    /// Writes a producer at a place; gives its id.
    pub(crate) fn producer(&self, slug: &str, name: &str, (latitude, longitude): (f64, f64)) -> String {
        let location = json!({ "latitude": latitude, "longitude": longitude });
        let producer =
            json!({ "slug": slug, "name": name, "kind": "FARMER", "city": "Pune", "pincode": "411001", "location": location });
        let told = self.succeeds(0, UPSERT_PRODUCERS, &json!({ "producers": [producer] }));
        told["producers"][0]["id"].as_str().unwrap().to_owned()
    }

    /// Writes products of a producer through one server.
    pub(crate) fn put(&self, server: usize, producer: &str, products: &[Product]) {
        for some in products.chunks(BATCH) {
            let inputs: Vec<Value> = some.iter().map(|product| input(product, producer)).collect();
            self.succeeds(server, UPSERT_PRODUCTS, &json!({ "products": inputs }));
        }
    }

    /// Removes products through one server.
    pub(crate) fn remove(&self, server: usize, slugs: &[&str]) {
        self.succeeds(server, REMOVE_PRODUCTS, &json!({ "slugs": slugs }));
    }

    /// Slugs of the best matches, at most so many.
    pub(crate) fn search(&self, server: usize, text: &str, first: usize) -> Vec<String> {
        let document = "query($text: String!, $first: Int!) { products(search: $text, first: $first) { nodes { slug } } }";
        let answer = self.ask(server, document, &json!({ "text": text, "first": first }));
        slugs(&answer["data"]["products"])
    }

    /// Waits until a server finds exactly these.
    pub(crate) fn finds(&self, server: usize, text: &str, expected: &[&str]) {
        wait_until("it is found", PATIENCE, || self.search(server, text, 20) == expected);
    }

    fn succeeds(&self, server: usize, document: &str, input: &Value) -> Value {
        let mut told = self.ask(server, document, &json!({ "input": input }));
        assert_eq!(told["data"]["payload"]["userErrors"], json!([]), "{told}");
        told["data"]["payload"].take()
    }
}

fn input(product: &Product, producer: &str) -> Value {
    json!({
        "slug": product.slug, "name": product.name, "category": product.category, "description": product.description,
        "producerId": producer, "price": { "amount": product.price.to_string() }, "pack": { "value": "1", "unit": "KILOGRAM" },
        "stockQuantity": product.stock,
    })
}

/// Slugs of the nodes of a connection.
pub(crate) fn slugs(connection: &Value) -> Vec<String> {
    let nodes = connection["nodes"].as_array().unwrap_or_else(|| panic!("{connection}"));
    nodes.iter().map(|node| node["slug"].as_str().unwrap().to_owned()).collect()
}

/// The program, told where its database is.
pub(crate) fn program(database: &str) -> ServerBuilder {
    Server::builder(env!("CARGO_BIN_EXE_farmlokal"))
        .env("DATABASE_URL", database)
        .env("FARMLOKAL_DEV_TOKEN", TOKEN)
        .env("FARMLOKAL_LOG", "warn")
}
