//! The database hangs, or is down: what was read before is shown, marked; the rest says when to come back.

use std::time::Duration;

use farmlokal_testbed::Postgres;

use super::super::Run;
use super::PART;
use super::scene::{COLD, RECOVERY, Scene, Story, WARM};
use crate::cores::Cores;
use crate::door;
use crate::report::{Figure, say};
use crate::stopwatch::pause;
use crate::target::Target;
use crate::traffic::{Told, count, latencies};

/// Longest wait of somebody whose page is in no cache.
const COLD_MS: f64 = 2_000.0;
/// p99 of pages that are in a cache.
const WARM_MS: f64 = 200.0;
/// From then on a process knows that its database is away: it has not heard of it for longer than an answer is good for.
const KNOWN_AFTER: Duration = Duration::from_secs(3);
const UNAVAILABLE: u16 = 503;

/// A fault and its name.
type Fault = (&'static str, fn(&Postgres, Duration));

const FAULTS: [Fault; 2] = [
    ("database down", |postgres, duration| {
        postgres.stop();
        pause(duration);
        postgres.restart();
    }),
    ("database stopped (SIGSTOP)", |postgres, duration| {
        postgres.pause();
        pause(duration);
        postgres.resume();
    }),
];

/// Measures this part's half.
pub(super) fn measure(run: &mut Run<'_>) -> anyhow::Result<()> {
    run.report.note(format!(
        "faults: with the database away, a page out of a cache must be marked from {} s after the beginning on; before that its process \
         cannot know",
        KNOWN_AFTER.as_secs()
    ));
    let url = run.shop_on_postgres()?;
    let redis_url = run.databases.empty_redis()?.url();
    let deployment = run.deployment()?.set(door::REDIS, redis_url);
    for (name, fault) in FAULTS {
        run.attempt(PART, name, |run| {
            run.databases.empty_redis()?;
            let scene = Scene::open(run, &deployment, &url)?;
            let before = processes(&scene.targets);
            let postgres = run.databases.running_postgres()?;
            let happen = |duration| {
                fault(postgres, duration);
                Cores::Load.hold(postgres.pid())
            };
            let (story, ()) = scene.play(run, happen, || Ok(()))?;
            let same = before == processes(&scene.targets);
            report(run, name, &story, same)
        });
    }
    Ok(())
}

/// The processes that run.
fn processes(targets: &[Target]) -> Vec<u32> {
    targets.iter().filter(|target| target.is_running()).map(Target::pid).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a number of requests")]
fn report(run: &mut Run<'_>, name: &str, story: &Story, same_processes: bool) -> anyhow::Result<()> {
    let row = |what: &str, value: f64, unit| Figure::new(PART, "", format!("{name}: {what}"), value, unit);
    let number = |wanted: &dyn Fn(&Told) -> bool| {
        let (number, why) = count(&story.told, wanted);
        why.into_iter().for_each(|why| say(format!("{name}: {why}")));
        number as f64
    };
    let all = |wanted: &dyn Fn(&Told) -> bool| latencies(&story.told, wanted);
    let polite = |one: &Told| one.is_data || (one.status == UNAVAILABLE && one.has_retry_after);
    let known = |one: &Told| story.is_well_within(one, KNOWN_AFTER);
    let failed_warm = number(&|one| one.kind == WARM && !one.is_data);
    let unmarked = number(&|one| one.kind == WARM && one.is_data && known(one) && !one.marked_stale);
    let marked = number(&|one| one.kind == WARM && one.marked_stale);
    let rude_cold = number(&|one| one.kind == COLD && !polite(one));
    let refused = count(&story.told, |one| one.kind == COLD && one.status == UNAVAILABLE).0 as f64;
    let warm = all(&|one| one.kind == WARM && story.is_during(one))?;
    let cold = all(&|one| one.kind == COLD)?;
    let trouble = story.trouble_s(|one| !one.is_data || one.marked_stale);
    let mut add = |figure| run.report.add(figure);
    add(row("warm pages that failed", failed_warm, "").at_most(0.0));
    add(row("warm pages without a mark when it was due", unmarked, "").at_most(0.0));
    add(row("warm pages with a mark", marked, "").at_least(1.0));
    add(row("p99 of warm pages while it lasts, and 5 s on", warm.p99_ms(), "ms").at_most(WARM_MS));
    add(row("cold pages with neither data nor 503 and retry-after", rude_cold, "").at_most(0.0));
    add(row("cold pages with 503", refused, "").at_least(1.0));
    add(row("slowest cold page", cold.max_ms(), "ms").at_most(COLD_MS));
    add(row("until the last failure or mark, after its end", trouble, "s").at_most(RECOVERY.as_secs_f64()));
    add(row("the same processes as before", f64::from(u8::from(same_processes)), "").at_least(1.0));
    Ok(())
}
