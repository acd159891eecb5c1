//! Servers over one database, and somebody who sends signed deliveries.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use farmlokal_testbed::{MariaDb, Postgres, Server, ServerBuilder, fresh_sqlite};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub(crate) const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
pub(crate) const TOKEN: &str = "the-token-of-the-partner-tests";
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
    &RUNTIME
}

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
    MariaDb,
}

impl Engine {
    pub(crate) const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::MariaDb];
}

/// Servers over one database.
pub(crate) struct Stand {
    pub(crate) servers: Vec<Server>,
    pub(crate) database: String,
    pub(crate) client: Client,
    settings: Vec<(String, String)>,
    _folder: Option<TempDir>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// `processed`, `accepted` or `duplicate`.
    pub(crate) fn receipt(&self) -> &str {
        self.body["status"].as_str().unwrap_or_default()
    }

    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

impl Stand {
    /// So many servers with these settings over an empty database.
    pub(crate) fn start(engine: Engine, servers: usize, settings: &[(&str, &str)]) -> Self {
        let (database, folder) = match engine {
            Engine::Sqlite => {
                let (url, folder) = fresh_sqlite();
                (url, Some(folder))
            }
            Engine::Postgres => (Postgres::shared().fresh_database(), None),
            Engine::MariaDb => (MariaDb::shared().fresh_database(), None),
        };
        let client = Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut stand = Self { servers: Vec::new(), database, client, settings, _folder: folder };
        for _ in 0..servers {
            let server = stand.program().start();
            stand.servers.push(server);
        }
        stand
    }

    /// The program with the settings of this stand.
    pub(crate) fn program(&self) -> ServerBuilder {
        let program = Server::builder(env!("CARGO_BIN_EXE_farmlokal"))
            .env("DATABASE_URL", self.database.as_str())
            .env("FARMLOKAL_DEV_TOKEN", TOKEN)
            .env("FARMLOKAL_LOG", "warn")
            .env("SEARCH_DIR", "off");
        let program = match self.settings.iter().any(|(name, _)| name.starts_with("WEBHOOK_S")) {
            true => program,
            false => program.env("WEBHOOK_SECRETS", SECRET),
        };
        self.settings.iter().fold(program, |program, (name, value)| program.env(name, value.as_str()))
    }

    /// A signed delivery to the source `default` of one server.
    pub(crate) fn delivery(&self, server: usize, event_id: &str, body: &Value) -> RequestBuilder {
        signed(&self.client, self.servers[server].base_url(), event_id, &body.to_string())
    }

    /// Sends it.
    pub(crate) fn deliver(&self, event_id: &str, body: &Value) -> Answer {
        self.send(self.delivery(0, event_id, body))
    }

    pub(crate) fn send(&self, request: RequestBuilder) -> Answer {
        runtime().block_on(send(request)).unwrap()
    }

    /// Asks GraphQL with all scopes; the data, which must be whole.
    pub(crate) fn ask(&self, document: &str) -> Value {
        self.ask_with(document, &json!({}))
    }

    pub(crate) fn ask_with(&self, document: &str, variables: &Value) -> Value {
        let request = self.client.post(format!("{}/graphql", self.servers[0].base_url()));
        let answer = self.send(request.bearer_auth(TOKEN).json(&json!({ "query": document, "variables": variables })));
        assert!(answer.body["errors"].is_null(), "{}", answer.body);
        answer.body["data"].clone()
    }

    /// The only product of this name.
    pub(crate) fn product(&self, name: &str) -> Value {
        let document =
            "{ products(first: 100) { nodes { id name slug version stockQuantity price { amount } producer { name } } } }";
        let data = self.ask(document);
        let all = data["products"]["nodes"].as_array().unwrap();
        let mut found = all.iter().filter(|product| product["name"] == name);
        let product = found.next().cloned().unwrap_or(Value::Null);
        assert!(found.next().is_none(), "{name} is there twice");
        product
    }

    /// The state of an event.
    pub(crate) fn state(&self, event_id: &str) -> String {
        let data = self.ask("{ webhookEvents(first: 100) { nodes { eventId state } } }");
        let all = data["webhookEvents"]["nodes"].as_array().unwrap().clone();
        let found = all.iter().find(|event| event["eventId"] == event_id);
        found.map_or_else(String::new, |event| event["state"].as_str().unwrap().to_owned())
    }

    /// How many events match a filter.
    pub(crate) fn count(&self, filter: &str) -> i64 {
        let data = self.ask(&format!("{{ webhookEvents(first: 1, filter: {filter}) {{ totalCount }} }}"));
        data["webhookEvents"]["totalCount"].as_i64().unwrap()
    }
}

/// A signed delivery.
pub(crate) fn signed(client: &Client, base_url: &str, event_id: &str, body: &str) -> RequestBuilder {
    signed_at(client, base_url, event_id, body, now_s())
}

/// The same at another time.
pub(crate) fn signed_at(client: &Client, base_url: &str, event_id: &str, body: &str, seconds: i64) -> RequestBuilder {
    let signature = Webhook::new(SECRET).unwrap().sign(event_id, seconds, body.as_bytes()).unwrap();
    let request = client.post(format!("{base_url}/webhook")).header("content-type", "application/json");
    let request = request.header("webhook-id", event_id).header("webhook-timestamp", seconds.to_string());
    request.header("webhook-signature", signature).body(body.to_owned())
}

#[expect(clippy::disallowed_methods, reason = "the server that is tested has the real clock")]
pub(crate) fn now_s() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

pub(crate) async fn send(request: RequestBuilder) -> Result<Answer, reqwest::Error> {
    let response = request.send().await?;
    let status = response.status().as_u16();
    let bytes = response.bytes().await?;
    Ok(Answer { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) })
}

/// A product as the partner tells of one.
pub(crate) fn product(name: &str, price: &str, stock: i64) -> Value {
    json!({
        "name": name, "description": "", "category": {"slug": "milk", "name": "Milk"},
        "producer": {"id": "F-1", "name": "Gokul Dairy", "kind": "DOODHWALA", "city": "Pune", "pincode": "411001",
                     "latitude": 18.52, "longitude": 73.86, "deliveryRadiusMeters": 5000},
        "price": {"amount": price, "currency": "INR"}, "pack": {"value": "1", "unit": "LITRE"}, "stockQuantity": stock
    })
}

/// An order as the partner tells of one.
pub(crate) fn order(status: &str, product: &str) -> Value {
    json!({
        "status": status, "placedAt": "2026-11-28T09:00:00.000Z", "total": {"amount": "129.00", "currency": "INR"},
        "lines": [{"productId": product, "name": "A2 Cow Milk", "quantity": 2, "price": {"amount": "64.50", "currency": "INR"}}]
    })
}

/// An event with data.
pub(crate) fn event(kind: &str, id: &str, version: i64, data: &Value) -> Value {
    json!({"event": kind, "id": id, "version": version, "data": data})
}
