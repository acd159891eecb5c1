//! Inputs of mutations that cannot be: `userErrors` with a code and the path of the field, and nothing written.

use serde_json::{Value, json};

use crate::engine::on_each_engine;
use crate::harness::TestApp;
use crate::shop::{GOPAL, UPSERT_CATEGORIES, UPSERT_PRODUCERS, UPSERT_PRODUCTS, producer, product, with};

/// Every error of a payload as `code path`, the path without `input`.
fn errors(payload: &Value) -> Vec<String> {
    let path = |error: &Value| {
        let path: Vec<&str> = error["path"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
        assert_eq!(path[0], "input");
        path[1..].join(".")
    };
    let told = |error: &Value| format!("{} {}", error["code"].as_str().unwrap(), path(error));
    payload["userErrors"].as_array().unwrap().iter().map(told).collect()
}

#[test]
fn products_that_cannot_be() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let gopal = app.open_shop();
        let cases = [
            (json!({ "slug": "" }), "BAD_USER_INPUT products.0.slug"),
            (json!({ "slug": "Upper" }), "BAD_USER_INPUT products.0.slug"),
            (json!({ "slug": "a--b" }), "BAD_USER_INPUT products.0.slug"),
            (json!({ "slug": "दूध" }), "BAD_USER_INPUT products.0.slug"),
            (json!({ "slug": "x".repeat(65) }), "BAD_USER_INPUT products.0.slug"),
            (json!({ "name": "" }), "BAD_USER_INPUT products.0.name"),
            (json!({ "name": " \n " }), "BAD_USER_INPUT products.0.name"),
            (json!({ "name": "न".repeat(161) }), "BAD_USER_INPUT products.0.name"),
            (json!({ "description": "x".repeat(4_001) }), "BAD_USER_INPUT products.0.description"),
            (json!({ "price": { "amount": "-0.01" } }), "BAD_USER_INPUT products.0.price.amount"),
            (json!({ "price": { "amount": "1.001" } }), "BAD_USER_INPUT products.0.price.amount"),
            (json!({ "price": { "amount": "92233720368547758.08" } }), "BAD_USER_INPUT products.0.price.amount"),
            (json!({ "price": { "amount": "1", "currency": "USD" } }), "BAD_USER_INPUT products.0.price.currency"),
            (json!({ "pack": { "value": "0", "unit": "LITRE" } }), "BAD_USER_INPUT products.0.pack.value"),
            (json!({ "pack": { "value": "-1", "unit": "LITRE" } }), "BAD_USER_INPUT products.0.pack.value"),
            (json!({ "pack": { "value": "1.0001", "unit": "LITRE" } }), "BAD_USER_INPUT products.0.pack.value"),
            (json!({ "pack": { "value": "9".repeat(30), "unit": "LITRE" } }), "BAD_USER_INPUT products.0.pack.value"),
            (json!({ "stockQuantity": -1 }), "BAD_USER_INPUT products.0.stockQuantity"),
            (json!({ "category": "nowhere" }), "NOT_FOUND products.0.category"),
            (json!({ "category": "NOT A SLUG" }), "NOT_FOUND products.0.category"),
            (json!({ "producerId": "AAAA" }), "NOT_FOUND products.0.producerId"),
            (json!({ "producerId": "" }), "NOT_FOUND products.0.producerId"),
            (json!({ "expectedVersion": "1" }), "CONFLICT products.0.expectedVersion"),
        ];
        for (members, expected) in cases {
            let payload = app.upsert_products(&json!([with(product("p", &gopal), &members)]));
            assert_eq!((errors(&payload), &payload["products"]), (vec![expected.to_owned()], &json!([])), "{members}");
        }
        let twice = app.upsert_products(&json!([product("p", &gopal), product("q", &gopal), product("p", &gopal)]));
        assert_eq!(errors(&twice), ["BAD_USER_INPUT products.2.slug"]);
        let many: Vec<Value> = (0..101).map(|n| product(&format!("p-{n}"), &gopal)).collect();
        assert_eq!(errors(&app.upsert_products(&json!(many))), ["BAD_USER_INPUT products"]);
        let slugs = vec!["p"; 101];
        assert_eq!(errors(&app.remove_products(&slugs)), ["BAD_USER_INPUT slugs"]);
        assert_eq!(app.query("{ products { totalCount } }").data()["products"]["totalCount"], 0, "nothing was written");
        assert_eq!(app.database.sql("SELECT COUNT(*) FROM changes"), "3", "those of the shop's opening");
    });
}

#[test]
fn all_that_is_wrong_with_a_list_is_told_at_once() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let gopal = app.open_shop();
        let payload = app.upsert_products(&json!([
            product("good", &gopal),
            with(product("BAD", &gopal), &json!({ "name": "", "stockQuantity": -1 })),
            with(product("p", &gopal), &json!({ "description": "\u{7}" })),
        ]));
        let expected = [
            "BAD_USER_INPUT products.1.slug",
            "BAD_USER_INPUT products.1.name",
            "BAD_USER_INPUT products.1.stockQuantity",
            "BAD_USER_INPUT products.2.description",
        ];
        assert_eq!(errors(&payload), expected);
        let unknown = app.upsert_products(&json!([
            with(product("p", &gopal), &json!({ "category": "nowhere", "producerId": "AAAA" })),
            product("q", "BBBB")
        ]));
        assert_eq!(
            errors(&unknown),
            ["NOT_FOUND products.0.category", "NOT_FOUND products.0.producerId", "NOT_FOUND products.1.producerId"]
        );
    });
}

