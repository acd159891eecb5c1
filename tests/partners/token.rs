//! One token for all servers: however many ask at once, whoever dies while getting it, whatever their clocks say.

use std::time::{Duration, Instant};

use chrono::DateTime;
use farmlokal_testbed::{Redis, wait_until};
use futures_util::future::{join, join_all};
use simulator::Faults;

use crate::partner::{SOON, ask_order, order_ids, order_question, simulator, stand};
use crate::stand::{Engine, Stand, now_s, runtime, send};

/// How long one server may keep the others from getting a token (`FARMLOKAL_PARTNER_TOKEN_LOCK_MS`).
const LOCK: Duration = Duration::from_secs(3);
/// Debian's libfaketime; `./scripts/test` installs it.
const FAKETIME: &str = "faketime/libfaketime.so.1";

fn wait_for_redis(stand: &Stand) {
    for server in &stand.servers {
        wait_until("Redis is of use", SOON, || {
            let ready = stand.send(stand.client.get(format!("{}/readyz", server.base_url())));
            ready.body["checks"]["redis"]["status"] == "ok"
        });
    }
}

/// What a server takes for the time of day, in seconds since 1970.
fn time_of(stand: &Stand, server: usize) -> i64 {
    let question = stand.client.get(format!("{}/livez", stand.servers[server].base_url()));
    let answer = runtime().block_on(async { question.send().await }).unwrap();
    DateTime::parse_from_rfc2822(answer.headers()["date"].to_str().unwrap()).unwrap().timestamp()
}

/// Six callers at a time over three servers, for so long; gives how many calls there were. None may fail.
fn ask_for(stand: &Stand, time: Duration) -> usize {
    let (started, mut asked) = (Instant::now(), 0);
    while started.elapsed() < time {
        let some = (0..6).map(|n| ask_order(stand, n % 3, "nobody"));
        let answers = runtime().block_on(join_all(some));
        assert!(answers.iter().all(|answer| answer.body["errors"].is_null()), "{answers:?}");
        asked += 6;
    }
    asked
}

#[test]
fn a_cold_crowd_over_three_servers_fetches_one_token_and_short_tokens_never_fail_a_call() {
    let redis = Redis::start();
    let partner = simulator(|settings| (settings.orders, settings.token_seconds) = (100, 6));
    let stand = stand(&partner, Engine::Postgres, 3, &[("REDIS_URL", &redis.url())]);
    wait_for_redis(&stand);
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
    let asked = ask_for(&stand, Duration::from_secs(15));
    let tokens = partner.stats().token_requests;
    assert!(asked > 50 && (3..=12).contains(&tokens), "{tokens} tokens for {asked} calls");
    // A token that the partner takes back is replaced, and nobody notices.
    partner.revoke_tokens();
    assert!(runtime().block_on(ask_order(&stand, 0, "nobody")).body["errors"].is_null());
}

#[test]
fn when_the_server_that_gets_the_token_is_killed_the_next_one_goes_on() {
    let redis = Redis::start();
    let partner = simulator(|_| {});
    let stand = stand(&partner, Engine::Postgres, 3, &[("REDIS_URL", &redis.url())]);
    wait_for_redis(&stand);
    let ids = order_ids(&partner);
    // The first one has the lock and waits for the token endpoint.
    partner.set_faults(Faults { token_hang: true, ..Faults::default() });
    let first = send(order_question(&stand, 0, &ids[0]));
    let killed = async {
        while partner.stats().token_requests == 0 {
            tokio::task::yield_now().await;
        }
        partner.set_faults(Faults::default());
        stand.servers[0].kill();
        let started = Instant::now();
        let answers = join_all([1, 2].map(|server| ask_order(&stand, server, &ids[server]))).await;
        (answers, started.elapsed())
    };
    let (first, (answers, took)) = runtime().block_on(join(first, killed));
    assert!(first.is_err(), "its own caller is answered by nobody: {first:?}");
    assert!(answers.iter().all(|answer| answer.body["errors"].is_null()), "{answers:?}");
    assert!(took <= LOCK + Duration::from_secs(1), "{took:?}");
    assert_eq!(partner.stats().token_requests, 2, "the dead one's, and one for both");
}

#[test]
fn a_server_whose_clock_is_wrong_has_as_good_a_token_as_the_others() {
    let library = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"];
    let library = library.iter().map(|folder| format!("{folder}/{FAKETIME}")).find(|path| std::path::Path::new(path).exists());
    let library = library.expect("libfaketime is missing (./scripts/test installs it)");
    for ahead in ["+280s", "-280s"] {
        let redis = Redis::start();
        let partner = simulator(|settings| settings.token_seconds = 6);
        let mut stand = stand(&partner, Engine::Postgres, 2, &[("REDIS_URL", &redis.url())]);
        // Wrong is what it thinks the time of day is; how long something takes it measures like everybody.
        let wrong = stand.program().env("LD_PRELOAD", library.as_str()).env("FAKETIME", ahead).env("DONT_FAKE_MONOTONIC", "1");
        let wrong = wrong.start();
        stand.servers.push(wrong);
        wait_for_redis(&stand);
        let apart = (time_of(&stand, 2) - now_s()).abs();
        assert!((270..=290).contains(&apart), "its clock is {apart} s wrong");
        let asked = ask_for(&stand, Duration::from_secs(9));
        let tokens = partner.stats().token_requests;
        assert!(asked > 50 && (2..=8).contains(&tokens), "{ahead}: {tokens} tokens for {asked} calls");
    }
}
