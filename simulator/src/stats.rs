//! What is counted.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::schedule::Form;
use crate::sender::Answer;

/// Paths that are counted one by one; the rest counts as `other`.
const PATHS_MAX: usize = 10_000;

/// What has happened since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// Requests for a token.
    pub token_requests: u64,
    /// Requests to API A, refused ones too.
    pub api_requests: u64,
    /// The same by path, such as `/api/orders/O-1-7`.
    pub by_path: BTreeMap<String, u64>,
    /// Changes of the world.
    pub events: u64,
    /// Webhooks sent, repeated and corrupted ones too.
    pub webhooks_sent: u64,
    /// Genuine copies that got a 2xx in the end.
    pub delivered: u64,
    /// Genuine copies and duplicates that were answered `processed`.
    pub processed: u64,
    /// `accepted`.
    pub accepted: u64,
    /// `duplicate`.
    pub duplicate: u64,
    /// Genuine copies and duplicates that were answered with another status than 2xx.
    pub refused: u64,
    /// Genuine copies and duplicates that got no answer.
    pub unreachable: u64,
    /// Webhooks sent again because there was no 2xx.
    pub redelivered: u64,
    /// Genuine copies and duplicates that were given up after the last attempt.
    pub given_up: u64,
    /// Corrupted copies sent.
    pub corrupted_sent: u64,
    /// Corrupted copies that were refused, as they must be.
    pub corrupted_refused: u64,
    /// Corrupted copies that got a 2xx: the receiver has a fault.
    pub corrupted_taken: u64,
}

impl Stats {
    /// Counts a request to API A.
    pub(crate) fn count_request(&mut self, path: &str) {
        self.api_requests += 1;
        let known = self.by_path.contains_key(path) || self.by_path.len() < PATHS_MAX;
        *self.by_path.entry(if known { path } else { "other" }.to_owned()).or_default() += 1;
    }

    /// Counts one webhook and what came back.
    pub(crate) fn count_answer(&mut self, form: Form, answer: Result<&Answer, &String>) {
        self.webhooks_sent += 1;
        let taken = answer.is_ok_and(Answer::is_taken);
        if let Form::Corrupted(_) = form {
            self.corrupted_sent += 1;
            self.corrupted_taken += u64::from(taken);
            self.corrupted_refused += u64::from(answer.is_ok() && !taken);
            return;
        }
        match answer {
            Err(_) => self.unreachable += 1,
            Ok(_) if !taken => self.refused += 1,
            Ok(answer) => match answer.word().as_deref() {
                Some("processed") => self.processed += 1,
                Some("accepted") => self.accepted += 1,
                Some("duplicate") => self.duplicate += 1,
                _ => {}
            },
        }
    }
}
