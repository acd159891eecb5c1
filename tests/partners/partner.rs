//! A partner to ask: thin events, orders read through, one token for all, and a partner that is ill.

use std::time::{Duration, Instant};

use farmlokal_testbed::wait_until;
use futures_util::future::join_all;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use simulator::{Clock, Faults, Running, Simulator, SimulatorSettings, Subject};

use crate::stand::{Answer, Engine, Stand, TOKEN, now_s, runtime, send};

pub(crate) const SOON: Duration = Duration::from_secs(15);

pub(crate) fn simulator(change: impl FnOnce(&mut SimulatorSettings)) -> Running {
    let mut settings = SimulatorSettings::new(Clock::of(|| now_s() * 1_000));
    change(&mut settings);
    runtime().block_on(Simulator::start(settings)).unwrap()
}

/// Servers that ask this partner.
pub(crate) fn stand(partner: &Running, engine: Engine, servers: usize, more: &[(&str, &str)]) -> Stand {
    let (api, token) = (partner.api_url(), partner.token_url());
    let mut settings = vec![
        ("PARTNER_API_URL", api.as_str()),
        ("OAUTH_TOKEN_URL", token.as_str()),
        ("OAUTH_CLIENT_ID", simulator::DEV_CLIENT_ID),
        ("OAUTH_CLIENT_SECRET", simulator::DEV_CLIENT_SECRET),
    ];
    settings.extend(more);
    Stand::start(engine, servers, &settings)
}

/// The ids of orders that the partner has.
pub(crate) fn order_ids(partner: &Running) -> Vec<String> {
    let page = partner.world(|world| world.page(Subject::Order, None, None, 100)).unwrap();
    page.items.iter().map(|order| order["id"].as_str().unwrap().to_owned()).collect()
}

/// A question for an order.
pub(crate) fn order_question(stand: &Stand, server: usize, id: &str) -> RequestBuilder {
    let document = "query($id: String!) { order(by: {externalId: $id}) { externalId status asOf } }";
    let body = json!({"query": document, "variables": {"id": id}});
    let request = stand.client.post(format!("{}/graphql", stand.servers[server].base_url())).bearer_auth(TOKEN);
    request.json(&body)
}

pub(crate) async fn ask_order(stand: &Stand, server: usize, id: &str) -> Answer {
    send(order_question(stand, server, id)).await.unwrap()
}

pub(crate) fn code(answer: &Answer) -> &str {
    answer.body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
}

#[test]
fn a_thin_event_makes_the_server_ask_and_a_known_order_is_read_through() {
    let partner = simulator(|_| {});
    let stand = stand(&partner, Engine::Postgres, 1, &[]);
    let ids = order_ids(&partner);
    let thin = stand.deliver("t1", &json!({"event": "order.updated", "id": ids[0]}));
    assert_eq!(thin.receipt(), "accepted");
    wait_until("the order is mirrored", SOON, || stand.state("t1") == "APPLIED");
    let told = partner.world(|world| world.get(Subject::Order, &ids[0])).unwrap();
    let mirrored = runtime().block_on(ask_order(&stand, 0, &ids[0]));
    assert_eq!(mirrored.body["data"]["order"]["status"], told["status"], "{}", mirrored.body);

    // Whoever asks for the same unknown order at once is answered by one request.
    let before = partner.stats().api_requests;
    let answers = runtime().block_on(join_all((0..50).map(|_| ask_order(&stand, 0, &ids[1]))));
    assert!(answers.iter().all(|answer| answer.body["data"]["order"]["externalId"] == json!(ids[1])));
    assert_eq!(partner.stats().api_requests - before, 1);
    let nobody = runtime().block_on(ask_order(&stand, 0, "nobody"));
    assert_eq!((nobody.status, &nobody.body), (200, &json!({"data": {"order": null}})));
}

#[test]
fn a_partner_that_fails_is_left_alone_and_what_we_have_is_served() {
    let partner = simulator(|_| {});
    let stand = stand(&partner, Engine::Postgres, 1, &[("FARMLOKAL_PARTNER_BREAKER_OPEN_MS", "30000")]);
    let ids = order_ids(&partner);
    assert!(runtime().block_on(ask_order(&stand, 0, &ids[0])).body["errors"].is_null());
    partner.set_faults(Faults { error_rate: 1.0, status: 500, ..Faults::default() });
    let mut codes = Vec::new();
    for n in 0..40 {
        let answer = runtime().block_on(ask_order(&stand, 0, &format!("unknown-{n}")));
        codes.push(code(&answer).to_owned());
        if codes.last().is_some_and(|code| code == "CIRCUIT_OPEN") {
            break;
        }
    }
    assert_eq!(
        (codes[0].as_str(), codes.last().map(String::as_str)),
        ("UPSTREAM_UNAVAILABLE", Some("CIRCUIT_OPEN")),
        "{codes:?}"
    );
    let before = partner.stats().api_requests;
    let many: Vec<String> = (0..200).map(|n| format!("cold-{n}")).collect();
    let answers = runtime().block_on(join_all(many.iter().map(|id| ask_order(&stand, 0, id))));
    assert!(answers.iter().all(|answer| code(answer) == "CIRCUIT_OPEN"));
    assert_eq!(partner.stats().api_requests, before, "an open breaker asks nobody");
    let mirrored = runtime().block_on(ask_order(&stand, 0, &ids[0]));
    assert_eq!(mirrored.body["data"]["order"]["externalId"], json!(ids[0]), "what we have is served");
    let metrics = stand.ask("{ metrics { upstreams { name circuit requests failures } webhooks { received } } }");
    let upstream = metrics["metrics"]["upstreams"].as_array().unwrap().iter().find(|one| one["name"] == "partner-api").cloned();
    assert_eq!(upstream.unwrap()["circuit"], "OPEN");
}

