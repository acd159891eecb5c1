//! The circuit breaker as callers meet it: permits, and the word of every change in log and metrics.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::breaker::{Admission, Breaker};
use super::fault::{Fault, Verdict};
use super::meter::Meter;
use super::{BreakerSettings, CircuitState};

/// One breaker, shared by all callers of an upstream.
#[derive(Debug)]
pub(super) struct Circuit {
    breaker: Mutex<Breaker>,
    meter: Arc<Meter>,
}

impl Circuit {
    pub(super) fn new(settings: BreakerSettings, meter: Arc<Meter>) -> Self {
        meter.circuit(CircuitState::Closed);
        Self { breaker: Mutex::new(Breaker::new(settings)), meter }
    }

    /// Whether a call would be admitted.
    pub(super) fn is_callable(&self) -> bool {
        self.breaker().is_callable(Instant::now())
    }

    /// Whether calls are made as usual.
    pub(super) fn is_closed(&self) -> bool {
        self.state() == CircuitState::Closed
    }

    /// Its state.
    pub(super) fn state(&self) -> CircuitState {
        self.breaker().state(Instant::now())
    }

    /// How long it stays open.
    pub(super) fn open_for(&self) -> Duration {
        self.breaker().open_for(Instant::now())
    }

    /// Admits a call, or says that it is open.
    pub(super) fn admit(&self) -> Result<Permit<'_>, Fault> {
        let now = Instant::now();
        let admission = self.breaker().admit(now).ok_or(Fault::CircuitOpen)?;
        if admission.is_probe {
            self.tell(CircuitState::HalfOpen);
        }
        Ok(Permit { circuit: self, admission, since: now, is_settled: false })
    }

    fn ended(&self, admission: Admission, failed: bool, took: Duration, now: Instant) {
        let mut breaker = self.breaker();
        let before = breaker.state(now);
        breaker.ended(admission, failed, took, now);
        let after = breaker.state(now);
        drop(breaker);
        if before != after {
            self.tell(after);
        }
    }

    fn tell(&self, state: CircuitState) {
        self.meter.circuit(state);
        let upstream = self.meter.name();
        match state {
            CircuitState::Open => tracing::warn!(upstream, "the circuit breaker has opened"),
            CircuitState::HalfOpen => tracing::info!(upstream, "the circuit breaker is half-open: one call is made"),
            CircuitState::Closed => tracing::info!(upstream, "the circuit breaker has closed"),
        }
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that was admitted. Dropped without a word (its caller went away) it says nothing about the partner.
#[derive(Debug)]
pub(super) struct Permit<'a> {
    circuit: &'a Circuit,
    admission: Admission,
    since: Instant,
    is_settled: bool,
}

impl Permit<'_> {
    /// Whether it is the one call of a half-open breaker.
    pub(super) fn is_probe(&self) -> bool {
        self.admission.is_probe
    }

    /// The call has ended.
    pub(super) fn settle(mut self, verdict: Verdict) {
        let now = Instant::now();
        if verdict != Verdict::Unknown {
            self.is_settled = true;
            self.circuit.ended(self.admission, verdict == Verdict::Fails, now - self.since, now);
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if !self.is_settled {
            self.circuit.breaker().abandoned(self.admission);
        }
    }
}
