//! PostgreSQL and MariaDB: eight servers on one database, asked over HTTP, killed (SIGKILL) and started again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use farmlokal::domain::{GlobalId, NodeKind, ProducerDraft, ProductDraft};
use farmlokal::service::StockAdjustment;
use farmlokal_testbed::Server;
use serde_json::{Value, json};
use tokio::sync::{Mutex, watch};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::WRITERS;
use super::step::{Step, World};
use super::writer::{Door, Outcome, Tally, write};
use crate::random::Random;
use crate::stage::{CURRENCY, Stage};

const TOKEN: &str = "a-token-for-the-soak";
/// Requests that each server has under way.
const CALLERS: u64 = 2;
const PUT: &str = "mutation($input: UpsertProductsInput!) { done: upsertProducts(input: $input) { \
    products { id slug version } userErrors { code } } }";
const ADJUST: &str = "mutation($input: AdjustStockInput!) { done: adjustStock(input: $input) { \
    product { id slug version } userErrors { code } } }";
const REMOVE: &str = "mutation($input: RemoveProductsInput!) { done: removeProducts(input: $input) { \
    removed userErrors { code } } }";
const MOVE: &str = "mutation($input: UpsertProducersInput!) { done: upsertProducers(input: $input) { \
    producers { id } userErrors { code } } }";

/// One of the eight: a server, or the gap between two.
struct Process {
    url: String,
    server: Mutex<Option<Server>>,
    address: watch::Sender<String>,
    client: reqwest::Client,
}

/// Writes until `end`, then stops all servers in order; gives what the servers of all lives logged.
pub(super) async fn run(stage: &Stage, world: &Arc<World>, tally: &Arc<Tally>, end: Instant) -> Vec<String> {
    let processes: Vec<_> = (0..WRITERS).map(|_| Arc::new(Process::new(&stage.url))).collect();
    let starts: Vec<_> = processes.iter().cloned().map(|process| tokio::spawn(async move { process.start().await })).collect();
    for start in starts {
        start.await.unwrap();
    }
    let mut writers = Vec::new();
    for (n, process) in (0..).zip(&processes) {
        for caller in 0..CALLERS {
            let (world, tally, process) = (Arc::clone(world), Arc::clone(tally), Arc::clone(process));
            let random = Random::new(n * CALLERS + caller);
            writers.push(tokio::spawn(async move { write(&*process, random, &world, &tally, end).await }));
        }
    }
    let mut logs = kill_some(&processes, tally, end).await;
    for writer in writers {
        writer.await.unwrap();
    }
    for process in &processes {
        logs.push(process.stop(terminate).await);
    }
    logs
}

/// Kills one server after the other, none of them twice in a row, and starts each again at once.
async fn kill_some(processes: &[Arc<Process>], tally: &Tally, end: Instant) -> Vec<String> {
    let mut chance = Random::new(2_000);
    let mut victim = 0;
    let mut logs = Vec::new();
    while Instant::now() + Duration::from_secs(1) < end {
        sleep(Duration::from_millis(300 + chance.below(900))).await;
        victim = (victim + 1 + chance.below(WRITERS as u64 - 1) as usize) % WRITERS;
        logs.push(processes[victim].stop(Server::kill).await);
        tally.kills.fetch_add(1, Ordering::Relaxed);
        processes[victim].start().await;
    }
    logs
}

fn terminate(server: &Server) {
    let exit = server.terminate();
    assert!(exit.status.success(), "{}\n{}", exit.status, server.logs());
}

impl Process {
    fn new(url: &str) -> Self {
        let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
        Self { url: url.to_owned(), server: Mutex::default(), address: watch::Sender::default(), client }
    }

    async fn start(&self) {
        let url = self.url.clone();
        let start = move || {
            Server::builder(env!("CARGO_BIN_EXE_farmlokal"))
                .args(["serve"])
                .env("DATABASE_URL", url)
                .env("FARMLOKAL_DEV_TOKEN", TOKEN)
                .env("FARMLOKAL_DATABASE_MAX_CONNECTIONS", "6")
                .env("FARMLOKAL_BUDGET_POINTS_PER_MINUTE", "0")
                .env("FARMLOKAL_WORKER_THREADS", "1")
                // What its own follower is told.
                .env("FARMLOKAL_LOG", "warn,farmlokal::app::background=debug")
                .start()
        };
        let server = spawn_blocking(start).await.unwrap();
        self.address.send_replace(server.base_url().to_owned());
        *self.server.lock().await = Some(server);
    }

