//! The connection to Redis: it is never waited for, and it comes back by itself.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use farmlokal::cache::redis::{Away, Redis, RedisAddress, RedisSettings, Script};
use farmlokal_testbed::{Redis as Server, free_port, wait_until};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// Redis is to be of use again so soon after it returned.
const BACK_WITHIN: Duration = Duration::from_secs(5);
/// A call to a Redis that hangs takes its deadline, on a busy machine somewhat more.
const CALL_WITHIN: Duration = Duration::from_millis(500);

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn settings(url: &str) -> RedisSettings {
    RedisSettings::new(RedisAddress::parse(url).unwrap(), "0123abcd")
}

fn connect(runtime: &Runtime, url: &str) -> Redis {
    let _inside = runtime.enter();
    // Generous, so that a busy machine is not taken for a Redis that is away.
    Redis::connect_lazily(RedisSettings { deadline: Duration::from_millis(200), ..settings(url) }).unwrap()
}

fn is_back(redis: &Redis) {
    wait_until("Redis is of use", BACK_WITHIN, || redis.is_healthy());
}

async fn echo(redis: &Redis, word: &str) -> Result<String, Away> {
    redis.command(::redis::cmd("ECHO").arg(word)).await
}

/// Calls until the breaker has opened; no call may take long, and an open breaker answers at once.
fn goes_away(runtime: &Runtime, redis: &Redis) {
    let mut skipped = None;
    for _ in 0..50 {
        let started = Instant::now();
        let answer = runtime.block_on(echo(redis, "x"));
        assert!(started.elapsed() < CALL_WITHIN, "{:?}", started.elapsed());
        if answer == Err(Away::Skipped) {
            skipped = Some(started.elapsed());
            break;
        }
    }
    assert!(skipped.unwrap() < Duration::from_millis(10) && !redis.is_healthy(), "{skipped:?}");
}

#[test]
fn a_start_without_redis_takes_no_time_and_finds_it_later() {
    let server = Server::start();
    server.stop();
    let runtime = runtime();
    let started = Instant::now();
    let redis = connect(&runtime, &server.url());
    assert!(started.elapsed() < Duration::from_millis(50));
    assert_eq!(runtime.block_on(echo(&redis, "x")), Err(Away::Skipped));
    server.restart();
    is_back(&redis);
    assert_eq!(runtime.block_on(echo(&redis, "x")).as_deref(), Ok("x"));
}

#[test]
fn an_address_where_nobody_is_costs_nothing() {
    let runtime = runtime();
    let redis = connect(&runtime, &format!("redis://127.0.0.1:{}", free_port()));
    let started = Instant::now();
    for _ in 0..1_000 {
        assert_eq!(runtime.block_on(echo(&redis, "x")), Err(Away::Skipped));
    }
    assert!(started.elapsed() < CALL_WITHIN);
}

#[test]
fn a_redis_that_hangs_is_left_alone_until_it_answers() {
    let (server, runtime) = (Server::start(), runtime());
    let redis = connect(&runtime, &server.url());
    is_back(&redis);
    server.pause();
    goes_away(&runtime, &redis);
    // Long enough that the connection was given up as well.
    wait_until("some probes failed", Duration::from_secs(10), {
        let paused = Instant::now();
        move || paused.elapsed() > Duration::from_secs(4)
    });
    server.resume();
    is_back(&redis);
    assert_eq!(runtime.block_on(echo(&redis, "again")).as_deref(), Ok("again"));
}

#[test]
fn an_idle_process_learns_of_an_outage_too() {
    let (server, runtime) = (Server::start(), runtime());
    let redis = connect(&runtime, &server.url());
    is_back(&redis);
    server.pause();
    wait_until("the outage is noticed", Duration::from_secs(10), || !redis.is_healthy());
    server.resume();
    is_back(&redis);
}

