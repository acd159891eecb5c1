//! Some servers over one database, with the verbs of their callers.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use farmlokal_testbed::{Postgres, Server, ServerBuilder, wait_until};
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// The development token of all servers here.
pub(crate) const TOKEN: &str = "the-token-of-the-door-tests";
const PATIENCE: Duration = Duration::from_secs(30);
/// Redis is to be of use again so soon after it returned.
const BACK_WITHIN: Duration = Duration::from_secs(5);

/// Values of `cache-status`: out of the process, through Redis, made, never kept, and kept although nobody knows.
pub(crate) const MEMORY: &str = "farmlokal; hit; detail=memory";
pub(crate) const SHARED: &str = "farmlokal; hit; detail=shared";
pub(crate) const MADE: &str = "farmlokal; fwd=miss; stored";
pub(crate) const BYPASS: &str = "farmlokal; fwd=bypass";
pub(crate) const STALE: &str = "farmlokal; hit; detail=stale";

pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
    &RUNTIME
}

/// Servers over one database, and somebody who calls them.
pub(crate) struct Fleet {
    pub(crate) servers: Vec<Server>,
    pub(crate) database: String,
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

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Where it came from.
    pub(crate) fn cache(&self) -> &str {
        self.header("cache-status")
    }

    /// Whether it was kept.
    pub(crate) fn is_hit(&self) -> bool {
        self.cache().starts_with("farmlokal; hit")
    }

    /// Whether it says of itself that it may be old.
    pub(crate) fn is_stale(&self) -> bool {
        self.cache() == STALE
    }

    /// `r` or `t` of the field `RateLimit`.
    pub(crate) fn rate_limit(&self, parameter: &str) -> u64 {
        let field = self.header("ratelimit");
        let found = field.split(';').find_map(|part| part.strip_prefix(parameter)?.strip_prefix('='));
        found.unwrap_or_else(|| panic!("{field:?}")).parse().unwrap()
    }
}

impl Fleet {
    /// Starts so many servers with these settings over an empty database.
    pub(crate) fn start(servers: usize, settings: &[(&str, &str)]) -> Self {
        Self::over(&Postgres::shared().fresh_database(), servers, settings)
    }

    /// The same over a generated catalogue.
    pub(crate) fn seeded(servers: usize, settings: &[(&str, &str)]) -> Self {
        let database = Postgres::shared().fresh_database();
        seed(&database);
        Self::over(&database, servers, settings)
    }

    /// The same over this database.
    pub(crate) fn over(database: &str, servers: usize, settings: &[(&str, &str)]) -> Self {
        let start = || {
            let server = program(database);
            let server = server.env("FARMLOKAL_DEV_TOKEN", TOKEN).env("FARMLOKAL_LOG", "warn");
            settings.iter().fold(server, |server, (name, value)| server.env(name, *value)).start()
        };
        let client = Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        Self { servers: (0..servers).map(|_| start()).collect(), database: database.to_owned(), client }
    }

    /// A request for a path of one server.
    pub(crate) fn get(&self, server: usize, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.servers[server].base_url()))
    }

    /// The same with parameters.
    pub(crate) fn get_with(&self, server: usize, path: &str, parameters: &[(&str, &str)]) -> RequestBuilder {
        let url = format!("{}{path}", self.servers[server].base_url());
        self.client.get(Url::parse_with_params(&url, parameters).unwrap())
    }

    /// A document sent by GET.
    pub(crate) fn graphql_by_get(&self, server: usize, document: &str) -> RequestBuilder {
        self.get_with(server, "/graphql", &[("query", document)])
    }

    /// A GraphQL request to one server.
    pub(crate) fn graphql(&self, server: usize, document: &str) -> RequestBuilder {
        self.post(server, &json!({ "query": document }))
    }

    /// The same with these members.
    pub(crate) fn post(&self, server: usize, members: &Value) -> RequestBuilder {
        self.client.post(format!("{}/graphql", self.servers[server].base_url())).json(members)
    }

    /// Asks one server one thing.
    pub(crate) fn ask(&self, server: usize, document: &str) -> Answer {
        runtime().block_on(send(self.graphql(server, document)))
    }

    /// Sends a request.
    pub(crate) fn send(&self, request: RequestBuilder) -> Answer {
        runtime().block_on(send(request))
    }

    /// A counter of a server; 0 when it was never counted.
    pub(crate) fn counter(&self, server: usize, name: &str) -> usize {
        let metrics = self.send(self.get(server, "/metrics/prometheus"));
        let mut lines = metrics.text().lines();
        let count = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        count.map_or(0, |count| count.parse().unwrap())
    }

    /// What a server says of its Redis.
    pub(crate) fn redis_status(&self, server: usize) -> String {
        let ready = self.send(self.get(server, "/readyz"));
        assert_eq!(ready.status, 200, "Redis is never needed");
        ready.json()["checks"]["redis"]["status"].as_str().unwrap_or_default().to_owned()
    }

    /// Waits until all servers use Redis.
    pub(crate) fn uses_redis(&self) {
        for server in 0..self.servers.len() {
            wait_until("Redis is of use", BACK_WITHIN, || self.redis_status(server) == "ok");
        }
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

/// The program, told where its database is.
pub(crate) fn program(database: &str) -> ServerBuilder {
    Server::builder(env!("CARGO_BIN_EXE_farmlokal")).env("DATABASE_URL", database)
}

/// Loads a generated catalogue.
pub(crate) fn seed(database: &str) {
    let output = program(database).args(["seed", "--products=300", "--seed-number=1"]).run();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let started = Instant::now();
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.unwrap().to_vec();
    Answer { status, headers, body, took: started.elapsed() }
}
