//! What is refused, and that it burns no id.

use serde_json::{Value, json};

use crate::stand::{Engine, Stand, event, now_s, order, signed, signed_at};

#[test]
fn a_forged_delivery_is_refused_and_the_genuine_one_is_processed() {
    let stand = Stand::start(Engine::Postgres, 1, &[]);
    let url = stand.servers[0].base_url();
    let body = event("order.created", "1", 1, &order("PENDING", "P-1")).to_string();
    let client = &stand.client;
    let with = |name: &'static str, value: &str| {
        // A header that is set twice is two headers: made anew, without the one that is replaced.
        let genuine = signed(client, url, "evt", &body).build().unwrap();
        let mut headers = genuine.headers().clone();
        headers.insert(name, value.parse().unwrap());
        client.post(genuine.url().clone()).headers(headers).body(body.clone())
    };
    let many = format!("{}v1,AAAA", "v1,AAAA ".repeat(149));
    let forged = [
        ("another secret", with("webhook-signature", "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=")),
        ("no signature", with("webhook-signature", "")),
        ("150 signatures", with("webhook-signature", &many)),
        ("another id", with("webhook-id", "evt2")),
        ("another time", with("webhook-timestamp", &(now_s() + 5).to_string())),
        ("the first second there is", with("webhook-timestamp", "-9223372036854775808")),
        ("beyond 64 bits", with("webhook-timestamp", "9223372036854775808")),
        ("another body", signed(client, url, "evt", &body).body(body.replace("129.00", "1.00"))),
        ("old", signed_at(client, url, "evt", &body, now_s() - 310)),
        ("of the future", signed_at(client, url, "evt", &body, now_s() + 310)),
    ];
    for (what, request) in forged {
        let answer = stand.send(request);
        assert_eq!(answer.status, 401, "{what}: {}", answer.body);
        assert!(["SIGNATURE_INVALID", "TIMESTAMP_OUT_OF_TOLERANCE"].contains(&answer.code()), "{what}: {}", answer.body);
    }
    assert_eq!(stand.send(signed_at(client, url, "evt", &body, now_s() - 280)).receipt(), "processed");
    assert_eq!(stand.send(signed_at(client, url, "evt", &body, now_s() - 280)).receipt(), "duplicate");
    assert_eq!(stand.count("{}"), 1);
}

#[test]
fn what_is_no_event_is_refused_with_a_problem_document_and_burns_no_id() {
    let stand = Stand::start(Engine::Sqlite, 1, &[]);
    let url = stand.servers[0].base_url();
    let client = &stand.client;
    let bodies = [
        "",
        "{",
        "[]",
        "null",
        "7",
        "{}",
        "{\"event\":7}",
        "{\"event\":\"\"}",
        "{\"event\":\"order.updated\"}",
        "{\"event\":\"order.updated\",\"id\":null}",
        "{\"event\":\"order.updated\",\"id\":1.5}",
        "{\"event\":\"order.updated\",\"id\":1,\"id\":2}",
        "{\"event\":\"order.updated\",\"id\":\"a b\"}",
        "{\"event\":\"order.updated\",\"id\":1,\"version\":\"x\"}",
        "{\"event\":\"order.updated\",\"id\":1,\"version\":-1}",
        "{\"event\":\"order.updated\",\"id\":1,\"occurredAt\":\"yesterday\"}",
        "\u{feff}{}",
        "{\"event\":\"a b\",\"id\":1}",
    ];
    for body in bodies {
        let answer = stand.send(signed(client, url, "evt", body));
        assert_eq!((answer.status, answer.code()), (400, "BAD_REQUEST"), "{body:?}: {}", answer.body);
    }
    let deep = "[".repeat(100_000);
    assert_eq!(stand.send(signed(client, url, "evt", &deep)).status, 400);
    let good = event("order.created", "1", 1, &order("PENDING", "P-1")).to_string();
    let long = "x".repeat(256);
    assert_eq!(stand.send(signed(client, url, &long, &good)).status, 400);
    let bare = |path: &str| client.post(format!("{url}{path}")).header("content-type", "application/json").body(good.clone());
    assert_eq!(
        (stand.send(bare("/webhook")).code().to_owned(), stand.send(bare("/webhooks/nobody")).status),
        ("BAD_REQUEST".to_owned(), 404)
    );
    let text = client.post(format!("{url}/webhook")).header("content-type", "text/plain").body(good.clone());
    assert_eq!(stand.send(text).status, 415);
    let huge = client.post(format!("{url}/webhook")).header("content-type", "application/json").body(vec![b' '; 2 << 20]);
    assert_eq!(stand.send(huge).status, 413);
    assert_eq!(stand.send(client.get(format!("{url}/webhook"))).status, 405);
    assert_eq!(stand.send(signed(client, url, "evt", &good)).receipt(), "processed");
}

#[test]
fn who_does_not_sign_is_heard_here_alone_and_never_believed() {
    let stand = Stand::start(Engine::Sqlite, 1, &[("WEBHOOK_SECRETS", "")]);
    let url = stand.servers[0].base_url();
    let body = event("order.created", "1", 1, &order("PENDING", "P-1"));
    let unsigned = || stand.client.post(format!("{url}/webhook")).header("x-event-id", "u1").json(&body);
    // Through a proxy it is somebody else's.
    let passed_on = stand.send(unsigned().header("x-forwarded-for", "203.0.113.7"));
    assert_eq!((passed_on.status, passed_on.code()), (401, "SIGNATURE_INVALID"), "{}", passed_on.body);
    assert!(passed_on.body["detail"].as_str().unwrap().contains("WEBHOOK_ALLOW_UNSIGNED"));
    assert_eq!(stand.send(unsigned()).receipt(), "accepted");
    assert_eq!(stand.ask("{ orders { nodes { id } } }")["orders"]["nodes"], Value::Array(Vec::new()));
    assert_eq!(
        stand.send(stand.client.post(format!("{url}/webhook")).json(&json!({"event": "order.updated", "id": 1}))).status,
        400
    );
}
