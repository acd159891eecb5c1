//! More work than can be done: what is too much is refused at once, and everything else goes on.

use std::time::Duration;

use farmlokal_testbed::{Postgres, wait_until};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use crate::fleet::{Answer, BYPASS, Fleet, MEMORY, runtime, send};

const CALLERS: usize = 20;
const WORKING: usize = 2;
const WAITING: usize = 3;

/// Somebody else's lock on all products.
struct Lock(PgConnection);

impl Lock {
    fn take(database: &str) -> Self {
        runtime().block_on(async {
            let mut connection = PgConnection::connect(database).await.unwrap();
            for sql in ["BEGIN", "LOCK TABLE products IN ACCESS EXCLUSIVE MODE"] {
                connection.execute(AssertSqlSafe(sql)).await.unwrap();
            }
            Self(connection)
        })
    }

    fn release(self) {
        runtime().block_on(self.0.close()).unwrap();
    }
}

fn page(first: usize) -> String {
    format!("{{ products(first: {first}) {{ nodes {{ id }} }} }}")
}

fn overloaded(answer: &Answer) -> bool {
    answer.status == 503 && answer.json()["errors"][0]["extensions"]["code"] == "OVERLOADED"
}

/// Everything that needs none of the places.
fn goes_on(fleet: &Fleet) {
    for path in ["/livez", "/readyz", "/metrics", "/metrics/prometheus"] {
        assert_eq!(fleet.send(fleet.get(0, path)).status, 200, "{path}");
    }
    let kept = fleet.ask(0, &page(50));
    assert_eq!((kept.status, kept.cache()), (200, MEMORY), "a kept page needs no place");
}

#[test]
fn what_is_too_much_is_refused_at_once() {
    let settings = [
        ("FARMLOKAL_MAX_WORKING", WORKING.to_string()),
        ("FARMLOKAL_MAX_WAITING", WAITING.to_string()),
        // Nobody gives up before the lock does.
        ("FARMLOKAL_DATABASE_STATEMENT_TIMEOUT_MS", "20000".to_owned()),
        ("FARMLOKAL_REQUEST_TIMEOUT_MS", "20000".to_owned()),
    ];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let fleet = Fleet::over(&Postgres::shared().fresh_database(), 1, &settings);
    assert_eq!(fleet.ask(0, &page(50)).status, 200);
    let lock = Lock::take(&fleet.database);
    let pages: Vec<String> = (1..=CALLERS).map(page).collect();
    let answers = std::thread::scope(|scope| {
        let callers = pages.iter().map(|page| send(fleet.graphql(0, page)));
        let crowd = scope.spawn(|| runtime().block_on(futures_util::future::join_all(callers)));
        // Those who waited for a second for their turn are refused as well.
        wait_until("all but those at work are refused", Duration::from_secs(10), || {
            fleet.counter(0, "farmlokal_requests_shed_total") == CALLERS - WORKING
        });
        goes_on(&fleet);
        let rest = fleet.send(fleet.get(0, "/products?limit=50"));
        assert_eq!((rest.status, rest.header("retry-after"), &*rest.json()["code"].to_string()), (503, "1", "\"OVERLOADED\""));
        lock.release();
        crowd.join().unwrap()
    });
    let (refused, answered): (Vec<Answer>, Vec<Answer>) = answers.into_iter().partition(|answer| answer.status == 503);
    assert_eq!((answered.len(), refused.len()), (WORKING, CALLERS - WORKING));
    assert!(answered.iter().all(|answer| answer.status == 200));
    assert!(refused.iter().all(overloaded));
    for answer in &refused {
        assert_eq!((answer.header("retry-after"), answer.cache()), ("1", BYPASS), "{:?}", answer.headers);
    }
    let at_once = refused.iter().filter(|answer| answer.took < Duration::from_millis(900)).count();
    assert_eq!(at_once, CALLERS - WORKING - WAITING, "the others waited for their turn");
    assert!((1..=CALLERS).all(|first| fleet.ask(0, &page(first)).status == 200), "and all is well again");
}
