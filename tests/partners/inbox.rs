//! What events do.

use farmlokal_testbed::wait_until;
use serde_json::{Value, json};
use std::time::Duration;

use crate::stand::{Engine, Stand, event, order, product};

const SOON: Duration = Duration::from_secs(10);

fn price(amount: &str) -> Value {
    json!({"price": {"amount": amount, "currency": "INR"}})
}

#[test]
fn a_product_comes_changes_goes_and_never_goes_backwards() {
    for engine in Engine::ALL {
        let stand = Stand::start(engine, 1, &[]);
        let receipt = |id: &str, body: &Value| {
            let answer = stand.deliver(id, body);
            assert_eq!(answer.status, 200, "{engine:?} {id}: {}", answer.body);
            answer.receipt().to_owned()
        };
        let shown = |member: &str| stand.product("A2 Milk")[member].clone();
        assert_eq!(receipt("e1", &event("product.created", "P-1", 1, &product("A2 Milk", "64.50", 40))), "processed");
        wait_until("the product is shown", SOON, || shown("version") == "1");
        assert_eq!((shown("stockQuantity"), shown("producer")["name"].clone()), (json!(40), json!("Gokul Dairy")));

        // A later price, then an earlier stock: neither is lost, and the stock does not bring the old price back.
        assert_eq!(receipt("e3", &event("product.price_changed", "P-1", 3, &price("66.00"))), "processed");
        assert_eq!(receipt("e2", &event("inventory.updated", "P-1", 2, &json!({"stockQuantity": 39}))), "processed");
        wait_until("both are shown", SOON, || shown("version") == "3");
        assert_eq!((shown("price")["amount"].clone(), shown("stockQuantity")), (json!("66.00"), json!(39)));
        let old = event("product.updated", "P-1", 2, &product("A2 Milk", "1.00", 1));
        assert_eq!(
            (receipt("e2b", &old).as_str(), stand.state("e2b").as_str()),
            ("processed", "APPLIED"),
            "its details are news"
        );
        assert_eq!(receipt("e0", &event("product.price_changed", "P-1", 2, &price("2.00"))), "processed");
        assert_eq!((stand.state("e0").as_str(), shown("price")["amount"].clone()), ("SUPERSEDED", json!("66.00")));

        // The same again is known, whatever it says now.
        assert_eq!(receipt("e3", &event("product.price_changed", "P-1", 3, &price("66.00"))), "duplicate");
        assert_eq!(receipt("e3", &event("product.price_changed", "P-1", 9, &price("1.00"))), "duplicate");
        wait_until("three deliveries are counted", SOON, || {
            let data =
                stand.ask("{ webhookEvents(filter: {types: [\"product.price_changed\"]}) { nodes { eventId deliveries } } }");
            data["webhookEvents"]["nodes"].as_array().unwrap().contains(&json!({"eventId": "e3", "deliveries": 3}))
        });

        // Gone is gone: what is older does not bring it back, what is newer does.
        assert_eq!(receipt("e5", &json!({"event": "product.deleted", "id": "P-1", "version": 5})), "processed");
        wait_until("it is gone", SOON, || stand.product("A2 Milk").is_null());
        assert_eq!(receipt("e4", &event("product.updated", "P-1", 4, &product("A2 Milk", "70.00", 1))), "processed");
        assert_eq!(receipt("e4b", &event("inventory.updated", "P-1", 4, &json!({"stockQuantity": 7}))), "processed");
        assert_eq!((stand.state("e4"), stand.state("e4b")), ("SUPERSEDED".to_owned(), "SUPERSEDED".to_owned()));
        assert_eq!(receipt("e6", &event("product.created", "P-1", 6, &product("A2 Milk", "71.00", 3))), "processed");
        wait_until("it is back", SOON, || shown("price")["amount"] == "71.00");
    }
}

