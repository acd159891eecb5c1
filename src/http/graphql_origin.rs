//! Runs an operation: within the limits of work under way and of time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tracing::Instrument as _;

use super::cached_response::{Kind, Unkept};
use super::purse::Purse;
use super::refusal::Refusal;
use super::state::AppState;
use super::understood::Meaning;
use crate::cache::response::{Computed, Origin};
use crate::domain::Dependencies;
use crate::graphql::{Answer, Api, Outcome, Prepared, RawVariables};
use crate::service::Caller;
use crate::telemetry::statements;

/// Pays for an operation and runs it; gives the answer, and the number of statements that it waited for.
///
/// # Errors
/// `RATE_LIMITED`, and then nothing has run.
pub(super) async fn run(
    state: &AppState,
    prepared: Prepared,
    variables: RawVariables,
    caller: Caller,
    purse: &Purse,
) -> Result<(Answer, u32), Refusal> {
    let priced = match state.api.price(prepared, variables) {
        Ok(priced) => priced,
        Err(answer) => return Ok((answer, 0)),
    };
    purse.pay_rest(priced.cost()).await?;
    let admission = if priced.may_ask_partner() { &state.partner_admission } else { &state.admission };
    let _place = match admission.enter().await {
        Ok(place) => place,
        Err(_) => return Ok((failed(&Refusal::overloaded()), 0)),
    };
    let (outcome, statements) = statements::counted(async {
        let work = state.api.execute(priced, caller, purse.standing());
        tokio::time::timeout(state.settings.request_timeout, work).await
    })
    .await;
    Ok((outcome.unwrap_or_else(|_| failed(&Refusal::timed_out())), statements))
}

/// The same as something that a cache may call on its own account, and where it leaves the number of statements.
pub(super) fn of(
    state: &AppState,
    meaning: &Arc<Meaning>,
    caller: &Caller,
    purse: &Arc<Purse>,
) -> (Origin<Unkept>, Arc<AtomicU32>) {
    let counted = Arc::new(AtomicU32::new(0));
    let (state, total, span) = (state.clone(), Arc::clone(&counted), tracing::Span::current());
    let (meaning, caller, purse) = (Arc::clone(meaning), *caller, Arc::clone(purse));
    let origin: Origin<Unkept> = Arc::new(move || {
        let (state, total, purse) = (state.clone(), Arc::clone(&total), Arc::clone(&purse));
        let meaning = Arc::clone(&meaning);
        let work = async move {
            let (prepared, variables) = (meaning.prepared.clone(), meaning.variables.clone());
            match run(&state, prepared, variables, caller, &purse).await {
                Ok((answer, statements)) => {
                    total.fetch_add(statements, Ordering::Relaxed);
                    computed(answer, meaning.max_age_s)
                }
                Err(refusal) => Computed::Declined(Unkept(Kind::Refusal(refusal))),
            }
        };
        Box::pin(work.instrument(span.clone()))
    });
    (origin, counted)
}

fn computed(answer: Answer, max_age_s: u32) -> Computed<Unkept> {
    let unkept = |answer| Unkept(Kind::Answer(answer));
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
