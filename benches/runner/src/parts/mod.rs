//! The parts of a run, one after the other.

mod budgets;
mod cached;
mod cost;
mod engine_load;
mod faults;
mod freshness;
mod front;
mod herd;
mod hitrate;
mod hostile;
mod pages;
mod partner;
mod search;
mod seed;
mod slow;
mod start;
mod webhooks;

use std::io;

use anyhow::Context as _;
use tokio::runtime::Runtime;

use crate::command_line::{Part, Settings};
use crate::cores::{self, Cores};
use crate::databases::Databases;
use crate::fleet::Deployment;
use crate::report::{Report, say};
use crate::target::Target;

/// What all parts share.
struct Run<'a> {
    settings: &'a Settings,
    databases: Databases,
    runtime: Runtime,
    report: Report,
}

/// Measures what was asked for.
///
/// # Errors
/// When something cannot be measured. A figure that misses its bar is no error: it is in the report.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    cores::require_two()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let report = Report::new(format!("{settings:?}"));
    let mut run = Run { settings, databases: Databases::new(&settings.server)?, runtime, report };
    let outcome = settings.only.iter().try_for_each(|part| run.part(*part));
    // What was measured before a failure is worth keeping.
    run.report.print_summary();
    if let Some(path) = &settings.json {
        run.report.write_json(path)?;
    }
    if settings.keep {
        say(format!("Enter ends these databases:\n{}", run.databases.addresses().join("\n")));
        io::stdin().read_line(&mut String::new()).context("standard input")?;
    }
    outcome
}

impl Run<'_> {
    fn part(&mut self, part: Part) -> anyhow::Result<()> {
        say(format!("{part:?}"));
        match part {
            Part::Start => start::measure(self),
            Part::Cost => cost::measure(self),
            Part::Pages => pages::measure(self),
            Part::Search => search::measure(self),
            Part::Hostile => hostile::measure(self),
            Part::Cached => cached::measure(self),
            Part::Herd => herd::measure(self),
            Part::Freshness => freshness::measure(self),
            Part::Hitrate => hitrate::measure(self),
            Part::Faults => faults::measure(self),
            Part::Budgets => budgets::measure(self),
            Part::Slow => slow::measure(self),
            Part::Webhooks => webhooks::measure(self),
            Part::Partner => partner::measure(self),
            Part::Seed => seed::measure(self),
        }
        .with_context(|| format!("{part:?}"))
    }

    /// The server as it is deployed, on this database, with every answer computed anew.
    fn uncached_server(&self, database_url: &str) -> anyhow::Result<Target> {
        let deployment = Deployment::new(&self.settings.server).without_cache();
        deployment.start(&[database_url.to_owned()])?.pop().context("one process")
    }

    /// The load, and whatever it starts, keeps off the server's core.
    fn hold_load(&self) -> anyhow::Result<()> {
        Cores::Load.hold_this_process()
    }

    /// Work that nobody's latency depends on may run anywhere.
    fn release(&self) -> anyhow::Result<()> {
        Cores::All.hold_this_process()
    }
}
