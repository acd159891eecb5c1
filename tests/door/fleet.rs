//! Some servers over one database, with the verbs of their callers.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use farmlokal_testbed::{Postgres, Server};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// The development token of all servers here.
pub(crate) const TOKEN: &str = "the-token-of-the-door-tests";
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
    &RUNTIME
}

/// Servers over one database, and somebody who calls them.
pub(crate) struct Fleet {
    pub(crate) servers: Vec<Server>,
    client: Client,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) took: Duration,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// `r` or `t` of the field `RateLimit`.
    pub(crate) fn rate_limit(&self, parameter: &str) -> u64 {
        let field = self.header("ratelimit");
        let found = field.split(';').find_map(|part| part.strip_prefix(parameter)?.strip_prefix('='));
        found.unwrap_or_else(|| panic!("{field:?}")).parse().unwrap()
    }
}

impl Fleet {
    /// Starts so many servers with these settings.
    pub(crate) fn start(servers: usize, settings: &[(&str, &str)]) -> Self {
        let database = Postgres::shared().fresh_database();
        let start = || {
            let server = Server::builder(env!("CARGO_BIN_EXE_farmlokal")).env("DATABASE_URL", &database);
            let server = server.env("FARMLOKAL_DEV_TOKEN", TOKEN).env("FARMLOKAL_LOG", "warn");
            settings.iter().fold(server, |server, (name, value)| server.env(name, *value)).start()
        };
        let client = Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        Self { servers: (0..servers).map(|_| start()).collect(), client }
    }

    /// A request for a path of one server.
    pub(crate) fn get(&self, server: usize, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.servers[server].base_url()))
    }

    /// A GraphQL request to one server.
    pub(crate) fn graphql(&self, server: usize, document: &str) -> RequestBuilder {
        self.client.post(format!("{}/graphql", self.servers[server].base_url())).json(&json!({ "query": document }))
    }

    /// Asks one server one thing.
    pub(crate) fn ask(&self, server: usize, document: &str) -> Answer {
        runtime().block_on(send(self.graphql(server, document)))
    }

    /// Sends a request.
    pub(crate) fn send(&self, request: RequestBuilder) -> Answer {
        runtime().block_on(send(request))
    }

    /// Has four callers ask each server the same thing again and again, for as long as `time`.
    pub(crate) fn crowd(&self, document: &str, time: Duration) -> Crowd {
        let started = Instant::now();
        let callers = (0..self.servers.len()).flat_map(|server| (0..4).map(move |_| server)).map(|server| async move {
            let mut statuses = Vec::new();
            while started.elapsed() < time {
                statuses.push(send(self.graphql(server, document)).await.status);
            }
            statuses
        });
        let statuses: Vec<u16> = runtime().block_on(futures_util::future::join_all(callers)).into_iter().flatten().collect();
        let refused = statuses.iter().filter(|status| **status == StatusCode::TOO_MANY_REQUESTS.as_u16()).count();
        Crowd { admitted: statuses.len() - refused, refused, seconds: started.elapsed().as_secs_f64() }
    }
}

/// How a crowd fared.
#[derive(Debug)]
pub(crate) struct Crowd {
    pub(crate) admitted: usize,
    pub(crate) refused: usize,
    pub(crate) seconds: f64,
}

impl Crowd {
    /// Points admitted, as a share of what the budget allows in that time.
    pub(crate) fn share(&self, points_each: f64, burst: f64, points_per_second: f64) -> f64 {
        self.admitted as f64 * points_each / (burst + points_per_second * self.seconds)
    }
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let started = Instant::now();
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.unwrap().to_vec();
    Answer { status, headers, body, took: started.elapsed() }
}
