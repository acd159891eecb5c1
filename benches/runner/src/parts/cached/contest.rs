//! The server and a bare limit in turn, round after round. What counts is the median of the rounds in which the machine was left
//! alone: a core that the host takes away for a moment is missing in the latencies of whoever was measured just then.

use std::time::{Duration, Instant};

use anyhow::ensure;
use bytes::Bytes;

use super::super::Run;
use super::PART;
use crate::door::Outcome;
use crate::histogram::median;
use crate::host::stolen;
use crate::report::Figure;
use crate::saturate::{Between, saturate};
use crate::steady::steady;
use crate::stopwatch::{ms, pause};
use crate::target::Target;

/// Many short ones, of those in which the host took least away from this machine.
const ROUNDS: usize = 15;
/// So many are made at most until there are [`ROUNDS`] in which next to nothing was taken away.
const ROUNDS_MADE_MAX: usize = 40;
/// Next to nothing, as a part of the time of all cores.
const STOLEN: f64 = 0.01;
/// Pause behind a round in which more was taken away. Hosts lend cores to those who have left theirs alone for a while.
const RECOVERY: Duration = Duration::from_secs(2);
const WARM_UP: Duration = Duration::from_secs(1);
/// Requests per second of the one caller whose latencies are measured.
const RATE: u32 = 500;
/// A server that ran or waited for its core for less of the time than this was not what limited the closed loop.
const BUSY: f64 = 0.9;
/// Of the server and of the load.
const CORES: f64 = 2.0;
/// Below this share of answers out of the cache something else was measured.
const HITS: f64 = 0.999;

/// What is compared.
pub(super) struct Contest<'a> {
    /// For people: how it is asked.
    pub(super) name: &'static str,
    /// Where the server's answers must come from.
    pub(super) from: Outcome,
    /// What the load does while it waits.
    pub(super) between: Between,
    /// Requests per second of the server over those of the limit, at least.
    pub(super) bar: f64,
    /// p99 of the server at a fixed rate, at most, in milliseconds.
    pub(super) p99_bar: Option<f64>,
    /// The server and the limit.
    pub(super) sides: [Side<'a>; 2],
}

/// One server.
pub(super) struct Side<'a> {
    name: &'static str,
    target: &'a Target,
    requests: Vec<Bytes>,
    body_bytes: usize,
}

/// What was measured of one server in one round.
struct Measured {
    per_s: f64,
    cpu_us: f64,
    busy: f64,
    hits: f64,
    p50_ms: f64,
    p99_ms: f64,
}

/// One round: the server, the limit, and how much of the time of all cores the host took away meanwhile.
struct Round {
    sides: [Measured; 2],
    stolen: f64,
}

impl<'a> Side<'a> {
    /// Every answer must have a body of `body_bytes`.
    pub(super) fn new(name: &'static str, target: &'a Target, requests: Vec<Bytes>, body_bytes: usize) -> Self {
        Self { name, target, requests, body_bytes }
    }

    #[expect(clippy::cast_precision_loss, reason = "a number of requests")]
    fn measure(&self, run: &Run<'_>, from: Outcome, between: Between, duration: Duration) -> anyhow::Result<Measured> {
        let latencies = steady(self.target.address(), &self.requests[0], RATE, duration)?;
        let (before, queue_before) = (self.target.cpu()?, self.target.cpu_or_queue()?);
        let load = saturate(self.target.address(), &self.requests, self.body_bytes, duration, between);
        let outcome = run.runtime.block_on(load)?;
        let busy = self.target.cpu_or_queue()?.saturating_sub(queue_before);
        let cpu = self.target.cpu()?.saturating_sub(before);
        Ok(Measured {
            per_s: outcome.per_s(),
            cpu_us: ms(cpu) * 1_000.0 / outcome.answered.max(1) as f64,
            busy: busy.as_secs_f64() / outcome.took.as_secs_f64(),
            hits: outcome.share(from),
            p50_ms: latencies.p50_ms(),
            p99_ms: latencies.p99_ms(),
        })
    }
}

