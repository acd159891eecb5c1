//! The budget in Redis, point by point: the script decides as the arithmetic of one process does.

use std::time::{Duration, Instant};

use farmlokal::cache::budget::{Budget, BudgetSettings, Subject, Verdict};
use farmlokal::cache::redis::{Redis, RedisAddress, RedisSettings};
use farmlokal_testbed::{Redis as Server, wait_until};
use tokio_util::sync::CancellationToken;

use crate::fleet::runtime;

/// A point in a minute: during a test none comes back.
const FROZEN: BudgetSettings = BudgetSettings { points_per_minute: 1, burst: 5_000 };

fn connect(server: &Server) -> Redis {
    let _inside = runtime().enter();
    let settings = RedisSettings::new(RedisAddress::parse(&server.url()).unwrap(), "0123abcd");
    let redis = Redis::connect_lazily(RedisSettings { deadline: Duration::from_secs(2), ..settings }).unwrap();
    wait_until("Redis is of use", Duration::from_secs(10), || redis.is_healthy());
    redis
}

/// Asks as a request does: one point at the door, the rest behind it.
fn spend(budget: &Budget, subject: &Subject, cost: u64) -> Verdict {
    match budget.try_spend_one(subject, Instant::now()) {
        Verdict::Admitted(standing) => runtime().block_on(budget.spend_rest(subject, cost - 1, standing)),
        refused => refused,
    }
}

fn caller(n: u8) -> Subject {
    Subject::of_address([203, 0, 113, n].into())
}

#[test]
fn two_processes_spend_one_budget_to_the_point() {
    let server = Server::start();
    let processes = [connect(&server), connect(&server)].map(|redis| Budget::new(FROZEN, Some(redis)));
    let mut left = 5_000;
    // No randomness needed: costs of all sizes, in an order that looks like none.
    for turn in 0_u64..40 {
        let cost = 1 + turn * turn * 37 % 311;
        let verdict = spend(&processes[turn as usize % 2], &caller(1), cost);
        if cost <= left {
            left -= cost;
            assert!(matches!(verdict, Verdict::Admitted(_)), "turn {turn}: {cost} of {left}: {verdict:?}");
            assert_eq!(u64::from(verdict.standing().remaining), left, "turn {turn}");
        } else {
            assert!(matches!(verdict, Verdict::Refused { .. }), "turn {turn}: {cost} of {left}: {verdict:?}");
            break;
        }
    }
    assert!(left < 311, "{left}");
    let other = spend(&processes[0], &caller(2), 5_000);
    assert_eq!((matches!(other, Verdict::Admitted(_)), other.standing().remaining), (true, 0), "another's budget is another");
}

#[test]
fn a_refused_query_takes_nothing_and_closes_the_door_for_a_moment() {
    let server = Server::start();
    let [one, other] = [connect(&server), connect(&server)].map(|redis| Budget::new(FROZEN, Some(redis)));
    assert!(matches!(spend(&one, &caller(1), 4_000), Verdict::Admitted(_)));
    let refused = spend(&one, &caller(1), 1_001);
    let Verdict::Refused { standing, retry_after } = refused else { panic!("{refused:?}") };
    assert_eq!((standing.remaining, retry_after.as_secs_f64().ceil() as u64), (1_000, 60));
    assert!(matches!(one.try_spend_one(&caller(1), Instant::now()), Verdict::Refused { .. }), "it was told to come back later");
    assert!(matches!(spend(&other, &caller(1), 1_000), Verdict::Admitted(_)), "all of the rest is still there");
}

#[test]
fn single_points_are_settled_behind_the_requests() {
    let server = Server::start();
    let budgets = [connect(&server), connect(&server)].map(|redis| Budget::new(FROZEN, Some(redis)));
    let stop = CancellationToken::new();
    for budget in &budgets {
        runtime().spawn(budget.clone().run(stop.clone()));
    }
    for _ in 0..10 {
        assert!(matches!(budgets[0].try_spend_one(&caller(1), Instant::now()), Verdict::Admitted(_)));
    }
    let mut spent = 10;
    wait_until("the other process knows of them", Duration::from_secs(10), || {
        spent += 1;
        spend(&budgets[1], &caller(1), 1).standing().remaining == 5_000 - spent
    });
    stop.cancel();
}

#[test]
fn garbage_at_the_key_is_no_obstacle() {
    let server = Server::start();
    let redis = connect(&server);
    for (n, garbage) in ["", "milk", "nan", "inf", "-1e300", "1e300", "99999999999999999999"].into_iter().enumerate() {
        let subject = caller(n as u8);
        server.query(&["SET", &redis.key("budget", subject), garbage]);
        let verdict = spend(&Budget::new(FROZEN, Some(redis.clone())), &subject, 10);
        assert_eq!((matches!(verdict, Verdict::Admitted(_)), verdict.standing().remaining), (true, 4_990), "{garbage:?}");
    }
    server.query(&["RPUSH", &redis.key("budget", caller(100)), "x"]);
    let verdict = spend(&Budget::new(FROZEN, Some(redis)), &caller(100), 10);
    assert!(matches!(verdict, Verdict::Admitted(_)), "{verdict:?}");
}

#[test]
fn a_full_budget_leaves_no_key_behind() {
    let server = Server::start();
    let redis = connect(&server);
    // A thousand points a second.
    let budget = Budget::new(BudgetSettings { points_per_minute: 60_000, burst: 5_000 }, Some(redis.clone()));
    spend(&budget, &caller(1), 300);
    let key = redis.key("budget", caller(1));
    let lives: i64 = server.query(&["PTTL", &key]).parse().unwrap();
    assert!(lives <= 300, "{lives}");
    wait_until("the key is gone", Duration::from_secs(5), || server.query(&["EXISTS", &key]) == "0");
}

/// What a kept answer pays. In a build without optimisation the bound is a wide one; the figure is printed.
#[test]
fn one_point_costs_next_to_nothing() {
    const ROUNDS: u32 = 200_000;
    let server = Server::start();
    let settings = BudgetSettings { points_per_minute: 1_000_000_000, burst: 1_000_000_000 };
    let stop = CancellationToken::new();
    for (name, redis) in [("with Redis", Some(connect(&server))), ("in this process", None)] {
        let budget = Budget::new(settings, redis);
        runtime().spawn(budget.clone().run(stop.clone()));
        let started = std::time::Instant::now();
        for _ in 0..ROUNDS {
            assert!(matches!(budget.try_spend_one(&caller(1), Instant::now()), Verdict::Admitted(_)));
        }
        let each = started.elapsed() / ROUNDS;
        println!("one point {name}: {each:?}");
        assert!(each < Duration::from_micros(20), "{name}: {each:?}");
    }
    stop.cancel();
}
