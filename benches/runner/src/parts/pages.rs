//! Latency of first and deep pages at a fixed rate, of a small and a large catalogue in turn.

use std::time::Duration;

use fastrand::Rng;

use super::Run;
use crate::cores::Cores;
use crate::cursor::CursorKey;
use crate::engine::Engine;
use crate::histogram::{Latencies, median};
use crate::load::{Mix, Outcome, open_loop};
use crate::queries::Queries;
use crate::report::{Figure, say};
use crate::sample::Sample;
use crate::shapes::{Requests, Shape, mix, rows_of_their_own};
use crate::target::Target;

const PART: &str = "pages";
/// Products of the small catalogue.
const SMALL: u64 = 10_000;
const ROUNDS: u32 = 3;
const WARM_UP: Duration = Duration::from_secs(3);
/// Requests per second of a shape with a row of its own: some cost the database tens of milliseconds.
const SLOW_RATE: u32 = 20;
const P99_MS: f64 = 20.0;
const GROWTH_RATIO: f64 = 1.3;
const DEEP_RATIO: f64 = 1.2;
const DEEP_MS: f64 = 0.5;

/// A catalogue with its server, and requests of the mix.
struct Catalogue {
    rows: u64,
    target: Target,
    mix: Mix,
    /// Whether a shape has deep pages.
    has_deep: Vec<bool>,
    /// Latencies by shape: of first pages, of deep ones.
    by_shape: Vec<[Latencies; 2]>,
    p50_ms: Vec<f64>,
    p99_ms: Vec<f64>,
    failed: u64,
}

/// Measures this part on each engine.
pub(super) fn measure(run: &mut Run<'_>) -> anyhow::Result<()> {
    run.report.note(
        "pages: every shape of the mix comes up equally often, half of the requests for first pages and half for pages at a uniformly \
         random depth; cursors are signed by this program with the database's own key, for random rows of the list",
    );
    run.report.note("pages: latency runs from the moment a request was due (open loop), load and database share the other core");
    for engine in run.settings.engines.clone() {
        of_engine(run, engine)?;
    }
    Ok(())
}

fn of_engine(run: &mut Run<'_>, engine: Engine) -> anyhow::Result<()> {
    let rows = run.settings.rows;
    let small_url = run.databases.seeded(engine, SMALL)?.url;
    let large_url = run.databases.seeded(engine, rows)?.url;
    run.hold_load()?;
    run.databases.hold(engine, Cores::Load)?;
    let mut random = Rng::with_seed(rows);
    let shapes = mix();
    let small = Catalogue::open(run, &small_url, SMALL, &shapes, &mut random)?;
    let large = Catalogue::open(run, &large_url, rows, &shapes, &mut random)?;
    let mut both = [small, large];
    for catalogue in &both {
        run.runtime.block_on(open_loop(catalogue.target.address(), &catalogue.mix, run.settings.rate, WARM_UP, 0))?;
    }
    let round = Duration::from_secs(run.settings.seconds) / ROUNDS;
    for number in 0..ROUNDS {
        for catalogue in &mut both {
            catalogue.round(run, round, u64::from(number) + 1)?;
        }
    }
    let [small, large] = &both;
    report_mix(run, engine, small, large);
    report_shapes(run, engine, &shapes, large);
    slow_shapes(run, engine, &large_url, large)?;
    run.release()
}

impl Catalogue {
    fn open(run: &Run<'_>, url: &str, rows: u64, shapes: &[Shape], random: &mut Rng) -> anyhow::Result<Self> {
        let target = run.uncached_server(url)?;
        let (mut bodies, mut has_deep) = (Vec::new(), Vec::new());
        for requests in requests(run, url, rows, shapes, &target, random)? {
            // A shape without deep pages takes its whole share for the first one.
            let deep = if requests.deep.is_empty() { requests.first.clone() } else { requests.deep };
            has_deep.push(deep != requests.first);
            bodies.extend([requests.first, deep]);
        }
        let empty = || Ok([Latencies::new()?, Latencies::new()?]);
        let by_shape = shapes.iter().map(|_| empty()).collect::<anyhow::Result<_>>()?;
        let mix = Mix { bodies: bodies.into() };
        Ok(Self { rows, target, mix, has_deep, by_shape, p50_ms: Vec::new(), p99_ms: Vec::new(), failed: 0 })
    }

    fn round(&mut self, run: &Run<'_>, duration: Duration, seed: u64) -> anyhow::Result<()> {
        let outcome = run.runtime.block_on(open_loop(self.target.address(), &self.mix, run.settings.rate, duration, seed))?;
        let mut all = Latencies::new()?;
        for (kind, latency) in &outcome.latencies {
            all.record(*latency);
            self.by_shape[kind / 2][kind % 2].record(*latency);
        }
        self.p50_ms.push(all.p50_ms());
        self.p99_ms.push(all.p99_ms());
        self.failed += failures(&outcome);
        Ok(())
    }
}

