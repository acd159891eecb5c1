//! What a collector is sent.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

use crate::collector::Collector;
use crate::{ask, get, is_settled, page, tracing_to};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";
const TOKEN: &str = "the-token-of-the-trace-tests";

#[test]
fn a_request_goes_on_with_its_callers_trace_and_holds_its_statements() {
    let collector = Collector::start();
    let server = tracing_to(&collector.endpoint()).env("OTEL_SERVICE_NAME", "corner-shop").env("OTEL_BSP_SCHEDULE_DELAY", "100");
    let server = server.env("FARMLOKAL_LOG", "warn").start();
    ask(&server, &page(3), &[("traceparent", &format!("00-{TRACE}-{CALLER}-01"))]);
    let spans = collector.await_spans("POST /graphql", 1);

    let request = spans.iter().find(|span| span.name == "POST /graphql").unwrap();
    assert_eq!((request.trace.as_str(), request.parent.as_str(), request.kind, request.status), (TRACE, CALLER, 2, 0));
    assert_eq!(request.service, "corner-shop");
    let attribute = |name: &str| request.attributes.get(name).map_or("", String::as_str);
    assert_eq!(attribute("http.request.method"), "POST");
    assert_eq!(attribute("url.path"), "/graphql");
    assert_eq!(attribute("http.response.status_code"), "200");
    assert_eq!(attribute("graphql.operation.name"), "Shop");
    assert_eq!(attribute("farmlokal.cache"), "miss");
    assert!(attribute("farmlokal.cost").parse::<u64>().unwrap() > 3, "{request:?}");
    assert!(!attribute("id").is_empty(), "the same id as in the log");

    let statements: Vec<_> = spans.iter().filter(|span| span.parent == request.id).collect();
    assert_eq!(statements.len().to_string(), attribute("farmlokal.statements"), "{spans:?}");
    for statement in &statements {
        assert_eq!((statement.name.as_str(), statement.trace.as_str(), statement.kind), ("SELECT", TRACE, 3));
        assert_eq!(statement.attributes["db.system.name"], "sqlite");
    }
    assert!(!statements.is_empty());
    assert!(!server.logs().contains("answered"), "the log's filter is its own: {}", server.logs());
}

#[test]
fn the_partner_is_told_of_the_trace() {
    let (collector, partner) = (Collector::start(), Partner::start());
    let server = tracing_to(&collector.endpoint()).env("PARTNER_API_URL", &partner.url).env("FARMLOKAL_DEV_TOKEN", TOKEN);
    let server = server.env("OTEL_BSP_SCHEDULE_DELAY", "100").start();
    let headers = [("traceparent", &*format!("00-{TRACE}-{CALLER}-01")), ("authorization", &*format!("Bearer {TOKEN}"))];
    let answer = ask(&server, "{ order(by: { externalId: \"ord-1\" }) { status } }", &headers);
    assert!(answer["errors"].is_null() && answer["data"]["order"].is_null(), "{answer}");

    let head = partner.head();
    let spans = collector.await_spans("POST /graphql", 1);
    let asking = spans.iter().find(|span| span.attributes.contains_key("peer.service")).unwrap();
    assert_eq!((asking.trace.as_str(), asking.kind), (TRACE, 3));
    let told = format!("traceparent: 00-{TRACE}-{}-01", asking.id);
    assert!(head.lines().any(|line| line == told), "{told} in {head}");
}

/// A partner that knows nothing, and tells how it was asked.
struct Partner {
    url: String,
    asked: JoinHandle<String>,
}

impl Partner {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/api", listener.local_addr().unwrap());
        let asked = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
            let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
            head.join("\n")
        });
        Self { url, asked }
    }

    /// The head of the request.
    fn head(self) -> String {
        self.asked.join().unwrap()
    }
}

#[test]
fn every_uncached_request_has_a_span_and_nothing_else_has() {
    let collector = Collector::start();
    // The road of production, where the log asks a question of its own between two requests.
    let server =
        tracing_to(&collector.endpoint()).env("FARMLOKAL_ENV", "production").env("DATABASE_URL", "sqlite://shop.db").start();
    is_settled(&server);
    for first in 1..=20 {
        ask(&server, &page(first), &[]);
        // Once more, and from memory.
        ask(&server, &page(first), &[]);
    }
    assert_eq!((get(&server, "/products?limit=2"), get(&server, "/readyz"), get(&server, "/wp-login.php")), (200, 200, 404));
    let lines = server.logs().lines().filter(|line| line.contains("answered")).count();
    assert_eq!(server.terminate().status.code(), Some(0));

    // The end of the process sends what is left, long before its turn.
    let spans = collector.spans();
    let named = |name: &str| spans.iter().filter(|span| span.name == name).count();
    assert_eq!((named("POST /graphql"), named("GET /products"), named("GET")), (20, 1, 1), "{spans:?}");
    let roots: Vec<_> = spans.iter().filter(|span| span.parent.is_empty()).map(|span| span.name.as_str()).collect();
    assert_eq!(roots.len(), 22, "neither probes nor what runs in the background: {roots:?}");
    assert!(lines <= 42, "the traces add nothing to the log");
}

#[test]
fn a_caller_that_takes_no_sample_is_followed() {
    let collector = Collector::start();
    let server = tracing_to(&collector.endpoint()).start();
    ask(&server, &page(2), &[("traceparent", &format!("00-{TRACE}-{CALLER}-00"))]);
    ask(&server, &page(4), &[("traceparent", "nonsense")]);
    server.terminate();
    let spans = collector.spans();
    let requests: Vec<_> = spans.iter().filter(|span| span.kind == 2).collect();
    assert_eq!(requests.len(), 1, "{spans:?}");
    assert!(requests[0].trace != TRACE && requests[0].parent.is_empty());
}

#[test]
fn the_sampler_of_the_standard_variables_decides() {
    let collector = Collector::start();
    let server = tracing_to(&collector.endpoint()).env("OTEL_TRACES_SAMPLER", "always_off").start();
    ask(&server, &page(2), &[]);
    server.terminate();
    assert!(collector.spans().is_empty());
}