#[test]
fn producers_and_categories_that_cannot_be() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let cases = [
            (json!({ "slug": "-a" }), "slug"),
            (json!({ "name": "" }), "name"),
            (json!({ "city": "x".repeat(61) }), "city"),
            (json!({ "city": "" }), "city"),
            (json!({ "pincode": "41100" }), "pincode"),
            (json!({ "pincode": "011001" }), "pincode"),
            (json!({ "pincode": "41100x" }), "pincode"),
            (json!({ "pincode": "४११००१" }), "pincode"),
            (json!({ "deliveryRadiusMeters": -1 }), "deliveryRadiusMeters"),
            (json!({ "deliveryRadiusMeters": 50_001 }), "deliveryRadiusMeters"),
            (json!({ "location": { "latitude": 90.1, "longitude": 0 } }), "location"),
        ];
        for (members, field) in cases {
            let payload =
                app.payload("upsertProducers", UPSERT_PRODUCERS, &json!({ "producers": [with(producer("p", GOPAL), &members)] }));
            assert_eq!(errors(&payload), [format!("BAD_USER_INPUT producers.0.{field}")], "{members}");
        }
        let category = |slug: &str, name: &str| json!({ "slug": slug, "name": name });
        for (categories, path) in [
            (json!([category("Milk", "Milk")]), "categories.0.slug"),
            (json!([category("milk", "")]), "categories.0.name"),
            (json!([category("milk", &"x".repeat(161))]), "categories.0.name"),
            (json!([category("a", "A"), category("a", "B")]), "categories.1.slug"),
            (json!(vec![category("milk", "Milk"); 101]), "categories"),
        ] {
            let payload = app.payload("upsertCategories", UPSERT_CATEGORIES, &json!({ "categories": categories }));
            assert_eq!(errors(&payload), [format!("BAD_USER_INPUT {path}")]);
        }
        assert_eq!(
            app.query("{ categories { slug } producers { totalCount } }").data(),
            json!({ "categories": [], "producers": { "totalCount": 0 } })
        );
    });
}

#[test]
fn the_longest_texts_and_the_largest_numbers_are_kept_as_they_are() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let gopal = app.open_shop();
        let (name, description) = ("🥛".repeat(160), "दूध\t\"'\\\r\n%_".repeat(363) + "   ");
        assert!(description.chars().count() <= 4_000);
        let members = json!({
            "slug": "x".repeat(64), "name": name, "description": description, "price": { "amount": "92233720368547758.07" },
            "pack": { "value": "9223372036854775.807", "unit": "PIECE" }, "stockQuantity": i32::MAX,
        });
        let written = app.stock_up(&with(product("p", &gopal), &members));
        assert_eq!((&written["name"], &written["description"]), (&json!(name), &json!(description)));
        assert_eq!(written["price"], json!({ "amount": "92233720368547758.07", "minorUnits": i64::MAX.to_string() }));
        assert_eq!((&written["pack"]["value"], &written["stockQuantity"]), (&json!("9223372036854775.807"), &json!(i32::MAX)));
        let read = app.query("{ products { nodes { name description unitPrice { price { minorUnits } } } } }").data();
        assert_eq!(read["products"]["nodes"][0]["description"], json!(description));
        let trailing = app.stock_up(&with(product("q", &gopal), &json!({ "name": " Milk  " })));
        assert_eq!(trailing["name"], " Milk  ", "blanks at the ends are the producer's own");
    });
}

#[test]
fn numbers_that_are_no_decimals_never_get_as_far() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let gopal = app.open_shop();
        for members in [
            json!({ "price": { "amount": 64.5 } }),
            json!({ "price": { "amount": "sixty" } }),
            json!({ "pack": { "value": 1, "unit": "LITRE" } }),
            json!({ "pack": { "value": "1", "unit": "CUP" } }),
            json!({ "stockQuantity": 2_147_483_648_i64 }),
            json!({ "stockQuantity": 1.5 }),
            json!({ "expectedVersion": "one" }),
            json!({ "expectedVersion": "9223372036854775808" }),
            json!({ "price": { "amount": "1", "currency": "inr" } }),
            json!({ "name": null }),
            json!({ "description": null }),
            json!({ "colour": "white" }),
        ] {
            let answer = app.mutate(UPSERT_PRODUCTS, &json!({ "input": { "products": [with(product("p", &gopal), &members)] } }));
            assert_eq!((answer.status, answer.code().as_str()), (400, "BAD_USER_INPUT"), "{members}: {}", answer.text());
        }
        assert_eq!(app.query("{ products { totalCount } }").data()["products"]["totalCount"], 0);
    });
}
