//! Compares what was told and promised with what is stored.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::atomic::Ordering;

use farmlokal::domain::{Aspects, Change, EntityKind};

use super::truth::{Last, Truth};
use super::watcher::Recording;
use super::writer::Tally;
use crate::recorder::Told;

/// All that is known in the end.
pub(super) struct Evidence<'a> {
    pub(super) truth: &'a Truth,
    pub(super) recordings: &'a [Recording],
    pub(super) logs: &'a [String],
    pub(super) tally: &'a Tally,
}

impl fmt::Display for Evidence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let Tally { answered, refused, lost, kills, .. } = self.tally;
        write!(f, "{} writes answered, {} refused, {} lost", count(answered), count(refused), count(lost))?;
        write!(f, "; {} changes; {} kills; {} followers", self.truth.changes.len(), count(kills), self.recordings.len())?;
        write!(f, " and {} in processes", self.logs.len())?;
        let logged = |what: &str| self.logs.iter().map(|log| log.matches(what).count()).sum::<usize>();
        let (failed, late) = (logged("request failed"), logged("waits for its number"));
        write!(f, " ({failed} requests failed, {late} changes were numbered late)")
    }
}

/// Every way in which the feed was wrong.
pub(super) fn violations(evidence: &Evidence<'_>) -> Vec<String> {
    let Evidence { truth, recordings, logs, tally } = evidence;
    let mut found = numbers(truth);
    found.extend(products(truth));
    found.extend(others(truth));
    found.extend(recordings.iter().filter_map(|recording| recorded(recording, truth)));
    found.extend(logs.iter().filter_map(|log| logged(log, truth)));
    found.extend(promises(truth, tally));
    found
}

fn numbers(truth: &Truth) -> Vec<String> {
    let mut found = Vec::new();
    if !truth.changes.iter().map(|change| change.seq).eq(1..=truth.head) {
        found.push(format!("the numbers are not 1 to {}", truth.head));
    }
    if truth.unnumbered > 0 {
        found.push(format!("{} changes have no number", truth.unnumbered));
    }
    if truth.misplaced > 0 {
        found.push(format!("{} products are not where their producer is", truth.misplaced));
    }
    found
}

/// The changes of each product, over all its lives, are versions 1, 2, 3, … to the stored one.
fn products(truth: &Truth) -> Vec<String> {
    let mut lives: BTreeMap<i64, Vec<&Change>> = BTreeMap::new();
    for change in truth.changes.iter().filter(|change| change.kind == EntityKind::Product) {
        let category = change.after.category_id.or(change.before.category_id).unwrap();
        lives.entry(category).or_default().push(change);
    }
    let mut found: Vec<String> = lives.iter().filter_map(|(category, life)| chain(*category, life, truth)).collect();
    let stored: HashSet<_> = truth.products.keys().chain(truth.tombstones.keys()).collect();
    found.extend(stored.iter().filter(|id| !lives.contains_key(id)).map(|id| format!("no change of the product on shelf {id}")));
    found
}

fn chain(category: i64, life: &[&Change], truth: &Truth) -> Option<String> {
    let last = life.last()?;
    let end = Last { id: last.entity_id, version: last.version };
    let removed = last.aspects.contains(Aspects::REMOVED);
    let (place, other) = if removed { (&truth.tombstones, &truth.products) } else { (&truth.products, &truth.tombstones) };
    let wrong = if !life.iter().map(|change| change.version).eq(1..=last.version) {
        let versions: Vec<_> = life.iter().map(|change| (change.seq, change.entity_id, change.version)).collect();
        format!("(seq, id, version) are {versions:?}")
    } else if let Some(pair) = life.windows(2).find(|pair| !follows(pair[0], pair[1])) {
        format!("{:?} does not follow {:?}", pair[1], pair[0])
    } else if !life[0].aspects.contains(Aspects::CREATED) {
        "it begins without a creation".to_owned()
    } else if place.get(&category) != Some(&end) {
        format!("it ends with {end:?}, but stored is {:?}", place.get(&category))
    } else if removed && other.contains_key(&category) {
        "it was removed and is still there".to_owned()
    } else {
        return None;
    };
    Some(format!("product on shelf {category}: {wrong}"))
}

