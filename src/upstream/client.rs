//! A call: total deadline → bulkhead → circuit breaker → tries again → deadline of one request, and the access token in each.
//!
//! The breaker sees calls, not requests: what a caller got after all tries is what it protects callers from, and one bad moment
//! that a second request mends is no reason to open. Once it has opened, calls under way try nothing again.

use std::sync::{Arc, Mutex, PoisonError};

use oauth2::HttpRequest;
use oauth2::http::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::Url;
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument as _, Span};

use super::bulkhead::Bulkhead;
use super::circuit::Circuit;
use super::fault::{Fault, Verdict};
use super::meter::Meter;
use super::random::Random;
use super::retry::{backoff, retry_after};
use super::retry_budget::RetryBudget;
use super::token::{Token, Tokens};
use super::transport::Transport;
use super::{PartnerSettings, RetrySettings};
use crate::telemetry::traces;

/// What is asked. All requests are GET, so that they may be sent again.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// What for, in traces.
    pub(super) operation: &'static str,
    pub(super) url: Url,
}

/// Calls one upstream.
#[derive(Debug)]
pub(super) struct Client {
    settings: PartnerSettings,
    transport: Arc<dyn Transport>,
    tokens: Option<Tokens>,
    bulkhead: Bulkhead,
    pub(super) circuit: Circuit,
    budget: Mutex<RetryBudget>,
    random: Random,
    pub(super) meter: Arc<Meter>,
}

/// A call under way.
struct Call<'a, R> {
    question: &'a Question,
    read: &'a R,
    deadline: Instant,
    /// Requests sent so far.
    sent: u32,
}

impl Client {
    pub(super) fn new(settings: PartnerSettings, transport: Arc<dyn Transport>, tokens: Option<Tokens>, random: Random) -> Self {
        let meter = Arc::new(Meter::new("partner-api"));
        Self {
            bulkhead: Bulkhead::new(settings.bulkhead),
            circuit: Circuit::new(settings.breaker, Arc::clone(&meter)),
            budget: Mutex::new(RetryBudget::new(&settings.retry, Instant::now())),
            settings,
            transport,
            tokens,
            random,
            meter,
        }
    }

    pub(super) fn tokens(&self) -> Option<&Tokens> {
        self.tokens.as_ref()
    }

    /// Asks, and reads the answer with `read`; `None` for a 404.
    pub(super) async fn get<T, R>(&self, question: &Question, read: R) -> Result<Option<T>, Fault>
    where
        R: Fn(&[u8]) -> Result<T, String>,
    {
        let deadline = Instant::now() + self.settings.total_timeout;
        // Who would be refused behind the bulkhead need not wait in front of it.
        if !self.circuit.is_callable() {
            return Err(Fault::CircuitOpen);
        }
        let _place = self.bulkhead.enter().await?;
        let permit = self.circuit.admit()?;
        let most = if permit.is_probe() { 1 } else { self.settings.retry.attempts };
        let mut call = Call { question, read: &read, deadline, sent: 0 };
        let outcome = timeout_at(deadline, self.attempts(&mut call, most)).await.unwrap_or(Err(Fault::TimedOut));
        permit.settle(outcome.as_ref().map_or_else(Fault::verdict, |_| Verdict::Works));
        outcome
    }

    async fn attempts<T, R>(&self, call: &mut Call<'_, R>, most: u32) -> Result<Option<T>, Fault>
    where
        R: Fn(&[u8]) -> Result<T, String>,
    {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner).deposit(Instant::now());
        for n in 0.. {
            match self.attempt(call).await {
                Err(fault) if fault.is_passing() && n + 1 < most && self.may_try_again(&fault, n, call.deadline).await => {}
                outcome => return outcome,
            }
        }
        Err(Fault::TimedOut)
    }

