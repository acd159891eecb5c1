//! What is held against the truth: every answer, and every run of an origin.

use std::time::Duration;

use super::database::Truth;
use super::process::Process;
use super::question::{self, Rows};
use super::reading;
use super::records::{Active, KeptLast, Made, Part, Records, Request, Run, What, Why, Work};
use crate::cache::response::change_table::{FRESH_FOR, Mark};
use crate::cache::response::entry::STALE_IF_ERROR;
use crate::cache::response::flight::JOINED_FOR;
use crate::cache::response::{Answered, Source};
use crate::domain::{Dependency, dependency};

/// What was committed so long before a request is in its answer. Times are compared in whole milliseconds, twice.
pub(super) const FRESH_MS: u64 = FRESH_FOR.as_millis() as u64 + 2;
/// Clocks of two processes differ by less.
const SKEW_MS: i64 = 401;
/// Longest wait of a request beside its origin: for a look of its own into the store, for the feed, then twice for the store, a
/// lease and another process: in a flight that was under way, and in one of its own.
const WAIT_MS: u64 = 40 + 100 + 2 * FLIGHT_MS;
/// What a flight takes beside its origin.
const FLIGHT_MS: u64 = 40 + 40 + 100;
/// Timers are exact to a millisecond.
const SLACK_MS: u64 = 10;

/// Holds an answer against the truth.
pub(super) fn answer(process: &Process, request: &Request, answered: &Answered<Made>) {
    let world = process.gate.world();
    let truth = world.database.look();
    let mut records = world.records();
    let verdict = match answered {
        Answered::Entry(entry, source) => match reading::read_back(entry.body()) {
            None => Err("the answer is nothing that was ever made".to_owned()),
            Some((of, _)) if of != request.question => Err(format!("the answer is one to question {of}")),
            Some((_, run)) if *source == Source::Stale => stale(process, &records, request, run),
            Some((_, run)) => parts(process, &truth, &records, request, run),
        },
        Answered::Unkept(Made::Reading(run)) => parts(process, &truth, &records, request, *run),
        Answered::Unkept(Made::Failed) => failed(process, &records, request),
        Answered::Unkept(Made::Declined) if request.is_declined => Ok(()),
        Answered::Unkept(Made::Declined) => Err("declined for somebody else".to_owned()),
        Answered::Lost => Err("the flight was lost".to_owned()),
    };
    let verdict = verdict.and_then(|()| wait(process, &records, request));
    let verdict = verdict.and_then(|()| joined(process, &records, request, answered));
    count(&mut records, answered);
    let (now_ms, what) = (world.now_ms(), source(answered));
    records.note(&[1, now_ms, request.called_ms, request.process as u64, request.question as u64, what.1]);
    records.say(now_ms, || {
        let question = request.question;
        format!("process {} answers question {question}, asked at {}, {}", request.process, request.called_ms, what.0)
    });
    if let Err(why) = verdict {
        records.violate(now_ms, &format!("process {}, question {}: {why}", request.process, request.question));
    }
}

fn source(answered: &Answered<Made>) -> (&'static str, u64) {
    match answered {
        Answered::Entry(_, Source::Memory) => ("from memory", 1),
        Answered::Entry(_, Source::Shared) => ("from the store", 2),
        // Which of those that wake together was first does not matter.
        Answered::Entry(_, Source::Origin) => ("made", 3),
        Answered::Entry(_, Source::Coalesced) => ("made for another", 3),
        Answered::Entry(_, Source::Stale) => ("marked stale", 4),
        Answered::Unkept(Made::Reading(_)) => ("not to be kept", 5),
        Answered::Unkept(Made::Failed) => ("with an error", 6),
        Answered::Unkept(Made::Declined) => ("with a refusal", 7),
        Answered::Lost => ("with nothing", 8),
    }
}

fn count(records: &mut Records, answered: &Answered<Made>) {
    let counts = &mut records.counts;
    let count = match answered {
        Answered::Entry(_, Source::Memory) => &mut counts.memory,
        Answered::Entry(_, Source::Shared) => &mut counts.shared,
        Answered::Entry(_, Source::Origin) => &mut counts.made,
        Answered::Entry(_, Source::Coalesced) => &mut counts.coalesced,
        Answered::Entry(_, Source::Stale) => &mut counts.stale,
        Answered::Unkept(Made::Reading(_)) => &mut counts.unkept,
        Answered::Unkept(Made::Declined) => &mut counts.declined,
        Answered::Unkept(Made::Failed) | Answered::Lost => &mut counts.failed,
    };
    *count += 1;
}

