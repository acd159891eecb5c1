//! A Redis that hangs, dies, is emptied or holds anything: every answer is given, and right.

use std::time::{Duration, Instant};

use farmlokal_testbed::{Redis, poll};

use crate::fleet::{Answer, Fleet, MADE, SHARED, send};

/// Longest time for an answer, on a busy machine.
const ANSWERED_WITHIN: Duration = Duration::from_secs(2);
const BACK_WITHIN: Duration = Duration::from_secs(5);
const PAGES: usize = 20;

fn page(first: usize) -> String {
    format!("{{ products(first: {first}) {{ nodes {{ id slug name price {{ amount }} version }} }} }}")
}

/// Three servers over one catalogue and one Redis, and what is right.
struct House {
    redis: Redis,
    fleet: Fleet,
    right: Vec<Vec<u8>>,
}

impl House {
    fn open() -> Self {
        let redis = Redis::start();
        let fleet = Fleet::seeded(3, &[("REDIS_URL", &redis.url())]);
        fleet.uses_redis();
        let anew = |first| fleet.ask(first % 3, &format!("{} # anew", page(first))).body;
        let right = (1..=PAGES).map(anew).collect();
        let answered = fleet.counter(0, "farmlokal_redis_calls_total{outcome=\"answered\"}");
        assert!(answered > 0, "calls to Redis are counted from the first one on");
        Self { redis, fleet, right }
    }

    /// Callers ask every server for so long, for kept pages and for some that nobody asked for before.
    fn asks_on(&self, what: &str, time: Duration) {
        let started = Instant::now();
        let callers = (0..6).map(|caller| async move {
            let mut asked = 0;
            while started.elapsed() < time {
                asked += 1;
                let first = 1 + (asked * 7 + caller) % PAGES;
                let unheard = if asked % 5 == 0 { format!("# {what} {caller} {asked}") } else { String::new() };
                let answer = send(self.fleet.graphql(caller % 3, &format!("{} {unheard}", page(first)))).await;
                self.is_right(first, &answer);
            }
            asked
        });
        let asked: Vec<usize> = crate::fleet::runtime().block_on(futures_util::future::join_all(callers));
        println!("{what}: {} answers", asked.iter().sum::<usize>());
    }

    fn is_right(&self, first: usize, answer: &Answer) {
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.body, self.right[first - 1], "{}", answer.cache());
        assert!(!answer.is_stale() || answer.header("warning").starts_with("110 "), "{:?}", answer.headers);
        assert!(answer.took < ANSWERED_WITHIN, "{:?}", answer.took);
    }

    /// What one server has made another one finds in Redis.
    fn shares_again(&self) {
        self.fleet.uses_redis();
        let mut round = 0;
        let shared = poll(BACK_WITHIN, || {
            round += 1;
            let document = format!("{} # shared {round}", page(3));
            self.fleet.ask(0, &document);
            // It is put there behind the answer.
            let found = poll(Duration::from_millis(100), || Some(self.redis.query(&["DBSIZE"])));
            (found.is_some() && self.fleet.ask(1, &document).cache() == SHARED).then_some(())
        });
        assert!(shared.is_some(), "nothing is shared");
    }

    fn survives(go: fn(&Redis), come_back: fn(&Redis)) {
        let house = Self::open();
        house.asks_on("before", Duration::from_millis(500));
        go(&house.redis);
        house.asks_on("during", Duration::from_secs(2));
        come_back(&house.redis);
        house.asks_on("after", Duration::from_millis(500));
        house.shares_again();
    }
}

#[test]
fn a_redis_that_hangs() {
    House::survives(|redis| redis.pause(), |redis| redis.resume());
}

#[test]
fn a_redis_that_dies_and_comes_back_empty() {
    House::survives(|redis| redis.kill(), |redis| redis.restart());
}

#[test]
fn a_redis_that_is_restarted_and_emptied_again_and_again() {
    let house = House::open();
    for round in 1..=3 {
        house.redis.query(&["FLUSHALL"]);
        house.asks_on(&format!("flush {round}"), Duration::from_millis(300));
        house.redis.query(&["SCRIPT", "FLUSH"]);
        house.redis.restart();
        house.asks_on(&format!("restart {round}"), Duration::from_millis(300));
    }
    house.shares_again();
}

