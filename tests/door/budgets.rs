//! Three servers, one budget.

use std::time::{Duration, Instant};

use farmlokal_testbed::{Redis, wait_until};
use serde_json::json;

use crate::fleet::{Answer, Fleet, TOKEN, send};

/// Private, so no cache ever answers it.
const UNCACHED: &str = "{ rateLimit { remaining } products(first: 49) { nodes { id } } }";
/// It cannot be parsed, so it pays the first point and nothing else, as a kept answer does.
const ONE_POINT: &str = "{";
const BURST: f64 = 2_000.0;
const PER_SECOND: f64 = 100.0;
/// How long a crowd asks.
const CROWDED: Duration = Duration::from_secs(4);
const BACK_WITHIN: Duration = Duration::from_secs(5);

fn small_budget(redis: Option<&Redis>) -> Vec<(&'static str, String)> {
    let settings = [
        ("FARMLOKAL_BUDGET_POINTS_PER_MINUTE", "6000"),
        ("FARMLOKAL_BUDGET_BURST", "2000"),
        ("FARMLOKAL_DOCUMENT_MAX_COST", "2000"),
        // A busy machine is not to be taken for a Redis that is away.
        ("FARMLOKAL_REDIS_DEADLINE_MS", "300"),
    ];
    let settings = settings.into_iter().map(|(name, value)| (name, value.to_owned()));
    settings.chain(redis.map(|redis| ("REDIS_URL", redis.url()))).collect()
}

fn fleet(servers: usize, redis: Option<&Redis>) -> Fleet {
    let settings = small_budget(redis);
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let fleet = Fleet::start(servers, &settings);
    if redis.is_some() {
        fleet.uses_redis();
    }
    fleet
}

fn cost(fleet: &Fleet) -> f64 {
    fleet.ask(0, UNCACHED).header("x-query-cost").parse().unwrap()
}

#[test]
fn three_servers_admit_one_budget_of_uncached_queries() {
    let redis = Redis::start();
    let fleet = fleet(3, Some(&redis));
    let cost = cost(&fleet);
    redis.query(&["FLUSHALL"]);
    let crowd = fleet.crowd(UNCACHED, CROWDED);
    let share = crowd.share(cost, BURST, PER_SECOND);
    println!("uncached: {share:.3} of the budget, {crowd:?}");
    assert!((0.95..1.05).contains(&share) && crowd.refused > 0, "{share} {crowd:?}");
}

#[test]
fn three_servers_admit_one_budget_of_single_points() {
    let redis = Redis::start();
    let fleet = fleet(3, Some(&redis));
    let crowd = fleet.crowd(ONE_POINT, CROWDED);
    let share = crowd.share(1.0, BURST, PER_SECOND);
    println!("single points: {share:.3} of the budget, {crowd:?}");
    assert!((0.9..1.1).contains(&share) && crowd.refused > 0, "{share} {crowd:?}");
}

#[test]
fn a_server_alone_admits_its_budget() {
    let fleet = fleet(1, None);
    let crowd = fleet.crowd(ONE_POINT, CROWDED);
    let share = crowd.share(1.0, BURST, PER_SECOND);
    println!("alone: {share:.3} of the budget, {crowd:?}");
    assert!((0.95..1.05).contains(&share) && crowd.refused > 0, "{share} {crowd:?}");
}

/// Answers go on within a moment, each server limits by itself, and the budget is one again when Redis is back.
fn survives(go: fn(&Redis), come_back: fn(&Redis)) {
    let redis = Redis::start();
    let fleet = fleet(3, Some(&redis));
    let cost = cost(&fleet);
    go(&redis);
    let gone = Instant::now();
    for n in 0..60 {
        let answer = fleet.ask(n % 3, "{ categories { slug } }");
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.took < Duration::from_secs(2), "{:?}", answer.took);
    }
    for server in 0..3 {
        wait_until("the outage is told", Duration::from_secs(10), || fleet.redis_status(server) == "degraded");
    }
    let crowd = fleet.crowd(UNCACHED, Duration::from_secs(3));
    let share = crowd.share(cost, 3.0 * BURST, 3.0 * PER_SECOND);
    println!("away for {:?}: {share:.3} of three budgets, {crowd:?}", gone.elapsed());
    assert!(share < 1.05 && crowd.refused > 0, "{share} {crowd:?}");
    assert!(share > 0.3, "each server by itself: {share} {crowd:?}");
    come_back(&redis);
    fleet.uses_redis();
    redis.query(&["FLUSHALL"]);
    // The last door that was closed is open again.
    wait_until("a query is answered", BACK_WITHIN, || fleet.ask(0, UNCACHED).status == 200);
    let crowd = fleet.crowd(UNCACHED, Duration::from_secs(2));
    let share = crowd.share(cost, BURST, PER_SECOND);
    assert!(share < 1.1, "one budget again: {share} {crowd:?}");
}