#[test]
fn an_order_is_mirrored_with_its_history() {
    for engine in Engine::ALL {
        let stand = Stand::start(engine, 1, &[]);
        stand.deliver("p", &event("product.created", "P-1", 1, &product("A2 Milk", "64.50", 40)));
        stand.deliver("o1", &event("order.created", "123", 1, &order("PENDING", "P-1")));
        stand.deliver("o3", &json!({"event": "order.cancelled", "id": 123, "version": 3}));
        let late = stand.deliver("o2", &event("order.updated", "123", 2, &order("CONFIRMED", "P-1")));
        assert_eq!(late.receipt(), "processed");
        let data = stand.ask(
            "{ order(by: {externalId: \"123\"}) { id externalId status total { amount currency } placedAt
                 lines { name quantity price { amount } product { name } } history { eventId state type subject deliveries payload } }
               orders(filter: {statuses: [CANCELLED, PACKED]}) { nodes { externalId } totalCount pageInfo { hasNextPage hasPreviousPage } } }",
        );
        let mirrored = &data["order"];
        assert_eq!((&mirrored["status"], &mirrored["total"]["amount"]), (&json!("CANCELLED"), &json!("129.00")), "{engine:?}");
        assert_eq!(mirrored["lines"][0]["product"]["name"], "A2 Milk");
        let history: Vec<_> = mirrored["history"].as_array().unwrap().iter().map(|event| event["eventId"].clone()).collect();
        assert_eq!(history, ["o2", "o3", "o1"]);
        assert_eq!(mirrored["history"][0]["payload"]["data"]["status"], "CONFIRMED");
        assert_eq!((&data["orders"]["nodes"][0]["externalId"], &data["orders"]["totalCount"]), (&json!("123"), &json!(1)));
        let again =
            stand.ask_with("query($id: ID!) { node(id: $id) { ... on Order { externalId } } }", &json!({"id": mirrored["id"]}));
        assert_eq!(again["node"]["externalId"], "123");
    }
}

#[test]
fn one_forbidden_field_does_not_spoil_the_rest() {
    let stand = Stand::start(Engine::Sqlite, 1, &[("ANONYMOUS_SCOPES", "orders:read")]);
    stand.deliver("o1", &event("order.created", "123", 1, &order("PENDING", "P-1")));
    let ask = |document: &str| {
        let request = stand.client.post(format!("{}/graphql", stand.servers[0].base_url()));
        stand.send(request.json(&json!({ "query": document }))).body
    };
    let answer = ask("{ orders { nodes { externalId history { id } } } webhookEvents { totalCount } health { status } }");
    assert_eq!(answer["data"]["orders"]["nodes"], json!([{"externalId": "123", "history": null}]), "{answer}");
    assert_eq!((&answer["data"]["webhookEvents"], &answer["data"]["health"]["status"]), (&Value::Null, &json!("OK")));
    let errors = answer["errors"].as_array().unwrap();
    let mut codes: Vec<_> = errors.iter().map(|error| (error["path"].to_string(), error["extensions"]["code"].clone())).collect();
    codes.sort_by(|one, other| one.0.cmp(&other.0));
    let refused = json!("UNAUTHENTICATED");
    assert_eq!(
        codes,
        [
            (json!(["orders", "nodes", 0, "history"]).to_string(), refused.clone()),
            (json!(["webhookEvents"]).to_string(), refused)
        ]
    );
}

#[test]
fn what_only_says_that_something_happened_waits_for_a_partner() {
    let stand = Stand::start(Engine::Sqlite, 1, &[]);
    assert_eq!(stand.deliver("t1", &json!({"event": "order.updated", "id": 5})).receipt(), "accepted");
    assert_eq!(stand.deliver("t2", &json!({"event": "courier.late"})).receipt(), "processed");
    assert_eq!((stand.state("t1"), stand.state("t2")), ("RECEIVED".to_owned(), "IGNORED".to_owned()));
    // A stock that came before its product is applied once that is there.
    assert_eq!(stand.deliver("s2", &event("inventory.updated", "P-1", 2, &json!({"stockQuantity": 7}))).receipt(), "accepted");
    stand.deliver("s1", &event("product.created", "P-1", 1, &product("A2 Milk", "64.50", 40)));
    wait_until("the stock is applied", SOON, || stand.product("A2 Milk")["stockQuantity"] == 7);
    assert_eq!(stand.state("s2"), "APPLIED");
}

