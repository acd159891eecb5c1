//! Redis hangs, dies, is emptied, is started anew: nobody should notice.

use std::time::{Duration, Instant};

use farmlokal_testbed::Redis;

use super::super::Run;
use super::PART;
use super::scene::{RECOVERY, Scene, Story, WARM};
use crate::cores::Cores;
use crate::door;
use crate::redis_count::commands;
use crate::report::{Figure, say};
use crate::stopwatch::pause;
use crate::traffic::{Told, count, latencies};

const P99_MS: f64 = 100.0;
/// Normal is a p99 of at most twice what it was before the fault, and this.
const NORMAL_RATIO: f64 = 2.0;
const NORMAL_MS: f64 = 2.0;
/// Commands with which connections are opened.
const SALUTATIONS: u64 = 30;
const LOOK: Duration = Duration::from_millis(50);

/// A fault and its name.
type Fault = (&'static str, fn(&Redis, Duration));

const FAULTS: [Fault; 4] = [
    ("Redis stopped (SIGSTOP)", |redis, duration| {
        redis.pause();
        pause(duration);
        redis.resume();
    }),
    ("Redis killed", |redis, duration| {
        redis.kill();
        pause(duration);
        redis.restart();
    }),
    ("Redis emptied", |redis, _| {
        redis.query(&["FLUSHALL"]);
    }),
    ("Redis started anew", |redis, _| redis.restart()),
];

/// Measures this part's half.
pub(super) fn measure(run: &mut Run<'_>) -> anyhow::Result<()> {
    run.report.note(format!(
        "faults: normal is a p99 of at most {NORMAL_RATIO} times what it was before, and {NORMAL_MS} ms, {} s after the end \
         of a fault; Redis is used again when it gets commands of the servers",
        RECOVERY.as_secs()
    ));
    let url = run.shop_on_postgres()?;
    let redis_url = run.databases.empty_redis()?.url();
    let deployment = run.deployment()?.set(door::REDIS, redis_url);
    for (name, fault) in FAULTS {
        run.attempt(PART, name, |run| {
            run.databases.empty_redis()?;
            let scene = Scene::open(run, &deployment, &url)?;
            let redis = run.databases.redis()?;
            let happen = |duration| {
                fault(redis, duration);
                Cores::Load.hold(redis.pid())
            };
            let (story, used_again_s) = scene.play(run, happen, || Ok(used_again_s(redis)))?;
            report(run, name, &story, used_again_s)
        });
    }
    Ok(())
}

/// Seconds until the servers give Redis commands again; more than they have when they do not.
fn used_again_s(redis: &Redis) -> f64 {
    let (started, before) = (Instant::now(), commands(redis));
    while commands(redis) <= before + SALUTATIONS {
        if started.elapsed() > RECOVERY {
            return f64::INFINITY;
        }
        pause(LOOK);
    }
    started.elapsed().as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "a number of requests")]
fn report(run: &mut Run<'_>, name: &str, story: &Story, used_again_s: f64) -> anyhow::Result<()> {
    let row = |what: &str, value: f64, unit| Figure::new(PART, "", format!("{name}: {what}"), value, unit);
    let (failed, why) = count(&story.told, |one| !one.is_data);
    why.into_iter().for_each(say);
    let p99 = |wanted: &dyn Fn(&Told) -> bool| anyhow::Ok(latencies(&story.told, wanted)?.p99_ms());
    let before = p99(&|one| story.is_before(one))?;
    let during = p99(&|one| story.is_during(one))?;
    let after = p99(&|one| story.is_after(one))?;
    let mut add = |figure| run.report.add(figure);
    add(row("requests that failed", failed as f64, "").at_most(0.0));
    add(row("p99 before", before, "ms"));
    add(row("p99 while it lasts, and 5 s on", during, "ms").at_most(P99_MS));
    add(row("p99 of warm pages then", p99(&|one| story.is_during(one) && one.kind == WARM)?, "ms"));
    let normal = before * NORMAL_RATIO + NORMAL_MS;
    add(row("p99 from 5 s on", after, "ms").promised(format!("≤ {normal:.1}"), after <= normal));
    add(row("until Redis is used again", used_again_s, "s").at_most(RECOVERY.as_secs_f64()));
    Ok(())
}