    /// Ends the server, and gives what it logged.
    async fn stop(&self, end: fn(&Server)) -> String {
        let server = self.server.lock().await.take().expect("it was started");
        let ended = spawn_blocking(move || {
            end(&server);
            server.logs()
        });
        ended.await.unwrap()
    }

    async fn ask(&self, document: &str, input: &Value) -> Option<Value> {
        let address = self.address.borrow().clone();
        let request = self.client.post(format!("{address}/graphql")).bearer_auth(TOKEN);
        let body = json!({ "query": document, "variables": { "input": input } });
        let answer: Option<Value> = async { request.json(&body).send().await.ok()?.json().await.ok() }.await;
        answer?.pointer_mut("/data/done").map(Value::take).filter(|done| !done.is_null())
    }
}

impl Door for Process {
    async fn take(&self, step: &Step) -> Outcome {
        let (document, input) = match step {
            Step::Put(drafts) => (PUT, json!({ "products": drafts.iter().map(product).collect::<Vec<_>>() })),
            Step::Adjust(adjustment) => (ADJUST, stock(adjustment)),
            Step::Remove(slugs) => (REMOVE, json!({ "slugs": slugs })),
            Step::Move(drafts) => (MOVE, json!({ "producers": drafts.iter().map(producer).collect::<Vec<_>>() })),
        };
        let Some(done) = self.ask(document, &input).await else {
            // Nobody is there, or the database is overrun: do not spin.
            sleep(Duration::from_millis(20)).await;
            return Outcome::Lost;
        };
        if done["userErrors"].as_array().is_none_or(|errors| !errors.is_empty()) {
            return Outcome::Refused;
        }
        if let Some(removed) = done["removed"].as_u64() {
            return Outcome::Removed(removed);
        }
        let one = std::slice::from_ref(&done["product"]);
        let products = done["products"].as_array().map_or(one, Vec::as_slice);
        Outcome::Written(products.iter().filter(|product| !product.is_null()).map(answered).collect())
    }
}

fn answered(product: &Value) -> (String, i64, i64) {
    let text = |field: &str| product[field].as_str().unwrap();
    let id = GlobalId::decode_as(NodeKind::Product, text("id")).unwrap();
    (text("slug").to_owned(), id, text("version").parse().unwrap())
}

fn product(draft: &ProductDraft) -> Value {
    let producer = GlobalId { kind: NodeKind::Producer, id: draft.producer_id.unwrap() };
    let mut input = json!({
        "slug": draft.slug,
        "name": draft.name,
        "category": draft.category_slug,
        "producerId": producer.encode(),
        "price": { "amount": format!("{}.{:02}", draft.price_minor / 100, draft.price_minor % 100), "currency": CURRENCY },
        "pack": { "value": "1", "unit": "KILOGRAM" },
        "expectedVersion": draft.expected_version.map(|version| version.to_string()),
    });
    if let Some(stock) = draft.stock {
        input["stockQuantity"] = json!(stock);
    }
    input
}

fn stock(adjustment: &StockAdjustment) -> Value {
    let id = GlobalId { kind: NodeKind::Product, id: adjustment.product_id.unwrap_or_default() };
    json!({ "productId": id.encode(), "delta": adjustment.delta, "idempotencyKey": adjustment.idempotency_key })
}

fn producer(draft: &ProducerDraft) -> Value {
    json!({
        "slug": draft.slug,
        "name": draft.name,
        "kind": "FARMER",
        "city": draft.city,
        "pincode": draft.pincode,
        "location": { "latitude": draft.place.latitude(), "longitude": draft.place.longitude() },
        "deliveryRadiusMeters": draft.delivery_radius_meters,
    })
}
