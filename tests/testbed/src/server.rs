//! The `farmlokal` binary as a process of its own.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::folder::{Ending, Folder};
use crate::process::{Launch, Process};
use crate::wait::poll;

/// What the server prints when it takes connections, with the port it was given.
const ADDRESS: &str = "http://127.0.0.1:";
const START_PATIENCE: Duration = Duration::from_secs(60);
const STOP_PATIENCE: Duration = Duration::from_secs(60);
/// For `farmlokal seed` with a large catalogue on a slow machine.
const RUN_PATIENCE: Duration = Duration::from_secs(900);

/// A server process to be started: program, arguments, settings.
#[derive(Debug)]
#[must_use]
pub struct ServerBuilder {
    binary: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    working_folder: Option<PathBuf>,
}

/// A running server; it is killed and its folder removed when dropped.
#[derive(Debug)]
pub struct Server {
    process: Process,
    base_url: String,
}

/// How a server ended.
#[derive(Debug, Clone, Copy)]
pub struct Exit {
    /// Its exit status.
    pub status: ExitStatus,
    /// From the signal to the end.
    pub duration: Duration,
}

/// A server that ended before it took connections.
#[derive(Debug, Clone)]
pub struct FailedStart {
    /// Its exit status.
    pub status: ExitStatus,
    /// All it wrote to standard output.
    pub stdout: String,
    /// All it wrote to standard error.
    pub stderr: String,
}

impl ServerBuilder {
    /// Sets an environment variable; of the parent's it gets `PATH`, `HOME` and a few harmless ones only.
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Adds arguments: the sub-command and its options.
    pub fn args<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Runs it in this folder, where it reads `.env` and makes its default database; otherwise in an empty temporary
    /// one.
    pub fn working_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.working_folder = Some(folder.into());
        self
    }

    /// Starts the server on a port of its choice (`PORT=0` unless set) and waits for its address on standard output.
    ///
    /// # Panics
    /// With its output when it ends, or prints no address within 60 s.
    #[must_use]
    pub fn start(self) -> Server {
        self.try_start().unwrap_or_else(|failed| {
            panic!(
                "the server ended at its start: {}\n--- stdout\n{}\n--- stderr\n{}",
                failed.status, failed.stdout, failed.stderr
            )
        })
    }

    /// As [`ServerBuilder::start`], for tests of settings that cannot work.
    ///
    /// # Errors
    /// When it ends before it prints its address.
    ///
    /// # Panics
    /// With its output when neither happens within 60 s.
    pub fn try_start(mut self) -> Result<Server, FailedStart> {
        for (name, value) in [("PORT", "0"), ("HOST", "127.0.0.1")] {
            self.environment.insert(0, (name.into(), value.into()));
        }
        let process = self.launch();
        let outcome = poll(START_PATIENCE, || {
            let ended = process.last_exit();
            // Read after asking for the end, so that nothing written before it is missed.
            base_url(&process.stdout()).map(Ok).or(ended.map(Err))
        });
        match outcome {
            Some(Ok(base_url)) => Ok(Server { process, base_url }),
            Some(Err(status)) => Err(FailedStart { status, stdout: process.stdout(), stderr: process.stderr() }),
            None => panic!("no address within {START_PATIENCE:?}\n{}", process.log_tail()),
        }
    }

    /// Runs a command that ends by itself (`migrate`, `seed`, `schema`, …) and returns its status and output.
    ///
    /// # Panics
    /// With its output when it still runs after 15 minutes.
    #[must_use]
    pub fn run(self) -> Output {
        let process = self.launch();
        let status = process.await_exit(RUN_PATIENCE);
        Output { status, stdout: process.stdout().into_bytes(), stderr: process.stderr().into_bytes() }
    }

    fn launch(self) -> Process {
        let ending = Ending { signal: "KILL", tidy: "" };
        let folder = Folder::new("server", None, ending);
        let working_folder = self.working_folder.unwrap_or_else(|| folder.data());
        let process = Process::new(folder);
        process.launch(&Launch {
            program: self.binary,
            arguments: self.arguments,
            environment: self.environment,
            working_folder,
            user: None,
        });
        process
    }
}

impl Server {
    /// A server of the program `binary`; in tests of its package that is `env!("CARGO_BIN_EXE_farmlokal")`.
    pub fn builder(binary: impl AsRef<Path>) -> ServerBuilder {
        ServerBuilder { binary: binary.as_ref().into(), arguments: Vec::new(), environment: Vec::new(), working_folder: None }
    }

    /// `http://127.0.0.1:<port>`, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Process id.
    ///
    /// # Panics
    /// When it does not run any more.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.pid().unwrap_or_else(|| panic!("the server ended\n{}", self.process.log_tail()))
    }

    /// The most memory that it has had so far, in bytes: the kernel's high-water mark.
    ///
    /// # Panics
    /// When it does not run, or where there is no `/proc`.
    #[must_use]
    pub fn memory_peak_bytes(&self) -> u64 {
        let path = format!("/proc/{}/status", self.pid());
        let status = std::fs::read_to_string(&path).unwrap_or_else(|err| panic!("{path}: {err}"));
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        kib.unwrap_or_else(|| panic!("{path} names no VmHWM")) * 1_024
    }

    /// Whether it runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.process.is_running()
    }

    /// All it has written to standard error: the log.
    #[must_use]
    pub fn logs(&self) -> String {
        self.process.stderr()
    }

    /// All it has written to standard output: what it tells the person who started it.
    #[must_use]
    pub fn stdout(&self) -> String {
        self.process.stdout()
    }

    /// Asks it to end (SIGTERM) and waits until it has.
    ///
    /// # Panics
    /// When it does not run, or still does after 60 s.
    pub fn terminate(&self) -> Exit {
        let started = Instant::now();
        let status = self.process.end_with(Signal::TERM, STOP_PATIENCE);
        Exit { status, duration: started.elapsed() }
    }

    /// Kills it (SIGKILL).
    ///
    /// # Panics
    /// When it does not run.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Freezes it (SIGSTOP): connections stay open and nothing answers.
    ///
    /// # Panics
    /// When it does not run.
    pub fn pause(&self) {
        self.process.pause();
    }

    /// Lets a frozen server go on (SIGCONT).
    ///
    /// # Panics
    /// When it does not run.
    pub fn resume(&self) {
        self.process.resume();
    }
}

/// The first address in complete lines of `printed`: half a line may hold half a port.
fn base_url(printed: &str) -> Option<String> {
    let complete = &printed[..printed.rfind('\n')?];
    complete.match_indices(ADDRESS).find_map(|(start, _)| {
        let digits = complete[start + ADDRESS.len()..].bytes().take_while(u8::is_ascii_digit).count();
        let end = start + ADDRESS.len() + digits;
        (digits > 0).then(|| complete[start..end].to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::base_url;

    #[test]
    fn the_address_is_taken_from_complete_lines_only() {
        assert_eq!(base_url("FarmLokal listens on http://127.0.0.1:40"), None);
        assert_eq!(
            base_url("seeding\nFarmLokal listens on http://127.0.0.1:4000/#token=x\nmore"),
            Some("http://127.0.0.1:4000".to_owned())
        );
        assert_eq!(base_url("listens on http://127.0.0.1:\n"), None);
    }
}
