//! Redis or the database away, while visitors come as always.

mod database;
mod redis;
mod scene;

use super::Run;

const PART: &str = "faults";

/// Measures this part.
pub(super) fn measure(run: &mut Run<'_>) -> anyhow::Result<()> {
    run.report.note(
        "faults: three processes, a fifth of all requests for pages that nobody has asked for before; latency runs from the moment a \
         request was due; a fault lasts 10 s, or a third of a shorter run",
    );
    redis::measure(run)?;
    database::measure(run)?;
    run.release()
}
