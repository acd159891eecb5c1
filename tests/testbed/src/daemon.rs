//! A database server of any engine: start, wait until it answers, stop, kill, restart, pause.

use std::fmt::Debug;
use std::fs;
use std::marker::PhantomData;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::process::Signal;

use crate::folder::{Ending, Folder};
use crate::port::free_port;
use crate::process::{Launch, Process};
use crate::user::User;
use crate::wait::poll;

/// Starting includes crash recovery on a busy machine.
const START_PATIENCE: Duration = Duration::from_secs(60);
const STOP_PATIENCE: Duration = Duration::from_secs(60);
/// Another process may take the chosen port before the server does.
const START_ATTEMPTS: u32 = 3;

/// What differs between the engines.
pub trait Engine: Debug {
    /// Name in folder names and messages.
    const NAME: &'static str;
    /// Accounts to run as when the tests run as root, best first; empty when root will do.
    const ACCOUNTS: &'static [&'static str];
    /// The signal of an orderly stop.
    const STOP_SIGNAL: Signal;
    /// Name of the signal that ends a server nobody needs any more.
    const END_SIGNAL: &'static str = "KILL";
    /// Shell command run in the folder after the end, for what a killed server leaves elsewhere.
    const TIDY: &'static str = "";

    /// Makes the files of a new server in `data`.
    fn initialise(data: &Path, user: Option<User>);

    /// The command of the server; `settings` are its own configuration names and win over the defaults.
    fn launch(data: &Path, user: Option<User>, port: u16, settings: &[(String, String)]) -> Launch;

    /// Whether it takes connections and answers, found out within about a second.
    fn answers(data: &Path, port: u16) -> bool;

    /// What a new server gets once it answers.
    fn prepare(data: &Path, port: u16);
}

/// Settings of a server to be started.
#[derive(Debug)]
#[must_use]
pub struct Builder<E> {
    settings: Vec<(String, String)>,
    files: Vec<(String, Vec<u8>)>,
    engine: PhantomData<fn() -> E>,
}

impl<E: Engine> Builder<E> {
    /// A setting under the engine's own name, as in its configuration file.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A file for the server alone (mode 0600) in its data folder, where settings find it by its bare name:
    /// certificates and keys.
    pub fn file(mut self, name: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.push((name.to_owned(), content.into()));
        self
    }

    /// Starts the server and waits until it answers.
    ///
    /// # Panics
    /// With the tail of its log when it does not within 60 s.
    pub fn start(self) -> Daemon<E> {
        let user = User::when_root(E::ACCOUNTS);
        let ending = Ending { signal: E::END_SIGNAL, tidy: E::TIDY };
        let folder = Folder::new(E::NAME, user, ending);
        let data = folder.data();
        E::initialise(&data, user);
        for (name, content) in &self.files {
            write_private(&data.join(name), content, user);
        }
        let process = Process::new(folder);
        for attempt in 1..=START_ATTEMPTS {
            let port = free_port();
            let launch = E::launch(&data, user, port, &self.settings);
            process.launch(&launch);
            if await_answer::<E>(&process, port, attempt < START_ATTEMPTS) {
                E::prepare(&data, port);
                return Daemon { process, launch: Mutex::new(launch), port, databases: AtomicU32::new(0), engine: PhantomData };
            }
        }
        unreachable!("the last attempt panics or answers")
    }
}

/// A database server of this test, on a free port of 127.0.0.1, in a temporary folder; both go with it.
#[derive(Debug)]
pub struct Daemon<E> {
    process: Process,
    launch: Mutex<Launch>,
    port: u16,
    databases: AtomicU32,
    engine: PhantomData<fn() -> E>,
}

impl<E: Engine> Daemon<E> {
    /// Choices before the start.
    pub fn builder() -> Builder<E> {
        Builder { settings: Vec::new(), files: Vec::new(), engine: PhantomData }
    }

    /// Starts a server with the defaults for tests.
    ///
    /// # Panics
    /// With the tail of its log when it does not answer within 60 s.
    #[must_use]
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Starts a server with settings under the engine's own names; they win over the defaults for tests.
    ///
    /// # Panics
    /// With the tail of its log when it does not answer within 60 s.
    #[must_use]
    pub fn start_with(settings: &[(&str, &str)]) -> Self {
        settings.iter().fold(Self::builder(), |builder, (name, value)| builder.setting(name, value)).start()
    }

    /// The TCP port; it stays the same over restarts.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The temporary folder: the server's files are in `data` below it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.process.folder().path()
    }

    /// Process id of the server's first process.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.pid().unwrap_or_else(|| panic!("{} does not run", E::NAME))
    }

    /// The end of what the server wrote to its log.
    #[must_use]
    pub fn log_tail(&self) -> String {
        self.process.log_tail()
    }

    /// Whether the server answers now; asks for about a second at most.
    #[must_use]
    pub fn answers(&self) -> bool {
        self.process.is_running() && E::answers(&self.data(), self.port)
    }

    /// Stops the server in order, breaking off its connections, and waits for its end.
    ///
    /// # Panics
    /// When it does not run, or still does after 60 s.
    pub fn stop(&self) -> ExitStatus {
        self.process.end_with(E::STOP_SIGNAL, STOP_PATIENCE)
    }

    /// Kills the server with all its processes (SIGKILL), as a crash would.
    ///
    /// # Panics
    /// When it does not run.
    pub fn kill(&self) {
        self.process.kill();
    }

    /// Starts the server again on the same port and files, and waits until it answers; stops it first if it runs.
    ///
    /// # Panics
    /// With the tail of its log when it does not answer within 60 s.
    pub fn restart(&self) {
        if self.process.is_running() {
            self.stop();
        }
        let launch = self.launch.lock().unwrap_or_else(PoisonError::into_inner);
        self.process.launch(&launch);
        await_answer::<E>(&self.process, self.port, false);
    }

    /// Freezes all processes of the server (SIGSTOP): connections stay open and nothing answers.
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

    /// A database name no one else has on this server.
    pub(crate) fn next_database(&self) -> String {
        format!("farmlokal_{}", self.databases.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn data(&self) -> PathBuf {
        self.process.folder().data()
    }
}

/// Waits for the first answer. `false` when the server ended because its port was taken, and that `may_be_retried`.
fn await_answer<E: Engine>(process: &Process, port: u16, may_be_retried: bool) -> bool {
    let data = process.folder().data();
    let outcome = poll(START_PATIENCE, || {
        if !process.is_running() {
            return Some(false);
        }
        E::answers(&data, port).then_some(true)
    });
    let port_was_taken = || process.log_tail().to_lowercase().contains("in use");
    match outcome {
        Some(true) => true,
        Some(false) if may_be_retried && port_was_taken() => false,
        Some(_) => panic!("{} ended at its start\n{}", E::NAME, process.log_tail()),
        None => panic!("{} gave no answer within {START_PATIENCE:?}\n{}", E::NAME, process.log_tail()),
    }
}

fn write_private(path: &Path, content: &[u8], user: Option<User>) {
    fs::write(path, content).expect("our own folder is writable");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("the file is ours");
    if let Some(user) = user {
        user.own(path);
    }
}
