//! Bytes on a socket, for what no HTTP library sends.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::harness::TestApp;

/// What came back on a connection.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) text: String,
    /// Whether the server closed the connection.
    pub(crate) closed: bool,
    pub(crate) took: Duration,
}

/// Opens a connection.
pub(crate) fn connect(app: &TestApp) -> TcpStream {
    let address = app.server.base_url().trim_start_matches("http://");
    TcpStream::connect(address).unwrap()
}

/// Sends these bytes, and reads until the server closes the connection or is silent for so long.
pub(crate) fn exchange(app: &TestApp, bytes: &[u8], silence: Duration) -> Reply {
    let mut connection = connect(app);
    let started = Instant::now();
    connection.set_read_timeout(Some(silence)).unwrap();
    // The server may refuse before it has read everything.
    let _ = connection.write_all(bytes);
    let mut read = Vec::new();
    let mut part = [0; 8_192];
    let closed = loop {
        match connection.read(&mut part) {
            Ok(0) => break true,
            Ok(length) => read.extend_from_slice(&part[..length]),
            Err(error) => break error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    };
    Reply { text: String::from_utf8_lossy(&read).into_owned(), closed, took: started.elapsed() }
}
