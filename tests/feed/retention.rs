//! Old changes are forgotten; who was away for so long starts afresh, once.

use farmlokal::storage::Database;
use farmlokal::storage::feed::follower::Subscriber;
use farmlokal::storage::feed::{Event, Follower, retention, sequencer};

use crate::raw::Raw;
use crate::recorder::{Recorder, Told};
use crate::shop::NOW_MS;
use crate::stage::{never, on_every_engine};

/// When what was written at [`NOW_MS`] is just old enough.
fn later_ms() -> i64 {
    NOW_MS + i64::try_from(retention::KEPT_FOR.as_millis()).unwrap() + 1
}

async fn follower_at_start(database: &Database, recorder: &Recorder) -> Follower {
    Follower::at_start(database.clone(), never(), vec![recorder.subscriber()]).await.unwrap()
}

#[test]
fn a_follower_behind_what_is_kept_starts_afresh_once() {
    on_every_engine(|stage| async move {
        let database = stage.database().await;
        let raw = Raw::connect(&stage.url).await;
        raw.insert_unnumbered(&[(1, 1), (1, 2), (2, 1)], NOW_MS).await;
        sequencer::run(&database).await.unwrap();
        let (away, present) = (Recorder::default(), Recorder::default());
        let mut away_follower = follower_at_start(&database, &away).await;
        let mut present_follower = follower_at_start(&database, &present).await;
        present_follower.poll().await.unwrap();

        assert_eq!(retention::run(&database, later_ms() - 1).await.unwrap(), 0, "not old enough");
        assert_eq!(retention::run(&database, later_ms()).await.unwrap(), 3);
        raw.insert_unnumbered(&[(1, 3)], later_ms()).await;
        for _ in 0..2 {
            away_follower.poll().await.unwrap();
            present_follower.poll().await.unwrap();
        }
        raw.insert_unnumbered(&[(2, 2)], later_ms()).await;
        away_follower.poll().await.unwrap();
        present_follower.poll().await.unwrap();

        assert_eq!((present.seqs(), present.fresh_starts()), (vec![1, 2, 3, 4, 5], 0));
        assert_eq!(away.told()[0], Told::StartAfresh);
        assert_eq!((away.seqs(), away.fresh_starts()), (vec![5], 1), "then it goes on behind the end of that moment");
        assert_eq!(raw.change_count().await, 2);
    });
}

#[test]
fn a_follower_from_the_start_begins_with_the_first_kept_change() {
    on_every_engine(|stage| async move {
        let database = stage.database().await;
        let raw = Raw::connect(&stage.url).await;
        raw.insert_unnumbered(&[(1, 1), (1, 2)], NOW_MS).await;
        raw.insert_unnumbered(&[(1, 3), (1, 4)], later_ms()).await;
        sequencer::run(&database).await.unwrap();
        assert_eq!(retention::run(&database, later_ms()).await.unwrap(), 2);

        let recorder = Recorder::default();
        follower_at_start(&database, &recorder).await.poll().await.unwrap();

        assert_eq!((recorder.seqs(), recorder.fresh_starts()), (vec![3, 4], 0));
    });
}

/// The follower reads in batches: what comes behind its first one is forgotten before it reads the second.
#[test]
fn changes_forgotten_while_a_follower_catches_up_are_not_passed_over() {
    const OLD: i64 = 1_300;
    on_every_engine(|stage| async move {
        let database = stage.database().await;
        let raw = Raw::connect(&stage.url).await;
        let versions = |range: std::ops::RangeInclusive<i64>| range.map(|version| (1, version)).collect::<Vec<_>>();
        raw.insert_unnumbered(&versions(1..=OLD), NOW_MS).await;
        raw.insert_unnumbered(&versions(OLD + 1..=OLD + 100), later_ms()).await;
        sequencer::run(&database).await.unwrap();
        let recorder = Recorder::default();
        let subscribers = vec![recorder.subscriber(), forgetful(database.clone())];
        let mut follower = Follower::at_start(database, never(), subscribers).await.unwrap();

        tokio::spawn(async move {
            follower.poll().await.unwrap();
            follower.poll().await.unwrap();
            assert_eq!(follower.handle().position(), OLD + 100);
        })
        .await
        .unwrap();

        let told = recorder.told();
        for pair in told.windows(2) {
            if let [Told::Change(one), Told::Change(next)] = pair {
                assert_eq!(next.seq, one.seq + 1, "nothing is passed over in silence");
            }
        }
        assert_eq!(recorder.fresh_starts(), 1);
    });
}

/// Forgets everything old as soon as it is told of anything.
fn forgetful(database: Database) -> Subscriber {
    Box::new(move |event| {
        if matches!(event, Event::Changes(_)) {
            let forget = retention::run(&database, later_ms());
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(forget)).unwrap();
        }
    })
}
