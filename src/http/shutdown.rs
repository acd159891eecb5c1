//! Tells connections that the server stops.
//!
//! A connection is polled for every request, and a cancelled token would be asked each time, which takes a lock. Tasks keep their
//! waker, so that asking once is enough, and a flag tells why a connection was woken.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, Waker};

use tokio_util::sync::CancellationToken;

/// Set once.
#[derive(Debug, Default)]
pub(super) struct Shutdown {
    begun: AtomicBool,
    token: CancellationToken,
}

impl Shutdown {
    /// From now on nothing runs until it has ended by itself.
    pub(super) fn begin(&self) {
        // Before anybody is woken.
        self.begun.store(true, Ordering::Release);
        self.token.cancel();
    }

    /// Waits for `work`; `None` when it has to be closed before it ends.
    pub(super) async fn unless_begun<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let (mut work, mut begun) = (pin!(work), pin!(self.token.cancelled()));
        let mut told: Option<Waker> = None;
        std::future::poll_fn(|cx| {
            if let Poll::Ready(done) = work.as_mut().poll(cx) {
                return Poll::Ready(Some(done));
            }
            if !told.as_ref().is_some_and(|told| told.will_wake(cx.waker())) {
                told = Some(cx.waker().clone());
                return begun.as_mut().poll(cx).map(|()| None);
            }
            if self.begun.load(Ordering::Acquire) { Poll::Ready(None) } else { Poll::Pending }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn work_goes_on_until_the_shutdown_begins() {
        let shutdown = Arc::new(Shutdown::default());
        assert_eq!(shutdown.unless_begun(async { 1 }).await, Some(1));
        let waiting = tokio::spawn({
            let shutdown = Arc::clone(&shutdown);
            async move { shutdown.unless_begun(std::future::pending::<()>()).await }
        });
        tokio::task::yield_now().await;
        shutdown.begin();
        assert_eq!(waiting.await.unwrap(), None);
        assert_eq!(shutdown.unless_begun(std::future::pending::<()>()).await, None, "and not later either");
    }
}
