//! Near and far: distances, circles, who delivers here, and a producer that moves.

use serde_json::{Value, json};

use crate::answer::texts;
use crate::engine::on_each_engine;
use crate::harness::TestApp;
use crate::shop::{GOPAL, producer, product, with};

const NEAR: &str = "query($near: NearInput!, $sort: ProductSort) { products(near: $near, sort: $sort) {
    edges { distanceMeters node { slug } } totalCount } }";

fn near((latitude, longitude): (f64, f64), radius_meters: i32) -> Value {
    json!({ "latitude": latitude, "longitude": longitude, "radiusMeters": radius_meters })
}

/// Slugs and distances of the products around a place.
fn around(app: &TestApp, near: &Value) -> Vec<(String, f64)> {
    let data = app.query_with(NEAR, &json!({ "near": near })).data();
    let edges = data["products"]["edges"].as_array().unwrap().clone();
    assert_eq!(data["products"]["totalCount"], edges.len());
    edges
        .iter()
        .map(|edge| (edge["node"]["slug"].as_str().unwrap().to_owned(), edge["distanceMeters"].as_f64().unwrap()))
        .collect()
}

/// Three producers north of each other, and one product of each.
fn village(app: &TestApp) {
    let gopal = app.open_shop();
    let north = |degrees: f64| (GOPAL.0 + degrees, GOPAL.1);
    let (ravi, sita) = (app.settle(&producer("ravi", north(0.01))), app.settle(&producer("sita", north(0.03))));
    for (slug, id) in [("far", &sita), ("middle", &ravi), ("here", &gopal)] {
        app.stock_up(&product(slug, id));
    }
}

#[test]
fn the_nearest_come_first_with_their_distance() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        village(&app);
        // A thousandth of a degree of latitude is 111.195 m.
        let all = [("here".to_owned(), 0.0), ("middle".to_owned(), 1_112.0), ("far".to_owned(), 3_336.0)];
        assert_eq!(around(&app, &near(GOPAL, 5_000)), all);
        assert_eq!(around(&app, &near(GOPAL, 2_000)), all[..2]);
        assert_eq!(around(&app, &near(GOPAL, 1)), all[..1]);
        assert_eq!(around(&app, &near((0.0, 0.0), 50_000)), []);
        let default = json!({ "latitude": GOPAL.0, "longitude": GOPAL.1 });
        assert_eq!(around(&app, &default), all, "5 km when no radius is given");
        let by_name = app.query_with(NEAR, &json!({ "near": near(GOPAL, 2_000), "sort": { "field": "CREATED_AT" } })).data();
        let slugs: Vec<_> =
            by_name["products"]["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["slug"].clone()).collect();
        assert_eq!(slugs, ["middle", "here"], "another sort within the circle");
    });
}

#[test]
fn a_farmers_door_is_never_told_more_exactly_than_to_a_hundred_metres() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let id = app.settle(&producer("gopal", (18.520_46, 73.856_74)));
        let document = "query($id: ID!) { producer(by: { id: $id }) { location { latitude longitude } } }";
        let location = app.query_with(document, &json!({ "id": id })).data()["producer"]["location"].take();
        assert_eq!(location, json!({ "latitude": 18.52, "longitude": 73.857 }));
        let distances = |place: (f64, f64)| {
            let document = "query($near: NearInput!) { producers(near: $near) { edges { distanceMeters } } }";
            app.query_with(document, &json!({ "near": near(place, 1_000) })).data()["producers"]["edges"].take()
        };
        assert_eq!(distances((18.520_1, 73.856_9)), distances((18.519_6, 73.857_3)), "the asker's place is rounded as well");
    });
}

#[test]
fn producers_are_found_near_a_place_and_by_where_they_deliver() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let north = |degrees: f64| (GOPAL.0 + degrees, GOPAL.1);
        app.settle(&with(producer("wide", north(0.1)), &json!({ "deliveryRadiusMeters": 12_000 })));
        app.settle(&with(producer("narrow", north(0.02)), &json!({ "deliveryRadiusMeters": 2_000 })));
        app.settle(&with(producer("at-the-door", north(0.0)), &json!({ "deliveryRadiusMeters": 0 })));
        let document =
            "query($filter: ProducerFilter, $near: NearInput) { producers(filter: $filter, near: $near) { nodes { slug } } }";
        let found = |variables: Value| texts(&app.query_with(document, &variables).data()["producers"]["nodes"], "slug");
        let here = json!({ "latitude": GOPAL.0, "longitude": GOPAL.1 });
        assert_eq!(found(json!({ "near": near(GOPAL, 50_000) })), ["at-the-door", "narrow", "wide"]);
        assert_eq!(found(json!({ "filter": { "deliversTo": here } })), ["at-the-door", "wide"]);
        assert_eq!(found(json!({ "filter": { "deliversTo": here }, "near": near(GOPAL, 5_000) })), ["at-the-door"]);
    });
}

#[test]
fn a_producer_that_moves_takes_its_products_along_at_once() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        village(&app);
        let version = "{ product(by: { slug: \"far\" }) { version updatedAt } }";
        let before = app.query(version).data();
        app.settle(&producer("sita", GOPAL));
        let mut slugs: Vec<_> = around(&app, &near(GOPAL, 1_000)).into_iter().collect();
        slugs.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(slugs, [("far".to_owned(), 0.0), ("here".to_owned(), 0.0)]);
        assert_eq!(around(&app, &near((GOPAL.0 + 0.03, GOPAL.1), 1_000)), [], "nothing is left behind");
        assert_eq!(app.query(version).data(), before, "the product itself did not change");

        app.settle(&with(producer("sita", GOPAL), &json!({ "kind": "FPO" })));
        let by_kind = app.query("{ products(filter: { producerKinds: [FPO] }) { nodes { slug producer { kind } } } }").data();
        assert_eq!(by_kind["products"]["nodes"], json!([{ "slug": "far", "producer": { "kind": "FPO" } }]));
    });
}
