//! One world: everything that happens under one seed.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use super::client;
use super::database::Database;
use super::dice::{Dice, mix};
use super::plan::{Deed, Fault, PROCESSES, Plan};
use super::process::Process;
use super::records::{Counts, Records, Request};
use super::store::Store;
use crate::cache::response::{CacheKey, KeySpace};

/// Whatever is still under way so long after the last deed never ends.
const ENDS_WITHIN_MS: u64 = 12_000;

pub(super) struct World {
    pub(super) plan: Plan,
    pub(super) database: Database,
    pub(super) store: Store,
    pub(super) keys: Vec<CacheKey>,
    began: Instant,
    leapt_ms: AtomicI64,
    processes: Mutex<[Option<Arc<Process>>; PROCESSES]>,
    records: Mutex<Records>,
}

/// What came of a world.
pub(super) struct Outcome {
    pub(super) violations: Vec<String>,
    /// When a trace was asked for.
    pub(super) trace: Vec<(u64, String)>,
    pub(super) counts: Counts,
    pub(super) digest: u64,
}

/// Lives one world through, on this thread, in no time.
pub(super) fn live(seed: u64, traced: bool) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    // Inside of the runtime, whose clock stands still.
    runtime.expect("a runtime").block_on(async { World::new(seed, traced).run().await })
}

impl World {
    fn new(seed: u64, traced: bool) -> Arc<Self> {
        let plan = Plan::new(seed);
        let space = KeySpace::new(b"simulation", "schema");
        let keys = (0..plan.questions.len()).map(|question| space.key(&[&question.to_be_bytes()])).collect();
        Arc::new(Self {
            database: Database::new(plan.catalogue.clone()),
            plan,
            store: Store::default(),
            keys,
            began: Instant::now(),
            leapt_ms: AtomicI64::new(0),
            processes: Mutex::default(),
            records: Mutex::new(Records { trace: traced.then(Vec::new), ..Records::default() }),
        })
    }

    async fn run(self: Arc<Self>) -> Outcome {
        for process in 0..PROCESSES {
            tokio::spawn(Arc::clone(&self).start(process, 1));
        }
        for (number, (at_ms, deed)) in self.plan.deeds.iter().enumerate() {
            sleep_until(self.began + Duration::from_millis(*at_ms)).await;
            self.say(|| format!("{deed:?}"));
            self.act(number, deed);
        }
        let last_ms = self.now_ms();
        while !self.records().open.is_empty() && self.now_ms() < last_ms + ENDS_WITHIN_MS {
            sleep(Duration::from_millis(100)).await;
        }
        let now_ms = self.now_ms();
        let mut records = self.records();
        for number in std::mem::take(&mut records.open) {
            records.violate(now_ms, &format!("never answered: {:?}", self.plan.deeds[number]));
        }
        // They hold the world, and the world holds them.
        self.lock_processes().iter_mut().for_each(|process| *process = None);
        let records = std::mem::take(&mut *records);
        let Records { violations, trace, counts, digest, .. } = records;
        Outcome { violations, trace: trace.unwrap_or_default(), counts, digest }
    }

    fn act(self: &Arc<Self>, number: usize, deed: &Deed) {
        let (now_ms, seed) = (self.now_ms(), self.plan.seed);
        match *deed {
            Deed::Read { process, question, look_first } => {
                let Some(process) = self.process(process) else { return };
                let is_declined = Dice::of(seed, &[14, number as u64]).percent(self.plan.weather.declined);
                self.follow_up(number, client::read(process, question, look_first, is_declined));
            }
            Deed::Write { process, number: write, then } => {
                let Some(process) = self.process(process) else { return };
                self.follow_up(number, client::write(process, write, then));
            }
            Deed::Load { number } => self.database.look().load(now_ms, &mut Dice::of(seed, &[13, number])),
            Deed::Forget { keep } => self.database.look().forget(keep),
            Deed::Flush => self.store.look().flush(),
            Deed::Restart { process, away_ms } => {
                let Some(dead) = self.lock_processes()[process].take() else { return };
                dead.die();
                let (world, life) = (Arc::clone(self), dead.life + 1);
                tokio::spawn(async move {
                    sleep(Duration::from_millis(away_ms)).await;
                    world.start(process, life).await;
                });
            }
            Deed::Leap { ms } => {
                self.leapt_ms.fetch_add(ms, Ordering::Relaxed);
            }
        }
    }

    /// Runs it beside everything else; it has to end.
    fn follow_up(self: &Arc<Self>, number: usize, work: impl Future<Output = ()> + Send + 'static) {
        self.records().open.insert(number);
        let world = Arc::clone(self);
        tokio::spawn(async move {
            work.await;
            world.records().open.remove(&number);
        });
    }

    async fn start(self: Arc<Self>, process: usize, life: u64) {
        let started = Process::start(Arc::clone(&self), process, life).await;
        self.say(|| format!("process {process} begins life {life}"));
        self.lock_processes()[process] = Some(started);
    }

    fn lock_processes(&self) -> MutexGuard<'_, [Option<Arc<Process>>; PROCESSES]> {
        self.processes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The process in this place, when it is up.
    pub(super) fn process(&self, process: usize) -> Option<Arc<Process>> {
        self.lock_processes()[process].clone()
    }

    pub(super) fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn say(&self, what: impl FnOnce() -> String) {
        let now_ms = self.now_ms();
        self.records().say(now_ms, what);
    }

    pub(super) fn now_ms(&self) -> u64 {
        self.ms_at(Instant::now())
    }

    pub(super) fn ms_at(&self, instant: Instant) -> u64 {
        u64::try_from((instant - self.began).as_millis()).unwrap_or(u64::MAX)
    }

    /// Milliseconds since the beginning, by the clocks on the wall.
    pub(super) fn wall_ms(&self) -> i64 {
        self.now_ms().cast_signed() + self.leapt_ms.load(Ordering::Relaxed)
    }

    pub(super) fn is_store_gone(&self, process: usize) -> bool {
        let gone = |fault| self.plan.broken_until(fault, process, self.now_ms()).is_some();
        !self.plan.has_store || gone(Fault::StoreAway) || gone(Fault::StoreHangs)
    }
}

impl Request {
    /// Where the work for it is noted.
    pub(super) fn work(&self) -> (usize, u64, usize) {
        (self.process, self.life, self.question)
    }
}

impl Records {
    pub(super) fn say(&mut self, now_ms: u64, what: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push((now_ms, what()));
        }
    }

    /// Adds what happened to the digest, in whichever order.
    pub(super) fn note(&mut self, facts: &[u64]) {
        self.digest = self.digest.wrapping_add(facts.iter().fold(0, |state, fact| mix(state ^ fact.wrapping_add(0x9E37_79B9))));
    }

    pub(super) fn violate(&mut self, now_ms: u64, why: &str) {
        self.say(now_ms, || format!("VIOLATION: {why}"));
        self.violations.push(format!("at {now_ms} ms: {why}"));
    }
}