#[test]
fn an_effect_that_fails_is_tried_again_then_given_up_and_discarded_or_replayed() {
    let settings = [("FARMLOKAL_WEBHOOK_MAX_ATTEMPTS", "3"), ("FARMLOKAL_WEBHOOK_RETRY_MS", "10")];
    let stand = Stand::start(Engine::Sqlite, 1, &settings);
    let mut foreign = product("Tea", "5.00", 1);
    foreign["price"]["currency"] = json!("USD");
    assert_eq!(stand.deliver("d1", &event("product.created", "P-9", 1, &foreign)).receipt(), "accepted");
    wait_until("it is given up", SOON, || stand.state("d1") == "DEAD_LETTERED");
    let data = stand.ask("{ webhookEvents { nodes { id attempts lastError nextAttemptAt } } health { checks { name status } } }");
    let event = &data["webhookEvents"]["nodes"][0];
    assert_eq!((&event["attempts"], &event["nextAttemptAt"]), (&json!(3), &Value::Null));
    assert!(event["lastError"].as_str().unwrap().contains("USD"), "{event}");
    assert!(data["health"]["checks"].as_array().unwrap().contains(&json!({"name": "webhooks", "status": "DEGRADED"})));

    let variables = json!({"input": {"ids": [event["id"]]}});
    let dry = stand.ask_with(
        "mutation($input: ReplayWebhookEventsInput!) { replayWebhookEvents(input: $input) { matched replayed events { state } } }",
        &variables,
    );
    let expected = json!({"matched": 1, "replayed": 0, "events": [{"state": "DEAD_LETTERED"}]});
    assert_eq!(dry["replayWebhookEvents"], expected);
    let wet = stand.ask_with(
        "mutation($input: ReplayWebhookEventsInput!) { replayWebhookEvents(input: $input) { matched replayed } }",
        &json!({"input": {"ids": [event["id"]], "dryRun": false}}),
    );
    assert_eq!(wet["replayWebhookEvents"], json!({"matched": 1, "replayed": 1}));
    wait_until("it is given up again", SOON, || stand.state("d1") == "DEAD_LETTERED");
    let discarded = stand.ask_with(
        "mutation($input: DiscardWebhookEventInput!) { discardWebhookEvent(input: $input) { event { state lastError } userErrors { code } } }",
        &json!({"input": {"id": event["id"], "reason": "prices in USD"}}),
    );
    assert_eq!(discarded["discardWebhookEvent"]["event"]["state"], "DISCARDED");
    assert_eq!(stand.deliver("d1", &json!({"event": "product.created", "id": "P-9"})).receipt(), "duplicate");
}

#[test]
fn relays_may_speak_graphql() {
    let stand = Stand::start(Engine::Sqlite, 1, &[]);
    let body = event("order.created", "77", 1, &order("PENDING", "P-1")).to_string();
    let seconds = crate::stand::now_s();
    let signature = standardwebhooks::Webhook::new(crate::stand::SECRET).unwrap().sign("g1", seconds, body.as_bytes()).unwrap();
    let headers = |signature: &str| {
        json!([
            {"name": "Webhook-Id", "value": "g1"}, {"name": "webhook-timestamp", "value": seconds.to_string()},
            {"name": "webhook-signature", "value": signature}
        ])
    };
    let document = "mutation($input: IngestWebhookInput!) { ingestWebhook(input: $input) { receipt event { eventId state } userErrors { code } } }";
    let ingest = |signature: &str| {
        let input = json!({"input": {"body": body, "headers": headers(signature)}});
        stand.ask_with(document, &input)["ingestWebhook"].clone()
    };
    let forged = ingest("v1,AAAA");
    assert_eq!(forged, json!({"receipt": null, "event": null, "userErrors": [{"code": "SIGNATURE_INVALID"}]}));
    let taken = ingest(&signature);
    assert_eq!(taken, json!({"receipt": "PROCESSED", "event": {"eventId": "g1", "state": "APPLIED"}, "userErrors": []}));
    assert_eq!(ingest(&signature)["receipt"], "DUPLICATE");
}

#[test]
fn bodies_are_kept_for_so_long_and_ids_for_good() {
    for engine in Engine::ALL {
        let mut stand = Stand::start(engine, 1, &[]);
        let fact = event("order.created", "O-1", 1, &order("PENDING", "P-1"));
        assert_eq!(stand.deliver("over", &fact).receipt(), "processed");
        assert_eq!(stand.deliver("waits", &json!({"event": "order.updated", "id": "O-2"})).receipt(), "accepted");
        let payload = |stand: &Stand, id: &str| {
            let data = stand.ask("{ webhookEvents { nodes { eventId payload } } }");
            let all = data["webhookEvents"]["nodes"].as_array().unwrap().clone();
            all.iter().find(|event| event["eventId"] == id).unwrap()["payload"].clone()
        };
        assert_eq!(payload(&stand, "over"), fact);
        // Of one that keeps nothing, at its start.
        let forgetful = stand.program().env("FARMLOKAL_WEBHOOK_PAYLOAD_DAYS", "0").start();
        stand.servers.push(forgetful);
        wait_until("the body of what is over is forgotten", SOON, || payload(&stand, "over").is_null());
        assert_eq!(payload(&stand, "waits")["id"], "O-2", "{engine:?}: what waits is needed still");
        assert_eq!(stand.deliver("over", &fact).receipt(), "duplicate");
    }
}
