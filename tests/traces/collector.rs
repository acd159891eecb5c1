//! A small collector: keeps what it is sent.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use farmlokal_testbed::poll;

use crate::protobuf::Message;

/// A span, as far as tests look at it.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) service: String,
    pub(crate) trace: String,
    pub(crate) id: String,
    pub(crate) parent: String,
    pub(crate) name: String,
    /// 2 for a server's, 3 for a client's.
    pub(crate) kind: u64,
    /// 2 for an error.
    pub(crate) status: u64,
    pub(crate) attributes: HashMap<String, String>,
}

/// Listens on a port of 127.0.0.1 until the test ends.
pub(crate) struct Collector {
    port: u16,
    spans: Arc<Mutex<Vec<Span>>>,
}

impl Collector {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let spans = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&spans);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let body = take(stream.unwrap());
                kept.lock().unwrap().extend(spans_of(&body));
            }
        });
        Self { port, spans }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What has come so far.
    pub(crate) fn spans(&self) -> Vec<Span> {
        self.spans.lock().unwrap().clone()
    }

    /// Waits until so many spans of this name have come, and gives all.
    pub(crate) fn await_spans(&self, name: &str, count: usize) -> Vec<Span> {
        let enough = || Some(self.spans()).filter(|spans| spans.iter().filter(|span| span.name == name).count() >= count);
        poll(Duration::from_secs(20), enough).unwrap_or_else(|| panic!("{count} of {name:?} in {:?}", self.spans()))
    }
}

/// Reads one request, and says that all is well.
fn take(mut stream: TcpStream) -> Vec<u8> {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut length, mut head) = (0, Vec::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        let line = line.trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        head.push(line);
    }
    assert_eq!(head[0], "post /v1/traces http/1.1");
    assert!(head.contains(&"content-type: application/x-protobuf".to_owned()), "{head:?}");
    assert!(head.iter().any(|line| line.starts_with("host: 127.0.0.1:")), "{head:?}");
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n").unwrap();
    body
}

/// The numbers are those of `opentelemetry/proto/trace/v1/trace.proto`.
fn spans_of(body: &[u8]) -> Vec<Span> {
    let mut spans = Vec::new();
    for resource_spans in Message(body).messages(1) {
        let resource = attributes(Message(resource_spans.bytes(1)), 1);
        for span in resource_spans.messages(2).flat_map(|scope| scope.messages(2)) {
            spans.push(Span {
                service: resource["service.name"].clone(),
                trace: hex(span.bytes(1)),
                id: hex(span.bytes(2)),
                parent: hex(span.bytes(4)),
                name: span.text(5),
                kind: span.number(6).unwrap_or_default(),
                status: Message(span.bytes(15)).number(3).unwrap_or_default(),
                attributes: attributes(span, 9),
            });
        }
    }
    spans
}

fn attributes(of: Message<'_>, number: u64) -> HashMap<String, String> {
    let pairs = of.messages(number).map(|pair| {
        let value = Message(pair.bytes(2));
        (pair.text(1), value.number(3).map_or_else(|| value.text(1), |number| number.to_string()))
    });
    pairs.collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
