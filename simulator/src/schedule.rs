//! What is sent when: a pure function of the seed number, the events and the shares.

use std::sync::Arc;
use std::time::Duration;

use crate::random::{Random, RandomExt as _, Stream};
use crate::signer::Corruption;
use crate::world::Event;

/// How far an event that is shuffled falls behind at most, in events.
const SHUFFLED_BY_MAX: i64 = 8;
/// The least distance of two events that is shuffled by: at high rates everything would arrive at once.
const SHUFFLE_STEP_MIN: Duration = Duration::from_millis(5);
/// Within this a second copy follows.
const COPY_WITHIN_MS: i64 = 2_000;

/// Which share of the events, 0 to 1, meets with what.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares {
    /// Sent once or twice more.
    pub duplicate: f64,
    /// Overtaken by up to eight others.
    pub shuffle: f64,
    /// Kept back for up to [`Self::delay_by`].
    pub delay: f64,
    /// Accompanied by a corrupted copy, which must be refused.
    pub corrupt: f64,
    /// Sent thin.
    pub thin: f64,
    /// The longest delay.
    pub delay_by: Duration,
}

impl Default for Shares {
    /// An honest partner.
    fn default() -> Self {
        Self { duplicate: 0.0, shuffle: 0.0, delay: 0.0, corrupt: 0.0, thin: 0.0, delay_by: Duration::from_secs(5) }
    }
}

/// Which copy of an event this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The event itself: every event has exactly one.
    Genuine,
    /// The same once more.
    Duplicate,
    /// One that somebody spoilt.
    Corrupted(Corruption),
}

/// One copy of one event.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The event.
    pub event: Arc<Event>,
    /// Which copy.
    pub form: Form,
    /// Whether the body says only that something happened; the same for all copies.
    pub thin: bool,
    /// When: from the moment of the event in [`deliveries`], from that of the first event in [`plan`].
    pub due: Duration,
}

/// How one event is delivered, first what is due first. `interval` is the time from event to event.
pub fn deliveries(seed: u64, event: Event, shares: &Shares, interval: Duration) -> Vec<Delivery> {
    let mut random = Random::new(seed, Stream::Delivery, event.number);
    let event = Arc::new(event);
    let thin = random.happens(shares.thin);
    let due = late_by(&mut random, shares, interval);
    let copy = |form, due| Delivery { event: Arc::clone(&event), form, thin, due };
    let mut all = vec![copy(Form::Genuine, due)];
    if random.happens(shares.duplicate) {
        for _ in 0..=random.below(2) {
            all.push(copy(Form::Duplicate, due + millis(random.between(0, COPY_WITHIN_MS))));
        }
    }
    if random.happens(shares.corrupt) {
        let corruption = Corruption::ALL[random.place(Corruption::ALL.len())];
        // Half of them come before the genuine one or with it, half after.
        let after = if random.happens(0.5) { Duration::ZERO } else { due + millis(random.between(0, COPY_WITHIN_MS)) };
        all.push(copy(Form::Corrupted(corruption), after));
    }
    all.sort_by_key(|delivery| delivery.due);
    all
}

/// How all these events are delivered, first what is due first.
pub fn plan(seed: u64, events: Vec<Event>, shares: &Shares, interval: Duration) -> Vec<Delivery> {
    let mut all = Vec::with_capacity(events.len());
    let mut moment = Duration::ZERO;
    for event in events {
        let of_event = deliveries(seed, event, shares, interval).into_iter();
        all.extend(of_event.map(|delivery| Delivery { due: moment + delivery.due, ..delivery }));
        moment += interval;
    }
    all.sort_by_key(|delivery| delivery.due);
    all
}

/// How long the genuine copy is behind its event.
fn late_by(random: &mut Random, shares: &Shares, interval: Duration) -> Duration {
    let mut late = Duration::ZERO;
    if random.happens(shares.shuffle) {
        let steps = random.between(1, SHUFFLED_BY_MAX);
        // Half a step more, so that it comes between two others and not with one.
        late += interval.max(SHUFFLE_STEP_MIN).mul_f64(steps as f64 + 0.5);
    }
    if random.happens(shares.delay) {
        late += shares.delay_by.mul_f64(random.share());
    }
    late
}

fn millis(ms: i64) -> Duration {
    Duration::from_millis(ms.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;
    use proptest::prelude::*;

    fn events(seed: u64, count: usize) -> Vec<Event> {
        let mut world = World::new(seed, 20, 5);
        (0..count).map(|_| world.next_event()).collect()
    }

    fn shares() -> impl Strategy<Value = Shares> {
        (0.0..=1.0, 0.0..=1.0, 0.0..=1.0, 0.0..=1.0, 0.0..=1.0).prop_map(|(duplicate, shuffle, delay, corrupt, thin)| Shares {
            duplicate,
            shuffle,
            delay,
            corrupt,
            thin,
            ..Shares::default()
        })
    }

    proptest! {
        #[test]
        fn every_event_is_delivered_genuinely_once_and_in_the_same_way_by_the_same_number(
            seed in 0_u64..1_000, shares in shares(), step_ms in 0_u64..2_000,
        ) {
            let interval = Duration::from_millis(step_ms);
            let all = plan(seed, events(seed, 60), &shares, interval);
            prop_assert_eq!(&all, &plan(seed, events(seed, 60), &shares, interval));
            prop_assert!(all.is_sorted_by_key(|delivery| delivery.due));
            for number in 1..=60 {
                let copies: Vec<_> = all.iter().filter(|delivery| delivery.event.number == number).collect();
                prop_assert_eq!(copies.iter().filter(|delivery| delivery.form == Form::Genuine).count(), 1);
                prop_assert!(copies.iter().all(|copy| copy.thin == copies[0].thin));
                prop_assert!(copies.iter().all(|copy| copy.due >= interval * (number as u32 - 1)));
            }
        }
    }

    #[test]
    fn an_honest_partner_sends_everything_once_and_in_order() {
        let all = plan(1, events(1, 50), &Shares::default(), Duration::from_millis(10));
        let numbers: Vec<_> = all.iter().map(|delivery| delivery.event.number).collect();
        assert_eq!(numbers, (1..=50).collect::<Vec<_>>());
        assert!(all.iter().all(|delivery| delivery.form == Form::Genuine && !delivery.thin));
    }

    #[test]
    fn a_dishonest_one_does_what_its_shares_say() {
        let shares = Shares { duplicate: 0.3, shuffle: 0.3, delay: 0.1, corrupt: 0.2, thin: 0.5, ..Shares::default() };
        let all = plan(1, events(1, 1_000), &shares, Duration::from_millis(10));
        let count = |wanted: &dyn Fn(&Delivery) -> bool| all.iter().filter(|delivery| wanted(delivery)).count();
        assert!((350..550).contains(&count(&|d| d.form == Form::Duplicate)));
        assert!((150..250).contains(&count(&|d| matches!(d.form, Form::Corrupted(_)))));
        assert!((420..580).contains(&count(&|d| d.form == Form::Genuine && d.thin)));
        let genuine: Vec<_> = all.iter().filter(|d| d.form == Form::Genuine).map(|d| d.event.number).collect();
        assert!(genuine.windows(2).filter(|pair| pair[0] > pair[1]).count() > 100);
        for corruption in Corruption::ALL {
            assert!(count(&|d| d.form == Form::Corrupted(corruption)) > 0, "{corruption:?}");
        }
    }
}
