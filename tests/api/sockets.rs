//! Bytes that no HTTP library sends: each connection ends soon, with an answer that says why.

use std::io::{Read as _, Write as _};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::engine::Engine;
use crate::harness::{Call, TestApp};
use crate::wire::{connect, exchange};

const SOON: Duration = Duration::from_secs(5);

fn app() -> &'static TestApp {
    TestApp::seeded(Engine::Sqlite)
}

fn post(headers: &str, body: &str) -> String {
    format!("POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{headers}\r\n{body}")
}

#[test]
fn heads_that_two_readers_may_read_differently_are_refused() {
    for headers in [
        "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
        "Content-Length: 6\r\nContent-Length: 5\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 5, 5\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding : chunked\r\n",
    ] {
        let reply = exchange(app(), post(headers, "0\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes(), SOON);
        assert!(reply.text.starts_with("HTTP/1.1 400 ") && reply.closed, "{headers}: {reply:?}");
        assert_eq!(reply.text.matches("HTTP/1.1 ").count(), 1, "{headers}: nothing behind it is read");
    }
    let bad_chunk = exchange(app(), post("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n").as_bytes(), SOON);
    assert!(
        bad_chunk.text.starts_with("HTTP/1.1 400 ") && bad_chunk.text.contains("BAD_REQUEST") && bad_chunk.closed,
        "{bad_chunk:?}"
    );
    let cut_off = exchange(app(), b"not http at all\r\n\r\n", SOON);
    assert!(cut_off.closed && cut_off.took < SOON, "{cut_off:?}");
}

#[test]
fn sizes_that_are_too_large_are_told_before_they_are_sent() {
    let tebibyte = exchange(app(), post("Content-Length: 1099511627776\r\n", "{}").as_bytes(), SOON);
    assert!(tebibyte.text.starts_with("HTTP/1.1 413 ") && tebibyte.text.contains("PAYLOAD_TOO_LARGE"), "{tebibyte:?}");
    let expecting =
        exchange(app(), post("Content-Length: 99999999\r\nExpect: 100-continue\r\n", "").as_bytes(), Duration::from_secs(1));
    assert!(expecting.text.starts_with("HTTP/1.1 413 "), "{expecting:?}");
    let head = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(1_000_000));
    assert!(exchange(app(), head.as_bytes(), SOON).text.starts_with("HTTP/1.1 431 "));
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(200));
    assert!(exchange(app(), many.as_bytes(), SOON).text.starts_with("HTTP/1.1 431 "));
    let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(100_000));
    assert!(exchange(app(), long.as_bytes(), SOON).text.starts_with("HTTP/1.1 4"));
}

#[test]
fn a_body_in_chunks_is_read_and_measured() {
    let chunked =
        |chunks: &str| exchange(app(), post("Connection: close\r\nTransfer-Encoding: chunked\r\n", chunks).as_bytes(), SOON);
    let read = chunked("9\r\n{\"query\":\r\n10\r\n\"{ __typename }\"\r\n1\r\n}\r\n0\r\n\r\n");
    assert!(read.text.starts_with("HTTP/1.1 200 ") && read.text.contains("{\"data\":{\"__typename\":\"Query\"}}"), "{read:?}");
    let part = format!("10000\r\n{}\r\n", "x".repeat(65_536));
    let large = chunked(&format!("{}0\r\n\r\n", part.repeat(20)));
    assert!(large.text.starts_with("HTTP/1.1 413 "), "{large:?}");
}

#[test]
fn requests_on_one_connection_are_answered_in_their_order() {
    let body = "{\"query\":\"{ __typename }\"}";
    let one = post(&format!("Content-Length: {}\r\n", body.len()), body);
    let pipelined =
        format!("{one}GET /livez HTTP/1.1\r\nHost: a\r\n\r\n{one}GET /nope HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let reply = exchange(app(), pipelined.as_bytes(), SOON);
    let statuses: Vec<&str> = reply.text.match_indices("HTTP/1.1 ").map(|(at, _)| &reply.text[at + 9..at + 12]).collect();
    assert_eq!((statuses, reply.closed), (vec!["200", "200", "200", "404"], true), "{reply:?}");
}

/// The limits are 10 s for a head and 15 s for a body: all three are waited for at the same time.
#[test]
fn whoever_is_too_slow_is_cut_off() {
    let patience = Duration::from_secs(25);
    thread::scope(|scope| {
        let silent = scope.spawn(|| exchange(app(), b"", patience));
        let slow_head = scope.spawn(|| {
            let mut connection = connect(app());
            connection.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
            let started = Instant::now();
            connection.write_all(b"GET /livez HTTP/1.1\r\n").unwrap();
            // A header now and then does not prolong it.
            while started.elapsed() < patience && connection.write_all(b"X: y\r\n").is_ok() {
                if matches!(connection.read(&mut [0; 1_024]), Ok(0)) {
                    break;
                }
            }
            started.elapsed()
        });
        let slow_body = scope.spawn(|| exchange(app(), post("Content-Length: 100\r\n", "{}").as_bytes(), patience));
        let (silent, slow_head, slow_body) = (silent.join().unwrap(), slow_head.join().unwrap(), slow_body.join().unwrap());
        assert!(silent.closed && silent.took < Duration::from_secs(14), "{silent:?}");
        assert!(slow_head < Duration::from_secs(14), "{slow_head:?}");
        assert!(slow_body.closed && slow_body.text.starts_with("HTTP/1.1 408 "), "{slow_body:?}");
    });
    assert_eq!(app().send(Call::graphql("{ __typename }", &json!({}))).status, 200);
}
