//! `GET /products` and `GET /api/products`, for the REST clients of the older backend.

use serde_json::json;

use crate::answer::{text, texts};
use crate::engine::{Engine, on_each_engine};
use crate::harness::{SEEDED_PRODUCTS, TestApp};

#[test]
fn a_page_has_the_members_that_clients_know() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        let answer = app.get("/products?limit=1");
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json; charset=utf-8"));
        let product = answer.json()["data"][0].clone();
        let same = app.query("{ products(first: 1) { nodes { id slug name description category { slug } price { amount currency } pack { value unit }
            stockQuantity producer { id name city } createdAt updatedAt } } }").data()["products"]["nodes"][0].take();
        let expected = json!({
            "id": same["id"], "slug": same["slug"], "name": same["name"], "description": same["description"], "category": same["category"]["slug"],
            "price": same["price"]["amount"], "currency": "INR", "unit": same["pack"]["unit"], "packSize": same["pack"]["value"],
            "stockQuantity": same["stockQuantity"], "producer": same["producer"], "createdAt": same["createdAt"], "updatedAt": same["updatedAt"],
        });
        assert_eq!(product, expected);
        assert!(product["price"].is_string() && answer.json()["nextCursor"].is_string());
    });
}

#[test]
fn following_the_cursor_leads_through_everything_once() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        let walk = |list: &str| {
            let (mut all, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = app.get(&format!("{list}&limit=97{cursor}")).json();
                all.extend(page["data"].as_array().unwrap().clone());
                let Some(next) = page["nextCursor"].as_str() else { return json!(all) };
                cursor = format!("&cursor={next}");
            }
        };
        let newest = texts(&walk("/products?"), "slug");
        let mut unique = newest.clone();
        unique.sort();
        unique.dedup();
        assert_eq!((newest.len(), unique.len()), (SEEDED_PRODUCTS, SEEDED_PRODUCTS));
        assert_eq!(texts(&walk("/api/products?sort=created_at&order=desc"), "slug"), newest);
        let prices: Vec<f64> = texts(&walk("/products?sort=price"), "price").iter().map(|price| price.parse().unwrap()).collect();
        assert!(prices.is_sorted());
        let mut by_name = texts(&walk("/products?sort=name&order=desc"), "slug");
        by_name.reverse();
        assert_eq!(texts(&walk("/products?sort=name&order=ASC"), "slug"), by_name);
    });
}

#[test]
fn filters_narrow_the_list() {
    on_each_engine(|engine| {
        let app = TestApp::seeded(engine);
        let page = app.get("/products?category=MILK&minPrice=30&maxPrice=90.50&limit=100").json();
        let products = page["data"].as_array().unwrap();
        assert!(!products.is_empty());
        for product in products {
            assert_eq!(product["category"], "milk");
            assert!((30.0..=90.5).contains(&text(&product["price"]).parse::<f64>().unwrap()), "{product}");
        }
        for nothing in ["/products?category=nowhere", "/products?category=Not%20A%20Slug", "/products?maxPrice=0"] {
            assert_eq!(app.get(nothing).json(), json!({ "data": [], "nextCursor": null }), "{nothing}");
        }
        assert_eq!(app.get("/products").json()["data"].as_array().unwrap().len(), 20);
    });
}

#[test]
fn what_cannot_be_read_is_named_in_a_problem_document() {
    let app = TestApp::seeded(Engine::Sqlite);
    let cases = [
        ("limit=0", "limit", "BAD_USER_INPUT"),
        ("limit=101", "limit", "BAD_USER_INPUT"),
        ("limit=ten", "limit", "BAD_USER_INPUT"),
        ("limit=%2B5", "limit", "BAD_USER_INPUT"),
        ("limit=", "limit", "BAD_USER_INPUT"),
        ("limit=99999999999999999999", "limit", "BAD_USER_INPUT"),
        ("limit=1&limit=2", "limit", "BAD_USER_INPUT"),
        ("foo=1", "foo", "BAD_USER_INPUT"),
        ("Limit=5", "Limit", "BAD_USER_INPUT"),
        ("page=2", "page", "BAD_USER_INPUT"),
        ("search=%20", "search", "BAD_USER_INPUT"),
        ("sort=rating", "sort", "BAD_USER_INPUT"),
        ("order=up", "order", "BAD_USER_INPUT"),
        ("minPrice=abc", "minPrice", "BAD_USER_INPUT"),
        ("minPrice=1e3", "minPrice", "BAD_USER_INPUT"),
        ("maxPrice=-1", "maxPrice", "BAD_USER_INPUT"),
        ("minPrice=1.001", "minPrice", "BAD_USER_INPUT"),
        ("minPrice=9&maxPrice=8", "minPrice", "BAD_USER_INPUT"),
        ("maxPrice=92233720368547758.08", "maxPrice", "BAD_USER_INPUT"),
        ("category=a%00b", "category", "BAD_USER_INPUT"),
        ("cursor=20", "cursor", "INVALID_CURSOR"),
    ];
    for path in ["/products", "/api/products"] {
        for (query, parameter, code) in cases {
            let answer = app.get(&format!("{path}?{query}"));
            assert_eq!(
                (answer.status, answer.header("content-type"), answer.code().as_str()),
                (400, "application/problem+json", code),
                "{query}"
            );
            let problem = answer.json();
            assert_eq!(
                (&problem["title"], &problem["status"], &problem["parameter"]),
                (&json!("Bad Request"), &json!(400), &json!(parameter)),
                "{query}"
            );
            assert!(!text(&problem["detail"]).is_empty());
        }
        for cursor in ["AAAA", "x", "%FF%FE"] {
            assert_eq!(app.get(&format!("{path}?cursor={cursor}")).status, 400);
        }
    }
    let with_a_new_order = |cursor: &str| app.get(&format!("/products?sort=price&cursor={cursor}"));
    let cursor = text(&app.get("/products?limit=1").json()["nextCursor"]);
    assert_eq!(with_a_new_order(&cursor).code(), "INVALID_CURSOR");
    let old = app.get("/products?cursor=20").json();
    assert!(text(&old["detail"]).contains("leave `cursor` out"), "{old}");
    let script = app.get("/products?%3Cscript%3E=1");
    assert!(!script.text().contains('<') && script.json()["parameter"] == "script", "{}", script.text());
}
