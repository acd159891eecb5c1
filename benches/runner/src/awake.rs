//! Keeps a core from sleeping, below everything else that wants it. A virtual core that has nothing to do is given back to the host, and
//! how soon the host returns it is no property of a server: it takes between a twentieth of a millisecond and several of them.

use std::os::unix::process::parent_id;
use std::process::Command;

use anyhow::Context as _;

use crate::cores::Cores;
use crate::process::Running;

/// Looks for the parent only so often.
const SPINS: u32 = 1_000_000;

/// Keeps this core awake until the result is dropped: a process that runs when nobody else does (`SCHED_IDLE`).
///
/// # Errors
/// When it cannot be started.
pub(crate) fn keep_awake(cores: Cores) -> anyhow::Result<Running> {
    let this_program = std::env::current_exe().context("where this program is")?;
    let mut command = Command::new("taskset");
    command.args(cores.taskset_arguments()).args(["chrt", "--idle", "0"]).arg(this_program).arg("stay-awake");
    Running::start(&mut command)
}

/// Does nothing, without a pause, for as long as its parent runs.
pub(crate) fn stay_awake() {
    let parent = parent_id();
    while parent_id() == parent {
        for _ in 0..SPINS {
            std::hint::spin_loop();
        }
    }
}
