//! Search beside everything else that a list can be asked for.

use farmlokal_testbed::fresh_sqlite;
use serde_json::{Value, json};

use crate::market::{Market, Product, slugs};

struct Shop {
    market: Market,
    _folder: tempfile::TempDir,
    producer: String,
}

impl Shop {
    fn open() -> Self {
        let (database, folder) = fresh_sqlite();
        let market = Market::open(&database, 1, &[]);
        let producer = market.settle(&["fruit", "pickles"]);
        let far = market.producer("bela", "Bela Orchard", (19.076, 72.877));
        let product = |slug: &str, name: &str, category: &str, price, stock| Product {
            category: category.to_owned(),
            price,
            stock,
            ..Product::named(slug, name)
        };
        let near = [
            product("alphonso", "Alphonso Mango", "fruit", 300, Some(9)),
            product("totapuri", "Totapuri Mango", "fruit", 80, Some(0)),
            product("pickle", "Mango Pickle", "pickles", 120, Some(3)),
            product("banana", "Banana", "fruit", 40, None),
        ];
        market.put(0, &producer, &near);
        market.put(0, &far, &[product("kesar", "Kesar Mango from Gir", "fruit", 150, None)]);
        market.finds(0, "gir", &["kesar"]);
        Self { market, _folder: folder, producer }
    }

    fn data(&self, document: &str) -> Value {
        let answer = self.market.ask(0, document, &json!({}));
        assert_eq!(answer["errors"], Value::Null, "{answer}");
        answer["data"].clone()
    }

    fn slugs(&self, arguments: &str) -> Vec<String> {
        slugs(&self.data(&format!("{{ products({arguments}) {{ nodes {{ slug }} }} }}"))["products"])
    }
}

#[test]
fn a_search_goes_with_every_filter_sort_and_place() {
    let shop = Shop::open();
    let near = "near: { latitude: 18.52, longitude: 73.856, radiusMeters: 5000 }";
    let cases = [
        ("search: \"mango\"", &["alphonso", "totapuri", "pickle", "kesar"][..]),
        ("search: \"mango\", sort: { field: PRICE }", &["totapuri", "pickle", "kesar", "alphonso"]),
        ("search: \"mango\", sort: { field: NAME, direction: DESC }", &["totapuri", "pickle", "kesar", "alphonso"]),
        ("search: \"mango\", sort: { field: CREATED_AT }, first: 1", &["alphonso"]),
        ("search: \"mango\", filter: { category: [\"pickles\"] }", &["pickle"]),
        ("search: \"mango\", filter: { price: { max: \"150\" }, inStock: true }", &["pickle", "kesar"]),
        (&format!("search: \"mango\", {near}"), &["alphonso", "totapuri", "pickle"]),
        (&format!("search: \"mango\", {near}, sort: {{ field: DISTANCE }}"), &["alphonso", "totapuri", "pickle"]),
        ("search: \"mango pick\"", &["pickle"]),
        ("search: \"nothing of the kind\"", &[]),
    ];
    for (arguments, expected) in cases {
        assert_eq!(shop.slugs(arguments), expected, "{arguments}");
    }
}

#[test]
fn pages_of_a_search_join_forward_and_backward_and_tell_what_lies_on_both_sides() {
    let shop = Shop::open();
    let page = |arguments: &str| {
        let fields = "nodes { slug } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount";
        shop.data(&format!("{{ products(search: \"mango\", {arguments}) {{ {fields} }} }}"))["products"].clone()
    };
    let first = page("first: 3");
    assert_eq!((slugs(&first).len(), &first["totalCount"]), (3, &json!(4)));
    assert_eq!((&first["pageInfo"]["hasNextPage"], &first["pageInfo"]["hasPreviousPage"]), (&json!(true), &json!(false)));
    let cursor = first["pageInfo"]["endCursor"].as_str().unwrap();
    let second = page(&format!("first: 3, after: \"{cursor}\""));
    assert_eq!(slugs(&second), ["kesar"]);
    assert_eq!((&second["pageInfo"]["hasNextPage"], &second["pageInfo"]["hasPreviousPage"]), (&json!(false), &json!(true)));
    let cursor = second["pageInfo"]["startCursor"].as_str().unwrap();
    assert_eq!(slugs(&page(&format!("last: 3, before: \"{cursor}\""))), slugs(&first));
    // A cursor serves the search it was made for.
    let document = format!("{{ products(search: \"mangoes\", after: \"{cursor}\") {{ nodes {{ slug }} }} }}");
    assert_eq!(shop.market.ask(0, &document, &json!({}))["errors"][0]["extensions"]["code"], "INVALID_CURSOR");
}

