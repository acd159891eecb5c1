//! A running server with the verbs of its callers.

use std::ffi::OsString;
use std::sync::{LazyLock, OnceLock};
use std::time::{Duration, Instant};

use farmlokal_testbed::{Server, ServerBuilder};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Body, Client, Method};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::answer::Answer;
use crate::engine::{Database, Engine};

/// The program under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_farmlokal");
/// The development token of every server here.
pub(crate) const TOKEN: &str = "the-token-of-the-api-tests";
/// Products of the seeded servers that only answer questions.
pub(crate) const SEEDED_PRODUCTS: usize = 600;

/// Longer than any time limit of the server.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where all clients of this process live.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
    &RUNTIME
}

/// A server process on a database of its own.
#[derive(Debug)]
pub(crate) struct TestApp {
    pub(crate) server: Server,
    pub(crate) database: Database,
    client: Client,
}

/// A server to be started.
#[derive(Debug)]
pub(crate) struct TestAppBuilder {
    database: Database,
    products: Option<usize>,
    settings: Vec<(String, OsString)>,
}

impl TestApp {
    /// Choices before the start.
    pub(crate) fn on(database: Database) -> TestAppBuilder {
        // Callers here ask faster than any budget allows; what budgets do is told in `tests/door`.
        let no_limit = ("FARMLOKAL_BUDGET_POINTS_PER_MINUTE".to_owned(), "0".into());
        let settings = vec![("FARMLOKAL_DEV_TOKEN".to_owned(), TOKEN.into()), no_limit];
        TestAppBuilder { database, products: None, settings }
    }

    /// A server that somebody else has started.
    pub(crate) fn joining(server: Server, database: Database) -> Self {
        let client = Client::builder().no_proxy().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { server, database, client }
    }

    /// A server on an empty database.
    pub(crate) fn empty(engine: Engine) -> Self {
        Self::on(Database::fresh(engine)).start()
    }

    /// The server that all tests share which only ask: [`SEEDED_PRODUCTS`] products, seed number 1.
    pub(crate) fn seeded(engine: Engine) -> &'static Self {
        static SHARED: [OnceLock<TestApp>; 3] = [const { OnceLock::new() }; 3];
        SHARED[engine as usize].get_or_init(|| match engine {
            Engine::Sqlite => Self::demo(),
            Engine::Postgres | Engine::MariaDb => Self::on(Database::fresh(engine)).products(SEEDED_PRODUCTS).start(),
        })
    }

    /// A server with its SQLite file in its own folder, which goes with it even when nobody drops the two.
    fn demo() -> Self {
        let products = SEEDED_PRODUCTS.to_string();
        let server = Server::builder(BINARY).env("FARMLOKAL_DEMO_PRODUCTS", products).env("FARMLOKAL_DEV_TOKEN", TOKEN);
        let server = server.env("FARMLOKAL_BUDGET_POINTS_PER_MINUTE", "0").start();
        let folder = std::fs::read_link(format!("/proc/{}/cwd", server.pid())).unwrap();
        let url = format!("sqlite://{}", folder.join("farmlokal.db").display());
        Self::joining(server, Database::at(Engine::Sqlite, &url))
    }

    /// Sends a query without a token.
    pub(crate) fn query(&self, document: &str) -> Answer {
        self.query_with(document, &json!({}))
    }

    /// Sends a query with variables, without a token.
    pub(crate) fn query_with(&self, document: &str, variables: &Value) -> Answer {
        self.send(Call::graphql(document, variables))
    }

    /// Sends an operation with the token.
    pub(crate) fn mutate(&self, document: &str, variables: &Value) -> Answer {
        self.send(Call::graphql(document, variables).header("authorization", &format!("Bearer {TOKEN}")))
    }

    /// Asks for a path.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(Call::new(Method::GET, path))
    }

    /// Sends any request.
    pub(crate) fn send(&self, call: Call) -> Answer {
        self.try_send(call).unwrap_or_else(|error| panic!("no answer: {error:?}"))
    }

    /// Sends any request, which may find nobody there.
    pub(crate) fn try_send(&self, call: Call) -> Result<Answer, reqwest::Error> {
        let url = format!("{}{}", self.server.base_url(), call.path);
        let mut request = self.client.request(call.method, url).headers(call.headers);
        if let Some(body) = call.body {
            request = request.body(body);
        }
        let started = Instant::now();
        runtime()
            .block_on(async {
                let response = request.send().await?;
                let (status, headers) = (response.status().as_u16(), response.headers().clone());
                let body = response.bytes().await?.to_vec();
                Ok(Answer { status, headers, body, took: started.elapsed() })
            })
            .inspect(|answer| self.explain(answer))
    }

    /// What the log says of a failure inside; seen only when the test fails.
    #[expect(clippy::print_stderr, reason = "captured, and shown when the test fails")]
    fn explain(&self, answer: &Answer) {
        if String::from_utf8_lossy(&answer.body).contains("INTERNAL_SERVER_ERROR") {
            let logs = self.server.logs();
            logs.lines().rfind(|line| line.contains("ERROR")).into_iter().for_each(|line| eprintln!("{line}"));
        }
    }

    /// A member of `/metrics/prometheus`.
    pub(crate) fn counter(&self, name: &str) -> u64 {
        let answer = self.get("/metrics/prometheus");
        let line = answer.text().lines().find_map(|line| line.strip_prefix(&format!("{name} ")).map(str::to_owned));
        line.map_or(0, |count| count.parse().unwrap())
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // No story may make a handler panic, whatever was answered.
        if !std::thread::panicking() {
            let logs = self.server.logs();
            assert!(!logs.contains("panicked"), "{logs}");
        }
    }
}

impl TestAppBuilder {
    /// Loads a generated catalogue first.
    pub(crate) fn products(mut self, products: usize) -> Self {
        self.products = Some(products);
        self
    }

    /// A setting of the server.
    pub(crate) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.settings.push((name.to_owned(), value.into()));
        self
    }

    /// Starts it and waits until it listens.
    pub(crate) fn start(self) -> TestApp {
        if let Some(products) = self.products {
            seed(&self.database, 1, products);
        }
        let farmlokal = command(&self.database);
        let server = self.settings.into_iter().fold(farmlokal, |farmlokal, (name, value)| farmlokal.env(&name, value)).start();
        TestApp::joining(server, self.database)
    }
}

/// The program, told where its database is.
pub(crate) fn command(database: &Database) -> ServerBuilder {
    Server::builder(BINARY).env("DATABASE_URL", database.url())
}

/// Loads a generated catalogue.
pub(crate) fn seed(database: &Database, number: u64, products: usize) {
    let arguments = ["seed".to_owned(), format!("--products={products}"), format!("--seed-number={number}")];
    let output = command(database).args(arguments).run();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// One request.
#[derive(Debug)]
pub(crate) struct Call {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Option<Body>,
}

impl Call {
    pub(crate) fn new(method: Method, path: &str) -> Self {
        Self { method, path: path.to_owned(), headers: HeaderMap::new(), body: None }
    }

    /// `POST /graphql` with a JSON body.
    pub(crate) fn graphql(document: &str, variables: &Value) -> Self {
        let body = json!({ "query": document, "variables": variables }).to_string();
        Self::new(Method::POST, "/graphql").header("content-type", "application/json").body(body)
    }

    /// `POST /graphql` with these bytes as JSON.
    pub(crate) fn json(body: impl Into<Body>) -> Self {
        Self::new(Method::POST, "/graphql").header("content-type", "application/json").body(body)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = Some(body.into());
        self
    }
}
