//! What every request to API A passes through: it is counted, meets with faults, and must have a token.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;

use super::answer::problem;
use crate::connection::ResetSwitch;
use crate::faults::Faults;
use crate::random::{Random, RandomExt as _, Stream};
use crate::running::{Shared, lock};

/// Bytes of each part of a huge answer.
const HUGE_PART: usize = 65_536;
/// So many of them are 2 GB.
const HUGE_PARTS: u32 = 32_768;
/// The time from byte to byte of an answer that drips.
const DRIP: Duration = Duration::from_millis(500);
/// Answers are much smaller.
const ANSWER_MAX: usize = 16 << 20;

/// Counts, fails, and looks at the token.
pub(super) async fn guard(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(switch): ConnectInfo<ResetSwitch>,
    request: Request,
    next: Next,
) -> Response {
    let (number, path) = {
        let mut stats = lock(&shared.stats);
        // The router has taken `/api` off.
        let path = format!("/api{}", request.uri().path());
        stats.count_request(&path);
        (stats.api_requests, path)
    };
    let faults = lock(&shared.faults).next();
    tokio::time::sleep(Duration::from_millis(faults.latency_ms)).await;
    if faults.hang {
        shared.stop.cancelled().await;
        switch.pull();
    }
    if faults.reset {
        switch.pull();
    }
    if let Some(failure) = failure(&shared, number, &faults) {
        return failure;
    }
    if !is_allowed(&shared, &request) {
        tracing::debug!(path, "refused: no good token");
        let refusal = problem(StatusCode::UNAUTHORIZED, "the token is missing or no good");
        return ([(header::WWW_AUTHENTICATE, r#"Bearer error="invalid_token""#)], refusal).into_response();
    }
    let answer = next.run(request).await;
    if faults.drip { drip(answer).await } else { answer }
}

/// An answer that is wrong, if this request gets one.
fn failure(shared: &Shared, number: u64, faults: &Faults) -> Option<Response> {
    if faults.garbage {
        return Some(json_body(Body::from(&b"{\"id\": \"P-1\", \"version\": \xff\xfe<html>"[..])));
    }
    if faults.huge_body {
        let first = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"{\"items\":["))]);
        let part = Bytes::from(vec![b' '; HUGE_PART]);
        let blanks = stream::iter((0..HUGE_PARTS).map(move |_| Ok(part.clone())));
        return Some(json_body(Body::from_stream(futures_util::StreamExt::chain(first, blanks))));
    }
    if !Random::new(shared.settings.seed, Stream::Fault, number).happens(faults.error_rate) {
        return None;
    }
    let status = StatusCode::from_u16(faults.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let failure = problem(status, "as you wished");
    let retry_after = faults.retry_after_seconds.map(|seconds| [(header::RETRY_AFTER, seconds.to_string())]);
    Some(match retry_after {
        Some(retry_after) => (retry_after, failure).into_response(),
        None => failure,
    })
}

fn is_allowed(shared: &Shared, request: &Request) -> bool {
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some((scheme, token)) = header.and_then(|header| header.split_once(' ')) else { return false };
    scheme.eq_ignore_ascii_case("bearer") && lock(&shared.tokens).is_good(token.trim(), shared.settings.clock.now_ms())
}

/// The same answer, byte by byte.
async fn drip(answer: Response) -> Response {
    let (head, body) = answer.into_parts();
    let bytes = to_bytes(body, ANSWER_MAX).await.unwrap_or_default();
    let drops = stream::unfold((bytes, false), |(mut rest, wait)| async move {
        if rest.is_empty() {
            return None;
        }
        if wait {
            tokio::time::sleep(DRIP).await;
        }
        let first = rest.split_to(1);
        Some((Ok::<_, std::io::Error>(first), (rest, true)))
    });
    Response::from_parts(head, Body::from_stream(drops))
}

fn json_body(body: Body) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}
