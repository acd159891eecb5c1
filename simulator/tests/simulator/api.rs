//! Tokens and API A.

use farmlokal_simulator::SimulatorSettings;
use serde_json::{Value, json};

use crate::harness::{Hand, ask, settings, start, switch, token};

#[tokio::test]
async fn a_token_is_given_to_who_knows_the_secret_and_is_good_for_a_while() {
    let hand = Hand::new();
    let running = start(SimulatorSettings { clock: hand.clock(), ..settings() }).await;
    let client = reqwest::Client::new();
    let form = [("grant_type", "client_credentials")];
    let request = || client.post(running.token_url()).form(&form);
    let answer = request().basic_auth("farmlokal", Some("farmlokal-secret")).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["cache-control"]), (200, &"no-store".parse().unwrap()));
    let body: Value = answer.json().await.unwrap();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(300)));
    let refused = request().basic_auth("farmlokal", Some("guess")).send().await.unwrap();
    assert_eq!((refused.status().as_u16(), refused.json::<Value>().await.unwrap()), (401, json!({"error": "invalid_client"})));

    let token = token(&running).await;
    assert_eq!(ask(&running, &token, "/products/P-1-1").await.unwrap().status(), 200);
    assert_eq!(ask(&running, "another", "/products/P-1-1").await.unwrap().status(), 401);
    hand.advance(299_000);
    assert_eq!(ask(&running, &token, "/products/P-1-1").await.unwrap().status(), 200);
    hand.advance(1_000);
    assert_eq!(ask(&running, &token, "/products/P-1-1").await.unwrap().status(), 401);
    let stats = running.stats();
    assert_eq!((stats.token_requests, stats.api_requests, stats.by_path["/api/products/P-1-1"]), (3, 4, 4));
}

#[tokio::test]
async fn lists_are_walked_by_cursor_and_hold_the_deleted_ones() {
    let running = start(settings()).await;
    let token = token(&running).await;
    let gone = switch(&running, "/world/products/P-1-3", &json!({"deleted": true})).await.1;
    let (mut ids, mut path) = (Vec::new(), "/products?limit=8".to_owned());
    loop {
        let page: Value = ask(&running, &token, &path).await.unwrap().json().await.unwrap();
        ids.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()));
        let Some(cursor) = page["nextCursor"].as_str() else { break };
        path = format!("/products?limit=8&cursor={cursor}");
    }
    assert_eq!((ids.len(), ids.last()), (30, Some(&json!("P-1-3"))));
    let since = format!("/products?updatedSince={}", gone["updatedAt"].as_str().unwrap());
    let page: Value = ask(&running, &token, &since).await.unwrap().json().await.unwrap();
    assert_eq!(page, json!({"items": [gone], "nextCursor": null}));

    let orders: Value = ask(&running, &token, "/orders").await.unwrap().json().await.unwrap();
    assert_eq!(orders["items"].as_array().unwrap().len(), 10);
    for (path, status) in [("/orders/none", 404), ("/orders?cursor=x", 400), ("/orders?updatedSince=x", 400), ("/x", 404)] {
        assert_eq!(ask(&running, &token, path).await.unwrap().status(), status, "{path}");
    }
}