/// Every part shows what some moment showed that is late enough.
fn parts(process: &Process, truth: &Truth, records: &Records, request: &Request, run: usize) -> Result<(), String> {
    let run = records.runs.get(run).ok_or("the answer is of no run")?;
    for part in &run.parts {
        if part.state >= request.floor {
            continue;
        }
        let mut states = request.floor..=truth.last();
        if !states.any(|state| show(process, truth, run, part, state) == part.rows) {
            let (floor, now) = (request.floor, show(process, truth, run, part, request.floor));
            let why = match request.why {
                Why::Fresh => "committed a second before it was asked",
                Why::Followed => "followed by the process before it was asked",
                Why::Written => "written through the process before it was asked",
            };
            let (state, rows, what) = (part.state, &part.rows, &part.what);
            return Err(format!(
                "an answer that passes for right shows {what:?} as {rows:?} of state {state}; state {floor}, {why}, has {now:?}"
            ));
        }
    }
    Ok(())
}

fn show(process: &Process, truth: &Truth, run: &Run, part: &Part, state: usize) -> Rows {
    let catalogue = truth.catalogue(state);
    match &part.what {
        What::First => process.question(run.question).rows(catalogue),
        What::Categories(ids) => question::categories(catalogue, ids),
        What::Producers(ids) => question::producers(catalogue, ids),
    }
}

/// Marked stale only when the origin failed, or the feed did or was not read for a second; and not too old.
fn stale(process: &Process, records: &Records, request: &Request, run: usize) -> Result<(), String> {
    let world = process.gate.world();
    let feed = &records.feeds[request.process];
    let since = |at_ms: Option<u64>| at_ms.is_some_and(|at_ms| at_ms >= request.called_ms);
    let is_unread = feed.asked_ms.is_none_or(|asked_ms| world.now_ms() - asked_ms >= FRESH_FOR.as_millis() as u64);
    if !(request.was_failing || since(feed.failed_ms) || is_unread || origin_failed(records, request)) {
        return Err("an answer is marked stale, and nothing fails".to_owned());
    }
    let run = records.runs.get(run).ok_or("the answer is of no run")?;
    let longest_ms = i64::from(world.plan.max_age_s[request.question]) * 1_100 + millis(STALE_IF_ERROR) + SKEW_MS;
    let age_ms = world.wall_ms() - run.made_wall_ms;
    if age_ms > longest_ms { Err(format!("an answer of {age_ms} ms stands in, {longest_ms} are the most")) } else { Ok(()) }
}

/// An error only when the origin failed and nothing could stand in for it.
fn failed(process: &Process, records: &Records, request: &Request) -> Result<(), String> {
    let world = process.gate.world();
    if !origin_failed(records, request) {
        return Err("an error, and no origin has failed".to_owned());
    }
    let kept = records.work.get(&request.work()).and_then(|work| work.kept.as_ref());
    let shortest_ms = i64::from(world.plan.max_age_s[request.question]) * 900 + millis(STALE_IF_ERROR) - SKEW_MS;
    let could = |kept: &&KeptLast| kept.kept_ms < request.called_ms && world.wall_ms() - kept.made_wall_ms < shortest_ms;
    match kept.filter(could) {
        Some(kept) if world.plan.has_memory => Err(format!("an error, though an answer was kept at {}", kept.kept_ms)),
        _ => Ok(()),
    }
}

fn origin_failed(records: &Records, request: &Request) -> bool {
    let ended = records.work.get(&request.work()).map(|work| work.ended.as_slice()).unwrap_or_default();
    ended.iter().any(|(ended_ms, _, failed)| *failed && *ended_ms >= request.called_ms)
}

/// Nobody waits for longer than the origin takes and what is documented.
fn wait(process: &Process, records: &Records, request: &Request) -> Result<(), String> {
    let world = process.gate.world();
    let now_ms = world.now_ms();
    let work = records.work.get(&request.work());
    let ended = work.map(|work| work.ended.as_slice()).unwrap_or_default();
    let runs = ended.iter().filter(|(ended_ms, ..)| *ended_ms >= request.called_ms);
    let longest_ms = runs.map(|(_, took_ms, _)| *took_ms).max().unwrap_or(0);
    // Flights of callers who were declined are flown for nothing.
    let declined_ms = work.map(|work| work.declined_ms.as_slice()).unwrap_or_default();
    let declined = declined_ms.iter().filter(|at_ms| **at_ms >= request.called_ms).count() as u64;
    let most_ms = WAIT_MS
        + declined * FLIGHT_MS
        + 2 * longest_ms
        + SLACK_MS
        + world.plan.paused_ms(request.process, request.called_ms, now_ms);
    let waited_ms = now_ms - request.called_ms;
    if waited_ms > most_ms { Err(format!("waited {waited_ms} ms, {most_ms} are the most")) } else { Ok(()) }
}