/// Whether `next` begins where `one` ended: in the same lists, or a new life after a removal.
fn follows(one: &Change, next: &Change) -> bool {
    let reborn = one.aspects.contains(Aspects::REMOVED);
    let created = next.aspects.contains(Aspects::CREATED);
    let same_lists = one.after.category_id == next.before.category_id && one.after.producer_id == next.before.producer_id;
    same_lists && reborn == created && if reborn { next.entity_id > one.entity_id } else { next.entity_id == one.entity_id }
}

/// The changes of each category and producer are versions 1, 2, 3, … to the stored one, each from where the last one ended.
fn others(truth: &Truth) -> Vec<String> {
    let mut lives: BTreeMap<(EntityKind, i64), Vec<&Change>> = BTreeMap::new();
    for change in truth.changes.iter().filter(|change| change.kind != EntityKind::Product) {
        lives.entry((change.kind, change.entity_id)).or_default().push(change);
    }
    let wrong = lives.iter().filter_map(|(entity, life)| {
        let stored = truth.others.get(entity).copied().unwrap_or(0);
        if !life.iter().map(|change| change.version).eq(1..=stored) {
            let versions: Vec<_> = life.iter().map(|change| (change.seq, change.version)).collect();
            return Some(format!("{entity:?}: (seq, version) are {versions:?}, stored is {stored}"));
        }
        let pair = life.windows(2).find(|pair| pair[0].after != pair[1].before)?;
        Some(format!("{:?} does not follow {:?}", pair[1], pair[0]))
    });
    let untold =
        truth.others.keys().filter(|entity| !lives.contains_key(entity)).map(|entity| format!("no change of {entity:?}"));
    wrong.chain(untold).collect()
}

/// A follower was told exactly what lies between its beginning and its end.
fn recorded(recording: &Recording, truth: &Truth) -> Option<String> {
    let span = |change: &&Change| recording.began_at < change.seq && change.seq <= recording.ended_at;
    let expected: Vec<Told> = truth.changes.iter().filter(span).copied().map(Told::Change).collect();
    let at = (0..expected.len().max(recording.told.len())).find(|n| expected.get(*n) != recording.told.get(*n))?;
    let (told, expected) = (recording.told.get(at), expected.get(at));
    Some(format!("follower {:?}, entry {at}: told {told:?}, stored {expected:?}", recording.name))
}

/// The follower of a server process was told changes as they are stored, one after the other.
fn logged(log: &str, truth: &Truth) -> Option<String> {
    let complete = &log[..log.rfind('\n').map_or(0, |end| end + 1)];
    let mut before = None;
    for line in complete.lines().filter(|line| line.contains(" changed seq=")) {
        let number = |name: &str| -> Option<i64> {
            let (_, rest) = line.split_once(&format!(" {name}="))?;
            rest.split(' ').next()?.parse().ok()
        };
        let seq = number("seq")?;
        let stored = usize::try_from(seq - 1).ok().and_then(|at| truth.changes.get(at));
        let told = (number("id"), number("version"));
        if stored.map(|change| (Some(change.entity_id), Some(change.version))) != Some(told) {
            return Some(format!("a process was told {line:?}, stored is {stored:?}"));
        }
        if before.is_some_and(|before| seq != before + 1) {
            return Some(format!("a process was told {line:?} after {before:?}"));
        }
        before = Some(seq);
    }
    None
}

/// What was answered is in the feed.
fn promises(truth: &Truth, tally: &Tally) -> Vec<String> {
    let products = truth.changes.iter().filter(|change| change.kind == EntityKind::Product);
    let stored: HashSet<(i64, i64)> = products.clone().map(|change| (change.entity_id, change.version)).collect();
    let promised = tally.promised.lock().unwrap();
    let broken = promised.iter().filter(|promise| !stored.contains(promise));
    let mut found: Vec<String> = broken.map(|promise| format!("answered but not stored: (id, version) {promise:?}")).collect();
    let removals = products.filter(|change| change.aspects.contains(Aspects::REMOVED)).count() as u64;
    let answered = tally.removed.load(Ordering::Relaxed);
    if answered > removals {
        found.push(format!("{answered} removals were answered, {removals} are stored"));
    }
    found
}
