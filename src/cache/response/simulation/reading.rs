//! The origin: reads the parts of an answer one after the other, each at a moment of its own.

use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::FutureExt as _;
use tokio::time::{sleep, timeout};

use super::check;
use super::dice::Dice;
use super::process::Process;
use super::question;
use super::records::{Made, Part, Request, What};
use crate::cache::response::{Computed, Origin};
use crate::domain::{Dependencies, Dependency};
use crate::error::Error;

/// Longest time for an answer to be made.
const ORIGIN_LIMIT: Duration = Duration::from_secs(2);
/// How long all answers to a question may not be kept.
const UNKEPT_FOR_MS: u64 = 3_000;

/// Makes answers to this request.
pub(super) fn origin(process: &Arc<Process>, request: Request) -> Origin<Made> {
    let process = Arc::clone(process);
    Arc::new(move || make(Arc::clone(&process), request).boxed())
}

async fn make(process: Arc<Process>, request: Request) -> Computed<Made> {
    if request.is_declined {
        let (world, work) = (process.gate.world(), request.work());
        let now_ms = world.now_ms();
        world.records().work.entry(work).or_default().declined_ms.push(now_ms);
        return Computed::Declined(Made::Declined);
    }
    let active = check::run_begins(&process, &request);
    let read = timeout(ORIGIN_LIMIT, read(&process, request.question)).await;
    match read.ok().and_then(Result::ok) {
        Some((parts, dependencies)) => {
            let world = process.gate.world();
            // What makes an answer one that may not be kept lasts for a while.
            let matter = [11, request.question as u64, active.began_ms / UNKEPT_FOR_MS];
            let is_kept = !Dice::of(world.plan.seed, &matter).percent(world.plan.weather.unkept);
            let listed = is_kept.then(|| dependencies.iter().collect());
            let run = check::run_ends(&process, request.question, active, Some((parts, listed)));
            if !is_kept {
                return Computed::Unkept(Made::Reading(run));
            }
            let max_age_s = world.plan.max_age_s[request.question];
            Computed::Kept { body: body(request.question, run), dependencies, max_age_s, cost: 1 }
        }
        None => {
            check::run_ends(&process, request.question, active, None);
            Computed::Failed(Made::Failed)
        }
    }
}

async fn read(process: &Process, number: usize) -> Result<(Vec<Part>, Dependencies), Error> {
    let (world, question) = (process.gate.world(), process.question(number));
    let matter = 1_000 + 10 * number as u64;
    let dice = &mut Dice::of(world.plan.seed, &[12, process.index() as u64, matter, world.now_ms()]);
    let first = process.line.call(matter, |truth| {
        let state = truth.last();
        let catalogue = truth.catalogue(state);
        let rows = question.rows(catalogue);
        let nested = question.nested(catalogue, &rows);
        (Part { what: What::First, state, rows }, nested)
    });
    let (part, nested) = first.await?;
    let mut dependencies = question.dependencies(&part.rows);
    let mut parts = vec![part];
    if dice.percent(world.plan.weather.slow_origin) {
        sleep(Duration::from_millis(dice.between(20, 1_200))).await;
    }
    if let Some((categories, producers)) = nested {
        dependencies.extend(categories.iter().copied().map(Dependency::Category));
        dependencies.extend(producers.iter().copied().map(Dependency::Producer));
        let part = process.line.call(matter + 1, |truth| {
            let rows = question::categories(truth.catalogue(truth.last()), &categories);
            Part { what: What::Categories(categories), state: truth.last(), rows }
        });
        parts.push(part.await?);
        let part = process.line.call(matter + 2, |truth| {
            let rows = question::producers(truth.catalogue(truth.last()), &producers);
            Part { what: What::Producers(producers), state: truth.last(), rows }
        });
        parts.push(part.await?);
    }
    Ok((parts, dependencies))
}

/// The bytes of an answer: which question it is of, and which run made it.
fn body(question: usize, run: usize) -> Bytes {
    let mut body = BytesMut::with_capacity(16);
    body.put_u64(question as u64);
    body.put_u64(run as u64);
    body.freeze()
}

/// The question and the run of an answer, if that is what these bytes are.
pub(super) fn read_back(body: &[u8]) -> Option<(usize, usize)> {
    let (question, run) = body.split_at_checked(8)?;
    let number = |bytes: &[u8]| usize::try_from(u64::from_be_bytes(bytes.try_into().ok()?)).ok();
    Some((number(question)?, number(run)?))
}