#[test]
fn a_redis_that_was_killed_and_restarted_is_found_again() {
    let (server, runtime) = (Server::start(), runtime());
    let redis = connect(&runtime, &server.url());
    is_back(&redis);
    for _ in 0..3 {
        server.kill();
        goes_away(&runtime, &redis);
        server.restart();
        is_back(&redis);
        assert_eq!(runtime.block_on(echo(&redis, "again")).as_deref(), Ok("again"));
    }
}

#[test]
fn a_script_survives_that_redis_forgets_it() {
    let (server, runtime) = (Server::start(), runtime());
    let redis = connect(&runtime, &server.url());
    is_back(&redis);
    let script = Script::new("return {redis.call('INCRBY', KEYS[1], ARGV[1]), redis.call('INCRBY', KEYS[2], ARGV[2])}");
    let keys = [redis.key("test", "a"), redis.key("test", "b")];
    let keys = [keys[0].as_str(), keys[1].as_str()];
    let sums: (i64, i64) = runtime.block_on(redis.script(&script, &keys, &[1, 10])).unwrap();
    server.query(&["SCRIPT", "FLUSH"]);
    let more: (i64, i64) = runtime.block_on(redis.script(&script, &keys, &[1, 10])).unwrap();
    assert_eq!((sums, more), ((1, 10), (2, 20)));
    assert_eq!(keys[0], "farmlokal:{0123abcd}:test:a");
}

#[test]
fn a_refused_command_is_no_outage() {
    let (server, runtime) = (Server::start(), runtime());
    let redis = connect(&runtime, &server.url());
    is_back(&redis);
    server.query(&["SET", "text", "x"]);
    for _ in 0..20 {
        let answer: Result<i64, Away> = runtime.block_on(redis.command(::redis::cmd("INCR").arg("text")));
        assert_eq!(answer, Err(Away::Refused));
        let answer: Result<i64, Away> = runtime.block_on(redis.command(::redis::cmd("GET").arg("text")));
        assert_eq!(answer, Err(Away::Refused), "another type than was asked for");
    }
    assert!(redis.is_healthy());
}

#[test]
fn what_is_published_is_heard_again_after_a_restart() {
    let (server, runtime) = (Server::start(), runtime());
    let redis = connect(&runtime, &server.url());
    is_back(&redis);
    let (heard, stop) = (Arc::new(Mutex::new(Vec::new())), CancellationToken::new());
    let listening = runtime.spawn({
        let (redis, heard, stop) = (redis.clone(), Arc::clone(&heard), stop.clone());
        async move {
            let channel = redis.key("changes", "all");
            redis.listen(&channel, |message| heard.lock().unwrap().push(message.to_vec()), stop).await;
        }
    });
    let is_heard = |payload: &[u8]| {
        wait_until("a message is heard", BACK_WITHIN, || {
            // What is published before the subscription stands is lost.
            let _ = runtime.block_on(redis.publish(&redis.key("changes", "all"), payload));
            heard.lock().unwrap().iter().any(|message| message == payload)
        });
    };
    is_heard(b"first\0\xff");
    server.kill();
    server.restart();
    is_heard(b"second");
    stop.cancel();
    runtime.block_on(listening).unwrap();
}

#[test]
fn a_cluster_is_used_and_found_again() {
    let bus = free_port().to_string();
    let server = Server::start_with(&[("cluster-enabled", "yes"), ("cluster-port", &bus)]);
    let runtime = runtime();
    let redis = connect(&runtime, &format!("{}?cluster=true", server.url()));
    assert_eq!(server.query(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]), "OK");
    is_back(&redis);
    let key = redis.key("test", "a");
    let script = Script::new("return redis.call('INCR', KEYS[1])");
    let count = || -> Result<i64, Away> { runtime.block_on(redis.script(&script, &[&key], &[0])) };
    wait_until("the cluster takes writes", BACK_WITHIN, || count().is_ok());
    let before = count().unwrap();
    assert_eq!(count(), Ok(before + 1));
    server.pause();
    goes_away(&runtime, &redis);
    server.resume();
    is_back(&redis);
    wait_until("the cluster takes writes", BACK_WITHIN, || count().is_ok());
}
