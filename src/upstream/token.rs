//! The access token: held in the process, shared between processes, replaced before it ends, fetched once however many wait.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use oauth2::AccessToken;
use tokio::sync::watch;
use tokio::time::Instant;

use super::CircuitState;
use super::fault::Fault;
use super::pause::Pause;
use super::token_endpoint::{Grant, TokenEndpoint};
use super::token_renewal;
use super::token_store::TokenStore;
use crate::clock::Clock;

/// Of a token's life the last twentieth is not used, at most 5 s: a request takes time to arrive.
const RESERVE_MAX: Duration = Duration::from_secs(5);

/// A token that is held.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) secret: AccessToken,
    /// From here on it is not used.
    usable_until: Instant,
    /// From here on another one is fetched.
    due: Instant,
    ends: Instant,
}

impl Token {
    /// `margin`: the longest time before its end at which it is replaced; `random` takes up to half of that away, so that
    /// processes do not all ask at the same time.
    pub(super) fn new(grant: Grant, margin: Duration, random: f64) -> Self {
        let usable_until = before(grant.ends, (grant.lifetime / 20).min(RESERVE_MAX));
        let margin = (grant.lifetime / 5).min(margin).mul_f64(1.0 - random / 2.0);
        let due = before(grant.ends, margin).min(usable_until);
        Self { secret: grant.secret, usable_until, due, ends: grant.ends }
    }

    pub(super) fn is_usable(&self, now: Instant) -> bool {
        now < self.usable_until
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        now >= self.due
    }
}

fn before(instant: Instant, by: Duration) -> Instant {
    instant.checked_sub(by).unwrap_or(instant)
}

type Outcome = Result<Arc<Token>, Fault>;
type Flight = watch::Receiver<Option<Outcome>>;

/// The tokens of one client; a clone is a pointer.
#[derive(Debug, Clone)]
pub(super) struct Tokens(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    endpoint: Arc<TokenEndpoint>,
    store: Option<Arc<dyn TokenStore>>,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    held: Option<Arc<Token>>,
    /// The last one that was refused; a shared one that is the same is not taken again.
    refused: Option<AccessToken>,
    flight: Option<Flight>,
    pause: Pause,
}

impl Tokens {
    pub(super) fn new(endpoint: TokenEndpoint, store: Option<Arc<dyn TokenStore>>, clock: Clock) -> Self {
        let pause = Pause::new(endpoint.settings.pause, endpoint.settings.pause_max);
        endpoint.meter.circuit(CircuitState::Closed);
        let state = Mutex::new(State { held: None, refused: None, flight: None, pause });
        Self(Arc::new(Inner { endpoint: Arc::new(endpoint), store, clock, state }))
    }

