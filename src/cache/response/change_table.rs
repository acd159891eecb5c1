//! What changed last, and how far this process knows: tells whether a kept answer still holds, without asking anybody.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::domain::{Change, Dependency, dependency};
use crate::storage::feed::{Event, Followed};

/// A kept answer is good for so long after the feed was last read to its end.
pub(crate) const FRESH_FOR: Duration = Duration::from_secs(1);
/// Dependencies remembered, about 10 MB; answers older than the oldest of them no longer hold.
const REMEMBERED_MAX: usize = 200_000;

/// Where a process stood when it began to read what an answer is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The position of its follower.
    pub(crate) position: i64,
    /// How often it had started afresh.
    pub(crate) epoch: u64,
}

impl Mark {
    /// The same where something was read that knows no more than up to a change.
    pub(crate) fn no_later_than(self, as_of: Option<i64>) -> Self {
        Self { position: as_of.map_or(self.position, |as_of| as_of.min(self.position)), ..self }
    }

    /// Whether everything that this process knew at `other` it knew here as well: it has started afresh since, or come as far.
    pub(crate) fn covers(self, other: Self) -> bool {
        self.epoch > other.epoch || (self.epoch == other.epoch && self.position >= other.position)
    }
}

/// The last change of each dependency, as told by the follower. It must be the last of the follower's subscribers: what is
/// read at a position may rest on what the others remember.
#[derive(Debug)]
pub struct ChangeTable {
    remembered: RwLock<Remembered>,
    position: AtomicI64,
    epoch: AtomicU64,
    generation: AtomicI64,
    /// When the feed was last read to its end, in milliseconds since `base`, plus one; 0 for never.
    asked_ms: AtomicU64,
    failing: AtomicBool,
    followed: Notify,
    base: Instant,
}

#[derive(Debug)]
struct Remembered {
    last: HashMap<Dependency, i64>,
    /// In the order of the feed; what was touched again stands here more than once.
    order: VecDeque<(i64, Dependency)>,
    /// Changes up to here are not remembered.
    floor: i64,
}

impl ChangeTable {
    /// A table for a follower that starts at `position`.
    pub fn starting_at(position: i64, generation: i64) -> Self {
        Self {
            remembered: RwLock::new(Remembered { last: HashMap::new(), order: VecDeque::new(), floor: position }),
            position: AtomicI64::new(position),
            epoch: AtomicU64::new(0),
            generation: AtomicI64::new(generation),
            asked_ms: AtomicU64::new(0),
            failing: AtomicBool::new(false),
            followed: Notify::new(),
            base: Instant::now(),
        }
    }

    /// Takes in what the follower tells.
    pub fn tell(&self, event: &Event) {
        match event {
            Event::Changes(changes) => self.remember(changes),
            Event::StartAfresh => self.forget_all(),
            Event::Followed(followed) => self.note_followed(followed),
            Event::Failed => self.failing.store(true, Ordering::Relaxed),
        }
    }

    fn remember(&self, changes: &[Change]) {
        let Some(last) = changes.last() else { return };
        let mut remembered = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        for change in changes {
            dependency::touched_by(change, |dependency| remembered.touch(dependency, change.seq));
        }
        remembered.shrink();
        drop(remembered);
        self.position.store(last.seq, Ordering::Release);
    }

    fn forget_all(&self) {
        let mut remembered = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        *remembered = Remembered { last: HashMap::new(), order: VecDeque::new(), floor: i64::MAX };
        self.epoch.fetch_add(1, Ordering::Release);
    }

    fn note_followed(&self, followed: &Followed) {
        let mut remembered = self.remembered.write().unwrap_or_else(PoisonError::into_inner);
        if remembered.floor == i64::MAX {
            remembered.floor = followed.position;
        }
        drop(remembered);
        self.generation.store(followed.generation, Ordering::Relaxed);
        self.position.store(followed.position, Ordering::Release);
        let asked_ms = followed.asked_at.saturating_duration_since(self.base).as_millis();
        self.asked_ms.store(u64::try_from(asked_ms).unwrap_or(u64::MAX - 1) + 1, Ordering::Release);
        self.failing.store(false, Ordering::Relaxed);
        self.followed.notify_waiters();
    }

    /// Where this process stands.
    pub(crate) fn mark(&self) -> Mark {
        Mark { position: self.position.load(Ordering::Acquire), epoch: self.epoch.load(Ordering::Acquire) }
    }

    /// The catalogue generation that was last seen.
    pub(crate) fn generation(&self) -> i64 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Whether nothing that was told since `mark` touches one of `dependencies`.
    pub(crate) fn holds(&self, mark: Mark, dependencies: &[Dependency]) -> bool {
        if mark.epoch != self.epoch.load(Ordering::Acquire) {
            return false;
        }
        let remembered = self.remembered.read().unwrap_or_else(PoisonError::into_inner);
        mark.position >= remembered.floor
            && dependencies.iter().all(|dependency| remembered.last.get(dependency).is_none_or(|seq| *seq <= mark.position))
    }

