//! What is never kept: whatever is not the same for everybody, whatever writes, whatever went wrong.

use farmlokal_testbed::Redis;
use reqwest::RequestBuilder;
use serde_json::json;

use crate::fleet::{BYPASS, Fleet, MADE, MEMORY, TOKEN};

/// Documents whose answers are made each time.
const NEVER_KEPT: [&str; 19] = [
    // Of the caller, or of the moment.
    "{ rateLimit { remaining } }",
    "{ metrics { version } }",
    "{ health { status } }",
    "{ node(id: \"AAAA\") { id } }",
    "{ nodes(ids: [\"AAAA\"]) { id } }",
    "{ __typename }",
    "{ __schema { queryType { name } } }",
    // A part of it is, hidden as well as it can be.
    "{ products(first: 2) { nodes { id } } rateLimit { limit } }",
    "{ categories { slug } ... on Query { ... on Query { metrics { version } } } }",
    "query Q { categories { slug } ...A } fragment A on Query { ...B } fragment B on Query { rateLimit { limit } }",
    "{ categories { slug } rateLimit @skip(if: true) { limit } }",
    "query Q($yes: Boolean = false) { categories { slug } metrics @include(if: $yes) { version } }",
    "{ products: rateLimit { limit } categories { slug } }",
    // Something is wrong with it, or with a part of it.
    "{ products(first: 1000) { nodes { id } } }",
    "{ categories { slug } products(first: 1000) { nodes { id } } }",
    "{ products(first: 2, after: \"forged\") { nodes { id } } }",
    "{ products(filter: { price: { min: \"0.001\" } }) { nodes { id } } }",
    "{ nothing }",
    "{",
];

/// How many answers are kept in Redis.
fn kept_in(redis: &Redis) -> usize {
    redis.query(&["KEYS", "farmlokal:*:answer:*"]).lines().filter(|line| !line.is_empty()).count()
}

fn with_redis(redis: &Redis) -> Fleet {
    let fleet = Fleet::seeded(1, &[("REDIS_URL", &redis.url()), ("FARMLOKAL_REDIS_DEADLINE_MS", "500")]);
    fleet.uses_redis();
    fleet
}

#[test]
fn what_is_not_the_same_for_everybody_is_made_each_time() {
    let redis = Redis::start();
    let fleet = with_redis(&redis);
    for document in NEVER_KEPT {
        let by_get = || fleet.graphql_by_get(0, document);
        let by_post = || fleet.graphql(0, document);
        let with_token = || by_post().bearer_auth(TOKEN);
        let calls: [&dyn Fn() -> RequestBuilder; 3] = [&by_get, &by_post, &with_token];
        for call in calls.into_iter().chain(calls) {
            let answer = fleet.send(call());
            assert_eq!((answer.cache(), answer.header("etag"), answer.header("age")), (BYPASS, "", ""), "{document}");
            assert_eq!(answer.header("cache-control"), "no-store", "{document}");
        }
    }
    assert_eq!(kept_in(&redis), 0);
    let kept = fleet.ask(0, "{ categories { slug } }");
    farmlokal_testbed::wait_until("a public answer is kept there", std::time::Duration::from_secs(5), || kept_in(&redis) == 1);
    assert_eq!(kept.cache(), MADE);
}

#[test]
fn writes_are_run_each_time() {
    let fleet = Fleet::start(1, &[]);
    let write = |name: &str| {
        let input = json!({ "categories": [{ "slug": "milk", "name": name }] });
        let document = "mutation($input: UpsertCategoriesInput!) { upsertCategories(input: $input) { categories { name } } }";
        let call = fleet.post(0, &json!({ "query": document, "variables": { "input": input } }));
        fleet.send(call.bearer_auth(TOKEN))
    };
    for name in ["Milk", "Milk", "Dairy"] {
        let answer = write(name);
        assert_eq!((answer.cache(), answer.header("etag")), (BYPASS, ""));
        assert_eq!(answer.json()["data"]["upsertCategories"]["categories"][0]["name"], name);
    }
}

#[test]
fn a_rest_page_that_cannot_be_asked_for_is_not_kept() {
    let fleet = Fleet::start(1, &[]);
    for path in ["/products?limit=0", "/products?colour=blue", "/products?cursor=forged", "/products?search=%20"] {
        for _ in 0..2 {
            let answer = fleet.send(fleet.get(0, path));
            assert_eq!((answer.status, answer.header("etag"), answer.is_hit()), (400, "", false), "{path}");
        }
    }
}

#[test]
fn a_wrong_token_is_told_although_the_answer_is_kept() {
    let fleet = Fleet::start(1, &[]);
    let document = "{ categories { slug } }";
    let calls = || [fleet.graphql(0, document), fleet.graphql_by_get(0, document), fleet.get(0, "/products?limit=3")];
    for call in calls().into_iter().chain(calls()) {
        assert_eq!(fleet.send(call).status, 200);
    }
    for call in calls() {
        let tag = fleet.send(call.try_clone().unwrap()).header("etag").to_owned();
        for authorization in ["Bearer wrong-token-of-enough-length", "Bearer", "Basic eDp5"] {
            let challenge = if authorization.contains("wrong") { "Bearer error=\"invalid_token\"" } else { "Bearer" };
            let told = fleet.send(call.try_clone().unwrap().header("authorization", authorization).header("if-none-match", &tag));
            assert_eq!((told.status, told.header("www-authenticate")), (401, challenge), "{authorization}");
            assert_eq!((told.header("cache-control"), told.header("etag")), ("no-store", ""));
        }
        assert_eq!(fleet.send(call.bearer_auth(TOKEN)).cache(), MEMORY, "a right one is no obstacle");
    }
}

#[test]
fn that_nothing_is_kept_is_a_setting() {
    let redis = Redis::start();
    let fleet = Fleet::start(1, &[("FARMLOKAL_CACHE", "false"), ("REDIS_URL", &redis.url())]);
    for _ in 0..2 {
        let answer = fleet.ask(0, "{ categories { slug } }");
        assert_eq!((answer.status, answer.cache()), (200, BYPASS));
    }
    assert_eq!(kept_in(&redis), 0);
}
