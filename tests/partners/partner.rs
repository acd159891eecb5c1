//! A partner to ask: thin events, orders read through, one token for all, and a partner that is ill.

use std::time::{Duration, Instant};

use farmlokal_testbed::{Redis, wait_until};
use futures_util::future::join_all;
use serde_json::{Value, json};
use simulator::{Clock, Faults, Running, Simulator, SimulatorSettings, Subject};

use crate::stand::{Answer, Engine, Stand, TOKEN, now_s, runtime, send};

const SOON: Duration = Duration::from_secs(15);

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
fn order_ids(partner: &Running) -> Vec<String> {
    let page = partner.world(|world| world.page(Subject::Order, None, None, 100)).unwrap();
    page.items.iter().map(|order| order["id"].as_str().unwrap().to_owned()).collect()
}

async fn ask_order(stand: &Stand, server: usize, id: &str) -> Answer {
    let document = "query($id: String!) { order(by: {externalId: $id}) { externalId status asOf } }";
    let body = json!({"query": document, "variables": {"id": id}});
    let request = stand.client.post(format!("{}/graphql", stand.servers[server].base_url())).bearer_auth(TOKEN);
    send(request.json(&body)).await.unwrap()
}

fn code(answer: &Answer) -> &str {
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
fn a_cold_crowd_over_three_servers_fetches_one_token_and_short_tokens_never_fail_a_call() {
    let redis = Redis::start();
    let partner = simulator(|settings| (settings.orders, settings.token_seconds) = (100, 6));
    let stand = stand(&partner, Engine::Postgres, 3, &[("REDIS_URL", &redis.url())]);
    for server in 0..3 {
        wait_until("Redis is of use", SOON, || {
            let ready = stand.send(stand.client.get(format!("{}/readyz", stand.servers[server].base_url())));
            ready.body["checks"]["redis"]["status"] == "ok"
        });
    }
    let ids = order_ids(&partner);
    let crowd = (0..300).map(|n| ask_order(&stand, n % 3, &ids[n / 3]));
    let answers = runtime().block_on(join_all(crowd));
    assert!(
        answers.iter().all(|answer| answer.body["errors"].is_null()),
        "{:?}",
        answers.iter().find(|a| !a.body["errors"].is_null())
    );
    assert_eq!(partner.stats().token_requests, 1);

    // Tokens of six seconds, for fifteen: every call has a good one.
    let (started, mut asked) = (Instant::now(), 0);
    while started.elapsed() < Duration::from_secs(15) {
        let some = (0..6).map(|n| ask_order(&stand, n % 3, "nobody"));
        let answers = runtime().block_on(join_all(some));
        assert!(answers.iter().all(|answer| answer.body["errors"].is_null()), "{answers:?}");
        asked += 6;
    }
    let tokens = partner.stats().token_requests;
    assert!(asked > 50 && (3..=12).contains(&tokens), "{tokens} tokens for {asked} calls");
    // A token that the partner takes back is replaced, and nobody notices.
    partner.revoke_tokens();
    assert!(runtime().block_on(ask_order(&stand, 0, "nobody")).body["errors"].is_null());
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
fn whatever_a_partner_does_the_answer_is_clean_and_in_time() {
    let partner = simulator(|_| {});
    let stand = stand(&partner, Engine::Sqlite, 1, &[("FARMLOKAL_PARTNER_BREAKER_MINIMUM", "20")]);
    let faults: [(&str, Faults, &[&str]); 6] = [
        ("500", Faults { error_rate: 1.0, status: 500, ..Faults::default() }, &["UPSTREAM_UNAVAILABLE"]),
        ("403", Faults { error_rate: 1.0, status: 403, ..Faults::default() }, &["UPSTREAM_UNAVAILABLE"]),
        ("reset", Faults { reset: true, ..Faults::default() }, &["UPSTREAM_UNAVAILABLE"]),
        ("garbage", Faults { garbage: true, ..Faults::default() }, &["UPSTREAM_UNAVAILABLE"]),
        ("2 GB", Faults { huge_body: true, ..Faults::default() }, &["UPSTREAM_UNAVAILABLE"]),
        ("hang", Faults { hang: true, ..Faults::default() }, &["UPSTREAM_TIMEOUT"]),
    ];
    for (what, fault, codes) in faults {
        partner.set_faults(fault);
        let before = partner.stats().api_requests;
        let started = Instant::now();
        let answer = runtime().block_on(ask_order(&stand, 0, &format!("for-{}", what.replace(' ', "-"))));
        assert!(codes.contains(&code(&answer)), "{what}: {}", answer.body);
        assert!(started.elapsed() < Duration::from_secs(6), "{what}: {:?}", started.elapsed());
        let attempts = partner.stats().api_requests - before;
        match what {
            "403" => assert_eq!(attempts, 1, "a refusal is not tried again"),
            "500" => assert!((2..=3).contains(&attempts), "{attempts} attempts"),
            _ => {}
        }
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
