use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use farmlokal_testbed::wait_until;

use crate::gone::Traces;

const ALL: [&str; 3] = ["postgres", "mariadb", "redis"];

/// A process of its own that holds one server of each kind, as a test binary does in its `static`s.
fn holder() -> (Child, Vec<Traces>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_farmlokal-testbed"))
        .args(ALL)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let traces = lines.take(ALL.len()).map(|line| traces(&line.unwrap())).collect();
    (child, traces)
}

fn traces(line: &str) -> Traces {
    let words: Vec<&str> = line.split(' ').collect();
    Traces { pid: words[1].parse().unwrap(), folder: words[3].into() }
}

#[test]
fn servers_end_with_a_killed_process() {
    let (mut holder, traces) = holder();
    assert!(traces.len() == ALL.len() && traces.iter().all(Traces::process_exists));
    holder.kill().unwrap();
    holder.wait().unwrap();
    wait_until("all servers and folders are gone", Duration::from_secs(30), || !traces.iter().any(Traces::exist));
}

#[test]
fn shared_servers_end_with_their_process() {
    let (mut holder, traces) = holder();
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
    wait_until("all servers and folders are gone", Duration::from_secs(30), || !traces.iter().any(Traces::exist));
}
