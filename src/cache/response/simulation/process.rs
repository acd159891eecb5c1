//! A process: the real change table, cache and follower, between a gate to everything outside.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::line::Line;
use super::plan::Fault;
use super::question::Question;
use super::records::Made;
use super::remote::Remote;
use super::world::World;
use crate::cache::response::{CacheParts, CacheSettings, ChangeTable, ResponseCache, SharedStore};
use crate::clock::Clock;
use crate::storage::feed::{Event, Follower, FollowerHandle, FollowerSettings};

/// Milliseconds since 1970 when a world begins.
const EPOCH_MS: i64 = 1_800_000_000_000;
/// Changes that a process reads back when it starts: few, so that the store holds answers that it cannot judge.
const CHANGES_READ_BACK: i64 = 12;
/// Memory for answers: more than they ever take, so that nothing is pushed out.
const MEMORY_BYTES: u64 = 1 << 30;

/// The way out of a process: nothing passes while it stands still, and nothing ever again once it is dead.
#[derive(Clone)]
pub(super) struct Gate {
    pub(super) process: usize,
    world: Arc<World>,
    dead: CancellationToken,
}

impl Gate {
    pub(super) fn world(&self) -> &Arc<World> {
        &self.world
    }

    pub(super) fn is_dead(&self) -> bool {
        self.dead.is_cancelled()
    }

    pub(super) async fn pass(&self) {
        while let Some(until_ms) = self.world.plan.broken_until(Fault::Paused, self.process, self.world.now_ms()) {
            sleep(Duration::from_millis(until_ms - self.world.now_ms())).await;
        }
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
    }

    /// Ends with the process.
    pub(super) async fn death(&self) {
        self.dead.cancelled().await;
    }
}

/// One life of a process.
pub(super) struct Process {
    pub(super) gate: Gate,
    /// Which life it is.
    pub(super) life: u64,
    pub(super) table: Arc<ChangeTable>,
    pub(super) cache: Arc<ResponseCache<Made>>,
    pub(super) follower: FollowerHandle,
    pub(super) line: Line,
}

impl Process {
    /// Starts one, as soon as the database answers.
    pub(super) async fn start(world: Arc<World>, process: usize, life: u64) -> Arc<Self> {
        let gate = Gate { process, world: Arc::clone(&world), dead: CancellationToken::new() };
        let line = Line::new(gate.clone());
        let follower = loop {
            let (line, settings) = (line.clone(), FollowerSettings::default());
            match Follower::behind_head(line, settings, vec![recorder(&gate)], CHANGES_READ_BACK).await {
                Ok(follower) => break follower,
                Err(_) => sleep(Duration::from_millis(100)).await,
            }
        };
        Self::around(follower, gate, line, life)
    }

    fn around(mut follower: Follower<Line>, gate: Gate, line: Line, life: u64) -> Arc<Self> {
        let world = Arc::clone(gate.world());
        let handle = follower.handle();
        let table = Arc::new(ChangeTable::starting_at(handle.position(), follower.generation()));
        let told = Arc::clone(&table);
        follower.subscribe(Box::new(move |event| told.tell(event)));
        let nudged = handle.clone();
        let shared = world.plan.has_store.then(|| Remote::open(gate.clone()) as Arc<dyn SharedStore>);
        let parts = CacheParts {
            meter: Arc::default(),
            settings: CacheSettings { enabled: true, memory_bytes: if world.plan.has_memory { MEMORY_BYTES } else { 0 } },
            table: Arc::clone(&table),
            nudge: Box::new(move || nudged.nudge()),
            shared,
            clock: clock(&world, gate.process),
            process: life * 10 + gate.process as u64,
        };
        tokio::spawn(follower.run(gate.dead.clone()));
        Arc::new(Self { gate, life, table, cache: Arc::new(ResponseCache::new(parts)), follower: handle, line })
    }

    pub(super) fn index(&self) -> usize {
        self.gate.process
    }

    pub(super) fn question(&self, question: usize) -> &Question {
        &self.gate.world.plan.questions[question]
    }

    /// Whatever of it is under way never comes to an end.
    pub(super) fn die(&self) {
        self.gate.dead.cancel();
    }
}

fn clock(world: &Arc<World>, process: usize) -> Clock {
    let (world, skew_ms) = (Arc::clone(world), world.plan.skew_ms[process]);
    Clock::of(move || EPOCH_MS + world.wall_ms() + skew_ms)
}

/// Notes what the follower says, for the checks.
fn recorder(gate: &Gate) -> crate::storage::feed::follower::Subscriber {
    let gate = gate.clone();
    Box::new(move |event| {
        let world = gate.world();
        world.say(|| format!("process {} is told {}", gate.process, told(event)));
        let mut records = world.records();
        let feed = &mut records.feeds[gate.process];
        match event {
            Event::Followed(followed) => {
                feed.asked_ms = Some(world.ms_at(followed.asked_at));
                feed.is_failing = false;
            }
            Event::Failed => {
                feed.is_failing = true;
                feed.failed_ms = Some(world.now_ms());
            }
            Event::Changes(_) | Event::StartAfresh => {}
        }
    })
}

fn told(event: &Event) -> String {
    match event {
        Event::Changes(changes) => {
            let each = |change: &crate::domain::Change| {
                format!("{}:{:?}{}/{}", change.seq, change.kind, change.entity_id, change.aspects.0)
            };
            format!("changes {}", changes.iter().map(each).collect::<Vec<_>>().join(" "))
        }
        Event::StartAfresh => "to start afresh".to_owned(),
        Event::Followed(followed) => format!("it is at {} of generation {}", followed.position, followed.generation),
        Event::Failed => "that the feed cannot be read".to_owned(),
    }
}
