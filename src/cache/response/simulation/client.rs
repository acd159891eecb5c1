//! What clients do through a process: read by the cache, write as `service::write` does.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::dice::Dice;
use super::process::Process;
use super::records::{Made, Request, Why};
use super::world::World;
use super::{check, reading};
use crate::cache::response::{Answered, CacheKey, Look, Source};
use crate::error::Error;
use crate::storage::feed::FeedSource as _;

/// As in `service::write`.
const FOLLOW_LIMIT: Duration = Duration::from_secs(2);
/// A follower is never asked to reach this.
const NEVER: i64 = i64::MAX;

/// Asks, and has the answer checked, unless the process dies before.
pub(super) async fn read(process: Arc<Process>, question: usize, look_first: bool, is_declined: bool) {
    let world = Arc::clone(process.gate.world());
    tokio::select! {
        biased;
        () = process.gate.death() => world.records().counts.cut_off += 1,
        () = ask(&process, question, look_first, is_declined) => {}
    }
}

async fn ask(process: &Arc<Process>, question: usize, look_first: bool, is_declined: bool) {
    process.gate.pass().await;
    let world = process.gate.world();
    let request = Request { is_declined, ..arrive(process, question) };
    let key = world.keys[question];
    let answered = if look_first {
        look_and_ask(process, key, request).await
    } else {
        process.cache.answer(key, None, reading::origin(process, request)).await
    };
    check::answer(process, &request, &answered);
}

/// As the GraphQL endpoint does with a request that it has understood before.
async fn look_and_ask(process: &Arc<Process>, key: CacheKey, request: Request) -> Answered<Made> {
    if let Some(entry) = process.cache.at_hand(&key, || process.cache.now()) {
        return Answered::Entry(entry, Source::Memory);
    }
    match process.cache.look_into_shared(&key).await {
        Look::Found(entry) => Answered::Entry(entry, Source::Shared),
        Look::Missed(seen) => process.cache.answer(key, seen, reading::origin(process, request)).await,
    }
}

/// Notes what an answer to this request must show.
fn arrive(process: &Process, question: usize) -> Request {
    let world = process.gate.world();
    let (now_ms, mark) = (world.now_ms(), process.table.mark());
    let (truth, records) = (world.database.look(), world.records());
    let seen = |state| truth.seen_in(process.table.generation(), state);
    let floors = [
        (truth.state_at(now_ms.saturating_sub(check::FRESH_MS)), Why::Fresh),
        (seen(truth.told_at(mark.position)), Why::Followed),
        (seen(records.written[process.index()]), Why::Written),
    ];
    let was_failing = records.feeds[process.index()].is_failing;
    let [first, ..] = floors;
    let (floor, why) = floors.into_iter().fold(first, |most, floor| if floor.0 > most.0 { floor } else { most });
    let (process, life) = (process.index(), process.life);
    Request { process, life, question, called_ms: now_ms, mark, is_declined: false, was_failing, floor, why }
}

/// Writes; the writer may then ask something through the same process.
pub(super) async fn write(process: Arc<Process>, number: u64, then: Option<usize>) {
    let world = Arc::clone(process.gate.world());
    let wrote = tokio::select! {
        biased;
        () = process.gate.death() => false,
        wrote = change(&process, number) => wrote.is_ok(),
    };
    if let Some(question) = then.filter(|_| wrote) {
        read(process, question, true, false).await;
    }
    world.records().counts.writes += u64::from(wrote);
}

async fn change(process: &Process, number: u64) -> Result<(), Error> {
    let world = process.gate.world();
    let (seed, matter) = (world.plan.seed, 100 + number);
    let state = process.line.call(matter, |truth| truth.commit(world.now_ms(), &mut Dice::of(seed, &[8, number]))).await?;
    if Dice::of(seed, &[9, number]).percent(world.plan.weather.unnumbered) {
        // The writer is cut off: nobody gets an answer.
        return Err(Error::internal("cut off"));
    }
    match number_all(process).await {
        Ok(head) => {
            announce(world, process.index(), number);
            process.follower.reached(head, FOLLOW_LIMIT).await;
        }
        Err(_) => {
            process.follower.reached(NEVER, FOLLOW_LIMIT).await;
        }
    }
    process.gate.pass().await;
    world.say(|| format!("write {number} through process {} made state {state}", process.index()));
    let mut records = world.records();
    let written = &mut records.written[process.index()];
    *written = (*written).max(state);
    Ok(())
}

async fn number_all(process: &Process) -> Result<i64, Error> {
    process.line.number().await?;
    process.line.head().await.map(|head| head.seq)
}

/// Tells the other processes that there is something to follow; each may hear of it late, twice, or never.
fn announce(world: &Arc<World>, from: usize, number: u64) {
    let weather = world.plan.weather;
    for to in (0..super::plan::PROCESSES).filter(|to| *to != from) {
        let mut dice = Dice::of(world.plan.seed, &[10, number, to as u64]);
        if dice.percent(weather.nudge_lost) || world.is_store_gone(from) || world.is_store_gone(to) {
            continue;
        }
        let times = if dice.percent(weather.nudge_twice) { 2 } else { 1 };
        for _ in 0..times {
            let ms = if dice.percent(weather.nudge_late) { dice.between(5, 2_500) } else { dice.between(1, 4) };
            let world = Arc::clone(world);
            tokio::spawn(async move {
                sleep(Duration::from_millis(ms)).await;
                if let Some(process) = world.process(to) {
                    process.follower.nudge();
                }
            });
        }
    }
}
