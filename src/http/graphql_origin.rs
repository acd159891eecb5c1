//! Runs an operation: within the limits of work under way and of time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tracing::Instrument as _;

use super::cached_response::{Kind, Unkept};
use super::refusal::Refusal;
use super::state::AppState;
use crate::cache::response::{Computed, Origin};
use crate::domain::Dependencies;
use crate::graphql::{Answer, Api, Outcome, Prepared, RawVariables};
use crate::service::Caller;
use crate::telemetry::statements;

/// Runs an operation, and counts the statements that it waits for.
pub(super) async fn run(state: &AppState, prepared: Prepared, variables: RawVariables, caller: Caller) -> (Answer, u32) {
    let priced = match state.api.price(prepared, variables) {
        Ok(priced) => priced,
        Err(answer) => return (answer, 0),
    };
    let _place = match state.admission.enter().await {
        Ok(place) => place,
        Err(_) => return (failed(&Refusal::overloaded()), 0),
    };
    let (outcome, statements) = statements::counted(async {
        tokio::time::timeout(state.settings.request_timeout, state.api.execute(priced, caller)).await
    })
    .await;
    (outcome.unwrap_or_else(|_| failed(&Refusal::timed_out())), statements)
}

/// The same as something that a cache may call on its own account, and where it leaves the number of statements.
pub(super) fn of(
    state: &AppState,
    prepared: Prepared,
    variables: RawVariables,
    caller: Caller,
    max_age_s: u32,
) -> (Origin<Unkept>, Arc<AtomicU32>) {
    let counted = Arc::new(AtomicU32::new(0));
    let (state, total, span) = (state.clone(), Arc::clone(&counted), tracing::Span::current());
    let origin: Origin<Unkept> = Arc::new(move || {
        let (state, total) = (state.clone(), Arc::clone(&total));
        let (prepared, variables, caller) = (prepared.clone(), variables.clone(), caller.clone());
        let work = async move {
            let (answer, statements) = run(&state, prepared, variables, caller).await;
            total.fetch_add(statements, Ordering::Relaxed);
            computed(answer, max_age_s)
        };
        Box::pin(work.instrument(span.clone()))
    });
    (origin, counted)
}

fn computed(answer: Answer, max_age_s: u32) -> Computed<Unkept> {
    let unkept = |answer| Unkept(Kind::Graphql(answer));
    match answer.outcome {
        Outcome::Data { whole: true, .. } => {
            let Answer { body, cost, dependencies, .. } = answer;
            Computed::Kept { body, dependencies, max_age_s, cost }
        }
        Outcome::Data { failed: true, .. } => Computed::Failed(unkept(answer)),
        Outcome::RequestError(code) if code.is_passing() => Computed::Failed(unkept(answer)),
        Outcome::Data { .. } | Outcome::RequestError(_) | Outcome::MutationByGet => Computed::Unkept(unkept(answer)),
    }
}

fn failed(refusal: &Refusal) -> Answer {
    Answer {
        body: Api::error_body(refusal.code, &refusal.message),
        outcome: Outcome::RequestError(refusal.code),
        cost: 0,
        operation_name: None,
        dependencies: Dependencies::default(),
    }
}
