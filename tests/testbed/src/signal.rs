//! Signals to a process and all its descendants.
//!
//! A process group is not enough: every backend of PostgreSQL is a session and a group of its own.

use std::fs;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::wait::poll;

/// A signal is taken at once, except by a process in the middle of a slow disk access.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends `signal` to one process; one that is gone already is no error.
pub(crate) fn send(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    // The only other failure is a lack of permission, which a child of ours (or of root) cannot cause.
    let _ = pid.map(|pid| kill_process(pid, signal));
}

/// Stops a process and its descendants, and returns when none of them runs any more.
pub(crate) fn pause_tree(pid: u32) {
    stop(pid);
    let tree = [vec![pid], descendants(pid)].concat();
    poll(PATIENCE, || tree.iter().all(|pid| matches!(state(*pid), None | Some('T' | 'Z'))).then_some(()));
}

/// Lets a stopped process and its descendants run again.
pub(crate) fn resume_tree(pid: u32) {
    children(pid).into_iter().for_each(resume_tree);
    send(pid, Signal::CONT);
}

/// Kills a process and its descendants, and waits until none of the descendants runs any more.
pub(crate) fn kill_tree(pid: u32) {
    pause_tree(pid);
    let descendants = descendants(pid);
    send(pid, Signal::KILL);
    for descendant in &descendants {
        send(*descendant, Signal::KILL);
    }
    poll(PATIENCE, || descendants.iter().all(|pid| matches!(state(*pid), None | Some('Z'))).then_some(()));
}

/// Parents first, so that no child is born unseen.
fn stop(pid: u32) {
    send(pid, Signal::STOP);
    children(pid).into_iter().for_each(stop);
}

/// The kernel's letter for what a process does: `T` stopped, `Z` ended but not yet collected by its parent; `None` when
/// it is gone.
fn state(pid: u32) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // "pid (name) state …"; the name may hold anything, parentheses too.
    stat.rsplit_once(") ")?.1.chars().next()
}

fn descendants(pid: u32) -> Vec<u32> {
    children(pid).into_iter().flat_map(|child| [vec![child], descendants(child)].concat()).collect()
}

/// Children by all threads of a process; empty where `/proc` does not tell.
fn children(pid: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten();
    threads
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok())
        .flat_map(|line| line.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<u32>>())
        .collect()
}
