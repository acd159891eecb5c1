//! `farmlokal seed` against what the engine itself takes to load the same rows, ready-made, by the same road.

use std::time::Duration;

use super::{Run, engine_load};
use crate::cores::Cores;
use crate::databases::Seeded;
use crate::engine::Engine;
use crate::histogram::median;
use crate::process::Usage;
use crate::report::{Figure, say};

const PART: &str = "seed";
const RATIO: f64 = 1.3;
const CLIENT_MB: f64 = 200.0;
/// Catalogues up to this size are loaded several times, in turn.
const SMALL: u64 = 200_000;
const SMALL_ROUNDS: usize = 3;
const MB: f64 = 1e6;

/// Measures this part on each engine.
pub(super) fn measure(run: &mut Run<'_>) -> anyhow::Result<()> {
    run.report.note(
        "seed: the engine loads rows dumped from the seeded catalogue, by the same road (COPY in binary; INSERTs of about 2 000 rows; \
         one transaction of 100-row INSERTs into a new SQLite file), and builds the same indexes and statistics; nobody is bound to a core",
    );
    run.release()?;
    for engine in run.settings.engines.clone() {
        of_engine(run, engine)?;
    }
    Ok(())
}

fn of_engine(run: &mut Run<'_>, engine: Engine) -> anyhow::Result<()> {
    let rows = run.settings.rows;
    let rounds = if rows <= SMALL { SMALL_ROUNDS } else { 1 };
    let first = run.databases.seeded(engine, rows)?;
    run.databases.hold(engine, Cores::All)?;
    let ready = engine_load::dump(run, engine, &first.url)?;
    let (mut seeded, mut loaded) = (vec![first], Vec::new());
    for _ in 0..rounds {
        say(format!("loading {rows} ready products into {engine}"));
        loaded.push(engine_load::load(run, &ready)?);
        if seeded.len() < rounds {
            seeded.push(run.databases.seed(engine, rows)?);
        }
    }
    report(run, engine, rows, &seeded, &loaded);
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "rows and bytes")]
fn report(run: &mut Run<'_>, engine: Engine, rows: u64, seeded: &[Seeded], loaded: &[(Usage, Duration)]) {
    let seconds = |durations: Vec<Duration>| median(&durations.iter().map(Duration::as_secs_f64).collect::<Vec<_>>());
    let wall = seconds(seeded.iter().map(|seeded| seeded.client.wall).collect());
    let engine_wall = seconds(loaded.iter().map(|(usage, _)| usage.wall).collect());
    let peak = seeded.iter().map(|seeded| seeded.client.peak_bytes).max().unwrap_or(0) as f64 / MB;
    let mut add = |figure| run.report.add(figure);
    add(Figure::new(PART, engine, format!("farmlokal seed, {rows} products: whole job"), wall, "s"));
    add(Figure::new(PART, engine, format!("the engine itself, {rows} products: whole job"), engine_wall, "s"));
    add(Figure::new(PART, engine, "whole job as a multiple of the engine's", wall / engine_wall, "×").at_most(RATIO));
    add(Figure::new(PART, engine, "farmlokal seed: largest memory of the client (VmHWM)", peak, "MB").at_most(CLIENT_MB));
    add(Figure::new(PART, engine, "farmlokal seed: products per second", rows as f64 / wall, "/s"));
    let client = seconds(seeded.iter().map(|seeded| seeded.client.cpu).collect());
    let server = seconds(seeded.iter().map(|seeded| seeded.server_cpu).collect());
    let engine_client = seconds(loaded.iter().map(|(usage, _)| usage.cpu).collect());
    let engine_server = seconds(loaded.iter().map(|(_, server)| *server).collect());
    add(Figure::new(PART, engine, "farmlokal seed: processor time of the client", client, "s"));
    add(Figure::new(PART, engine, "farmlokal seed: processor time of the database", server, "s"));
    add(Figure::new(PART, engine, "the engine itself: processor time of its client", engine_client, "s"));
    add(Figure::new(PART, engine, "the engine itself: processor time of the database", engine_server, "s"));
}