/// Requests for each shape.
fn requests(
    run: &Run<'_>,
    url: &str,
    rows: u64,
    shapes: &[Shape],
    target: &Target,
    random: &mut Rng,
) -> anyhow::Result<Vec<Requests>> {
    run.runtime.block_on(async {
        let database = Queries::open(url).await?;
        let key = CursorKey::read(&database).await?;
        let sample = Sample::read(&database, rows, random).await?;
        database.close().await;
        let mut all = Vec::with_capacity(shapes.len());
        for shape in shapes {
            all.push(shape.requests(target, &sample, &key, random).await?);
        }
        Ok(all)
    })
}

fn report_mix(run: &mut Run<'_>, engine: Engine, small: &Catalogue, large: &Catalogue) {
    let rate = run.settings.rate;
    let mut add = |figure| run.report.add(figure);
    for catalogue in [small, large] {
        let rows = catalogue.rows;
        add(Figure::new(PART, engine, format!("mix, {rows} products: p50 at {rate}/s"), median(&catalogue.p50_ms), "ms"));
        let p99 = Figure::new(PART, engine, format!("mix, {rows} products: p99 at {rate}/s"), median(&catalogue.p99_ms), "ms");
        add(p99.at_most(P99_MS));
    }
    let growth = median(&large.p50_ms) / median(&small.p50_ms);
    add(Figure::new(PART, engine, format!("mix: p50 of {} over p50 of {}", large.rows, small.rows), growth, "×")
        .at_most(GROWTH_RATIO));
    #[expect(clippy::cast_precision_loss, reason = "a number of requests")]
    let failed = (small.failed + large.failed) as f64;
    add(Figure::new(PART, engine, "mix: requests that failed", failed, "").at_most(0.0));
}

fn report_shapes(run: &mut Run<'_>, engine: Engine, shapes: &[Shape], large: &Catalogue) {
    for (n, (shape, [first, deep])) in shapes.iter().zip(&large.by_shape).enumerate() {
        let (first_ms, deep_ms) = (first.p50_ms(), deep.p50_ms());
        let has_deep = large.has_deep.get(n) == Some(&true);
        let met = deep_ms <= first_ms * DEEP_RATIO || deep_ms <= first_ms + DEEP_MS;
        run.report.add(Figure::new(PART, engine, format!("{}: first page, p50", shape.name), first_ms, "ms"));
        if !has_deep {
            continue;
        }
        let figure = Figure::new(PART, engine, format!("{}: deep page, p50", shape.name), deep_ms, "ms");
        run.report.add(figure.promised(format!("≤ {DEEP_RATIO} × or {DEEP_MS} ms above"), met));
    }
}

/// Shapes with a row of their own, one after the other.
fn slow_shapes(run: &mut Run<'_>, engine: Engine, url: &str, large: &Catalogue) -> anyhow::Result<()> {
    run.report.note(format!("pages: shapes with a row of their own are asked for {SLOW_RATE} times a second"));
    let shapes = rows_of_their_own();
    let mut random = Rng::with_seed(large.rows + 1);
    let all = requests(run, url, large.rows, &shapes, &large.target, &mut random)?;
    let duration = Duration::from_secs((run.settings.seconds / 3).max(2));
    for (shape, requests) in shapes.iter().zip(all) {
        let bodies: Vec<_> = [requests.first, requests.deep].into_iter().filter(|bodies| !bodies.is_empty()).collect();
        let mix = Mix { bodies: bodies.into() };
        let outcome = run.runtime.block_on(open_loop(large.target.address(), &mix, SLOW_RATE, duration, 1))?;
        let mut by_depth = [Latencies::new()?, Latencies::new()?];
        outcome.latencies.iter().for_each(|(kind, latency)| by_depth[*kind].record(*latency));
        for (depth, latencies) in ["first", "deep"].into_iter().zip(&by_depth).filter(|(_, latencies)| latencies.count() > 0) {
            let figure =
                |quantile, value| Figure::new(PART, engine, format!("{}: {depth} page, {quantile}", shape.name), value, "ms");
            run.report.add(figure("p50", latencies.p50_ms()));
            run.report.add(figure("p99", latencies.p99_ms()));
        }
        #[expect(clippy::cast_precision_loss, reason = "a number of requests")]
        let failed = failures(&outcome) as f64;
        if failed > 0.0 {
            run.report.add(Figure::new(PART, engine, format!("{}: requests that failed", shape.name), failed, "").at_most(0.0));
        }
    }
    Ok(())
}

/// How many requests failed, and the reason of the first for whoever looks on.
fn failures(outcome: &Outcome) -> u64 {
    if let Some(reason) = &outcome.first_failure {
        say(format!("{} requests failed, the first with: {reason}", outcome.failed));
    }
    outcome.failed
}
