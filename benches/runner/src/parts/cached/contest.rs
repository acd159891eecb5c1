//! The server and a bare limit in turn, round after round; what counts is the median of the rounds' ratios, because the
//! machine is never quite alone.

use std::time::Duration;

use anyhow::ensure;
use bytes::Bytes;

use super::super::Run;
use super::PART;
use crate::awake::keep_awake;
use crate::cores::Cores;
use crate::door::Outcome;
use crate::histogram::median;
use crate::report::Figure;
use crate::saturate::{Between, saturate};
use crate::steady::steady;
use crate::stopwatch::ms;
use crate::target::Target;

/// Many short ones: what disturbs the machine for a second spoils a few of them, and the median is of the others.
const ROUNDS: u32 = 15;
const WARM_UP: Duration = Duration::from_secs(1);
/// Requests per second of the one caller whose latencies are measured.
const RATE: u32 = 500;
/// A server that ran or waited for its core for less of the time than this was not what limited the closed loop.
const BUSY: f64 = 0.9;
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

/// One server and what was measured of it, a figure per round.
pub(super) struct Side<'a> {
    name: &'static str,
    target: &'a Target,
    requests: Vec<Bytes>,
    body_bytes: usize,
    per_s: Vec<f64>,
    cpu_us: Vec<f64>,
    busy: Vec<f64>,
    hits: Vec<f64>,
    p50_ms: Vec<f64>,
    p99_ms: Vec<f64>,
}

impl<'a> Side<'a> {
    /// Nothing measured yet; every answer must have a body of `body_bytes`.
    pub(super) fn new(name: &'static str, target: &'a Target, requests: Vec<Bytes>, body_bytes: usize) -> Self {
        let none = Vec::new;
        Self {
            name,
            target,
            requests,
            body_bytes,
            per_s: none(),
            cpu_us: none(),
            busy: none(),
            hits: none(),
            p50_ms: none(),
            p99_ms: none(),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a number of requests")]
    fn round(&mut self, run: &Run<'_>, from: Outcome, between: Between, duration: Duration) -> anyhow::Result<()> {
        let (before, queue_before) = (self.target.cpu()?, self.target.cpu_or_queue()?);
        let load = saturate(self.target.address(), &self.requests, self.body_bytes, duration, between);
        let outcome = run.runtime.block_on(load)?;
        let of_request = |cpu: Duration| ms(cpu) * 1_000.0 / outcome.answered.max(1) as f64;
        let busy = self.target.cpu_or_queue()?.saturating_sub(queue_before);
        self.per_s.push(outcome.per_s());
        self.cpu_us.push(of_request(self.target.cpu()?.saturating_sub(before)));
        self.busy.push(busy.as_secs_f64() / outcome.took.as_secs_f64());
        self.hits.push(outcome.share(from));

        let _awake = keep_awake(Cores::Server)?;
        let latencies = steady(self.target.address(), &self.requests[0], RATE, duration)?;
        self.p50_ms.push(latencies.p50_ms());
        self.p99_ms.push(latencies.p99_ms());
        Ok(())
    }
}

impl Contest<'_> {
    /// Measures and reports.
    pub(super) fn run(mut self, run: &mut Run<'_>) -> anyhow::Result<()> {
        // Half of a round is the closed loop, half the one caller.
        let duration = Duration::from_secs(run.settings.seconds.max(10)) / (2 * ROUNDS);
        for side in &self.sides {
            let loop_ = saturate(side.target.address(), &side.requests, side.body_bytes, WARM_UP, self.between);
            ensure!(run.runtime.block_on(loop_)?.answered > 0, "no answer");
        }
        for _ in 0..ROUNDS {
            for side in &mut self.sides {
                side.round(run, self.from, self.between, duration)?;
            }
        }
        self.report(run);
        Ok(())
    }

    fn report(&self, run: &mut Run<'_>) {
        let mut add = |figure| run.report.add(figure);
        let row = |what: String, value: f64, unit| Figure::new(PART, "", format!("{}: {what}", self.name), value, unit);
        for side in &self.sides {
            let name = side.name;
            add(row(format!("{name}, requests per second"), median(&side.per_s), "/s"));
            add(row(format!("{name}, server time of a request"), median(&side.cpu_us), "µs"));
            add(row(format!("{name}, part of the time it ran or waited for its core"), median(&side.busy), "").at_least(BUSY));
            add(row(format!("{name}, p50 at {RATE}/s"), median(&side.p50_ms), "ms"));
            let p99 = row(format!("{name}, p99 at {RATE}/s"), median(&side.p99_ms), "ms");
            let ours = std::ptr::eq(side, &raw const self.sides[0]);
            add(match self.p99_bar.filter(|_| ours) {
                Some(bar) => p99.at_most(bar),
                None => p99,
            });
        }
        let [server, limit] = &self.sides;
        add(row(format!("answers that came by {:?}", self.from), median(&server.hits), "").at_least(HITS));
        add(row("requests over the limit's".to_owned(), ratio(&server.per_s, &limit.per_s), "×").at_least(self.bar));
        add(row("the limit's server time over ours".to_owned(), ratio(&limit.cpu_us, &server.cpu_us), "×"));
    }
}

/// The median of the rounds' ratios.
fn ratio(above: &[f64], below: &[f64]) -> f64 {
    median(&above.iter().zip(below).map(|(above, below)| above / below).collect::<Vec<_>>())
}
