//! What callers and the keeper share: the connection, the breaker, and what was said of them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use redis::{RedisResult, Value};
use tokio::sync::Notify;

use super::away::Away;
use super::breaker::{Breaker, Turn};
use super::link::{Dialler, Link};

/// A connection and its number: a report about an older one must not harm its successor.
#[derive(Clone)]
pub(super) struct Numbered {
    pub(super) number: u64,
    pub(super) link: Link,
}

/// See the module.
pub(super) struct Shared {
    pub(super) dialler: Dialler,
    pub(super) deadline: Duration,
    /// In front of every key.
    pub(super) prefix: String,
    current: RwLock<Option<Numbered>>,
    breaker: Mutex<Breaker>,
    healthy: AtomicBool,
    was_there: AtomicBool,
    refusal_was_told: AtomicBool,
    answered: metrics::Counter,
    /// Something happened that the keeper should look at.
    pub(super) wake: Notify,
}

/// Calls with this outcome.
fn calls(outcome: &'static str) -> metrics::Counter {
    metrics::counter!("farmlokal_redis_calls_total", "outcome" => outcome)
}

impl Shared {
    pub(super) fn new(dialler: Dialler, deadline: Duration, prefix: String) -> Self {
        Self {
            dialler,
            deadline,
            prefix,
            current: RwLock::new(None),
            breaker: Mutex::new(Breaker::new(Instant::now())),
            healthy: AtomicBool::new(false),
            was_there: AtomicBool::new(false),
            refusal_was_told: AtomicBool::new(false),
            answered: calls("answered"),
            wake: Notify::new(),
        }
    }

    pub(super) fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Relaxed)
    }

    /// Whether there ever was a connection.
    pub(super) fn was_there(&self) -> bool {
        self.was_there.load(Ordering::Relaxed)
    }

    /// Makes one call, unless Redis is away, within the deadline, and reports how it went.
    pub(super) async fn call(&self, ask: impl AsyncFnOnce(&mut Link) -> RedisResult<Value>) -> Result<Value, Away> {
        let current = if self.is_healthy() { self.current() } else { None };
        let answer = match current {
            None => Err(Away::Skipped),
            Some(current) => self.ask(current, ask).await,
        };
        match &answer {
            Ok(_) => self.answered.increment(1),
            Err(away) => calls(away.outcome()).increment(1),
        }
        answer
    }

    /// Makes one call on this connection, within the deadline, and reports how it went. The keeper probes with it.
    pub(super) async fn ask(
        &self,
        mut current: Numbered,
        ask: impl AsyncFnOnce(&mut Link) -> RedisResult<Value>,
    ) -> Result<Value, Away> {
        let answer = tokio::time::timeout(self.deadline, ask(&mut current.link)).await;
        let answer = match answer {
            Err(_) => Err((Away::TooSlow, None)),
            Ok(answer) => answer.map_err(|error| (Away::from(&error), Some(error.to_string()))),
        };
        match &answer {
            Ok(_) => self.report(Breaker::succeeded, "it answers"),
            Err((Away::Refused, detail)) => {
                self.report(Breaker::succeeded, "it answers");
                self.tell_of_refusal(detail.as_deref().unwrap_or_default());
            }
            Err((Away::Lost, detail)) => self.lose(current.number, detail.as_deref().unwrap_or_default()),
            Err((away, detail)) => {
                let why = detail.clone().unwrap_or_else(|| away.to_string());
                self.report(|breaker| breaker.failed(Instant::now()), &why);
            }
        }
        answer.map_err(|(away, _)| away)
    }

    /// Puts a new connection in the place of the last one.
    pub(super) fn install(&self, new: Numbered) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(new);
        self.was_there.store(true, Ordering::Relaxed);
        self.refusal_was_told.store(false, Ordering::Relaxed);
        self.report(Breaker::succeeded, "connected");
    }

    /// Takes the connection with this number out, if it is still there.
    pub(super) fn lose(&self, number: u64, why: &str) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_none_or(|current| current.number != number) {
            return;
        }
        *current = None;
        drop(current);
        self.report(|breaker| breaker.open(Instant::now()), why);
        self.wake.notify_one();
    }

    pub(super) fn current(&self) -> Option<Numbered> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the breaker, and the log when that changed something: one line when Redis goes, one when it is back.
    fn report(&self, tell: impl FnOnce(&mut Breaker) -> Option<Turn>, why: &str) {
        let mut breaker = self.breaker();
        let turn = tell(&mut breaker);
        self.healthy.store(breaker.is_closed(), Ordering::Relaxed);
        drop(breaker);
        match turn {
            None => {}
            Some(Turn::Closed) => tracing::info!("Redis is there"),
            Some(Turn::Opened) => {
                tracing::warn!(why, "Redis is away; this process goes on without it");
                self.wake.notify_one();
            }
        }
    }

    /// Once per connection: whatever is refused once is likely to be refused a thousand times a second.
    fn tell_of_refusal(&self, detail: &str) {
        if !self.refusal_was_told.swap(true, Ordering::Relaxed) {
            tracing::warn!(detail, "Redis refuses a command; further refusals on this connection are not logged");
        }
    }
}
