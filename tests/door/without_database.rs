//! A database that is away: pages that are kept are served and say that they may be old, others are 503; both in good time.

use std::time::{Duration, Instant};

use farmlokal_testbed::{Postgres, Redis, wait_until};

use crate::fleet::{Answer, Fleet, STALE, seed};
use crate::shop::{MILK, Product, Shop};

const KEPT: [&str; 5] = [
    "{ products(first: 5) { nodes { id name price { amount } } } }",
    "{ categories { slug name } }",
    "{ producers(first: 5) { nodes { slug } } products(first: 2) { totalCount } }",
    "/products?limit=5",
    "/products?category=vegetables",
];
/// For so long a page may still pass for fresh; then it must say that it is not.
const MARKED_WITHIN: Duration = Duration::from_secs(2);
const AWAY: Duration = Duration::from_secs(4);
const TOLD_WITHIN: Duration = Duration::from_secs(3);
/// The promise is five; a busy machine may take longer.
const BACK_WITHIN: Duration = Duration::from_secs(10);

fn ask(fleet: &Fleet, server: usize, asked: &str) -> Answer {
    if asked.starts_with('/') { fleet.send(fleet.get(server, asked)) } else { fleet.ask(server, asked) }
}

/// A kept page while the database is away.
fn is_served(answer: &Answer, kept: &Answer, must_be_marked: bool) {
    assert_eq!((answer.status, &answer.body), (200, &kept.body), "{}", answer.text());
    assert!(answer.is_hit() && answer.took < Duration::from_secs(1), "{} {:?}", answer.cache(), answer.took);
    assert!(answer.is_stale() || !must_be_marked, "{}", answer.cache());
    let warning = if answer.is_stale() { "110 farmlokal \"Response is Stale\"" } else { "" };
    assert_eq!(answer.header("warning"), warning);
}

fn is_refused(answer: &Answer) {
    assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{}", answer.text());
    assert!(answer.took < TOLD_WITHIN && !answer.is_hit(), "{:?} {}", answer.took, answer.cache());
}

/// Kept pages are asked for all the time, cold ones now and then.
fn is_borne(fleet: &Fleet, kept: &[Answer]) {
    let gone = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while gone.elapsed() < AWAY {
                for (asked, kept) in KEPT.iter().zip(kept) {
                    let must_be_marked = gone.elapsed() > MARKED_WITHIN;
                    is_served(&ask(fleet, 0, asked), kept, must_be_marked);
                }
            }
        });
        for n in (1..).take_while(|_| gone.elapsed() < AWAY) {
            is_refused(&fleet.ask(0, &format!("{{ products(first: 3) {{ nodes {{ id }} }} }} # {n}")));
            is_refused(&fleet.send(fleet.get(0, &format!("/products?limit=3&minPrice={n}"))));
        }
    });
}

fn survives(go: fn(&Postgres), come_back: fn(&Postgres)) {
    let database = Postgres::start();
    seed(&database.url());
    let fleet = Fleet::over(&database.url(), 1, &[]);
    let pid = fleet.servers[0].pid();
    let kept: Vec<Answer> = KEPT.iter().map(|asked| ask(&fleet, 0, asked)).collect();
    assert!(kept.iter().all(|answer| answer.status == 200));
    go(&database);
    is_borne(&fleet, &kept);
    come_back(&database);
    let back = Instant::now();
    wait_until("kept pages are fresh and cold ones are made", BACK_WITHIN, || {
        let fresh = KEPT.iter().all(|asked| !ask(&fleet, 0, asked).is_stale());
        fresh && fleet.ask(0, "{ products(first: 3) { nodes { id } } } # back").status == 200
    });
    println!("clean {:?} after its return", back.elapsed());
    for (asked, kept) in KEPT.iter().zip(&kept) {
        let answer = ask(&fleet, 0, asked);
        assert_eq!((answer.status, &answer.body, answer.header("warning")), (200, &kept.body, ""));
    }
    assert_eq!(fleet.servers[0].pid(), pid, "the same process");
}

#[test]
fn a_database_that_is_stopped() {
    survives(|database| assert!(database.stop().success()), |database| database.restart());
}

#[test]
fn a_database_that_hangs() {
    survives(|database| database.pause(), |database| database.resume());
}

/// What is asked for in the last stories.
const PRICE: &str = "{ product(by: { slug: \"milk\" }) { price { amount } } }";

#[test]
fn a_page_that_no_longer_holds_is_better_than_none_and_says_so() {
    let database = Postgres::start();
    let shop = Shop::open(Fleet::over(&database.url(), 1, &[]));
    let old = shop.fleet.ask(0, PRICE);
    shop.put(0, &Product { price: 65, ..MILK });
    database.stop();
    let stale = shop.fleet.ask(0, PRICE);
    assert_eq!((stale.status, stale.cache(), &stale.body), (200, STALE, &old.body));
    assert!(stale.took < TOLD_WITHIN && stale.header("warning").starts_with("110 "), "{:?}", stale.took);
    database.restart();
    wait_until("the new price is told", BACK_WITHIN, || shop.fleet.ask(0, PRICE).text().contains("65.00"));
}

#[test]
fn what_another_process_has_kept_stands_in_too() {
    let (database, redis) = (Postgres::start(), Redis::start());
    let settings = [("REDIS_URL", &*redis.url()), ("FARMLOKAL_REDIS_DEADLINE_MS", "500")];
    let shop = Shop::open(Fleet::over(&database.url(), 2, &settings));
    shop.fleet.uses_redis();
    let kept = shop.fleet.ask(0, PRICE);
    wait_until("it is in Redis", BACK_WITHIN, || redis.query(&["KEYS", "farmlokal:*:answer:*"]).lines().count() == 1);
    database.stop();
    let answer = shop.fleet.ask(1, PRICE);
    assert_eq!((answer.status, answer.body), (200, kept.body), "{:?}", answer.headers);
    wait_until("it says that it may be old", MARKED_WITHIN, || shop.fleet.ask(1, PRICE).is_stale());
}