#[test]
fn a_redis_that_hangs_is_done_without() {
    survives(|redis| redis.pause(), |redis| redis.resume());
}

#[test]
fn a_redis_that_dies_is_done_without() {
    survives(|redis| redis.kill(), |redis| redis.restart());
}

#[test]
fn a_refusal_says_when_to_come_back() {
    let fleet = fleet(1, None);
    let first = fleet.ask(0, UNCACHED);
    let cost: u64 = first.header("x-query-cost").parse().unwrap();
    assert_eq!((first.status, first.header("ratelimit-policy")), (200, "\"default\";q=2000;w=20"));
    assert_eq!((first.rate_limit("r"), first.rate_limit("t")), (2_000 - cost, 1));
    assert_eq!(first.json()["data"]["rateLimit"]["remaining"], json!(2_000 - cost), "{:?}", first.json());

    fleet.crowd(UNCACHED, Duration::from_secs(1));
    let (graphql, rest) = (refused(&fleet, "/graphql?query={__typename}"), refused(&fleet, "/products"));
    assert_eq!(graphql.json()["errors"][0]["extensions"]["code"], "RATE_LIMITED");
    assert!(graphql.json().get("data").is_none() && graphql.header("content-type").contains("json"));
    assert_eq!((rest.json()["code"].as_str(), rest.header("content-type")), (Some("RATE_LIMITED"), "application/problem+json"));
    for answer in [graphql, rest] {
        let after: u64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=20).contains(&after) && answer.rate_limit("t") <= 20, "{answer:?}");
        assert_eq!(answer.header("ratelimit-policy"), "\"default\";q=2000;w=20");
    }
    for free in ["/livez", "/readyz", "/metrics", "/metrics/prometheus", "/"] {
        let answer = fleet.send(fleet.get(0, free));
        assert_eq!((answer.status, answer.header("ratelimit")), (200, ""), "{free}");
    }
    let metrics = fleet.send(fleet.get(0, "/metrics/prometheus"));
    let counted = |line: &str| line.strip_prefix("farmlokal_requests_rate_limited_total ").is_some_and(|n| n != "0");
    assert!(String::from_utf8(metrics.body).unwrap().lines().any(counted));
    // The token has a budget of its own.
    let told = fleet.graphql(0, "{ metrics { requests { rateLimited } } rateLimit { limit remaining resetAt } }");
    let told = fleet.send(told.bearer_auth(TOKEN)).json();
    assert!(told["data"]["metrics"]["requests"]["rateLimited"].as_str().unwrap().parse::<u64>().unwrap() > 0, "{told}");
    assert_eq!(told["data"]["rateLimit"]["limit"], 2_000, "{told}");
}

/// Asks until the answer is a refusal: a point may have come back in the meantime.
fn refused(fleet: &Fleet, path: &str) -> Answer {
    farmlokal_testbed::poll(Duration::from_secs(10), || {
        let answers = (0..50).map(|_| fleet.send(fleet.get(0, path)));
        answers.into_iter().find(|answer| answer.status == 429)
    })
    .unwrap()
}

#[test]
fn pages_cost_the_same_by_rest_and_by_graphql() {
    let fleet = Fleet::start(1, &[]);
    for first in [1, 20, 100] {
        let rest = fleet.send(fleet.get(0, &format!("/products?limit={first}")));
        let document = format!(
            "{{ products(first: {first}) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ id category {{ slug }} \
             price {{ amount }} pack {{ value }} producer {{ name }} }} }} }}"
        );
        let graphql = fleet.ask(0, &document);
        assert_eq!((rest.status, rest.header("x-query-cost")), (200, graphql.header("x-query-cost")));
    }
    let bad = fleet.send(fleet.get(0, "/products?colour=blue"));
    assert_eq!((bad.status, bad.rate_limit("t")), (400, 1), "a request that cannot be read pays a point");
}

#[test]
fn no_limit_is_a_setting() {
    let fleet = Fleet::start(1, &[("FARMLOKAL_BUDGET_POINTS_PER_MINUTE", "0")]);
    let answer = fleet.ask(0, "{ rateLimit { limit remaining } }");
    assert_eq!((answer.status, answer.header("ratelimit"), answer.header("ratelimit-policy")), (200, "", ""));
    assert_eq!(answer.json()["data"]["rateLimit"]["remaining"], i32::MAX);
}

#[test]
fn a_flushed_redis_costs_no_answer() {
    let redis = Redis::start();
    let fleet = fleet(1, Some(&redis));
    for _ in 0..5 {
        redis.query(&["FLUSHALL"]);
        redis.query(&["SCRIPT", "FLUSH"]);
        let answer = crate::fleet::runtime().block_on(send(fleet.graphql(0, UNCACHED)));
        assert_eq!((answer.status, answer.rate_limit("r") > 1_900), (200, true), "{answer:?}");
    }
}
