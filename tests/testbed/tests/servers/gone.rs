//! What it means that a server is gone.

use std::fs;
use std::path::PathBuf;

/// A process and its folder, remembered for after its end.
pub(crate) struct Traces {
    pub(crate) pid: u32,
    pub(crate) folder: PathBuf,
}

impl Traces {
    pub(crate) fn exist(&self) -> bool {
        self.process_exists() || self.folder.exists()
    }

    pub(crate) fn process_exists(&self) -> bool {
        // Orphans that ended wait for the system's first process to collect them; that is not the testbed's business.
        fs::read_to_string(format!("/proc/{}/status", self.pid)).is_ok_and(|status| !status.contains("State:\tZ"))
    }
}
