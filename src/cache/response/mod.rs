//! The response cache: whole answers by what was asked, exact to the change feed.
//!
//! An answer is kept with what it was made of ([`crate::domain::Dependencies`]) and with where this process stood in the change
//! feed before the first read. It **holds** as long as none of that has changed since ([`change_table`]), which is looked up
//! in the process alone. Three places are asked in turn: the process ([`memory`]), the store that all processes share
//! ([`shared`], Redis), and the origin, by one [`flight`] per answer.
//!
//! | the answer | is |
//! |---|---|
//! | holds, young | served |
//! | holds, its age has ended | served, and made again behind |
//! | does not hold | made again; served, marked stale, only when the origin fails, and not for long |
//! | cannot be judged, because the feed was not read for a second | served when the feed is read within 100 ms, else marked stale |

pub(crate) mod change_table;
mod codec;
pub(crate) mod entry;
mod flight;
mod gzip;
mod key;
mod lazy_dependencies;
mod look;

mod memory;
mod origin;
mod redis_store;
mod shared;
#[cfg(test)]
mod simulation;

use std::sync::Arc;
use std::time::Duration;

pub use change_table::ChangeTable;
pub use entry::Entry;
pub use gzip::{Effort, compress};
pub use key::{CacheKey, KeySpace};
pub use look::{Look, Seen};

use crate::clock::{Clock, Moment};
use crate::domain::Dependencies;
use crate::telemetry::{CacheEvent, CacheMeter};
use change_table::Mark;
use flight::{Flights, Seat};
use futures_util::future::BoxFuture;
use memory::Memory;
pub(crate) use redis_store::RedisStore;
pub(crate) use shared::{Lease, SharedStore};

/// Longest wait for the feed to be read when it was not for a while.
const FEED_WAIT: Duration = Duration::from_millis(100);

/// What became of making an answer.
#[derive(Debug, Clone)]
pub enum Computed<A> {
    /// An answer for everybody, to be kept.
    Kept {
        /// Its bytes.
        body: bytes::Bytes,
        /// What it was made of.
        dependencies: Dependencies,
        /// How long it may be served without being made again, in seconds.
        max_age_s: u32,
        /// What making it cost, in points.
        cost: u64,
    },
    /// An answer for those who ask now.
    Unkept(A),
    /// Nothing for anybody but whoever's origin this was: others have to ask for themselves.
    Declined(A),
    /// None, because the origin is away or too slow: an older answer is better.
    Failed(A),
}

/// Makes an answer; called again when what it made no longer holds for somebody who came later.
pub type Origin<A> = Arc<dyn Fn() -> BoxFuture<'static, Computed<A>> + Send + Sync>;

/// Where an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The process.
    Memory,
    /// The store that processes share.
    Shared,
    /// It was made for this request.
    Origin,
    /// It was made for another request that came a moment before.
    Coalesced,
    /// It no longer holds, or cannot be judged, and the origin fails.
    Stale,
}

/// An answer from the cache, or why there is none.
#[derive(Debug, Clone)]
pub enum Answered<A> {
    /// An answer that is kept.
    Entry(Arc<Entry>, Source),
    /// One that is not.
    Unkept(A),
    /// The task that made it died.
    Lost,
}

/// What of the cache can be set.
#[derive(Debug, Clone, Copy)]
pub struct CacheSettings {
    /// Whether answers are kept at all. Without, every request makes its own.
    pub enabled: bool,
    /// Memory for answers kept in the process, in bytes; 0 keeps none there.
    pub memory_bytes: u64,
}

/// What a response cache is made of.
pub(crate) struct CacheParts {
    pub(crate) settings: CacheSettings,
    pub(crate) table: Arc<ChangeTable>,
    /// Has the feed read at once.
    pub(crate) nudge: Box<dyn Fn() + Send + Sync>,
    pub(crate) shared: Option<Arc<dyn SharedStore>>,
    pub(crate) clock: Clock,
    pub(crate) meter: Arc<CacheMeter>,
    /// A number that no other process has.
    pub(crate) process: u64,
}

/// Answers by what was asked. `A` is an answer that is not kept.
pub struct ResponseCache<A> {
    memory: Memory,
    table: Arc<ChangeTable>,
    nudge: Box<dyn Fn() + Send + Sync>,
    shared: Option<Arc<dyn SharedStore>>,
    clock: Clock,
    process: u64,
    flights: Flights<Landed<A>>,
    meter: Arc<CacheMeter>,
}

impl<A> std::fmt::Debug for ResponseCache<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ResponseCache")
    }
}

/// How a flight ended.
#[derive(Debug, Clone)]
enum Landed<A> {
    Entry(Arc<Entry>, Source),
    Unkept(A),
    Declined(A),
    /// With what may stand in for it, if the shared store had anything.
    Failed(A, Option<Arc<Entry>>),
}

/// What is known of an answer in memory.
enum Kept {
    Young(Arc<Entry>),
    Expired(Arc<Entry>),
    /// It holds as far as is known, which is not far enough.
    Unsure(Arc<Entry>),
    Outdated(Arc<Entry>),
    Nothing,
}

