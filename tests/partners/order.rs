//! A thousand subjects, their events shuffled, delayed, repeated, thin and full, over three servers: the end is the partner's own
//! state, and nothing goes backwards on the way.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use farmlokal_testbed::{Postgres, wait_until};
use futures_util::{StreamExt as _, stream};
use simulator::{Delivery, Event, Form, Shares, Subject, schedule};

use crate::partner::{simulator, stand};
use crate::stand::{Engine, Stand, runtime, send, signed};

const EVENTS: usize = 4_000;
const SEED: u64 = 20_261_128;
const AT_ONCE: usize = 24;

#[test]
fn the_end_is_the_partners_state_and_nothing_goes_backwards() {
    let partner = simulator(|settings| (settings.products, settings.orders, settings.seed) = (700, 300, SEED));
    let stand = stand(&partner, Engine::Postgres, 3, &[("FARMLOKAL_WEBHOOK_RETRY_MS", "100")]);
    let events: Vec<Event> = partner.world(|world| (0..EVENTS).map(|_| world.next_event()).collect());
    let shares = Shares { duplicate: 0.1, shuffle: 0.5, delay: 0.2, thin: 0.3, ..Shares::default() };
    let plan = schedule::plan(SEED, events.clone(), &shares, Duration::from_millis(1));
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let watcher = scope.spawn(|| watch(&stand, &over));
        runtime().block_on(deliver(&stand, &plan));
        wait_until("nothing waits any more", Duration::from_secs(120), || stand.count("{states: [RECEIVED, FAILED]}") == 0);
        over.store(true, Ordering::Release);
        let looks = watcher.join().unwrap();
        assert!(looks > 3, "{looks} looks");
    });
    assert_eq!(stand.count("{states: [DEAD_LETTERED]}"), 0, "seed {SEED}");

    let (products, orders) = (mirrored_products(&stand), mirrored_orders(&stand));
    let touched: BTreeSet<(bool, String)> =
        events.iter().map(|event| (event.kind.subject() == Subject::Order, event.id.clone())).collect();
    assert!(touched.len() > 900, "{} subjects", touched.len());
    for (is_order, id) in touched {
        let subject = if is_order { Subject::Order } else { Subject::Product };
        let told = partner.world(|world| world.get(subject, &id)).unwrap();
        let expected = match (is_order, told["deleted"] == true) {
            (true, _) => Some(told["status"].as_str().unwrap().to_owned()),
            (false, true) => None,
            (false, false) => {
                let stock = told["stockQuantity"].as_i64().map_or("-".to_owned(), |stock| stock.to_string());
                Some(format!("{} {stock} {}", told["price"]["amount"].as_str().unwrap(), told["name"].as_str().unwrap()))
            }
        };
        let ours = if is_order { orders.get(&id) } else { products.get(&id) };
        assert_eq!(ours, expected.as_ref(), "{id}, seed {SEED}");
    }
}

async fn deliver(stand: &Stand, plan: &[Delivery]) {
    let genuine = plan.iter().filter(|delivery| !matches!(delivery.form, Form::Corrupted(_)));
    let sent = stream::iter(genuine.enumerate()).map(|(n, delivery)| async move {
        let (id, body) = (&delivery.event.webhook_id, delivery.event.body(delivery.thin));
        let url = stand.servers[n % stand.servers.len()].base_url();
        let answer = send(signed(&stand.client, url, id, &body)).await.unwrap();
        assert_eq!(answer.status, 200, "{id}: {}", answer.body);
    });
    sent.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
}

/// Looks at what is known of each subject again and again; no version of an aspect may ever be smaller than before.
fn watch(stand: &Stand, over: &AtomicBool) -> usize {
    let mut seen: HashMap<String, Vec<i64>> = HashMap::new();
    let mut looks = 0;
    while !over.load(Ordering::Acquire) {
        let rows = Postgres::shared().query(
            &stand.database,
            "SELECT concat_ws(' ', subject, COALESCE(details_version, -1), COALESCE(price_version, -1), COALESCE(stock_version, -1), \
             COALESCE(status_version, -1)) FROM webhook_subjects",
        );
        for row in rows.lines() {
            let mut parts = row.split(' ');
            let subject = parts.next().unwrap().to_owned();
            let versions: Vec<i64> = parts.map(|part| part.parse().unwrap()).collect();
            if let Some(before) = seen.get(&subject) {
                assert!(
                    before.iter().zip(&versions).all(|(before, now)| before <= now),
                    "{subject}: {before:?}, then {versions:?}"
                );
            }
            seen.insert(subject, versions);
        }
        looks += 1;
    }
    looks
}

/// By the partner's id: price, stock and name.
fn mirrored_products(stand: &Stand) -> HashMap<String, String> {
    rows(
        stand,
        "SELECT i.external_id || ' ' || to_char(p.price_minor / 100.0, 'FM999999990.00') || ' ' || COALESCE(p.stock::text, '-') || ' ' || p.name \
         FROM partner_ids i JOIN products p ON p.id = i.our_id WHERE i.kind = 3",
    )
}

/// By the partner's id: the status.
fn mirrored_orders(stand: &Stand) -> HashMap<String, String> {
    rows(
        stand,
        "SELECT external_id || ' ' || (ARRAY['PENDING','CONFIRMED','PACKED','OUT_FOR_DELIVERY','DELIVERED','CANCELLED','REFUNDED'])[status] \
         FROM orders",
    )
}

fn rows(stand: &Stand, sql: &str) -> HashMap<String, String> {
    let rows = Postgres::shared().query(&stand.database, sql);
    rows.lines().map(|row| row.split_once(' ').map(|(id, rest)| (id.to_owned(), rest.to_owned())).unwrap()).collect()
}
