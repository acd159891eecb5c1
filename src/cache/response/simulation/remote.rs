//! A process' way to the shared store: a deadline and the real breaker in front of calls that get lost, come late, or come
//! twice.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep, sleep_until};

use super::dice::{Dice, hash};
use super::line::pause;
use super::plan::Fault;
use super::process::Gate;
use super::store::Held;
use crate::cache::redis::breaker::{Breaker, Turn};
use crate::cache::response::{Lease, SharedStore};

/// As in `cache::redis`.
const DEADLINE_MS: u64 = 40;
/// After so many failures in a row nobody waits for the store any more.
const GIVEN_UP: u32 = 5;
/// So long after the store is back it is used again: two probes.
const RECOVERED_MS: u64 = 2_100;
/// Longest that a call is on its way.
const LATE_MS: u64 = 2_500;

pub(super) struct Remote {
    gate: Gate,
    breaker: Mutex<Breaker>,
    /// For the checks, as is what follows.
    opened_ms: u64,
    failed_in_a_row: AtomicU32,
    this: std::sync::Weak<Self>,
}

/// How a call fares.
struct Fate {
    /// Until it is executed; `None` when it never is.
    there_ms: Option<u64>,
    /// Until its answer is back; `None` when it is lost.
    back_ms: Option<u64>,
    /// Until it is executed once more.
    again_ms: Option<u64>,
}

impl Remote {
    fn is_healthy(&self) -> bool {
        self.with_breaker(|breaker| breaker.is_closed())
    }

    /// Nothing is known of the store yet: it is probed.
    pub(super) fn open(gate: Gate) -> Arc<Self> {
        let (breaker, opened_ms) = (Mutex::new(Breaker::new(Instant::now().into_std())), gate.world().now_ms());
        let remote =
            Arc::new_cyclic(|this| Self { gate, breaker, opened_ms, failed_in_a_row: AtomicU32::new(0), this: this.clone() });
        tokio::spawn(Arc::clone(&remote).probe());
        remote
    }

    /// Probes until one succeeds, as the keeper of `cache::redis` does.
    async fn probe(self: Arc<Self>) {
        while let Some(due) = self.with_breaker(|breaker| breaker.probe_due()) {
            sleep_until(Instant::from_std(due)).await;
            self.gate.pass().await;
            if self.with_breaker(|breaker| breaker.may_probe(Instant::now().into_std())) {
                let _ = self.ask(b"probe", 0, |_, _| ()).await;
            }
        }
    }

