//! The budget of one request's caller: pays, refuses, and tells what is left.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::client_address;
use super::refusal::Refusal;
use super::state::AppState;
use crate::cache::budget::{Budget, Standing, Subject, Verdict};
use crate::clock::Moment;
use crate::error::ErrorCode;
use crate::service::Caller;

/// What is left.
pub(super) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// How much there is, in which time.
pub(super) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What is there to spend for one request. Without budgets everything is free.
pub(super) struct Purse {
    state: AppState,
    subject: Option<Subject>,
    /// What is left, as of the last payment.
    standing: Mutex<Option<Standing>>,
}

/// The budgets as the doors use them.
pub struct Budgets {
    budget: Budget,
    /// Proxies of our own in front of the server, whose `X-Forwarded-For` is believed.
    trusted_proxies: usize,
    /// Always the same: how much, in which time.
    policy: HeaderValue,
}

impl Budgets {
    /// Budgets of callers seen through `trusted_proxies` proxies.
    pub fn new(budget: Budget, trusted_proxies: usize) -> Self {
        let (points, window) = budget.quota();
        let policy = format!("\"default\";q={points};w={}", whole_seconds(window).max(1));
        let policy = HeaderValue::from_str(&policy).unwrap_or_else(|_| HeaderValue::from_static("\"default\""));
        Self { budget, trusted_proxies, policy }
    }

    /// Whose budget it is: of the token's subject, if a valid one came, else of the address.
    fn subject(&self, peer: IpAddr, headers: &HeaderMap, caller: Option<&Caller>) -> Subject {
        match caller.and_then(Caller::subject) {
            Some(hash) => Subject::of_token(hash),
            None => Subject::of_address(client_address::behind(peer, headers, self.trusted_proxies)),
        }
    }

    /// Pays the first point, for those who have another way when there is none left.
    pub(super) fn pay_one(&self, peer: IpAddr, headers: &HeaderMap, caller: &Caller, now: Moment) -> Option<Standing> {
        let subject = self.subject(peer, headers, Some(caller));
        match self.budget.try_spend_one(&subject, now.instant.into_std()) {
            Verdict::Admitted(standing) => Some(standing),
            Verdict::Refused { .. } => None,
        }
    }

    /// The value of `RateLimit-Policy`.
    pub(super) fn policy(&self) -> &HeaderValue {
        &self.policy
    }
}

impl Purse {
    /// The purse of whoever sent a request with these headers: of the token's subject, if a valid one came with it,
    /// else of the address.
    pub(super) fn of(state: &AppState, peer: IpAddr, headers: &HeaderMap, caller: Option<&Caller>) -> Self {
        let subject = state.budgets.as_ref().map(|budgets| budgets.subject(peer, headers, caller));
        Self { state: state.clone(), subject, standing: Mutex::new(None) }
    }

    fn budget(&self) -> Option<(&Budgets, &Subject)> {
        Some((self.state.budgets.as_ref()?, self.subject.as_ref()?))
    }

    /// Pays the first point, which every request costs: before it is parsed, and all that a kept answer costs.
    ///
    /// # Errors
    /// `RATE_LIMITED` when there is none left.
    pub(super) fn pay_one(&self) -> Result<(), Refusal> {
        let Some((budgets, subject)) = self.budget() else { return Ok(()) };
        self.settle(budgets.budget.try_spend_one(subject, Instant::now()))
    }

    /// The first point has been paid by [`Budgets::pay_one`]; `standing` is what that left.
    pub(super) fn has_paid_one(&self, standing: Option<Standing>) {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner) = standing;
    }

    /// Pays what a query costs beyond the first point.
    ///
    /// # Errors
    /// `RATE_LIMITED` when it is more than is left; then nothing is spent.
    pub(super) async fn pay_rest(&self, cost: u64) -> Result<(), Refusal> {
        let (Some((budgets, subject)), Some(before)) = (self.budget(), self.standing()) else { return Ok(()) };
        self.settle(budgets.budget.spend_rest(subject, cost.saturating_sub(1), before).await)
    }

    /// What is left; `None` without budgets.
    pub(super) fn standing(&self) -> Option<Standing> {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells what is left (draft-ietf-httpapi-ratelimit-headers-11). Nothing, when nothing was to be paid.
    pub(super) fn add_headers(&self, headers: &mut HeaderMap) {
        let (Some((budgets, _)), Some(standing)) = (self.budget(), self.standing()) else { return };
        headers.insert(RATE_LIMIT, rate_limit(&standing));
        headers.entry(RATE_LIMIT_POLICY).or_insert_with(|| budgets.policy.clone());
    }

    fn settle(&self, verdict: Verdict) -> Result<(), Refusal> {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict.standing());
        let Verdict::Refused { retry_after, .. } = verdict else { return Ok(()) };
        self.state.telemetry.requests().limited();
        let seconds = whole_seconds(retry_after).max(1);
        let message = format!("The budget of query cost is used up; come back in {seconds} s, or ask for less.");
        Err(Refusal::new(ErrorCode::RateLimited, message).retry_after(seconds))
    }
}

/// The value of [`RATE_LIMIT`]: `"default";r=<points left>;t=<seconds until all are back>`.
pub(super) fn rate_limit(standing: &Standing) -> HeaderValue {
    let (mut remaining, mut reset_s) = (itoa::Buffer::new(), itoa::Buffer::new());
    let (remaining, reset_s) = (remaining.format(standing.remaining), reset_s.format(whole_seconds(standing.reset)));
    let parts = [&b"\"default\";r="[..], remaining.as_bytes(), b";t=", reset_s.as_bytes()];
    // Of the very length: bytes with room behind them would need another allocation to be shared.
    let mut text = Vec::with_capacity(parts.iter().map(|part| part.len()).sum());
    parts.iter().for_each(|part| text.extend_from_slice(part));
    HeaderValue::from_maybe_shared(bytes::Bytes::from(text)).unwrap_or_else(|_| HeaderValue::from_static("\"default\""))
}

/// Rounded up: too early is refused again.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_in_whole_seconds() {
        let standing = Standing { limit: 5_000, remaining: 4_957, reset: Duration::from_millis(43) };
        assert_eq!(rate_limit(&standing), "\"default\";r=4957;t=1");
        let full = Standing { remaining: 5_000, reset: Duration::ZERO, ..standing };
        assert_eq!(rate_limit(&full), "\"default\";r=5000;t=0");
    }
}
