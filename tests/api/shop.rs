//! A small catalogue, written through the API, and the mutations that change it.

use serde_json::{Value, json};

use crate::answer::text;
use crate::harness::TestApp;

pub(crate) const UPSERT_CATEGORIES: &str = "mutation($input: UpsertCategoriesInput!) { upsertCategories(input: $input) {
    categories { id slug name } userErrors { code message path } } }";
pub(crate) const UPSERT_PRODUCERS: &str = "mutation($input: UpsertProducersInput!) { upsertProducers(input: $input) {
    producers { id slug name kind city pincode location { latitude longitude } deliveryRadiusMeters createdAt }
    userErrors { code message path } } }";
pub(crate) const UPSERT_PRODUCTS: &str = "mutation($input: UpsertProductsInput!) { upsertProducts(input: $input) {
    products { id slug name description price { amount minorUnits } pack { value unit } stockQuantity stockStatus version
      createdAt updatedAt category { slug } producer { slug } }
    userErrors { code message path } } }";
pub(crate) const REMOVE_PRODUCTS: &str =
    "mutation($input: RemoveProductsInput!) { removeProducts(input: $input) { removed userErrors { code message path } } }";
pub(crate) const ADJUST_STOCK: &str = "mutation($input: AdjustStockInput!) { adjustStock(input: $input) {
    product { id slug stockQuantity stockStatus version } userErrors { code message path } } }";

/// Where Gopal keeps his cows: a place in Pune.
pub(crate) const GOPAL: (f64, f64) = (18.52, 73.856);

/// The verbs of somebody who keeps a shop; each answers with its payload.
impl TestApp {
    /// The categories `milk` and `vegetables`, and a producer `gopal`, whose id is given.
    pub(crate) fn open_shop(&self) -> String {
        let categories =
            json!([{ "slug": "milk", "name": "Milk" }, { "slug": "vegetables", "name": "Vegetables", "position": 1 }]);
        self.succeeds("upsertCategories", UPSERT_CATEGORIES, &json!({ "categories": categories }));
        self.settle(&producer("gopal", GOPAL))
    }

    /// Writes one producer and gives its id.
    pub(crate) fn settle(&self, producer: &Value) -> String {
        let payload = self.succeeds("upsertProducers", UPSERT_PRODUCERS, &json!({ "producers": [producer] }));
        text(&payload["producers"][0]["id"])
    }

    /// Writes one product and gives it as it is now.
    pub(crate) fn stock_up(&self, product: &Value) -> Value {
        let mut payload = self.upsert_products(&json!([product]));
        assert_eq!(payload["userErrors"], json!([]));
        payload["products"][0].take()
    }

    pub(crate) fn upsert_products(&self, products: &Value) -> Value {
        self.payload("upsertProducts", UPSERT_PRODUCTS, &json!({ "products": products }))
    }

    pub(crate) fn remove_products(&self, slugs: &[&str]) -> Value {
        self.payload("removeProducts", REMOVE_PRODUCTS, &json!({ "slugs": slugs }))
    }

    pub(crate) fn adjust_stock(&self, product_id: &str, delta: i32, key: &str) -> Value {
        let input = json!({ "productId": product_id, "delta": delta, "idempotencyKey": key });
        self.payload("adjustStock", ADJUST_STOCK, &input)
    }

    /// The payload of a mutation.
    pub(crate) fn payload(&self, field: &str, document: &str, input: &Value) -> Value {
        self.mutate(document, &json!({ "input": input })).data()[field].take()
    }

    /// The payload of a mutation that nothing is wrong with.
    pub(crate) fn succeeds(&self, field: &str, document: &str, input: &Value) -> Value {
        let payload = self.payload(field, document, input);
        assert_eq!(payload["userErrors"], json!([]), "{input}");
        payload
    }
}

/// A milkman's `ProducerInput`.
pub(crate) fn producer(slug: &str, (latitude, longitude): (f64, f64)) -> Value {
    json!({
        "slug": slug, "name": format!("Dairy of {slug}"), "kind": "DOODHWALA", "city": "Pune", "pincode": "411001",
        "location": { "latitude": latitude, "longitude": longitude },
    })
}

/// A `ProductInput`: a litre of milk for 64 rupees, 20 packs.
pub(crate) fn product(slug: &str, producer_id: &str) -> Value {
    json!({
        "slug": slug, "name": "Cow milk", "description": "Fresh", "category": "milk", "producerId": producer_id,
        "price": { "amount": "64" }, "pack": { "value": "1", "unit": "LITRE" }, "stockQuantity": 20,
    })
}

/// The same input with some members changed.
pub(crate) fn with(mut input: Value, members: &Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}