    fn with_breaker<T>(&self, with: impl FnOnce(&mut Breaker) -> T) -> T {
        with(&mut self.breaker.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes a call, unless the store is known to be away. `None` when there is no answer in time.
    async fn call<T>(&self, name: &[u8], matter: u64, act: impl Fn(&mut Held, u64) -> T + Clone + Send + 'static) -> Option<T>
    where
        T: Send,
    {
        self.gate.pass().await;
        let is_healthy = self.is_healthy();
        if let Err(why) = self.is_sensible(is_healthy) {
            let world = self.gate.world();
            world.records().violate(world.now_ms(), &format!("process {}: {why}", self.gate.process));
        }
        if is_healthy { self.ask(name, matter, act).await } else { None }
    }

    /// Whether it is right to call the store, or not to.
    fn is_sensible(&self, calls: bool) -> Result<(), &'static str> {
        let world = self.gate.world();
        let whole_since_ms = world.plan.store_whole_since(self.gate.process, world.now_ms());
        let is_whole = whole_since_ms.is_some_and(|since_ms| world.now_ms() - since_ms.max(self.opened_ms) > RECOVERED_MS);
        match calls {
            true if self.failed_in_a_row.load(Ordering::Relaxed) >= GIVEN_UP => Err("waits for a store that does not answer"),
            false if is_whole => Err("goes without a store that has been there for long"),
            _ => Ok(()),
        }
    }

    async fn ask<T>(&self, name: &[u8], matter: u64, act: impl Fn(&mut Held, u64) -> T + Clone + Send + 'static) -> Option<T>
    where
        T: Send,
    {
        let world = self.gate.world();
        if world.plan.broken_until(Fault::StoreAway, self.gate.process, world.now_ms()).is_some() {
            self.report(Breaker::open);
            return None;
        }
        let fate = self.fate(name, matter);
        let due = Instant::now() + Duration::from_millis(DEADLINE_MS);
        for later_ms in [fate.there_ms.filter(|ms| *ms > DEADLINE_MS), fate.again_ms].into_iter().flatten() {
            let (world, act) = (Arc::clone(world), act.clone());
            tokio::spawn(async move {
                sleep(Duration::from_millis(later_ms)).await;
                act(&mut world.store.look(), world.now_ms());
            });
        }
        let there_ms = fate.there_ms.filter(|ms| *ms <= DEADLINE_MS);
        let mut done = None;
        if let Some(there_ms) = there_ms {
            pause(there_ms).await;
            done = Some(act(&mut world.store.look(), world.now_ms()));
        }
        match fate.back_ms.filter(|back_ms| there_ms.is_some_and(|there_ms| there_ms + back_ms <= DEADLINE_MS)) {
            Some(back_ms) => {
                pause(back_ms).await;
                self.failed_in_a_row.store(0, Ordering::Relaxed);
                self.report(|breaker, _| breaker.succeeded());
            }
            None => {
                sleep_until(due).await;
                done = None;
                self.failed_in_a_row.fetch_add(1, Ordering::Relaxed);
                self.report(Breaker::failed);
            }
        }
        self.gate.pass().await;
        done
    }

    fn fate(&self, name: &[u8], matter: u64) -> Fate {
        let world = self.gate.world();
        let (weather, now_ms) = (world.plan.weather, world.now_ms());
        let dice = &mut Dice::of(world.plan.seed, &[6, self.gate.process as u64, matter, hash(name), now_ms]);
        let late = |dice: &mut Dice| if dice.percent(weather.call_late) { dice.between(3, LATE_MS) } else { dice.below(3) };
        let mut fate = Fate { there_ms: Some(late(dice)), back_ms: Some(dice.below(3)), again_ms: None };
        if dice.percent(weather.call_lost) {
            fate.there_ms = None;
        }
        if dice.percent(weather.call_lost) {
            fate.back_ms = None;
        }
        if dice.percent(weather.call_twice) {
            fate.again_ms = Some(dice.between(1, LATE_MS));
        }
        if let Some(until_ms) = world.plan.broken_until(Fault::StoreHangs, self.gate.process, now_ms) {
            // Perhaps it is executed when the store goes on.
            fate = Fate { there_ms: dice.percent(50).then_some(until_ms - now_ms), back_ms: None, again_ms: None };
        }
        fate
    }

    fn report(&self, tell: impl FnOnce(&mut Breaker, std::time::Instant) -> Option<Turn>) {
        let turn = self.with_breaker(|breaker| tell(breaker, Instant::now().into_std()));
        if turn == Some(Turn::Opened)
            && let Some(this) = self.this.upgrade()
        {
            self.gate.world().say(|| format!("process {} gives the store up", self.gate.process));
            tokio::spawn(this.probe());
        }
    }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl SharedStore for Remote {
    fn get<'a>(&'a self, name: &'a [u8]) -> BoxFuture<'a, Option<Bytes>> {
        async move {
            let own = name.to_vec();
            let found = self.call(name, 1, move |held, now_ms| held.get(&own, now_ms)).await?;
            let world = self.gate.world();
            let dice = &mut Dice::of(world.plan.seed, &[7, self.gate.process as u64, hash(name), world.now_ms()]);
            if dice.percent(world.plan.weather.garbage) {
                return world.store.look().garbage(name, world.now_ms(), dice);
            }
            found
        }
        .boxed()
    }

    fn put<'a>(&'a self, name: &'a [u8], value: Bytes, keep: Duration) -> BoxFuture<'a, ()> {
        async move {
            let own = name.to_vec();
            self.call(name, 2, move |held, now_ms| held.put(&own, value.clone(), now_ms + ms(keep))).await;
        }
        .boxed()
    }

    fn lease<'a>(&'a self, name: &'a [u8], holder: u64, keep: Duration) -> BoxFuture<'a, Lease> {
        async move {
            let (own, value) = (name.to_vec(), Bytes::copy_from_slice(&holder.to_be_bytes()));
            let ask = move |held: &mut Held, now_ms| held.put_if_free(&own, value.clone(), now_ms, now_ms + ms(keep));
            match self.call(name, 3, ask).await {
                Some(true) => Lease::Granted,
                Some(false) => Lease::Held,
                None => Lease::Away,
            }
        }
        .boxed()
    }

    fn release<'a>(&'a self, name: &'a [u8], holder: u64) -> BoxFuture<'a, ()> {
        async move {
            let own = name.to_vec();
            self.call(name, 4, move |held, _| held.take(&own, &holder.to_be_bytes())).await;
        }
        .boxed()
    }
}