#[test]
fn a_breaker_that_is_half_open_lets_one_probe_of_each_server_through() {
    let partner = simulator(|_| {});
    let settings = [("FARMLOKAL_PARTNER_BREAKER_OPEN_MS", "1000"), ("FARMLOKAL_PARTNER_BREAKER_MINIMUM", "5")];
    let stand = stand(&partner, Engine::Postgres, 3, &settings);
    let circuit = |server: usize| {
        let document = json!({"query": "{ metrics { upstreams { name circuit } } }"});
        let request = stand.client.post(format!("{}/graphql", stand.servers[server].base_url())).bearer_auth(TOKEN);
        let answer = stand.send(request.json(&document));
        let all = answer.body["data"]["metrics"]["upstreams"].as_array().unwrap().clone();
        all.iter().find(|one| one["name"] == "partner-api").unwrap()["circuit"].as_str().unwrap().to_owned()
    };
    // Probes that fail, late enough for everybody to come in the meantime.
    partner.set_faults(Faults { error_rate: 1.0, status: 500, ..Faults::default() });
    for server in 0..3 {
        let unknown: Vec<String> = (0..10).map(|n| format!("unknown-{n}")).collect();
        runtime().block_on(join_all(unknown.iter().map(|id| ask_order(&stand, server, id))));
        assert_ne!(circuit(server), "CLOSED");
    }
    partner.set_faults(Faults { error_rate: 1.0, status: 500, latency_ms: 1_000, ..Faults::default() });
    wait_until("every breaker is half-open", SOON, || (0..3).all(|server| circuit(server) == "HALF_OPEN"));
    let before = partner.stats().api_requests;
    let ids: Vec<String> = (0..100).map(|n| format!("cold-{n}")).collect();
    let crowd = (0..300).map(|n| ask_order(&stand, n % 3, &ids[n / 3]));
    let answers = runtime().block_on(join_all(crowd));
    let refused = answers.iter().filter(|answer| code(answer) == "CIRCUIT_OPEN").count();
    assert_eq!((refused, partner.stats().api_requests - before), (297, 3), "one probe of each server");
}

#[test]
fn whatever_a_partner_does_the_answer_is_clean_and_in_time() {
    let partner = simulator(|_| {});
    let stand = stand(&partner, Engine::Sqlite, 1, &[("FARMLOKAL_PARTNER_BREAKER_MINIMUM", "20")]);
    let failing = |status| Faults { error_rate: 1.0, status, ..Faults::default() };
    // What is wrong, what it is called, and the requests that it may cost.
    let (unavailable, once, again) = ("UPSTREAM_UNAVAILABLE", 1..=1, 1..=3);
    let faults = [
        ("500", failing(500), unavailable, 2..=3),
        ("400", failing(400), unavailable, once.clone()),
        ("403", failing(403), unavailable, once.clone()),
        ("404", failing(404), "", once),
        ("reset", Faults { reset: true, ..Faults::default() }, unavailable, again.clone()),
        ("garbage", Faults { garbage: true, ..Faults::default() }, unavailable, again.clone()),
        ("2 GB", Faults { huge_body: true, ..Faults::default() }, unavailable, again.clone()),
        ("a byte per half a second", Faults { drip: true, ..Faults::default() }, "UPSTREAM_TIMEOUT", again.clone()),
        ("hang", Faults { hang: true, ..Faults::default() }, "UPSTREAM_TIMEOUT", again),
    ];
    for (what, fault, expected, requests) in faults {
        partner.set_faults(fault);
        let before = (partner.stats().api_requests, stand.servers[0].memory_peak_bytes());
        let started = Instant::now();
        let answer = runtime().block_on(ask_order(&stand, 0, &format!("for-{}", what.replace(' ', "-"))));
        assert_eq!(code(&answer), expected, "{what}: {}", answer.body);
        assert!(started.elapsed() < Duration::from_millis(5_500), "{what}: {:?}", started.elapsed());
        let made = partner.stats().api_requests - before.0;
        assert!(requests.contains(&made), "{what}: {made} requests");
        let grown = stand.servers[0].memory_peak_bytes().saturating_sub(before.1);
        assert!(grown < 64 * 1024 * 1024, "{what}: {grown} bytes more");
    }
}

