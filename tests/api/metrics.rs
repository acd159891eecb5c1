//! `/metrics`: JSON for the clients of the older backend, text for scrapers.

use reqwest::Method;

use crate::answer::text;
use crate::engine::{Database, Engine};
use crate::harness::{Call, TestApp};

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

#[test]
fn older_clients_find_the_members_they_know() {
    for engine in Engine::ALL {
        let answer = TestApp::seeded(engine).get("/metrics");
        let metrics = answer.json();
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
        assert!(metrics["uptime"].as_f64().unwrap() > 0.0);
        for member in ["rss", "heapTotal", "heapUsed"] {
            assert!(metrics["memory"][member].as_u64().unwrap() > 1_000_000, "{metrics}");
        }
        let timestamp = text(&metrics["timestamp"]);
        assert!(timestamp.len() == 24 && timestamp.starts_with("20") && timestamp.ends_with('Z'), "{timestamp}");
        assert_eq!(metrics["services"]["database"]["status"], "ok");
        assert_eq!(metrics.as_object().unwrap().len(), 4);
    }
}

#[test]
fn scrapers_get_text() {
    let app = TestApp::seeded(Engine::Sqlite);
    let accepting = |accept: &str| app.send(Call::new(Method::GET, "/metrics").header("accept", accept));
    let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
    for answer in [accepting(prometheus), accepting("text/plain"), app.get("/metrics/prometheus")] {
        assert_eq!((answer.status, answer.header("content-type")), (200, TEXT));
        for name in [
            "farmlokal_requests_total ",
            "farmlokal_sql_statements_total ",
            "farmlokal_uptime_seconds ",
            "farmlokal_rss_bytes ",
            "farmlokal_request_seconds_bucket{",
        ] {
            assert!(answer.text().lines().any(|line| line.starts_with(name)), "{name} in {}", answer.text());
        }
    }
    for accept in ["application/json, text/plain, */*", "*/*", "text/html", "application/json"] {
        assert!(accepting(accept).json()["uptime"].is_number(), "{accept}");
    }
    assert!(accepting("*/*").header("vary").to_lowercase().contains("accept"));
}

#[test]
fn requests_are_counted_and_failures_among_them() {
    let app = TestApp::on(Database::fresh(Engine::Sqlite)).start();
    let numbers = || {
        let requests = app.query("{ metrics { requests { total failed } } }").data()["metrics"]["requests"].take();
        ["total", "failed"].map(|member| text(&requests[member]).parse::<u64>().unwrap())
    };
    let [total, failed] = numbers();
    for _ in 0..3 {
        app.get("/products?foo=1");
        app.query("{");
        app.get("/livez");
    }
    app.database.sql("ALTER TABLE products RENAME TO away");
    app.query("{ products { nodes { id } } }");
    app.get("/products");
    let [total_after, failed_after] = numbers();
    assert_eq!((total_after - total, failed_after - failed), (9, 2), "probes do not count, and a caller's mistake is no failure");
    assert_eq!(app.counter("farmlokal_requests_failed_total"), 2);
}