impl Contest<'_> {
    /// Measures and reports.
    pub(super) fn run(self, run: &mut Run<'_>) -> anyhow::Result<()> {
        for side in &self.sides {
            let loop_ = saturate(side.target.address(), &side.requests, side.body_bytes, WARM_UP, self.between);
            ensure!(run.runtime.block_on(loop_)?.answered > 0, "no answer");
        }
        let mut rounds = Vec::new();
        let mut quiet = 0;
        while quiet < ROUNDS && rounds.len() < ROUNDS_MADE_MAX {
            let round = self.round(run)?;
            if round.stolen <= STOLEN {
                quiet += 1;
            } else {
                pause(RECOVERY);
            }
            rounds.push(round);
        }
        rounds.sort_by(|a, b| a.stolen.total_cmp(&b.stolen));
        let made = rounds.len();
        rounds.truncate(ROUNDS);
        self.report(run, &rounds, made);
        Ok(())
    }

    fn round(&self, run: &Run<'_>) -> anyhow::Result<Round> {
        // Half of a round is the closed loop, half the one caller.
        let duration = Duration::from_secs(run.settings.seconds.max(10)) / (2 * ROUNDS as u32);
        let (started, stolen_before) = (Instant::now(), stolen()?);
        let [server, limit] = &self.sides;
        let measure = |side: &Side<'_>| side.measure(run, self.from, self.between, duration);
        let sides = [measure(server)?, measure(limit)?];
        let stolen = stolen()?.saturating_sub(stolen_before).as_secs_f64();
        Ok(Round { sides, stolen: stolen / (CORES * started.elapsed().as_secs_f64()) })
    }

    fn report(&self, run: &mut Run<'_>, rounds: &[Round], made: usize) {
        let mut add = |figure| run.report.add(figure);
        let row = |what: String, value: f64, unit| Figure::new(PART, "", format!("{}: {what}", self.name), value, unit);
        let medians = |of: &dyn Fn(&Round) -> f64| median(&rounds.iter().map(of).collect::<Vec<_>>());
        for (at, side) in self.sides.iter().enumerate() {
            let name = side.name;
            let of = |value: fn(&Measured) -> f64| medians(&|round| value(&round.sides[at]));
            add(row(format!("{name}, requests per second"), of(|side| side.per_s), "/s"));
            add(row(format!("{name}, server time of a request"), of(|side| side.cpu_us), "µs"));
            add(row(format!("{name}, part of the time it ran or waited for its core"), of(|side| side.busy), "").at_least(BUSY));
            add(row(format!("{name}, p50 at {RATE}/s"), of(|side| side.p50_ms), "ms"));
            let p99 = row(format!("{name}, p99 at {RATE}/s"), of(|side| side.p99_ms), "ms");
            add(match self.p99_bar.filter(|_| at == 0) {
                Some(bar) => p99.at_most(bar),
                None => p99,
            });
        }
        let ratios = |of: fn(&[Measured; 2]) -> f64| medians(&|round| of(&round.sides));
        let hits = medians(&|round| round.sides[0].hits);
        add(row(format!("answers that came by {:?}", self.from), hits, "").at_least(HITS));
        let requests = ratios(|[server, limit]| server.per_s / limit.per_s);
        add(row("requests over the limit's".to_owned(), requests, "×").at_least(self.bar));
        let server_time = ratios(|[server, limit]| limit.cpu_us / server.cpu_us);
        add(row("the limit's server time over ours".to_owned(), server_time, "×"));
        let stolen = rounds.iter().fold(0.0, |most: f64, round| most.max(round.stolen));
        let what =
            format!("part of the time that the host took away, at most, in the {} of {made} rounds that count", rounds.len());
        add(row(what, stolen, ""));
    }
}