    /// Whether the feed was read to its end within [`FRESH_FOR`].
    pub(crate) fn is_fresh(&self) -> bool {
        self.is_fresh_at(Instant::now())
    }

    /// Whether at `now` the feed had been read to its end within [`FRESH_FOR`].
    pub(crate) fn is_fresh_at(&self, now: Instant) -> bool {
        self.was_followed_within(FRESH_FOR, now)
    }

    /// Whether at `now` the feed had been read to its end so recently.
    pub(crate) fn was_followed_within(&self, time: Duration, now: Instant) -> bool {
        let asked_ms = self.asked_ms.load(Ordering::Acquire);
        let since_base = now.saturating_duration_since(self.base);
        asked_ms > 0 && since_base.saturating_sub(Duration::from_millis(asked_ms - 1)) <= time
    }

    /// Whether the last try to read the feed failed.
    pub(crate) fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    /// Waits until the feed has been read to its end within [`FRESH_FOR`], at most for `limit`. `nudge` is called once.
    pub(crate) async fn wait_until_fresh(&self, limit: Duration, nudge: impl FnOnce()) -> bool {
        let followed = self.followed.notified();
        let mut followed = std::pin::pin!(followed);
        followed.as_mut().enable();
        if self.is_fresh() {
            return true;
        }
        nudge();
        // Woken by a poll that began before: it is fresh all the same.
        let _ = tokio::time::timeout(limit, followed).await;
        self.is_fresh()
    }
}

impl Remembered {
    fn touch(&mut self, dependency: Dependency, seq: i64) {
        if self.last.insert(dependency, seq) != Some(seq) {
            self.order.push_back((seq, dependency));
        }
    }

    /// Forgets the oldest changes beyond the bound, whole numbers at a time.
    fn shrink(&mut self) {
        while self.order.len() > REMEMBERED_MAX {
            let Some((seq, dependency)) = self.order.pop_front() else { return };
            self.floor = self.floor.max(seq);
            if self.last.get(&dependency) == Some(&seq) {
                self.last.remove(&dependency);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Aspects, EntityKind, Scope};

    fn sold(seq: i64, product: i64) -> Change {
        let scope = Scope { category_id: Some(1), producer_id: Some(1), cell: Some(1) };
        let (kind, aspects) = (EntityKind::Product, Aspects::STOCK);
        Change { seq, kind, entity_id: product, version: seq, aspects, before: scope, after: scope, at_ms: 0 }
    }

    fn followed(position: i64) -> Event {
        Event::Followed(Followed { position, generation: 1, asked_at: Instant::now() })
    }

    #[test]
    fn an_answer_holds_until_something_in_it_changes() {
        let table = ChangeTable::starting_at(10, 1);
        let (milk, ghee) = ([Dependency::Product(1)], [Dependency::Product(2)]);
        let before = table.mark();
        table.tell(&Event::Changes([sold(11, 1)].into()));
        assert!(!table.holds(before, &milk) && table.holds(before, &ghee));
        assert!(table.holds(table.mark(), &milk), "what is read now includes the change");
        assert!(!table.holds(Mark { position: 9, epoch: 0 }, &ghee), "what happened before the start is not known");
    }

    #[test]
    fn nothing_from_before_holds_when_everything_may_have_changed() {
        let table = ChangeTable::starting_at(10, 1);
        let before = table.mark();
        table.tell(&Event::StartAfresh);
        assert!(!table.holds(before, &[]) && !table.holds(table.mark(), &[]));
        table.tell(&followed(10));
        assert!(!table.holds(before, &[]) && table.holds(table.mark(), &[]));
        assert!(table.mark().covers(before) && !before.covers(table.mark()), "who starts afresh knows no less than before");
    }

    #[test]
    fn the_oldest_changes_are_forgotten_and_answers_from_before_them_with_it() {
        let table = ChangeTable::starting_at(0, 1);
        let changes: Vec<Change> = (1..=150_000).map(|seq| sold(seq, seq)).collect();
        table.tell(&Event::Changes(changes.into()));
        let remembered = table.remembered.read().unwrap();
        assert!(remembered.order.len() <= REMEMBERED_MAX && remembered.floor > 0);
        let floor = remembered.floor;
        drop(remembered);
        assert!(!table.holds(Mark { position: floor - 1, epoch: 0 }, &[]));
        assert!(table.holds(Mark { position: floor, epoch: 0 }, &[Dependency::Product(floor)]));
        assert!(!table.holds(Mark { position: floor, epoch: 0 }, &[Dependency::Product(floor + 1)]));
    }

    #[tokio::test(start_paused = true)]
    async fn knowledge_is_fresh_for_a_second_after_a_poll_began() {
        let table = ChangeTable::starting_at(0, 1);
        assert!(!table.is_fresh());
        table.tell(&followed(0));
        tokio::time::advance(FRESH_FOR).await;
        assert!(table.is_fresh());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(!table.is_fresh());
        assert!(!table.wait_until_fresh(Duration::from_millis(100), || ()).await);
        assert!(table.wait_until_fresh(Duration::from_millis(100), || table.tell(&followed(0))).await);
    }
}