/// Answers in Redis, by key.
fn answers_in(redis: &Redis, at_least: usize) -> Vec<String> {
    let found = poll(BACK_WITHIN, || {
        let keys = redis.query(&["KEYS", "farmlokal:*:answer:*"]);
        let keys: Vec<String> = keys
            .lines()
            .filter(|key| redis.query(&["STRLEN", key]).parse().is_ok_and(|n: usize| n > 100))
            .map(str::to_owned)
            .collect();
        (keys.len() >= at_least).then_some(keys)
    });
    found.unwrap()
}

#[test]
fn garbage_and_entries_of_others_are_nothing() {
    let house = House::open();
    // It keeps nothing itself, so each answer of it comes through Redis or is made.
    let settings = [("REDIS_URL", house.redis.url()), ("FARMLOKAL_REDIS_DEADLINE_MS", "500".into())];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let settings = [&settings[..], &[("FARMLOKAL_CACHE_MEMORY_BYTES", "0")]].concat();
    let forgetful = Fleet::over(&house.fleet.database, 1, &settings);
    forgetful.uses_redis();
    house.redis.query(&["FLUSHALL"]);
    let kept = |first| forgetful.ask(0, &page(first)).cache() == SHARED;
    for first in 1..=10 {
        assert!(poll(BACK_WITHIN, || kept(first).then_some(())).is_some(), "{first} is in Redis");
    }
    let keys = answers_in(&house.redis, 10);
    for spoil in [garbage, truncated, another_type, an_entry_of_another_key] {
        keys.iter().enumerate().for_each(|(n, key)| spoil(&house.redis, &keys, n, key));
        for first in 1..=10 {
            let answer = forgetful.ask(0, &page(first));
            house.is_right(first, &answer);
            assert_eq!(answer.cache(), MADE, "{first}");
        }
        let again = |first| poll(BACK_WITHIN, || kept(first).then_some(()));
        assert!((1..=10).all(|first| again(first).is_some()), "what was made is in Redis again");
    }
}

fn garbage(redis: &Redis, _: &[String], n: usize, key: &str) {
    let garbage = ["", "x", "FLA1", "FLA1 and then some more that is of no use whatsoever", "{\"data\":{\"products\":null}}"];
    redis.query(&["SET", key, garbage[n % garbage.len()]]);
}

fn truncated(redis: &Redis, _: &[String], n: usize, key: &str) {
    let at = redis.query(&["STRLEN", key]).parse::<usize>().unwrap() / 2;
    let cut =
        format!("local kept = redis.call('GET', KEYS[1]) redis.call('SET', KEYS[1], string.sub(kept, 1, {at} + {n})) return 1");
    redis.query(&["EVAL", &cut, "1", key]);
}

fn another_type(redis: &Redis, _: &[String], _: usize, key: &str) {
    redis.query(&["DEL", key]);
    redis.query(&["RPUSH", key, "a", "b"]);
    redis.query(&["PEXPIRE", key, "100"]);
}

fn an_entry_of_another_key(redis: &Redis, keys: &[String], n: usize, key: &str) {
    // The first one is kept aside, so that the last one gets it.
    if n == 0 {
        redis.query(&["COPY", key, "aside", "REPLACE"]);
    }
    let other = keys.get(n + 1).map_or("aside", String::as_str);
    redis.query(&["COPY", other, key, "REPLACE"]);
}

#[test]
fn two_installations_share_a_redis_and_nothing_else() {
    let redis = Redis::start();
    let settings = [("REDIS_URL", &*redis.url()), ("FARMLOKAL_REDIS_DEADLINE_MS", "500")];
    let (one, other) = (Fleet::seeded(1, &settings), Fleet::start(1, &settings));
    one.uses_redis();
    other.uses_redis();
    let full = one.ask(0, &page(5));
    answers_in(&redis, 1);
    let empty = other.ask(0, &page(5));
    assert_eq!((full.cache(), empty.cache()), (MADE, MADE));
    assert_eq!(full.json()["data"]["products"]["nodes"].as_array().unwrap().len(), 5);
    assert_eq!(empty.text(), "{\"data\":{\"products\":{\"nodes\":[]}}}");
}