#[test]
fn orders_that_hang_leave_those_who_shop_alone() {
    let partner = simulator(|_| {});
    let stand = stand(&partner, Engine::Postgres, 1, &[]);
    partner.set_faults(Faults { hang: true, ..Faults::default() });
    let ids: Vec<String> = (0..300).map(|n| format!("stuck-{n}")).collect();
    let stuck = join_all(ids.iter().map(|id| ask_order(&stand, 0, id)));
    let shop = async {
        let mut statuses = Vec::new();
        for n in 0..40 {
            let document = json!({"query": format!("{{ products(first: {}) {{ nodes {{ name }} }} }}", n % 100 + 1)});
            let request = stand.client.post(format!("{}/graphql", stand.servers[0].base_url())).json(&document);
            let answer = send(request).await.unwrap();
            statuses.push((answer.status, answer.body["errors"].is_null()));
        }
        statuses
    };
    let (stuck, shopped) = runtime().block_on(async { futures_util::join!(stuck, shop) });
    assert!(shopped.iter().all(|answered| *answered == (200, true)), "{shopped:?}");
    assert!(
        stuck
            .iter()
            .all(|answer| code(answer).starts_with("UPSTREAM") || code(answer) == "CIRCUIT_OPEN" || code(answer) == "OVERLOADED")
    );
}

#[test]
fn everything_is_pulled_and_the_next_pull_finds_nothing_new() {
    let partner = simulator(|_| {});
    let stand = stand(&partner, Engine::Sqlite, 1, &[]);
    let pull = || {
        let document = "mutation { syncPartnerCatalogue(input: {}) { done productsCreated productsUpdated ordersUpserted userErrors { code } } }";
        stand.ask(document)["syncPartnerCatalogue"].clone()
    };
    let mut total = (0, 0);
    loop {
        let pulled = pull();
        assert_eq!(pulled["userErrors"], json!([]));
        total.0 += pulled["productsCreated"].as_i64().unwrap();
        total.1 += pulled["ordersUpserted"].as_i64().unwrap();
        if pulled["done"] == true {
            break;
        }
    }
    assert_eq!(total, (200, 50));
    let counts = stand.ask("{ products { totalCount } orders { totalCount } }");
    assert_eq!(counts, json!({"products": {"totalCount": 200}, "orders": {"totalCount": 50}}));
    let again = pull();
    let nothing = json!({"done": true, "productsCreated": 0, "productsUpdated": 0, "ordersUpserted": 0, "userErrors": []});
    assert_eq!(again, nothing);
    let id = order_ids(&partner)[0].clone();
    let told = partner.world(|world| world.get(Subject::Order, &id)).unwrap();
    let mirrored = runtime().block_on(ask_order(&stand, 0, &id));
    assert_eq!(mirrored.body["data"]["order"]["status"], told["status"]);
    let printed = stand.program().args(["sync", "--updated-since", "2100-01-01T00:00:00Z"]).run();
    let said = String::from_utf8_lossy(&printed.stdout).into_owned();
    assert_eq!(said.trim(), "0 products created, 0 updated, 0 orders taken", "{}", String::from_utf8_lossy(&printed.stderr));
}

#[test]
fn a_pull_from_a_partner_that_fails_fails_alone() {
    let partner = simulator(|_| {});
    let stand = stand(&partner, Engine::Sqlite, 1, &[]);
    partner.set_faults(Faults { error_rate: 1.0, status: 500, ..Faults::default() });
    let document = "mutation { before: __typename syncPartnerCatalogue(input: {}) { done } after: __typename }";
    let request = stand.client.post(format!("{}/graphql", stand.servers[0].base_url())).bearer_auth(TOKEN);
    let answer = stand.send(request.json(&json!({ "query": document })));
    assert_eq!(code(&answer), "UPSTREAM_UNAVAILABLE", "{}", answer.body);
    assert_eq!(answer.body["data"], json!({"before": "Mutation", "syncPartnerCatalogue": null, "after": "Mutation"}));
}

#[test]
fn without_a_partner_a_pull_says_so() {
    let stand = Stand::start(Engine::Sqlite, 1, &[]);
    let pulled = stand.ask("mutation { syncPartnerCatalogue(input: {}) { done userErrors { code message } } }");
    assert_eq!(pulled["syncPartnerCatalogue"]["done"], Value::Bool(false));
    assert_eq!(pulled["syncPartnerCatalogue"]["userErrors"][0]["code"], "CONFLICT");
}
