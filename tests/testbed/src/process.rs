//! One child process in its folder: launch, signals, output, end.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::Signal;

use crate::command_line;
use crate::folder::Folder;
use crate::signal::{kill_tree, pause_tree, resume_tree, send};
use crate::user::User;
use crate::wait::poll;

/// Writes its own pid where the watchdog looks for it, then becomes the server: there is no moment in which a running
/// server is unknown to the watchdog.
const LAUNCHER: &str = r#"echo $$ >"$0" && exec "$@""#;

/// How to start a program.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Variables beside the few that every program gets.
    pub environment: Vec<(OsString, OsString)>,
    /// Its working folder.
    pub working_folder: PathBuf,
    /// The account it runs as, when not ours.
    pub user: Option<User>,
}

/// A program that runs, ran or can run again in one folder.
#[derive(Debug)]
pub(crate) struct Process {
    folder: Folder,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    child: Option<Child>,
    last_exit: Option<ExitStatus>,
}

impl Process {
    pub(crate) fn new(folder: Folder) -> Self {
        Self { folder, state: Mutex::default() }
    }

    /// Starts the program; its output is appended to the log files of the folder.
    ///
    /// # Panics
    /// When it runs already, or there is no shell.
    pub(crate) fn launch(&self, launch: &Launch) {
        assert!(!self.is_running(), "{} runs already", launch.program.display());
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", LAUNCHER])
            .arg(self.folder.pid_file())
            .arg(&launch.program)
            .args(&launch.arguments)
            .env_clear()
            .envs(command_line::environment())
            .envs(launch.environment.iter().cloned())
            .current_dir(&launch.working_folder)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(self.log_file("stdout.log"))
            .stderr(self.log_file("stderr.log"));
        if let Some(user) = launch.user {
            command.uid(user.uid).gid(user.gid);
        }
        let child = command.spawn().expect("the shell and the working folder exist");
        *self.state() = State { child: Some(child), last_exit: None };
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Process id, while it runs.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.collect();
        self.state().child.as_ref().map(Child::id)
    }

    pub(crate) fn is_running(&self) -> bool {
        self.pid().is_some()
    }

    /// How the last run ended; `None` while it runs.
    pub(crate) fn last_exit(&self) -> Option<ExitStatus> {
        self.collect();
        self.state().last_exit
    }

    pub(crate) fn pause(&self) {
        pause_tree(self.running_pid());
    }

    pub(crate) fn resume(&self) {
        resume_tree(self.running_pid());
    }

    /// Sends `signal` (paused processes are resumed first) and waits for the end.
    ///
    /// # Panics
    /// With the log when it still runs after `patience`.
    pub(crate) fn end_with(&self, signal: Signal, patience: Duration) -> ExitStatus {
        let pid = self.running_pid();
        resume_tree(pid);
        send(pid, signal);
        self.await_exit(patience)
    }

    /// Kills it with all its descendants (SIGKILL).
    pub(crate) fn kill(&self) {
        kill_tree(self.running_pid());
        self.await_exit(Duration::from_secs(10));
    }

    pub(crate) fn await_exit(&self, patience: Duration) -> ExitStatus {
        poll(patience, || self.last_exit()).unwrap_or_else(|| panic!("still running after {patience:?}\n{}", self.log_tail()))
    }

    pub(crate) fn stdout(&self) -> String {
        read(&self.folder.path().join("stdout.log"))
    }

    pub(crate) fn stderr(&self) -> String {
        read(&self.folder.path().join("stderr.log"))
    }

    /// The last 4 KiB of both outputs, for messages of failures.
    pub(crate) fn log_tail(&self) -> String {
        let tails = ["stdout.log", "stderr.log"].map(|name| format!("--- {name}\n{}", tail(&self.folder.path().join(name))));
        tails.join("\n")
    }

    fn running_pid(&self) -> u32 {
        self.pid().unwrap_or_else(|| panic!("it does not run\n{}", self.log_tail()))
    }

    /// Collects the child if it has ended, and forgets its pid before the system gives it to another process.
    fn collect(&self) {
        let mut state = self.state();
        let exit = state.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
        if exit.is_some() {
            // Gone already when the watchdog is at work.
            let _ = fs::remove_file(self.folder.pid_file());
            *state = State { child: None, last_exit: exit };
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log_file(&self, name: &str) -> File {
        OpenOptions::new().create(true).append(true).open(self.folder.path().join(name)).expect("our own folder is writable")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.folder.end();
        // The watchdog sees the end of the server only when nobody keeps it from being collected.
        if let Some(mut child) = self.state().child.take() {
            let _ = child.wait();
        }
    }
}

fn read(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn tail(path: &Path) -> String {
    let mut bytes = Vec::new();
    if let Ok(mut file) = File::open(path) {
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        // An unreadable log makes the message shorter, nothing else.
        let _ = file.seek(SeekFrom::Start(length.saturating_sub(4_096)));
        let _ = file.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
