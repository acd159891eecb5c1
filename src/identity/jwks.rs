//! The issuer's keys: when they are fetched, and how long they may be used.
//!
//! They are fetched in the background, at start and every ten minutes, and at once when a token names a key that is not known:
//! that is how a rotation is seen. Callers choose the names, so however many unknown ones they send, a fetch begins at most
//! every ten seconds, and one at a time.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::key_set::KeySet;
use super::source::KeySource;

/// How often the keys are fetched unasked; give or take a tenth, so that servers which start together do not ask together.
const REFRESH_EVERY: Duration = Duration::from_secs(600);
/// The shortest time between the beginnings of two fetches, and how soon a failed one is tried again.
const FETCH_EVERY: Duration = Duration::from_secs(10);
/// The longest time for one fetch.
const FETCH_DEADLINE: Duration = Duration::from_secs(2);
/// How long keys may be used while the issuer is away.
const USABLE_FOR: Duration = Duration::from_secs(24 * 3_600);

/// The keys; a clone is a pointer.
#[derive(Clone)]
pub struct Jwks(Arc<Inner>);

struct Inner {
    source: Box<dyn KeySource>,
    kept: RwLock<Kept>,
    flight: Mutex<Option<Flight>>,
    /// Whether the last fetch did not succeed.
    failing: AtomicBool,
}

/// The keys of the last answer.
#[derive(Clone, Default)]
struct Kept {
    set: Arc<KeySet>,
    /// Counts the states of the set; what was verified by another one has to be verified again.
    generation: u64,
    /// When the answer came; `None` before the first.
    came: Option<Instant>,
}

/// The last fetch.
struct Flight {
    began: Instant,
    /// Closed when it is over.
    over: watch::Receiver<()>,
}

/// The keys at one moment.
pub(super) struct Usable {
    /// The keys.
    pub(super) set: Arc<KeySet>,
    /// Which state of them.
    pub(super) generation: u64,
}

impl fmt::Debug for Jwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jwks")
    }
}

impl Jwks {
    /// No keys yet: [`Jwks::run`] fetches them.
    pub fn new(source: Box<dyn KeySource>) -> Self {
        let (kept, flight) = (RwLock::default(), Mutex::new(None));
        Self(Arc::new(Inner { source, kept, flight, failing: AtomicBool::new(false) }))
    }

    /// The keys, unless there are none, or none that may still be used.
    pub(super) fn usable(&self) -> Option<Usable> {
        let kept = self.0.kept.read().unwrap_or_else(PoisonError::into_inner);
        let is_young = kept.came.is_some_and(|came| came.elapsed() < USABLE_FOR);
        is_young.then(|| Usable { set: Arc::clone(&kept.set), generation: kept.generation })
    }

    /// Whether the last fetch did not succeed, so that the issuer may have keys that are not known here.
    pub(super) fn is_failing(&self) -> bool {
        self.0.failing.load(Ordering::Relaxed)
    }

    /// Waits until the keys are fetched anew; not at all when that was done a moment ago.
    pub(super) async fn refresh(&self) {
        if let Some(mut over) = self.flight() {
            // An error says that it is over.
            let _ = over.changed().await;
        }
    }

    /// The fetch under way, or one that begins now; `None` when it is too soon for another one. It is a task of its own, because
    /// a caller who goes away must not end it for the others.
    fn flight(&self) -> Option<watch::Receiver<()>> {
        let mut flight = self.0.flight.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = &*flight {
            if last.over.has_changed().is_ok() {
                return Some(last.over.clone());
            }
            if last.began.elapsed() < FETCH_EVERY {
                return None;
            }
        }
        let (under_way, over) = watch::channel(());
        let keys = self.clone();
        tokio::spawn(async move {
            keys.fetch().await;
            drop(under_way);
        });
        *flight = Some(Flight { began: Instant::now(), over: over.clone() });
        Some(over)
    }

    async fn fetch(&self) {
        let fetched = tokio::time::timeout(FETCH_DEADLINE, self.0.source.fetch()).await;
        let fetched = fetched.unwrap_or_else(|_| Err(format!("no answer within {} s", FETCH_DEADLINE.as_secs())));
        let read = fetched.and_then(|body| KeySet::read(&body));
        let outcome = if read.is_ok() { "ok" } else { "failed" };
        metrics::counter!("farmlokal_issuer_key_fetches_total", "outcome" => outcome).increment(1);
        match read {
            Ok(set) => {
                metrics::gauge!("farmlokal_issuer_keys").set(set.len() as f64);
                self.0.failing.store(false, Ordering::Relaxed);
                self.keep(set);
            }
            Err(detail) => {
                // Once for each time that it goes away: it is tried again every ten seconds.
                if !self.0.failing.swap(true, Ordering::Relaxed) {
                    tracing::warn!(detail, "the issuer's keys could not be fetched; those that are known stay in use");
                }
            }
        }
    }

    fn keep(&self, set: KeySet) {
        let mut kept = self.0.kept.write().unwrap_or_else(PoisonError::into_inner);
        let is_same = kept.came.is_some() && kept.set.digest == set.digest;
        kept.came = Some(Instant::now());
        if !is_same {
            tracing::info!(keys = set.len(), "the issuer's keys are known");
            kept.set = Arc::new(set);
            kept.generation += 1;
        }
    }

    /// Fetches the keys now and then again after each pause, until `ended`.
    pub async fn run(self, ended: CancellationToken) {
        loop {
            let work = async {
                self.refresh().await;
                tokio::time::sleep(self.pause(random())).await;
            };
            tokio::select! {
                () = ended.cancelled() => return,
                () = work => {}
            }
        }
    }

    /// How long to wait before the next fetch; `random` is in `0.0..1.0`.
    fn pause(&self, random: f64) -> Duration {
        let pause = if self.is_failing() { FETCH_EVERY } else { REFRESH_EVERY };
        // Not below the shortest time between two fetches.
        let least = if self.is_failing() { 1.0 } else { 0.9 };
        pause.mul_f64(least + 0.2 * random)
    }
}

/// A number in `0.0..1.0`; the middle when the system has none.
fn random() -> f64 {
    getrandom::u32().map_or(0.5, |number| f64::from(number) / 2_f64.powi(32))
}
