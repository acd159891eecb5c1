//! The budget of one request's caller: pays, refuses, and tells what is left.

use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::client_address::client_address;
use super::refusal::Refusal;
use super::state::AppState;
use crate::cache::budget::{Budget, Standing, Subject, Verdict};
use crate::error::ErrorCode;
use crate::service::Caller;

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What is there to spend for one request. Without budgets everything is free.
pub(super) struct Purse<'a> {
    state: &'a AppState,
    purse: Option<(&'a Budgets, Subject)>,
    standing: Option<Standing>,
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
}

impl<'a> Purse<'a> {
    /// The purse of whoever sent this request: of the token, if a valid one came with it, else of the address.
    pub(super) fn of(state: &'a AppState, request: &Parts, caller: Option<&Caller>) -> Self {
        let subject = |budgets: &Budgets| match caller.and_then(Caller::token_hash) {
            Some(hash) => Subject::of_token(hash),
            None => Subject::of_address(client_address(request, budgets.trusted_proxies)),
        };
        Self { state, purse: state.budgets.as_ref().map(|budgets| (budgets, subject(budgets))), standing: None }
    }

    /// Pays the first point, which every request costs: before it is parsed, and all that a kept answer costs.
    ///
    /// # Errors
    /// `RATE_LIMITED` when there is none left.
    pub(super) fn pay_one(&mut self) -> Result<(), Refusal> {
        let Some((budgets, subject)) = &self.purse else { return Ok(()) };
        let verdict = budgets.budget.try_spend_one(subject);
        self.settle(verdict)
    }

    /// Pays what a query costs beyond the first point.
    ///
    /// # Errors
    /// `RATE_LIMITED` when it is more than is left; then nothing is spent.
    pub(super) async fn pay_rest(&mut self, cost: u64) -> Result<(), Refusal> {
        let (Some((budgets, subject)), Some(before)) = (&self.purse, self.standing) else { return Ok(()) };
        let verdict = budgets.budget.spend_rest(subject, cost.saturating_sub(1), before).await;
        self.settle(verdict)
    }

    /// What is left; `None` without budgets.
    pub(super) fn standing(&self) -> Option<Standing> {
        self.standing
    }

    /// Tells what is left (draft-ietf-httpapi-ratelimit-headers-11). Nothing, when nothing was to be paid.
    pub(super) fn add_headers(&self, headers: &mut HeaderMap) {
        let (Some((budgets, _)), Some(standing)) = (&self.purse, self.standing) else { return };
        headers.insert(RATE_LIMIT, rate_limit(&standing));
        headers.insert(RATE_LIMIT_POLICY, budgets.policy.clone());
    }

    fn settle(&mut self, verdict: Verdict) -> Result<(), Refusal> {
        self.standing = Some(verdict.standing());
        let Verdict::Refused { retry_after, .. } = verdict else { return Ok(()) };
        self.state.telemetry.requests().limited();
        let seconds = whole_seconds(retry_after).max(1);
        let message = format!("The budget of query cost is used up; come back in {seconds} s, or ask for less.");
        Err(Refusal::new(ErrorCode::RateLimited, message).retry_after(seconds))
    }
}

/// `"default";r=<points left>;t=<seconds until all are back>`.
fn rate_limit(standing: &Standing) -> HeaderValue {
    let text = format!("\"default\";r={};t={}", standing.remaining, whole_seconds(standing.reset));
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
