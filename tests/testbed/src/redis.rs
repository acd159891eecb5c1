//! Redis, without persistence: a restart loses everything, which is what our servers must bear.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use rustix::process::Signal;

use crate::command_line::{find_or_panic, run};
use crate::daemon::{Daemon, Engine};
use crate::process::Launch;
use crate::user::User;

const PATIENCE: Duration = Duration::from_secs(1);

/// A private Redis server without password.
pub type Redis = Daemon<RedisEngine>;

/// How Redis is set up and asked.
#[derive(Debug)]
pub struct RedisEngine;

impl Engine for RedisEngine {
    const NAME: &'static str = "redis";
    const ACCOUNTS: &'static [&'static str] = &[];
    const STOP_SIGNAL: Signal = Signal::TERM;

    fn initialise(_data: &Path, _user: Option<User>) {}

    fn launch(data: &Path, user: Option<User>, port: u16, settings: &[(String, String)]) -> Launch {
        let defaults =
            [("bind", "127.0.0.1"), ("port", &port.to_string()), ("save", ""), ("appendonly", "no"), ("daemonize", "no")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let arguments = defaults
            .iter()
            .chain(settings)
            .flat_map(|(name, value)| [OsString::from(format!("--{name}")), value.into()])
            .collect();
        Launch {
            program: find_or_panic("redis-server", "redis-server"),
            arguments,
            environment: Vec::new(),
            working_folder: data.into(),
            user,
        }
    }

    /// Asked over a plain connection: `redis-cli` has no time limit for connecting.
    fn answers(_data: &Path, port: u16) -> bool {
        ping(port).is_ok_and(|answer| answer.starts_with(b"+PONG") || answer.starts_with(b"-NOAUTH"))
    }

    fn prepare(_data: &Path, _port: u16) {}
}

impl Redis {
    /// The server that all tests of one binary share, started by the first; it ends with the test process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Redis> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// `redis://127.0.0.1:…`
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port())
    }

    /// Runs one command with `redis-cli`: a value a line.
    ///
    /// # Panics
    /// With the server's message when the command fails.
    pub fn query(&self, command: &[&str]) -> String {
        let port = self.port().to_string();
        let arguments = ["-e", "-h", "127.0.0.1", "-p", &port];
        let arguments = arguments.iter().chain(command);
        run(&find_or_panic("redis-cli", "redis-tools"), arguments, Path::new("/"), None)
            .unwrap_or_else(|error| panic!("{error}"))
            .trim_end()
            .to_owned()
    }
}

fn ping(port: u16) -> std::io::Result<[u8; 7]> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"PING\r\n")?;
    let mut answer = [0; 7];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}
