//! Reads the body of a request: no more than the limit, no longer than the deadline.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, StatusCode, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;

use super::refusal::Refusal;
use crate::error::ErrorCode;

/// How much of a refused body is still read, so that the caller gets to see the answer: closing a connection with unread
/// bytes throws away what was sent on it. 128 MiB.
const DISCARD_MAX_BYTES: u64 = 128 * 1024 * 1024;
/// How long a refused body is still read.
const DISCARD_MAX_TIME: Duration = Duration::from_secs(5);

/// The whole body.
///
/// # Errors
/// 413 above `limit_bytes`, 408 when it has not arrived within `deadline`, 400 when it ends early or is malformed.
pub(super) async fn read(headers: &HeaderMap, mut body: Body, limit_bytes: usize, deadline: Duration) -> Result<Bytes, Refusal> {
    if body.size_hint().lower() > limit_bytes as u64 {
        discard(headers, body);
        return Err(too_large(limit_bytes));
    }
    match tokio::time::timeout(deadline, collect(&mut body, limit_bytes)).await {
        Ok(Ok(Some(bytes))) => Ok(bytes),
        Ok(Ok(None)) => {
            discard(headers, body);
            Err(too_large(limit_bytes))
        }
        Ok(Err(_)) => Err(Refusal::bad_request("The body ends early or is malformed.").closing()),
        Err(_) => {
            let refusal = Refusal::new(ErrorCode::Timeout, "The body took too long to arrive.");
            Err(refusal.with_status(StatusCode::REQUEST_TIMEOUT).closing())
        }
    }
}

fn too_large(limit_bytes: usize) -> Refusal {
    Refusal::new(ErrorCode::PayloadTooLarge, format!("The body is larger than {limit_bytes} bytes."))
}

/// `None` when there is more than `limit_bytes`. A body that came in one piece, as most do, is not copied.
async fn collect(body: &mut Body, limit_bytes: usize) -> Result<Option<Bytes>, axum::Error> {
    let mut first = Bytes::new();
    let mut joined = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        if first.len() + joined.len() + data.len() > limit_bytes {
            return Ok(None);
        }
        if first.is_empty() && joined.is_empty() {
            first = data;
            continue;
        }
        joined.extend_from_slice(&std::mem::take(&mut first));
        joined.extend_from_slice(&data);
    }
    Ok(Some(if joined.is_empty() { first } else { joined.freeze() }))
}

/// Reads on, beside the answer, what the caller is still sending, and forgets it.
pub(super) fn discard(headers: &HeaderMap, mut body: Body) {
    // Who waits for `100 Continue` has sent nothing yet, and need not.
    let waits = headers.contains_key(header::EXPECT);
    if body.is_end_stream() || waits || body.size_hint().lower() > DISCARD_MAX_BYTES {
        return;
    }
    let read_on = async move {
        let mut seen = 0;
        while let Some(Ok(frame)) = body.frame().await {
            seen += frame.data_ref().map_or(0, |data| data.len() as u64);
            if seen > DISCARD_MAX_BYTES {
                return;
            }
        }
    };
    tokio::spawn(tokio::time::timeout(DISCARD_MAX_TIME, read_on));
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    const SECOND: Duration = Duration::from_secs(1);

    fn in_pieces(pieces: &'static [&'static str]) -> Body {
        Body::from_stream(stream::iter(pieces.iter().map(|piece| Ok::<_, std::io::Error>(Bytes::from_static(piece.as_bytes())))))
    }

    async fn read_up_to(limit: usize, body: Body) -> Result<Bytes, StatusCode> {
        read(&HeaderMap::new(), body, limit, SECOND).await.map_err(|refusal| refusal.status)
    }

    #[tokio::test]
    async fn a_body_up_to_the_limit_is_read_whole() {
        assert_eq!(read_up_to(6, Body::from("abcdef")).await, Ok(Bytes::from("abcdef")));
        assert_eq!(read_up_to(6, in_pieces(&["ab", "", "cd", "ef"])).await, Ok(Bytes::from("abcdef")));
        assert_eq!(read_up_to(6, Body::empty()).await, Ok(Bytes::new()));
    }

    #[tokio::test]
    async fn one_byte_more_is_too_large_declared_or_not() {
        assert_eq!(read_up_to(5, Body::from("abcdef")).await, Err(StatusCode::PAYLOAD_TOO_LARGE));
        assert_eq!(read_up_to(5, in_pieces(&["abc", "def"])).await, Err(StatusCode::PAYLOAD_TOO_LARGE));
    }

    #[tokio::test]
    async fn a_body_that_never_comes_is_given_up() {
        let silent = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
        let refusal = read(&HeaderMap::new(), silent, 10, Duration::from_millis(1)).await.unwrap_err();
        assert_eq!(refusal.status, StatusCode::REQUEST_TIMEOUT);
    }
}