#[test]
fn parents_and_producers_are_searched_as_well() {
    let shop = Shop::open();
    let nested = shop.data(
        "{ category(by: { slug: \"fruit\" }) { products(search: \"mango\", sort: { field: PRICE }) { nodes { slug } } }
           producer(by: { slug: \"bela\" }) { products(search: \"mango\") { nodes { slug } totalCount } }
           producers(search: \"orchrd\") { nodes { slug } totalCount pageInfo { hasNextPage } } }",
    );
    assert_eq!(slugs(&nested["category"]["products"]), ["totapuri", "kesar", "alphonso"]);
    assert_eq!(
        (slugs(&nested["producer"]["products"]), &nested["producer"]["products"]["totalCount"]),
        (vec!["kesar".into()], &json!(1))
    );
    assert_eq!((slugs(&nested["producers"]), &nested["producers"]["totalCount"]), (vec!["bela".into()], &json!(1)));
    let by_city = "{ producers(search: \"pune\", sort: { field: NAME, direction: DESC }) { nodes { slug } } }";
    assert_eq!(slugs(&shop.data(by_city)["producers"]), ["bela", "asha"]);
}

#[test]
fn facets_ignore_their_own_filter_alone_with_and_without_a_search() {
    let shop = Shop::open();
    let facets = |arguments: &str| {
        let fields = "facets(fields: [CATEGORY, STOCK_STATUS, PRICE, PRODUCER_KIND]) { field values { value count } }";
        let mut data = shop.data(&format!("{{ products({arguments}) {{ {fields} }} }}"));
        data["products"]["facets"].take()
    };
    let values = |facet: &Value| -> Vec<(String, u64)> {
        let value = |value: &Value| (value["value"].as_str().unwrap().to_owned(), value["count"].as_u64().unwrap());
        facet["values"].as_array().unwrap().iter().map(value).collect()
    };
    let pairs =
        |expected: &[(&str, u64)]| expected.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect::<Vec<_>>();
    let of_mangoes = facets("search: \"mango\", filter: { category: [\"pickles\"] }");
    assert_eq!(values(&of_mangoes[0]), pairs(&[("fruit", 3), ("pickles", 1)]));
    assert_eq!(values(&of_mangoes[1]), pairs(&[("LOW_STOCK", 1)]));
    assert_eq!(values(&of_mangoes[2]), pairs(&[("100-200", 1)]));
    let of_all = facets("filter: { inStock: true }");
    assert_eq!(values(&of_all[0]), pairs(&[("fruit", 3), ("pickles", 1)]));
    assert_eq!(values(&of_all[1]), pairs(&[("IN_STOCK", 3), ("LOW_STOCK", 1), ("OUT_OF_STOCK", 1)]));
    assert_eq!(values(&of_all[2]), pairs(&[("20-50", 1), ("100-200", 2), ("200-500", 1)]));
    assert_eq!(values(&of_all[3]), pairs(&[("FARMER", 4)]));

    // A pack more or less changes how many are low, and the kept answer with it.
    let low = "{ products(search: \"alphonso\") { facets(fields: [STOCK_STATUS]) { values { value } } } }";
    assert_eq!(shop.data(low)["products"]["facets"][0]["values"][0]["value"], "IN_STOCK");
    let fewer =
        Product { category: "fruit".to_owned(), price: 300, stock: Some(2), ..Product::named("alphonso", "Alphonso Mango") };
    shop.market.put(0, &shop.producer, &[fewer]);
    farmlokal_testbed::wait_until("it is low", std::time::Duration::from_secs(10), || {
        shop.data(low)["products"]["facets"][0]["values"][0]["value"] == "LOW_STOCK"
    });
}

#[test]
fn rest_clients_search_too() {
    let shop = Shop::open();
    let names = |query: &str| -> Vec<String> {
        let (status, body) = shop.market.get(0, &format!("/products?{query}"));
        assert_eq!(status, 200, "{body}");
        let page: Value = serde_json::from_str(&body).unwrap();
        page["data"].as_array().unwrap().iter().map(|product| product["slug"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("search=mango&limit=2"), ["alphonso", "totapuri"]);
    assert_eq!(names("search=mango&sort=price&order=desc&limit=1"), ["alphonso"]);
    assert_eq!(names("search=%E0%A4%86%E0%A4%AE&category=pickles"), ["pickle"]);
    let (status, body) = shop.market.get(0, "/products?search=%20");
    assert_eq!((status, body.contains("\"parameter\":\"search\"")), (400, true), "{body}");
}
