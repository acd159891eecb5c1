//! Collectors that are of no use cost nothing but the traces.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use farmlokal_testbed::{Server, free_port, wait_until};

use crate::{ask, page, tracing_to};

/// Asks for twenty pages, which must not take longer than without traces.
fn ask_for_pages(server: &Server) {
    let started = Instant::now();
    for first in 1..=20 {
        ask(server, &page(first), &[]);
    }
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn a_collector_that_is_gone_is_told_of_once() {
    let server = tracing_to(&format!("http://127.0.0.1:{}", free_port())).env("OTEL_BSP_SCHEDULE_DELAY", "50").start();
    ask_for_pages(&server);
    let told = || server.logs().matches("takes no traces").count();
    wait_until("the log tells of it", Duration::from_secs(20), || told() > 0);
    ask_for_pages(&server);
    let exit = server.terminate();
    assert_eq!((exit.status.code(), told()), (Some(0), 1), "{}", server.logs());
    assert!(exit.duration < Duration::from_secs(4), "{:?}", exit.duration);
}

#[test]
fn a_collector_that_hangs_delays_the_end_by_two_seconds_at_most() {
    // Connections are taken by the system, and nobody answers.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = tracing_to(&endpoint).env("OTEL_BSP_SCHEDULE_DELAY", "50").start();
    ask_for_pages(&server);
    let exit = server.terminate();
    assert_eq!(exit.status.code(), Some(0), "{}", server.logs());
    assert!(exit.duration < Duration::from_secs(4), "{:?}", exit.duration);
}

#[test]
fn an_address_that_cannot_be_a_collectors_stops_the_start() {
    for endpoint in ["https://otel.example", "127.0.0.1:4318"] {
        let failed = tracing_to(endpoint).try_start().unwrap_err();
        assert!(failed.stderr.starts_with("farmlokal: OTEL_EXPORTER_OTLP_ENDPOINT"), "{}", failed.stderr);
    }
}

#[test]
fn an_empty_address_is_none() {
    let server = tracing_to("").start();
    ask(&server, &page(1), &[]);
    assert_eq!(server.terminate().status.code(), Some(0));
}
