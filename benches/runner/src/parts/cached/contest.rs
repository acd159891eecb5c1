//! The server and a bare limit in turn, round after round.

use std::time::Duration;

use anyhow::ensure;
use bytes::Bytes;

use super::super::Run;
use super::PART;
use crate::door::Outcome;
use crate::report::Figure;
use crate::rounds::Rounds;
use crate::saturate::{Between, saturate};
use crate::steady::steady;
use crate::stopwatch::ms;
use crate::target::Target;

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

/// One server.
pub(super) struct Side<'a> {
    pub(super) name: &'static str,
    pub(super) target: &'a Target,
    /// What its callers ask, in turn.
    pub(super) requests: Vec<Bytes>,
    /// Every answer must have a body of so many bytes.
    pub(super) body_bytes: usize,
}

/// One caller at a fixed rate.
struct Latencies {
    p50_ms: f64,
    p99_ms: f64,
}

/// A closed loop.
struct Throughput {
    per_s: f64,
    cpu_us: f64,
    busy: f64,
    hits: f64,
}

impl Side<'_> {
    fn latencies(&self, duration: Duration) -> anyhow::Result<Latencies> {
        let latencies = steady(self.target.address(), &self.requests[0], RATE, duration)?;
        Ok(Latencies { p50_ms: latencies.p50_ms(), p99_ms: latencies.p99_ms() })
    }

    #[expect(clippy::cast_precision_loss, reason = "a number of requests")]
    fn throughput(&self, run: &Run<'_>, contest: &Contest<'_>, duration: Duration) -> anyhow::Result<Throughput> {
        let (before, queue_before) = (self.target.cpu()?, self.target.cpu_or_queue()?);
        let load = saturate(self.target.address(), &self.requests, self.body_bytes, duration, contest.between);
        let outcome = run.runtime.block_on(load)?;
        ensure!(outcome.answered > 0, "no answer");
        let busy = self.target.cpu_or_queue()?.saturating_sub(queue_before);
        let cpu = self.target.cpu()?.saturating_sub(before);
        Ok(Throughput {
            per_s: outcome.per_s(),
            cpu_us: ms(cpu) * 1_000.0 / outcome.answered as f64,
            busy: busy.as_secs_f64() / outcome.took.as_secs_f64(),
            hits: outcome.share(contest.from),
        })
    }
}

impl Contest<'_> {
    /// Measures and reports how long one caller waits. To be measured before a closed loop: hosts take cores away from those who
    /// have used them up.
    pub(super) fn latencies(&self, run: &mut Run<'_>) -> anyhow::Result<()> {
        let rounds = Rounds::make(time(run), |side, duration| self.sides[side].latencies(duration))?;
        for (at, side) in self.sides.iter().enumerate() {
            let p50_ms = rounds.median(|sides| sides[at].p50_ms);
            run.report.add(self.figure(&format!("{}, p50 at {RATE}/s", side.name), p50_ms, "ms"));
            let p99_ms = rounds.median(|sides| sides[at].p99_ms);
            let p99 = self.figure(&format!("{}, p99 at {RATE}/s", side.name), p99_ms, "ms");
            run.report.add(match self.p99_bar.filter(|_| at == 0) {
                Some(bar) => p99.at_most(bar),
                None => p99,
            });
        }
        run.report.add(self.stolen("latencies", &rounds));
        Ok(())
    }

    /// Measures and reports how much is answered in a closed loop.
    pub(super) fn throughput(&self, run: &mut Run<'_>) -> anyhow::Result<()> {
        for side in &self.sides {
            side.throughput(run, self, WARM_UP)?;
        }
        let rounds = Rounds::make(time(run), |side, duration| self.sides[side].throughput(run, self, duration))?;
        let report = &mut run.report;
        for (at, side) in self.sides.iter().enumerate() {
            let name = side.name;
            report.add(self.figure(&format!("{name}, requests per second"), rounds.median(|sides| sides[at].per_s), "/s"));
            let cpu_us = rounds.median(|sides| sides[at].cpu_us);
            report.add(self.figure(&format!("{name}, server time of a request"), cpu_us, "µs"));
            let busy = format!("{name}, part of the time it ran or waited for its core");
            report.add(self.figure(&busy, rounds.median(|sides| sides[at].busy), "").at_least(BUSY));
        }
        let hits = rounds.median(|[server, _]| server.hits);
        report.add(self.figure(&format!("answers that came by {:?}", self.from), hits, "").at_least(HITS));
        let requests = rounds.median(|[server, limit]| server.per_s / limit.per_s);
        report.add(self.figure("requests over the limit's", requests, "×").at_least(self.bar));
        let server_time = rounds.median(|[server, limit]| limit.cpu_us / server.cpu_us);
        report.add(self.figure("the limit's server time over ours", server_time, "×"));
        report.add(self.stolen("requests per second", &rounds));
        Ok(())
    }

    fn stolen<T>(&self, of: &str, rounds: &Rounds<T>) -> Figure {
        self.figure(&format!("{of}: part of the time that the host took away, at most"), rounds.stolen(), "")
    }

    fn figure(&self, what: &str, value: f64, unit: &'static str) -> Figure {
        Figure::new(PART, "", format!("{}: {what}", self.name), value, unit)
    }
}

/// For latencies and for the closed loop, each, of each side.
fn time(run: &Run<'_>) -> Duration {
    Duration::from_secs(run.settings.seconds.max(10)) / 2
}
