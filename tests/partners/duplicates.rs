//! One event sent many times at once to three servers: it is processed once.

use futures_util::future::join_all;
use serde_json::Value;

use farmlokal_testbed::Redis;

use crate::stand::{Engine, Stand, event, order, runtime, send};

#[test]
fn each_id_is_processed_once_over_three_servers() {
    for engine in Engine::ALL {
        let stand = Stand::start(engine, 3, &[]);
        let ids: Vec<(String, Value)> = (0..200).map(numbered).collect();
        at_once(&stand, &ids, 20);
        at_once(&stand, &[numbered(1_000)], 500);
    }
}

#[test]
fn the_same_with_a_redis_that_hangs_dies_and_forgets() {
    let redis = Redis::start();
    let stand = Stand::start(Engine::Postgres, 3, &[("REDIS_URL", &redis.url())]);
    let ids = |from: usize| -> Vec<(String, Value)> { (from..from + 40).map(numbered).collect() };
    at_once(&stand, &ids(0), 20);
    redis.query(&["FLUSHALL"]);
    at_once(&stand, &ids(100), 20);
    redis.pause();
    at_once(&stand, &ids(200), 20);
    redis.resume();
    redis.stop();
    at_once(&stand, &ids(300), 20);
    let products = stand.send(stand.client.get(format!("{}/products", stand.servers[1].base_url())));
    assert_eq!(products.status, 200, "product queries are unharmed");
}

fn numbered(n: usize) -> (String, Value) {
    (format!("evt-{n}"), event("order.created", &n.to_string(), 1, &order("PENDING", "P-1")))
}

/// Sends every event so many times at once, to all servers in turn.
fn at_once(stand: &Stand, events: &[(String, Value)], times: usize) {
    let deliveries = (0..times).flat_map(|time| events.iter().enumerate().map(move |(n, event)| (time + n, event)));
    let sent = deliveries.map(|(n, (id, body))| async move {
        // What could not be stored is sent again, as providers do.
        loop {
            let answer = send(stand.delivery(n % stand.servers.len(), id, body)).await.unwrap();
            if answer.status != 503 {
                return (id.clone(), answer);
            }
        }
    });
    let answers = runtime().block_on(join_all(sent));
    for (id, _) in events {
        let of_id = answers.iter().filter(|(other, _)| other == id);
        let receipts: Vec<&str> =
            of_id.map(|(_, answer)| if answer.status == 200 { answer.receipt() } else { "failed" }).collect();
        let count = |word: &str| receipts.iter().filter(|receipt| **receipt == word).count();
        assert_eq!((count("processed"), count("duplicate")), (1, times - 1), "{id}: {receipts:?}");
    }
}
