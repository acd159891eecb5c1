//! What runs beside the requests: tells Redis what is owed, fetches leases, and forgets who is not there any more.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::Inner;
use super::account::Due;
use super::subject::Subject;

/// How long a debt may grow before it is told: few calls for who comes seldom, and little overdraft for who goes from
/// process to process.
const SOON: Duration = Duration::from_millis(50);
/// Calls under way at the same time.
const CALLS_MAX: usize = 32;
/// How often accounts that nobody uses are forgotten.
const SWEEP_EVERY: Duration = Duration::from_secs(2);
/// Subjects that may wait to be settled; about 2 MB. Beyond that a debt waits for its next request.
pub(super) const WAITING_MAX: usize = 65_536;

/// A subject whose account Redis should hear of.
pub(super) type Notice = (Subject, Due);

/// Works until the future is dropped.
pub(super) async fn run(budget: &Arc<Inner>, notices: &mut mpsc::Receiver<Notice>) {
    let mut later: VecDeque<(Instant, Subject)> = VecDeque::new();
    let mut calls = FuturesUnordered::new();
    let mut sweep = tokio::time::interval(SWEEP_EVERY);
    loop {
        let due = later.front().map(|(due, _)| *due);
        let free = calls.len() < CALLS_MAX;
        tokio::select! {
            Some(again) = calls.next(), if !calls.is_empty() => {
                later.extend(Option::map(again, |subject| (Instant::now() + SOON, subject)));
            }
            Some((subject, due)) = notices.recv(), if free => match due {
                Due::Now => calls.push(budget.settle(subject)),
                Due::Soon | Due::Never => later.push_back((Instant::now() + SOON, subject)),
            },
            () = sleep_until(due.unwrap_or_else(Instant::now)), if free && due.is_some() => {
                calls.extend(later.pop_front().map(|(_, subject)| budget.settle(subject)));
            }
            _ = sweep.tick() => budget.sweep(),
        }
    }
}
