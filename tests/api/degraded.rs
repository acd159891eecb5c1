//! A database that is away: 503 within three seconds, and back by itself when it returns.

use std::time::{Duration, Instant};

use farmlokal_testbed::{Daemon, MariaDb, Postgres, wait_until};
use reqwest::Method;
use serde_json::json;

use crate::engine::{Database, Engine, on_engines};
use crate::harness::{Call, TestApp};
use crate::shop::{UPSERT_PRODUCTS, product};

const TOLD_WITHIN: Duration = Duration::from_secs(3);
const BACK_WITHIN: Duration = Duration::from_secs(20);

/// A database server of this test alone, to be stopped at will.
enum OwnServer {
    Postgres(Postgres),
    MariaDb(MariaDb),
}

impl OwnServer {
    fn start(engine: Engine) -> Self {
        if engine == Engine::Postgres { Self::Postgres(Daemon::start()) } else { Self::MariaDb(Daemon::start()) }
    }

    fn app(&self, engine: Engine) -> TestApp {
        let url = match self {
            Self::Postgres(server) => server.url(),
            Self::MariaDb(server) => server.url(),
        };
        TestApp::on(Database::at(engine, &url)).products(50).start()
    }

    fn stop(&self) {
        match self {
            Self::Postgres(server) => server.stop(),
            Self::MariaDb(server) => server.stop(),
        };
    }

    fn each(&self, postgres: fn(&Postgres), mariadb: fn(&MariaDb)) {
        match self {
            Self::Postgres(server) => postgres(server),
            Self::MariaDb(server) => mariadb(server),
        }
    }
}

/// What every caller is told while the database is away.
fn tells_that_it_is_away(app: &TestApp) {
    for document in ["{ products(first: 7) { nodes { id } } }", "{ categories { slug } producers(first: 7) { nodes { id } } }"] {
        let answer = app.query(document);
        assert_eq!(
            (answer.status, answer.code().as_str(), answer.header("retry-after")),
            (503, "SERVICE_UNAVAILABLE", "1"),
            "{}",
            answer.text()
        );
        assert_eq!((answer.json().get("data"), answer.header("content-type")), (None, "application/json; charset=utf-8"));
        assert!(answer.took < TOLD_WITHIN, "{:?}", answer.took);
    }
    let write = app.mutate(UPSERT_PRODUCTS, &json!({ "input": { "products": [product("milk-1", "AAAA")] } }));
    assert_eq!((write.status, write.code().as_str()), (503, "SERVICE_UNAVAILABLE"));
    assert!(write.took < TOLD_WITHIN, "{:?}", write.took);
    let rest = app.get("/products?limit=7");
    assert_eq!(
        (rest.status, rest.code().as_str(), rest.header("content-type")),
        (503, "SERVICE_UNAVAILABLE", "application/problem+json")
    );
    assert!(rest.header("retry-after") == "1" && rest.took < TOLD_WITHIN, "{:?}", rest.took);

    let ready = app.get("/readyz");
    assert_eq!(
        (ready.status, ready.json()["status"].as_str(), &ready.json()["checks"]["database"]["status"]),
        (200, Some("degraded"), &json!("down")),
        "kept answers are served meanwhile"
    );
    assert!(ready.took < TOLD_WITHIN, "{:?}", ready.took);
    assert_eq!(app.get("/livez").status, 200, "the process itself is well");
    let health = app.query("{ health { status checks { name status latencyMs } } }").data();
    assert_eq!(health["health"]["checks"][0], json!({ "name": "database", "status": "DOWN", "latencyMs": null }));
    assert_eq!(app.query("{ __typename metrics { version } }").data()["__typename"], "Query", "what needs no database works");
    let json_metrics = app.send(Call::new(Method::GET, "/metrics"));
    assert_eq!((json_metrics.status, &json_metrics.json()["services"]["database"]["status"]), (200, &json!("down")));
}

