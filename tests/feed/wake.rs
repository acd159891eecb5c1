//! When a follower polls: seldom when nobody asks, at once when nudged or asked again.

use std::time::Duration;

use farmlokal::storage::feed::FollowerSettings;

use crate::raw::Raw;
use crate::shop::{NOW_MS, Shop};
use crate::stage::{Stage, never, often, on_every_engine};
use crate::wait::until;

/// A change written by another process, which does not nudge ours.
async fn change_elsewhere(stage: &Stage) {
    Raw::connect(&stage.url).await.insert_unnumbered(&[(1, 1)], NOW_MS).await;
}

#[test]
fn a_nudge_makes_it_poll_at_once() {
    on_every_engine(|stage| async move {
        let shop = Shop::open(&stage, never()).await;
        shop.put_category("milk").await;
        change_elsewhere(&stage).await;
        assert_eq!(shop.follower.position(), 1, "it sleeps");

        shop.follower.nudge();

        until("the change is told", || shop.recorder.seqs() == [1, 2]).await;
    });
}

#[test]
fn a_change_of_another_process_is_told_with_the_next_poll() {
    on_every_engine(|stage| async move {
        let shop = Shop::open(&stage, often()).await;
        change_elsewhere(&stage).await;
        until("the change is told", || shop.recorder.seqs() == [1]).await;
    });
}

#[test]
fn nobody_asks_and_it_sleeps_until_somebody_does() {
    const IDLE_AFTER: Duration = Duration::from_millis(200);
    on_every_engine(|stage| async move {
        let settings = FollowerSettings { poll_interval: Duration::from_millis(10), idle_after: IDLE_AFTER, ..never() };
        let shop = Shop::open(&stage, settings).await;
        until("it has not polled for a second", || shop.follower.last_poll_age() > Duration::from_secs(1)).await;
        change_elsewhere(&stage).await;
        assert_eq!(shop.follower.position(), 0, "it sleeps");

        shop.marketplace.request_seen();

        until("the change is told", || shop.recorder.seqs() == [1]).await;
    });
}

#[test]
fn who_waits_for_a_number_that_is_not_there_waits_no_longer_than_the_limit() {
    on_every_engine(|stage| async move {
        let shop = Shop::open(&stage, never()).await;
        assert!(!shop.follower.reached(1, Duration::from_millis(50)).await);
        change_elsewhere(&stage).await;
        assert!(shop.follower.reached(1, Duration::from_secs(30)).await);
    });
}
