//! The task that keeps a connection: connects, feels the pulse, and connects anew when there is none.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::shared::{Numbered, Shared};

/// How often the pulse is felt while all is well: an idle process learns of an outage too.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// The same after a failure.
const QUICK_HEARTBEAT: Duration = Duration::from_millis(200);
/// Pause after a failed attempt to connect, doubled up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Longest pause between two attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Probes that may fail on one connection, about 2 s: then it may lead nowhere (a server that was moved or cut off says no
/// goodbye), and a new one is tried.
const FAILED_PROBES: u32 = 3;

/// Runs for as long as somebody holds the handle.
pub(super) async fn keep(shared: Arc<Shared>) {
    let mut number = 0;
    loop {
        number += 1;
        let link = connect(&shared).await;
        shared.install(Numbered { number, link });
        watch(&shared, number).await;
    }
}

async fn connect(shared: &Shared) -> super::link::Link {
    let mut pause = FIRST_PAUSE;
    let mut told = shared.was_there();
    loop {
        match shared.dialler.dial().await {
            Ok(link) => return link,
            Err(error) => {
                // An outage was told when it began; here it is one that was there before us.
                if !told {
                    tracing::warn!(why = %error, "Redis is away; this process goes on without it");
                    told = true;
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

/// Returns when the connection is gone or has to be given up.
async fn watch(shared: &Shared, number: u64) {
    let mut failed_probes = 0;
    while let Some(current) = shared.current().filter(|current| current.number == number) {
        let (closed, failures, due) = {
            let breaker = shared.breaker();
            (breaker.is_closed(), breaker.failures(), breaker.probe_due())
        };
        let pause = match due {
            Some(due) => due.saturating_duration_since(Instant::now()),
            None if failures > 0 => QUICK_HEARTBEAT,
            None => HEARTBEAT,
        };
        let woken = tokio::time::timeout(pause, shared.wake.notified()).await.is_ok();
        if woken || (!closed && !shared.breaker().may_probe(Instant::now())) {
            continue;
        }
        let pulse = redis::cmd("EXISTS").arg(format!("{}pulse", shared.prefix)).clone();
        let felt = shared.ask(current, async |link| link.query(&pulse).await).await.is_ok();
        failed_probes = if felt || closed { 0 } else { failed_probes + 1 };
        if failed_probes >= FAILED_PROBES {
            shared.lose(number, "no answer for too long");
        }
    }
}
