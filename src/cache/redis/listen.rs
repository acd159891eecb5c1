//! Pub/Sub: a connection of its own that listens.

use std::time::Duration;

use futures_util::StreamExt as _;
use redis::aio::{PubSubSink, PubSubStream};
use redis::{RedisResult, Value};

use super::link::Dialler;

/// How often the server is asked whether it is still there; nothing may be published for hours.
const PING_EVERY: Duration = Duration::from_secs(2);
/// Longest wait for its answer.
const PING_PATIENCE: Duration = Duration::from_secs(1);
/// Pause after a loss, doubled up to [`LONGEST_PAUSE`] while nothing can be reached.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Longest pause between two attempts to connect.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Listens, and begins again after every loss.
pub(super) async fn for_ever(dialler: &Dialler, channel: &str, heard: &(impl Fn(&[u8]) + Send + Sync)) {
    let mut pause = FIRST_PAUSE;
    for attempt in 0.. {
        match subscribe(dialler, channel, attempt).await {
            Ok((sink, messages)) => {
                tracing::debug!(channel, "listening");
                pause = FIRST_PAUSE;
                tokio::select! {
                    () = hear(messages, heard) => {}
                    () = feel_pulse(sink) => {}
                }
                tracing::debug!(channel, "no longer listening");
            }
            Err(error) => tracing::debug!(channel, %error, "cannot listen"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn subscribe(dialler: &Dialler, channel: &str, attempt: usize) -> RedisResult<(PubSubSink, PubSubStream)> {
    let (mut sink, messages) = dialler.dial_for_listening(attempt).await?.split();
    let timed_out = |_| std::io::Error::from(std::io::ErrorKind::TimedOut);
    tokio::time::timeout(PING_PATIENCE, sink.subscribe(channel)).await.map_err(timed_out)??;
    Ok((sink, messages))
}

/// Returns when the connection ends.
async fn hear(mut messages: PubSubStream, heard: &(impl Fn(&[u8]) + Send + Sync)) {
    while let Some(message) = messages.next().await {
        heard(message.get_payload_bytes());
    }
}

/// Returns when the server no longer answers.
async fn feel_pulse(mut sink: PubSubSink) {
    loop {
        tokio::time::sleep(PING_EVERY).await;
        if !matches!(tokio::time::timeout(PING_PATIENCE, sink.ping::<Value>()).await, Ok(Ok(_))) {
            return;
        }
    }
}
