//! From nothing to the first answer; memory of an idle server; size of the binary.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{bail, ensure};
use farmlokal_testbed::free_port;
use serde_json::json;

use super::Run;
use crate::cores::Cores;
use crate::graphql;
use crate::histogram::median;
use crate::http_client::Connection;
use crate::process::{self, Running};
use crate::report::Figure;
use crate::stopwatch::pause;

const PART: &str = "start";
const FRESH_STARTS: usize = 3;
const LATER_STARTS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two attempts to reach a server that does not listen yet.
const RETRY: Duration = Duration::from_millis(1);
/// How long an idle server is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(2);
const MB: f64 = 1e6;

/// Measures this part.
pub(super) fn measure(run: &mut Run<'_>) -> anyhow::Result<()> {
    for (on, cores) in [("one core", Cores::Server), ("two cores", Cores::All)] {
        starts(run, on, cores)?;
    }
    let size = fs::metadata(&run.settings.server)?.len();
    run.report.add(Figure::new(PART, "", "size of the binary", megabytes(size), "MB").at_most(20.0));
    Ok(())
}

fn starts(run: &mut Run<'_>, on: &str, cores: Cores) -> anyhow::Result<()> {
    let (mut fresh, mut later) = (Vec::new(), Vec::new());
    let (mut resident, mut anonymous) = (Vec::new(), Vec::new());
    for round in 0..FRESH_STARTS {
        let folder = tempfile::Builder::new().prefix("farmlokal-start-").tempdir()?;
        fresh.push(start(run, folder.path(), cores)?.1);
        for _ in 0..LATER_STARTS {
            let (server, took) = start(run, folder.path(), cores)?;
            later.push(took);
            if round == 0 {
                pause(IDLE);
                let memory = process::memory(server.pid())?;
                resident.push(megabytes(memory.resident));
                anonymous.push(megabytes(memory.anonymous));
            }
        }
    }
    let report = &mut run.report;
    report.add(Figure::new(PART, on, "first answer, empty folder (10 000 products made)", median(&fresh), "s").at_most(2.0));
    report.add(Figure::new(PART, on, "first answer, later starts", median(&later), "s").at_most(0.1));
    report.add(Figure::new(PART, on, "idle on a later start, resident (VmRSS)", median(&resident), "MB").at_most(30.0));
    report.add(Figure::new(PART, on, "idle on a later start, of this its own (RssAnon)", median(&anonymous), "MB"));
    Ok(())
}

/// Starts the server in `folder` and gives the seconds until its first page.
fn start(run: &Run<'_>, folder: &Path, cores: Cores) -> anyhow::Result<(Running, f64)> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
    let page = graphql::body(graphql::PRODUCTS, &json!({ "first": 20 }));
    let mut command = cores.command(&run.settings.server);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("PORT", address.port().to_string());
    command.current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let mut server = Running::start(&mut command)?;
    let answer = loop {
        let attempt = async { Connection::open(address).await?.post(page.clone()).await };
        if let Ok(answer) = run.runtime.block_on(attempt) {
            break answer;
        }
        if let Some(status) = server.ended()? {
            bail!("the server ended: {status}");
        }
        ensure!(started.elapsed() < PATIENCE, "no answer within {PATIENCE:?}");
        pause(RETRY);
    };
    let took = started.elapsed().as_secs_f64();
    answer.require_data()?;
    ensure!(answer.body.windows(8).any(|part| part == b"\"slug\":\""), "the first page is empty");
    Ok((server, took))
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / MB
}
