//! A small shop: two producers far from each other, two categories, four products.

use serde_json::{Value, json};

use crate::fleet::{Fleet, TOKEN};

/// A latitude and a longitude.
pub(crate) type Place = (f64, f64);

pub(crate) const PUNE: Place = (18.52, 73.856);
pub(crate) const MUMBAI: Place = (19.076, 72.877);

/// A product as it is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Product {
    pub(crate) slug: &'static str,
    pub(crate) name: &'static str,
    pub(crate) category: &'static str,
    pub(crate) producer: &'static str,
    pub(crate) price: u32,
    pub(crate) stock: u32,
}

pub(crate) const MILK: Product =
    Product { slug: "milk", name: "Cow milk", category: "dairy", producer: "gopal", price: 64, stock: 20 };
pub(crate) const BUFFALO: Product = Product { slug: "buffalo", name: "Buffalo milk", price: 80, ..MILK };
pub(crate) const CARROT: Product =
    Product { slug: "carrot", name: "Carrot", category: "vegetables", producer: "ravi", price: 30, stock: 20 };
pub(crate) const AMARANTH: Product = Product { slug: "amaranth", name: "Amaranth", price: 20, ..CARROT };

const UPSERT_CATEGORIES: &str =
    "mutation($input: UpsertCategoriesInput!) { payload: upsertCategories(input: $input) { userErrors { message } } }";
const UPSERT_PRODUCERS: &str = "mutation($input: UpsertProducersInput!) { payload: upsertProducers(input: $input) {
    producers { id } userErrors { message } } }";
const UPSERT_PRODUCTS: &str = "mutation($input: UpsertProductsInput!) { payload: upsertProducts(input: $input) {
    products { id slug version price { amount } } userErrors { message } } }";
const REMOVE_PRODUCTS: &str =
    "mutation($input: RemoveProductsInput!) { payload: removeProducts(input: $input) { removed userErrors { message } } }";
const ADJUST_STOCK: &str = "mutation($input: AdjustStockInput!) { payload: adjustStock(input: $input) {
    product { version } userErrors { message } } }";

/// The shop, written through the API of a fleet.
pub(crate) struct Shop {
    pub(crate) fleet: Fleet,
}

impl Shop {
    /// Opens it: `gopal` sells dairy in Pune, `ravi` vegetables in Mumbai.
    pub(crate) fn open(fleet: Fleet) -> Self {
        let shop = Self { fleet };
        shop.category("dairy", "Dairy");
        shop.category("vegetables", "Vegetables");
        shop.producer("gopal", "Gopal", PUNE, "DOODHWALA");
        shop.producer("ravi", "Ravi", MUMBAI, "SMALL_PRODUCER");
        // One by one, so that no two are equally old.
        for product in [MILK, BUFFALO, CARROT, AMARANTH] {
            shop.put(0, &product);
        }
        shop
    }

    pub(crate) fn category(&self, slug: &str, name: &str) {
        self.succeeds(0, UPSERT_CATEGORIES, &json!({ "categories": [{ "slug": slug, "name": name }] }));
    }

    pub(crate) fn producer(&self, slug: &str, name: &str, (latitude, longitude): Place, kind: &str) {
        let location = json!({ "latitude": latitude, "longitude": longitude });
        let producer = json!({
            "slug": slug, "name": name, "kind": kind, "city": "Here", "pincode": "411001", "location": location,
        });
        self.succeeds(0, UPSERT_PRODUCERS, &json!({ "producers": [producer] }));
    }

    /// Writes a product through one server, and gives it as it is now.
    pub(crate) fn put(&self, server: usize, product: &Product) -> Value {
        self.succeeds(server, UPSERT_PRODUCTS, &json!({ "products": [self.input(product)] }))["products"][0].take()
    }

    pub(crate) fn remove(&self, slug: &str) {
        assert_eq!(self.succeeds(0, REMOVE_PRODUCTS, &json!({ "slugs": [slug] }))["removed"], 1);
    }

    /// Sells a pack, under this idempotency key.
    pub(crate) fn sell(&self, slug: &str, key: &str) {
        let id = self.id("product", slug);
        self.succeeds(0, ADJUST_STOCK, &json!({ "productId": id, "delta": -1, "idempotencyKey": key }));
    }

    fn input(&self, product: &Product) -> Value {
        json!({
            "slug": product.slug, "name": product.name, "category": product.category,
            "producerId": self.id("producer", product.producer), "price": { "amount": product.price.to_string() },
            "pack": { "value": "1", "unit": "LITRE" }, "stockQuantity": product.stock,
        })
    }

    /// The global id of something; what is private is never kept, so this fills no cache.
    fn id(&self, field: &str, slug: &str) -> Value {
        let document = format!("{{ rateLimit {{ limit }} found: {field}(by: {{ slug: \"{slug}\" }}) {{ id }} }}");
        self.fleet.ask(0, &document).json()["data"]["found"]["id"].take()
    }

    /// The payload of a mutation that nothing is wrong with.
    fn succeeds(&self, server: usize, document: &str, input: &Value) -> Value {
        let call = self.fleet.post(server, &json!({ "query": document, "variables": { "input": input } }));
        let mut told = self.fleet.send(call.bearer_auth(TOKEN)).json();
        assert_eq!(told["data"]["payload"]["userErrors"], json!([]), "{told}");
        told["data"]["payload"].take()
    }
}
