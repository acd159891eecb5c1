//! Pages of other origins: those that are named may read answers, no others.

use reqwest::Method;
use serde_json::json;

use crate::answer::Answer;
use crate::engine::{Database, Engine};
use crate::harness::{Call, TestApp};

const SHOP: &str = "https://shop.example";

fn preflight(app: &TestApp, origin: &str, path: &str) -> Answer {
    let call = Call::new(Method::OPTIONS, path).header("origin", origin).header("access-control-request-method", "POST");
    app.send(call.header("access-control-request-headers", "content-type,authorization"))
}

fn from(app: &TestApp, origin: &str) -> Answer {
    app.send(Call::graphql("{ __typename }", &json!({})).header("origin", origin))
}

#[test]
fn a_named_origin_may_read_answers_and_no_other() {
    let app = TestApp::on(Database::fresh(Engine::Sqlite))
        .env("FARMLOKAL_CORS_ORIGINS", "https://shop.example,http://localhost:5173")
        .start();
    for origin in [SHOP, "http://localhost:5173"] {
        let allowed = preflight(&app, origin, "/graphql");
        assert!([200, 204].contains(&allowed.status), "{}", allowed.status);
        assert_eq!((allowed.header("access-control-allow-origin"), allowed.header("access-control-max-age")), (origin, "7200"));
        assert!(allowed.header("access-control-allow-methods").contains("POST"));
        let headers = allowed.header("access-control-allow-headers");
        assert!(
            headers.contains("authorization") && headers.contains("content-type") && headers.contains("x-request-id"),
            "{headers}"
        );
        assert_eq!(allowed.header("access-control-allow-credentials"), "");
        let read = from(&app, origin);
        assert_eq!((read.header("access-control-allow-origin"), read.data()), (origin, json!({ "__typename": "Query" })));
        let exposed = read.header("access-control-expose-headers");
        assert!(
            exposed.contains("x-request-id") && exposed.contains("retry-after") && exposed.contains("x-query-cost"),
            "{exposed}"
        );
        let varies = read.headers.get_all("vary").iter().any(|vary| vary.to_str().unwrap().to_lowercase().contains("origin"));
        assert!(varies);
    }
    for origin in ["https://evil.example", "https://shop.example.evil.example", "http://shop.example", "null"] {
        assert_eq!(preflight(&app, origin, "/graphql").header("access-control-allow-origin"), "");
        assert_eq!(from(&app, origin).header("access-control-allow-origin"), "");
    }
    let problem = app.send(Call::new(Method::GET, "/products?foo=1").header("origin", SHOP));
    assert_eq!((problem.status, problem.header("access-control-allow-origin")), (400, SHOP), "problems can be read as well");
    let too_large = app.send(Call::json(vec![b' '; 2 << 20]).header("origin", SHOP));
    assert_eq!((too_large.status, too_large.header("access-control-allow-origin")), (413, SHOP));
}

#[test]
fn without_a_setting_no_other_origin_may_read() {
    let app = TestApp::seeded(Engine::Sqlite);
    assert_eq!(preflight(app, SHOP, "/graphql").header("access-control-allow-origin"), "");
    assert_eq!(from(app, SHOP).header("access-control-allow-origin"), "");
}
