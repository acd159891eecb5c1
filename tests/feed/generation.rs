//! Rows written behind the feed's back: everybody starts afresh.

use farmlokal::storage::feed::{Follower, sequencer};
use farmlokal::storage::installation;

use crate::raw::Raw;
use crate::recorder::{Recorder, Told};
use crate::shop::NOW_MS;
use crate::stage::{never, often, on_every_engine};
use crate::wait::until;

#[test]
fn a_raised_generation_reaches_every_follower_with_its_next_poll() {
    on_every_engine(|stage| async move {
        let database = stage.database().await;
        let raw = Raw::connect(&stage.url).await;
        raw.insert_unnumbered(&[(1, 1), (1, 2)], NOW_MS).await;
        sequencer::run(&database).await.unwrap();
        let mut followers = Vec::new();
        for from_start in [true, false, true] {
            let recorder = Recorder::default();
            let (own, subscribers) = (stage.database().await, vec![recorder.subscriber()]);
            let follower = if from_start {
                Follower::at_start(own, never(), subscribers).await.unwrap()
            } else {
                Follower::at_head(own, never(), subscribers).await.unwrap()
            };
            followers.push((follower, recorder));
        }
        followers[0].0.poll().await.unwrap();

        installation::raise_generation(&database).await.unwrap();
        raw.insert_unnumbered(&[(1, 3)], NOW_MS).await;

        for (follower, recorder) in &mut followers {
            follower.poll().await.unwrap();
            assert_eq!(recorder.told().pop(), Some(Told::StartAfresh));
            assert_eq!(follower.handle().position(), 3, "a fresh start knows all that was numbered before it");
            follower.poll().await.unwrap();
            assert_eq!(recorder.fresh_starts(), 1, "once");
        }
    });
}

#[test]
fn a_running_follower_notices_by_itself_and_goes_on() {
    on_every_engine(|stage| async move {
        let shop = crate::shop::Shop::open(&stage, often()).await;
        shop.put_category("milk").await;
        installation::raise_generation(&stage.database().await).await.unwrap();
        until("the fresh start is told", || shop.recorder.fresh_starts() == 1).await;

        shop.put_category("fruit").await;

        let [Told::Change(first), Told::StartAfresh, Told::Change(last)] = shop.recorder.told()[..] else {
            panic!("{:?}", shop.recorder.told());
        };
        assert_eq!((first.seq, last.seq), (1, 2));
    });
}
