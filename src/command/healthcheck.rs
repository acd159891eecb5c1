//! `farmlokal healthcheck`: asks `/readyz` of a server on this machine.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use clap::Args;

/// Longest wait for the answer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Settings of `farmlokal healthcheck`.
#[derive(Args)]
pub(super) struct HealthcheckArgs {
    /// Port of the server on this machine
    #[arg(long, env = "PORT", value_name = "PORT", default_value_t = 3000)]
    port: u16,
}

/// Succeeds when the server says that it is ready.
pub(super) fn run(args: &HealthcheckArgs) -> Result<(), String> {
    let status = ask(args.port).map_err(|err| format!("no answer on port {}: {err}", args.port))?;
    if status == "200" {
        super::say("ready");
        Ok(())
    } else {
        Err(format!("not ready: status {status}"))
    }
}

/// One request by hand: a client library would be larger than all of this.
fn ask(port: u16) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], port)), TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    Ok(String::from_utf8_lossy(&head[9..]).into_owned())
}