/// Nobody waits for a flight that was under way for long.
fn joined(process: &Process, records: &Records, request: &Request, answered: &Answered<Made>) -> Result<(), String> {
    let run = match answered {
        Answered::Unkept(Made::Reading(run)) => Some(*run),
        // With a store, a flight may have found there what an older one had put.
        Answered::Entry(entry, Source::Coalesced) if !process.gate.world().plan.has_store => {
            reading::read_back(entry.body()).map(|(_, run)| run)
        }
        _ => None,
    };
    match run.and_then(|run| records.runs.get(run)) {
        Some(run) if run.began_ms + millis(JOINED_FOR).unsigned_abs() < request.called_ms => {
            Err(format!("joined a flight whose origin runs since {}", run.began_ms))
        }
        _ => Ok(()),
    }
}

/// An origin begins to run: nobody else runs for the same, and nothing that is kept would have done.
pub(super) fn run_begins(process: &Process, request: &Request) -> Active {
    let world = process.gate.world();
    let (now_ms, mark) = (world.now_ms(), process.table.mark());
    let truth = world.database.look();
    let mut records = world.records();
    let id = records.runs.len();
    records.runs.push(Run { question: request.question, began_ms: now_ms, parts: Vec::new(), made_wall_ms: 0 });
    let active = Active { id, began_ms: now_ms, called_ms: request.called_ms, mark: request.mark, began: mark };
    if process.gate.is_dead() {
        return active;
    }
    let work = records.work.entry(request.work()).or_default();
    let verdict = is_needed(process, &truth, request, work, mark);
    work.active.push(active);
    records.say(now_ms, || format!("process {} begins run {id} for question {}", request.process, request.question));
    if let Err(why) = verdict {
        records.violate(now_ms, &format!("process {}, question {}: {why}", request.process, request.question));
    }
    active
}

fn is_needed(process: &Process, truth: &Truth, request: &Request, work: &Work, mark: Mark) -> Result<(), &'static str> {
    let world = process.gate.world();
    let joinable_ms = millis(JOINED_FOR).unsigned_abs();
    // A flight begins between its request and its run; one of long ago may get to its run after a younger one.
    let is_young = |called_ms: u64| world.now_ms() - called_ms < joinable_ms;
    if is_young(request.called_ms) && work.active.iter().any(|other| is_young(other.called_ms) && other.mark == mark) {
        return Err("a second origin runs for the same, and nothing has changed");
    }
    let would_do = |kept: &&KeptLast| {
        let life_ms = i64::from(world.plan.max_age_s[request.question]) * 900;
        kept.kept_ms < request.called_ms
            && kept.mark.epoch == mark.epoch
            && world.wall_ms() - kept.made_wall_ms < life_ms
            && !is_touched(truth, kept, mark.position)
    };
    match work.kept.as_ref().filter(would_do) {
        Some(_) if world.plan.has_memory => Err("an answer is made again, though one that is kept holds"),
        _ => Ok(()),
    }
}

fn is_touched(truth: &Truth, kept: &KeptLast, position: i64) -> bool {
    let mut is_touched = false;
    for (change, _) in truth.between(kept.mark.position, position) {
        dependency::touched_by(change, |touched| is_touched |= kept.dependencies.binary_search(&touched).is_ok());
    }
    is_touched
}

/// What a run read, and its dependencies when it may be kept.
pub(super) type Outcome = (Vec<Part>, Option<Vec<Dependency>>);

/// An origin has run; gives the number of the run.
pub(super) fn run_ends(process: &Process, question: usize, active: Active, outcome: Option<Outcome>) -> usize {
    let world = process.gate.world();
    let (now_ms, wall_ms) = (world.now_ms(), world.wall_ms());
    let mut records = world.records();
    if process.gate.is_dead() {
        return active.id;
    }
    records.note(&[2, now_ms, active.began_ms, process.index() as u64, question as u64, u64::from(outcome.is_some())]);
    let work = records.work.entry((process.index(), process.life, question)).or_default();
    work.active.retain(|other| other.id != active.id);
    work.ended.push((now_ms, now_ms - active.began_ms, outcome.is_none()));
    let read = outcome.as_ref().map_or_else(|| "nothing".to_owned(), |_| "its parts".to_owned());
    if let Some((parts, listed)) = outcome {
        if let Some(dependencies) = listed {
            let mark = active.began;
            work.kept = Some(KeptLast { kept_ms: now_ms, made_wall_ms: wall_ms, mark, dependencies });
        }
        records.runs[active.id].parts = parts;
        records.runs[active.id].made_wall_ms = wall_ms;
    }
    records.say(now_ms, || format!("run {} for question {question} has read {read}", active.id));
    active.id
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
