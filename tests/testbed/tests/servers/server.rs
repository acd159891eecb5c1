//! Shell scripts stand in for the server: what counts here is how a process is started, heard and ended.

use std::time::Duration;

use farmlokal_testbed::{Server, ServerBuilder, wait_until};

use crate::gone::Traces;

const LISTENS: &str = r#"
trap 'echo "draining" >&2; exit 7' TERM
echo "seeding"
echo "FarmLokal listens on http://127.0.0.1:4567/"
echo "PORT=$PORT DATABASE_URL=$DATABASE_URL" >&2
env | cut -d= -f1 >&2
while :; do read -r line <pipe; done
"#;

fn script(text: &str) -> ServerBuilder {
    Server::builder("/bin/sh").args(["-c", &format!("mkfifo pipe\n{text}")])
}

#[test]
fn its_address_logs_and_orderly_end_are_told() {
    let server = script(LISTENS).env("DATABASE_URL", "sqlite::memory:").start();
    assert_eq!(server.base_url(), "http://127.0.0.1:4567");
    assert!(server.stdout().starts_with("seeding\n"));
    wait_until("the settings are in the log", Duration::from_secs(10), || {
        server.logs().contains("PORT=0 DATABASE_URL=sqlite::memory:\n")
    });
    let exit = server.terminate();
    assert_eq!(exit.status.code(), Some(7));
    assert!(exit.duration < Duration::from_secs(10));
    assert!(server.logs().ends_with("draining\n"));
    assert!(!server.is_running());
}

#[test]
fn of_our_environment_it_gets_nothing_that_could_be_a_setting() {
    let server = script(LISTENS).start();
    wait_until("the names of all variables are in the log", Duration::from_secs(10), || server.logs().contains("PATH\n"));
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
    assert!(!server.logs().contains("CARGO"), "{}", server.logs());
}

#[test]
fn a_start_that_fails_tells_its_status_and_words() {
    let failed = script("echo 'PORT: not a number' >&2; exit 2").try_start().unwrap_err();
    assert_eq!(failed.status.code(), Some(2));
    assert_eq!(failed.stderr, "PORT: not a number\n");
}

#[test]
fn a_command_that_ends_by_itself_is_run_to_its_end() {
    let output = script("echo done; exit 3").run();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(output.stdout, b"done\n");
}

#[test]
fn nothing_is_left_after_a_drop_even_of_a_paused_server() {
    let server = script(LISTENS).start();
    let traces = Traces { pid: server.pid(), folder: std::fs::read_link(format!("/proc/{}/cwd", server.pid())).unwrap() };
    server.pause();
    assert!(traces.exist());
    drop(server);
    assert!(!traces.exist());
}