    /// Waits before the next try, unless there is none: no time or no budget left, or nobody asks the partner any more.
    async fn may_try_again(&self, fault: &Fault, n: u32, deadline: Instant) -> bool {
        let RetrySettings { backoff: base, backoff_max, .. } = self.settings.retry;
        let wait = backoff(n, base, backoff_max, self.random.next()).max(fault.retry_after().unwrap_or_default());
        let now = Instant::now();
        let has_time = now.checked_add(wait).is_some_and(|then| then < deadline);
        if !has_time || !self.budget.lock().unwrap_or_else(PoisonError::into_inner).withdraw(now) {
            return false;
        }
        tokio::time::sleep(wait).await;
        self.circuit.is_closed()
    }

    /// One request; a second one with another token when the partner refuses the first one's.
    async fn attempt<T, R>(&self, call: &mut Call<'_, R>) -> Result<Option<T>, Fault>
    where
        R: Fn(&[u8]) -> Result<T, String>,
    {
        let Some(tokens) = &self.tokens else { return self.request(call, None).await };
        let token = tokens.get().await?;
        let outcome = self.request(call, Some(&token)).await;
        if !is_refused_token(&outcome) {
            return heard(tokens, outcome);
        }
        tokens.refuse(&token).await;
        let token = tokens.get().await?;
        let outcome = self.request(call, Some(&token)).await;
        if is_refused_token(&outcome) {
            tokens.refuse(&token).await;
            tokens.refused_again();
        }
        heard(tokens, outcome)
    }

    async fn request<T, R>(&self, call: &mut Call<'_, R>, token: Option<&Token>) -> Result<Option<T>, Fault>
    where
        R: Fn(&[u8]) -> Result<T, String>,
    {
        call.sent += 1;
        let until = call.deadline.min(Instant::now() + self.settings.attempt_timeout);
        let span = traces::upstream_span(self.meter.name(), call.question.operation, call.sent);
        let sent = self.meter.start(call.sent);
        let exchange = self.exchange(call, token, &span).instrument(span.clone());
        let outcome = timeout_at(until, exchange).await.unwrap_or(Err(Fault::TimedOut));
        sent.finish(outcome.is_err());
        if outcome.is_err() {
            traces::upstream_failed(&span);
        }
        outcome
    }

    async fn exchange<T, R>(&self, call: &Call<'_, R>, token: Option<&Token>, span: &Span) -> Result<Option<T>, Fault>
    where
        R: Fn(&[u8]) -> Result<T, String>,
    {
        let mut request = request(&call.question.url, token)?;
        if let Some(parent) = traces::traceparent(span) {
            request.headers_mut().insert("traceparent", parent);
        }
        let answer = self.transport.send(request).await?;
        match answer.status().as_u16() {
            200..=299 => (call.read)(answer.body()).map(Some).map_err(Fault::Unusable),
            404 => Ok(None),
            status => Err(Fault::Status { status, retry_after: retry_after(answer.headers()) }),
        }
    }
}

fn request(url: &Url, token: Option<&Token>) -> Result<HttpRequest, Fault> {
    let mut request = HttpRequest::new(Vec::new());
    *request.uri_mut() = url.as_str().parse().map_err(|_| Fault::Unusable("it cannot be asked for".to_owned()))?;
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(token) = token {
        let value = HeaderValue::from_str(&format!("Bearer {}", token.secret.secret()));
        let mut value = value.map_err(|_| Fault::Unusable("the access token is no header value".to_owned()))?;
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    Ok(request)
}

fn is_refused_token<T>(outcome: &Result<T, Fault>) -> bool {
    matches!(outcome, Err(Fault::Status { status: 401, .. }))
}

/// Tells of a token that was taken.
fn heard<T>(tokens: &Tokens, outcome: Result<T, Fault>) -> Result<T, Fault> {
    let was_taken = match &outcome {
        Ok(_) => true,
        Err(Fault::Status { status, .. }) => *status != 401 && *status < 500,
        Err(_) => false,
    };
    if was_taken {
        tokens.accepted();
    }
    outcome
}
