//! SIGTERM: nothing new is taken, everything under way is answered, and the process ends well.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use farmlokal_testbed::wait_until;
use reqwest::Method;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use crate::engine::{Database, Engine, on_each_engine};
use crate::harness::{Call, TestApp, runtime};

/// Lists of products that wait for a lock; the server's own statistics and its search index may wait beside them.
const WAITING: &str = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database()
    AND wait_event_type = 'Lock' AND query LIKE '%pack_unit%' AND query NOT LIKE '%WHERE p.id >%'";

#[test]
fn requests_under_way_are_answered_before_the_server_ends() {
    let builder = TestApp::on(Database::fresh(Engine::Postgres)).products(50);
    let app = builder.env("FARMLOKAL_DATABASE_STATEMENT_TIMEOUT_MS", "9000").start();
    let mut lock = runtime().block_on(PgConnection::connect(app.database.url())).unwrap();
    runtime().block_on(async {
        lock.execute(AssertSqlSafe("BEGIN".to_owned())).await.unwrap();
        lock.execute(AssertSqlSafe("LOCK TABLE products IN ACCESS EXCLUSIVE MODE".to_owned())).await.unwrap();
    });
    thread::scope(|scope| {
        // Each asks for another page: one and the same would be made once for all.
        let ask = |first: usize| app.query(&format!("{{ products(first: {first}) {{ nodes {{ id }} totalCount }} }}"));
        let callers: Vec<_> = (1..=5).map(|first| scope.spawn(move || ask(first))).collect();
        wait_until("all requests wait for the lock", Duration::from_secs(8), || app.database.sql(WAITING) == "5");
        let ending = scope.spawn(|| app.server.terminate());
        wait_until("no connection is taken any more", Duration::from_secs(5), || {
            app.try_send(Call::new(Method::GET, "/livez")).is_err()
        });
        assert!(app.server.is_running(), "it waits for the requests");
        runtime().block_on(lock.close()).unwrap();
        for caller in callers {
            assert_eq!(caller.join().unwrap().data()["products"]["totalCount"], 50);
        }
        let exit = ending.join().unwrap();
        assert_eq!(exit.status.code(), Some(0), "{}", app.server.logs());
    });
}

#[test]
fn under_load_no_answer_is_cut_off() {
    on_each_engine(|engine| {
        let app = TestApp::on(Database::fresh(engine)).products(50).start();
        let answered = AtomicUsize::new(0);
        thread::scope(|scope| {
            let callers: Vec<_> = (0..6)
                .map(|_| {
                    scope.spawn(|| {
                        loop {
                            // A connection for each request: one that is refused has not been answered at all.
                            let call = Call::graphql("{ products { nodes { id description } } }", &json!({}))
                                .header("connection", "close");
                            match app.try_send(call) {
                                Ok(answer) => {
                                    assert_eq!(answer.data()["products"]["nodes"].as_array().unwrap().len(), 20);
                                    answered.fetch_add(1, Ordering::Relaxed);
                                }
                                Err(error) => return error,
                            }
                        }
                    })
                })
                .collect();
            wait_until("the load is on", Duration::from_secs(20), || answered.load(Ordering::Relaxed) > 30);
            let exit = app.server.terminate();
            assert_eq!(exit.status.code(), Some(0));
            assert!(exit.duration < Duration::from_secs(10), "{:?}", exit.duration);
            for caller in callers {
                let error = caller.join().unwrap();
                assert!(!error.is_body() && !error.is_decode() && !error.is_timeout(), "an answer was cut off: {error:?}");
            }
        });
    });
}

#[test]
fn after_the_grace_what_still_runs_is_cut() {
    let builder = TestApp::on(Database::fresh(Engine::Postgres)).env("FARMLOKAL_DATABASE_STATEMENT_TIMEOUT_MS", "60000");
    let app = builder.env("FARMLOKAL_REQUEST_TIMEOUT_MS", "60000").env("FARMLOKAL_SHUTDOWN_GRACE_MS", "300").start();
    let mut lock = runtime().block_on(PgConnection::connect(app.database.url())).unwrap();
    runtime().block_on(async {
        lock.execute(AssertSqlSafe("BEGIN".to_owned())).await.unwrap();
        lock.execute(AssertSqlSafe("LOCK TABLE products IN ACCESS EXCLUSIVE MODE".to_owned())).await.unwrap();
    });
    thread::scope(|scope| {
        let caller = scope.spawn(|| app.try_send(Call::graphql("{ products { nodes { id } } }", &json!({}))));
        wait_until("the request waits for the lock", Duration::from_secs(8), || app.database.sql(WAITING) == "1");
        let exit = app.server.terminate();
        assert!(exit.duration < Duration::from_secs(5), "{:?}", exit.duration);
        assert!(caller.join().unwrap().is_err());
    });
    runtime().block_on(lock.close()).unwrap();
}
