//! What is noted while a world runs, for the checks to judge by. Nothing of it is known to the code that is checked.

use std::collections::{BTreeMap, BTreeSet};

use super::plan::PROCESSES;
use super::question::Rows;
use crate::cache::response::change_table::Mark;
use crate::domain::Dependency;

/// An answer that is not kept.
#[derive(Debug, Clone, Copy)]
pub(super) enum Made {
    /// What this run read.
    Reading(usize),
    /// The origin was away or too slow.
    Failed,
    /// Its caller may not have one made.
    Declined,
}

/// A read of a client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request {
    pub(super) process: usize,
    pub(super) life: u64,
    pub(super) question: usize,
    pub(super) called_ms: u64,
    pub(super) mark: Mark,
    /// Whether its caller may not have an answer made.
    pub(super) is_declined: bool,
    /// Whether the feed could not be read when it came.
    pub(super) was_failing: bool,
    /// An answer that passes for right shows at least this state.
    pub(super) floor: usize,
    pub(super) why: Why,
}

/// Why an answer must show at least some state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// It was committed a second before.
    Fresh,
    /// The process had followed it.
    Followed,
    /// It was written through the process.
    Written,
}

/// Something that an origin read at one moment.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) what: What,
    pub(super) state: usize,
    pub(super) rows: Rows,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    /// What the question shows first.
    First,
    Categories(Vec<i64>),
    Producers(Vec<i64>),
}

/// One run of an origin.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) question: usize,
    pub(super) began_ms: u64,
    pub(super) parts: Vec<Part>,
    /// On the wall, when it ended.
    pub(super) made_wall_ms: i64,
}

/// An origin that runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Active {
    pub(super) id: usize,
    pub(super) began_ms: u64,
    /// When the request came that it runs for, and where its process stood.
    pub(super) called_ms: u64,
    pub(super) mark: Mark,
    /// Where its process stood when it began.
    pub(super) began: Mark,
}

/// The answer that a process kept last.
#[derive(Debug)]
pub(super) struct KeptLast {
    pub(super) kept_ms: u64,
    pub(super) made_wall_ms: i64,
    pub(super) mark: Mark,
    pub(super) dependencies: Vec<Dependency>,
}

/// What one life of a process did for one question.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) active: Vec<Active>,
    pub(super) kept: Option<KeptLast>,
    /// When a run ended, how long it took, whether it failed.
    pub(super) ended: Vec<(u64, u64, bool)>,
    /// When an origin declined.
    pub(super) declined_ms: Vec<u64>,
}

/// What the follower of a process said.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Feed {
    pub(super) asked_ms: Option<u64>,
    pub(super) is_failing: bool,
    pub(super) failed_ms: Option<u64>,
}

/// How often what happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) memory: u64,
    pub(super) shared: u64,
    pub(super) made: u64,
    pub(super) coalesced: u64,
    pub(super) stale: u64,
    pub(super) unkept: u64,
    pub(super) failed: u64,
    pub(super) declined: u64,
    pub(super) cut_off: u64,
    pub(super) writes: u64,
}

#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) runs: Vec<Run>,
    pub(super) work: BTreeMap<(usize, u64, usize), Work>,
    pub(super) feeds: [Feed; PROCESSES],
    /// The last state that somebody wrote through each process and got an answer for.
    pub(super) written: [usize; PROCESSES],
    /// Deeds that have not come to an end, by number.
    pub(super) open: BTreeSet<usize>,
    pub(super) counts: Counts,
    /// A sum over all that happened: the same in every run of a seed.
    pub(super) digest: u64,
    pub(super) violations: Vec<String>,
    pub(super) trace: Option<Vec<(u64, String)>>,
}

impl Counts {
    pub(super) fn add(&mut self, other: Self) {
        self.memory += other.memory;
        self.shared += other.shared;
        self.made += other.made;
        self.coalesced += other.coalesced;
        self.stale += other.stale;
        self.unkept += other.unkept;
        self.failed += other.failed;
        self.declined += other.declined;
        self.cut_off += other.cut_off;
        self.writes += other.writes;
    }
}