/// Opens as many connections as callers at the same time need.
fn crowd(app: &TestApp) {
    std::thread::scope(|scope| {
        for first in 81..=96 {
            // Each another page: one and the same would be made once for all.
            let page = format!("{{ products(first: {first}) {{ nodes {{ id producer {{ name }} }} totalCount }} }}");
            scope.spawn(move || app.query(&page).data());
        }
    });
}

fn is_back(app: &TestApp) {
    wait_until("the catalogue is served again", BACK_WITHIN, || {
        let answer = app.query("{ products { nodes { id } } }");
        answer.status == 200 && answer.header("warning").is_empty()
    });
    wait_until("it is ready again", BACK_WITHIN, || app.get("/readyz").json()["status"] == "ok");
    // Connections that broke are gone for good, not handed out one after the other.
    let page = |first: usize| app.query(&format!("{{ products(first: {first}) {{ nodes {{ id }} }} }}"));
    let answers: Vec<u16> = (10..50).map(|first| page(first).status).collect();
    assert!(answers.iter().all(|status| *status == 200), "{answers:?}");
}

#[test]
fn a_database_that_is_away_is_told_and_found_again() {
    on_engines(&[Engine::Postgres, Engine::MariaDb], |engine| {
        let database = OwnServer::start(engine);
        let app = database.app(engine);
        crowd(&app);

        database.stop();
        tells_that_it_is_away(&app);
        database.each(Daemon::restart, Daemon::restart);
        is_back(&app);

        crowd(&app);
        // Frozen: connections stay open and nothing answers.
        database.each(Daemon::pause, Daemon::pause);
        tells_that_it_is_away(&app);
        database.each(Daemon::resume, Daemon::resume);
        is_back(&app);

        crowd(&app);
        // Killed in the middle of it all.
        database.each(Daemon::kill, Daemon::kill);
        let first = app.query("{ products(first: 8) { nodes { id } } }");
        assert_eq!((first.status, first.code().as_str()), (503, "SERVICE_UNAVAILABLE"));
        database.each(Daemon::restart, Daemon::restart);
        is_back(&app);
    });
}

#[test]
fn a_server_waits_at_its_start_for_a_database_that_comes_up() {
    let database = Postgres::start();
    let url = database.url();
    database.stop();
    std::thread::scope(|scope| {
        let app = scope.spawn(|| TestApp::on(Database::at(Engine::Postgres, &url)).start());
        database.restart();
        let app = app.join().unwrap();
        assert_eq!(app.query("{ categories { slug } }").data(), json!({ "categories": [] }));
    });
}

#[test]
fn a_server_ends_even_while_its_database_is_frozen() {
    on_engines(&[Engine::Postgres, Engine::MariaDb], |engine| {
        let database = OwnServer::start(engine);
        let app = database.app(engine);
        crowd(&app);
        database.each(Daemon::pause, Daemon::pause);
        std::thread::scope(|scope| {
            let callers: Vec<_> = (0..4).map(|_| scope.spawn(|| app.query("{ products { nodes { id } } }").status)).collect();
            assert!(callers.into_iter().all(|caller| caller.join().unwrap() == 503));
        });
        let exit = app.server.terminate();
        assert_eq!(exit.status.code(), Some(0), "{}", app.server.logs());
        assert!(exit.duration < Duration::from_secs(8), "{:?}", exit.duration);
    });
}

#[test]
fn many_callers_of_a_frozen_database_are_told_as_soon_as_one() {
    let database = Postgres::start();
    let app = TestApp::on(Database::at(Engine::Postgres, &database.url())).env("FARMLOKAL_DATABASE_MAX_CONNECTIONS", "2").start();
    database.pause();
    let started = Instant::now();
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..20).map(|_| scope.spawn(|| app.query("{ products { nodes { id } } }").status)).collect();
        assert!(callers.into_iter().all(|caller| caller.join().unwrap() == 503));
    });
    assert!(started.elapsed() < TOLD_WITHIN, "{:?}", started.elapsed());
    database.resume();
    is_back(&app);
}