impl<A: Clone + Send + Sync + 'static> ResponseCache<A> {
    pub(crate) fn new(parts: CacheParts) -> Self {
        let CacheParts { settings, table, nudge, shared, clock, meter, process } = parts;
        meter.set_enabled(settings.enabled);
        Self {
            memory: Memory::new(if settings.enabled { settings.memory_bytes } else { 0 }),
            table,
            nudge,
            shared: shared.filter(|_| settings.enabled),
            clock,
            process,
            flights: Flights::default(),
            meter,
        }
    }

    /// Whether answers are kept at all.
    pub fn is_enabled(&self) -> bool {
        self.meter.is_enabled()
    }

    /// Whether kept answers may stand in for an origin that fails.
    pub fn serves_without_origin(&self) -> bool {
        self.is_enabled() && self.table.was_followed_within(entry::STALE_IF_ERROR, tokio::time::Instant::now())
    }

    /// Now, by the clocks that ages are measured with.
    pub fn now(&self) -> Moment {
        self.clock.moment()
    }

    /// The answer, when it is in the process, holds, and is young: no wait, no allocation.
    pub fn at_hand(&self, key: &CacheKey, now: impl FnOnce() -> Moment) -> Option<Arc<Entry>> {
        match self.look(key, now) {
            Kept::Young(entry) => Some(entry),
            _ => None,
        }
    }

    /// Counts an answer that was at hand and is served.
    pub fn count_served_at_hand(&self) {
        self.meter.count(CacheEvent::HitMemory);
    }

    /// The answer: from the process, from the shared store, or made by `origin`. `seen` is what [`Self::look_into_shared`] saw
    /// a moment ago.
    pub async fn answer(self: &Arc<Self>, key: CacheKey, mut seen: Option<Seen>, origin: Origin<A>) -> Answered<A> {
        let arrival = self.table.mark();
        let fallback = match self.look_surely(&key).await {
            Kept::Young(entry) => {
                self.meter.count(CacheEvent::HitMemory);
                return Answered::Entry(entry, Source::Memory);
            }
            Kept::Expired(entry) => {
                self.meter.count(CacheEvent::HitMemory);
                self.begin(key, (arrival, None), &origin, seen);
                return Answered::Entry(entry, Source::Memory);
            }
            Kept::Unsure(entry) => {
                self.meter.count(CacheEvent::Stale);
                return Answered::Entry(entry, Source::Stale);
            }
            Kept::Outdated(entry) => {
                self.meter.count(CacheEvent::Outdated);
                Some(entry)
            }
            Kept::Nothing => None,
        };
        let mut not_before = None;
        loop {
            let seat = self.begin(key, (self.table.mark(), not_before), &origin, seen.take());
            let (joined, mark) = (seat.joined, seat.mark);
            let Some(landed) = seat.landed().await else { return Answered::Lost };
            // What was begun before this request came may be older than what its caller knows of.
            let recent = mark.covers(arrival);
            match landed {
                Landed::Entry(entry, source) if recent || entry.holds(&self.table) => {
                    return Answered::Entry(entry, self.landed(source, joined));
                }
                Landed::Unkept(answer) if recent => return Answered::Unkept(answer),
                Landed::Declined(answer) if !joined => return Answered::Unkept(answer),
                Landed::Declined(_) => {}
                Landed::Failed(answer, found) => return self.stand_in(fallback.or(found), answer),
                Landed::Entry(..) | Landed::Unkept(_) => not_before = Some(arrival),
            }
        }
    }

    /// Counts a flight's passenger, and says where its answer came from.
    fn landed(&self, source: Source, joined: bool) -> Source {
        let (event, source) = match (joined, source) {
            (_, Source::Stale) => (CacheEvent::Stale, Source::Stale),
            (true, _) => (CacheEvent::Coalesced, Source::Coalesced),
            (false, Source::Shared) => (CacheEvent::HitShared, Source::Shared),
            (false, _) => (CacheEvent::Miss, source),
        };
        self.meter.count(event);
        source
    }

    fn stand_in(&self, fallback: Option<Arc<Entry>>, answer: A) -> Answered<A> {
        match fallback.filter(|entry| entry.may_stand_in(self.clock.now_ms())) {
            Some(entry) => {
                self.meter.count(CacheEvent::Stale);
                Answered::Entry(entry, Source::Stale)
            }
            None => Answered::Unkept(answer),
        }
    }

    /// `now` is asked for only when there is something to judge.
    fn look(&self, key: &CacheKey, now: impl FnOnce() -> Moment) -> Kept {
        let Some(entry) = self.memory.get(key) else { return Kept::Nothing };
        if !entry.holds(&self.table) {
            return Kept::Outdated(entry);
        }
        let now = now();
        match (self.table.is_fresh_at(now.instant), entry.is_expired(now.ms)) {
            (true, false) => Kept::Young(entry),
            (true, true) => Kept::Expired(entry),
            (false, _) if entry.may_stand_in(now.ms) => Kept::Unsure(entry),
            (false, _) => Kept::Nothing,
        }
    }

    /// As [`Self::look`], but first has the feed read when it was not for a while.
    async fn look_surely(&self, key: &CacheKey) -> Kept {
        match self.look(key, || self.clock.moment()) {
            // While the database is away nobody is served later for it.
            Kept::Unsure(_) if !self.table.is_failing() => {
                self.table.wait_until_fresh(FEED_WAIT, &self.nudge).await;
                // Judged anew even when the wait was in vain: changes may have been told by then, and time has passed.
                self.look(key, || self.clock.moment())
            }
            kept => kept,
        }
    }

    /// A seat in a flight that begins now, or no earlier than the other mark.
    fn begin(
        self: &Arc<Self>,
        key: CacheKey,
        (now, not_before): (Mark, Option<Mark>),
        origin: &Origin<A>,
        seen: Option<Seen>,
    ) -> Seat<Landed<A>> {
        self.flights.join_or_begin(key, now, not_before, || {
            let (cache, origin) = (Arc::clone(self), Arc::clone(origin));
            async move { cache.fly(key, origin, seen).await }
        })
    }
}
