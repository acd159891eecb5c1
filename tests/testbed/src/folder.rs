//! The temporary folder of one server, and the watchdog that outlives the test process to clean up.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::user::User;

const WATCHDOG: &str = include_str!("watchdog.sh");

/// How the watchdog ends a server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    /// Name of the signal for its first process (`QUIT`, `KILL`); after 5 s all its processes are killed.
    pub(crate) signal: &'static str,
    /// Shell command run in the folder afterwards, for what a killed server leaves outside of it; may be empty.
    pub(crate) tidy: &'static str,
}

/// `<temporary folder>/farmlokal-<name>-…`, with `data` for the server's files, `running/pid` while it runs, and
/// `stdout.log` and `stderr.log`; and the watchdog's script.
#[derive(Debug)]
pub(crate) struct Folder {
    root: TempDir,
    watchdog: Child,
}

impl Folder {
    pub(crate) fn new(name: &str, user: Option<User>, ending: Ending) -> Self {
        let root =
            tempfile::Builder::new().prefix(&format!("farmlokal-{name}-")).tempdir().expect("the temporary folder is writable");
        for part in ["", "data", "running"] {
            let path = root.path().join(part);
            fs::create_dir_all(&path).expect("our own folder is writable");
            if let Some(user) = user {
                user.own(&path);
            }
        }
        let script = root.path().join("watchdog.sh");
        fs::write(&script, WATCHDOG).expect("our own folder is writable");
        // Its outputs go nowhere: whoever reads the output of the tests must not wait for a watchdog.
        let watchdog = Command::new("sh")
            .arg(script)
            .arg(root.path())
            .args([ending.signal, ending.tidy])
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell is installed");
        Self { root, watchdog }
    }

    pub(crate) fn path(&self) -> &Path {
        self.root.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    pub(crate) fn pid_file(&self) -> PathBuf {
        self.path().join("running").join("pid")
    }

    /// Tells the watchdog to end what runs; the caller collects its child process.
    pub(crate) fn end(&mut self) {
        drop(self.watchdog.stdin.take());
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.end();
        // A watchdog that was killed has no status to tell; the folder is removed by `TempDir` then.
        let _ = self.watchdog.wait();
    }
}