    /// A token that can be used. While one is at hand nobody waits, even when it is being replaced. Waiters of one fetch have
    /// one outcome, and while a failure is fresh there is no fetch.
    pub(super) async fn get(&self) -> Outcome {
        let mut flight = match self.at_hand() {
            Ok(token) => return Ok(token),
            Err(flight) => flight?,
        };
        match flight.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(outcome)) => outcome.clone(),
            Ok(None) | Err(_) => Err(Fault::TokenPaused),
        }
    }

    /// The token at hand, or the fetch to wait for, or why there is none.
    fn at_hand(&self) -> Result<Arc<Token>, Result<Flight, Fault>> {
        let now = Instant::now();
        let mut state = self.0.state();
        let may_fetch = state.pause.remaining(now).is_none();
        // One whose task is gone without a word gives nothing any more.
        let flight = state.flight.clone().filter(|flight| flight.has_changed().is_ok());
        if let Some(held) = state.held.clone().filter(|held| held.is_usable(now)) {
            if held.is_due(now) && may_fetch && flight.is_none() {
                self.start(&mut state);
            }
            return Ok(held);
        }
        Err(match flight {
            Some(flight) => Ok(flight),
            None if may_fetch => Ok(self.start(&mut state)),
            None => Err(Fault::TokenPaused),
        })
    }

    /// A task of its own: a caller who goes away takes nothing from the others.
    fn start(&self, state: &mut State) -> Flight {
        let (landing, flight) = watch::channel(None);
        state.flight = Some(flight.clone());
        let inner = Arc::clone(&self.0);
        let unwanted = [state.refused.clone(), state.held.as_ref().map(|held| held.secret.clone())];
        let unwanted: Vec<_> = unwanted.into_iter().flatten().collect();
        tokio::spawn(async move {
            let outcome = token_renewal::renew(Arc::clone(&inner.endpoint), inner.store.clone(), unwanted).await;
            landing.send_replace(Some(inner.land(outcome)));
        });
        flight
    }

    /// The partner refused this token (401). It is dropped here and where it is shared, unless another one is there already.
    pub(super) async fn refuse(&self, token: &Token) {
        {
            let mut state = self.0.state();
            if state.held.as_ref().is_some_and(|held| held.secret.secret() == token.secret.secret()) {
                state.held = None;
            }
            state.refused = Some(token.secret.clone());
        }
        if let Some(store) = &self.0.store {
            // While Redis is away the token will end there by itself.
            let _ = store.drop_token(&token.secret).await;
        }
    }

    /// The partner refused even a new token: fetching more of them is of no use for a while.
    pub(super) fn refused_again(&self) {
        let random = self.0.endpoint.random.next();
        self.0.state().pause.failed(Instant::now(), None, random);
    }

    /// The partner took a token.
    pub(super) fn accepted(&self) {
        let mut state = self.0.state();
        // A token that is still good says nothing of an endpoint that fails to replace it.
        if !state.pause.is_failing() {
            state.pause.forget();
        }
    }

    /// How long a caller without a token should wait; nothing when one is at hand or may be fetched.
    pub(super) fn pause(&self) -> Duration {
        let now = Instant::now();
        let state = self.0.state();
        let has_token = state.held.as_ref().is_some_and(|held| held.is_usable(now));
        if has_token { Duration::ZERO } else { state.pause.remaining(now).unwrap_or_default() }
    }

    /// What the pause is in the words of circuit breakers.
    pub(super) fn circuit(&self) -> CircuitState {
        let state = self.0.state();
        match state.pause.remaining(Instant::now()) {
            Some(_) => CircuitState::Open,
            None if state.pause.is_failing() => CircuitState::HalfOpen,
            None => CircuitState::Closed,
        }
    }

    /// When the token that is held ends, in milliseconds since 1970; `None` when it has ended.
    pub(super) fn expires_at_ms(&self) -> Option<i64> {
        let held = self.0.state().held.clone()?;
        (Instant::now() < held.ends).then(|| self.0.ends_ms(&held))
    }
}

impl Inner {
    fn land(&self, outcome: Outcome) -> Outcome {
        let now = Instant::now();
        let mut state = self.state();
        state.flight = None;
        let before = state.pause.is_failing();
        match &outcome {
            Ok(token) => {
                state.held = Some(Arc::clone(token));
                state.pause.ended();
                self.endpoint.meter.token(self.ends_ms(token));
            }
            Err(fault) => state.pause.failed(now, fault.retry_after(), self.endpoint.random.next()),
        }
        drop(state);
        match &outcome {
            Err(why) if !before => tracing::warn!(%why, "the token endpoint fails"),
            Ok(_) if before => tracing::info!("the token endpoint gives tokens again"),
            _ => {}
        }
        self.endpoint.meter.circuit(if outcome.is_ok() { CircuitState::Closed } else { CircuitState::Open });
        outcome.map_err(|fault| Fault::Token(Box::new(fault)))
    }

    /// For people: nothing is decided by it.
    fn ends_ms(&self, token: &Token) -> i64 {
        let left = token.ends.saturating_duration_since(Instant::now());
        self.clock.now_ms().saturating_add(i64::try_from(left.as_millis()).unwrap_or(i64::MAX))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
