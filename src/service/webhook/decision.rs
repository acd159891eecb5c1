//! Whether facts have an effect: each aspect of a subject goes forward only.

use super::incoming::Facts;
use crate::domain::partner::{Position, Precedence};
use crate::domain::{Aspect, Known};

/// What is to be done with facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// These aspects are newer than what is known.
    Apply(Vec<Aspect>),
    /// All of it is known, or was overtaken.
    Superseded,
    /// Nobody can tell: the partner must be asked.
    Ask,
}

impl Decision {
    /// What to do with facts as of `position`, where this much is known of their subject.
    pub(super) fn of(known: &Known, facts: &Facts, position: &Position) -> Self {
        // A product that was deleted later has no price and no stock any more.
        let is_part = matches!(facts, Facts::Price(..) | Facts::Stock(_));
        if is_part && is_overtaken_by_deletion(known, position) {
            return Self::Superseded;
        }
        Self::about(known, facts.aspects(), position)
    }

    fn about(known: &Known, aspects: &[Aspect], position: &Position) -> Self {
        let mut newer = Vec::with_capacity(aspects.len());
        for aspect in aspects {
            match known.of(*aspect).map(|known| position.precedence_over(&known)) {
                None | Some(Precedence::Newer) => newer.push(*aspect),
                Some(Precedence::Same | Precedence::Older) => {}
                Some(Precedence::Unknown) => return Self::Ask,
            }
        }
        if newer.is_empty() { Self::Superseded } else { Self::Apply(newer) }
    }
}

/// Whether `position` is at or before what is known of `aspect`.
pub(super) fn is_overtaken(known: &Known, aspect: Aspect, position: &Position) -> bool {
    let precedence = known.of(aspect).map(|known| position.precedence_over(&known));
    matches!(precedence, Some(Precedence::Older | Precedence::Same))
}

/// Of a product the status aspect tells whether it exists: where details are known as of an older position than it, it
/// was deleted behind them.
fn is_overtaken_by_deletion(known: &Known, position: &Position) -> bool {
    let (Some(status), details) = (known.of(Aspect::Status), known.of(Aspect::Details)) else { return false };
    let deleted = details.is_none_or(|details| details != status && is_overtaken(known, Aspect::Status, &details));
    deleted && is_overtaken(known, Aspect::Status, position)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(version: i64) -> Position {
        Position { version: Some(version), at_ms: None }
    }

    #[test]
    fn only_what_is_newer_is_applied() {
        let mut known = Known::default();
        known.set(Aspect::Price, at(5));
        known.set(Aspect::Stock, at(3));
        let of = |aspects: &[Aspect], version| Decision::about(&known, aspects, &at(version));
        assert_eq!(of(&Aspect::ALL, 4), Decision::Apply(vec![Aspect::Details, Aspect::Stock, Aspect::Status]));
        assert_eq!(of(&[Aspect::Price, Aspect::Stock], 3), Decision::Superseded);
        let timed = Position { version: None, at_ms: Some(1) };
        assert_eq!(Decision::about(&known, &[Aspect::Price], &timed), Decision::Ask);
        assert_eq!(Decision::about(&known, &[Aspect::Details], &timed), Decision::Apply(vec![Aspect::Details]));
    }

    proptest! {
        #[test]
        fn in_any_order_the_newest_of_each_aspect_wins(versions in proptest::collection::vec((0_usize..4, 0_i64..50), 1..60)) {
            let mut known = Known::default();
            for (aspect, version) in &versions {
                let aspect = Aspect::ALL[*aspect];
                if let Decision::Apply(aspects) = Decision::about(&known, &[aspect], &at(*version)) {
                    for aspect in aspects {
                        prop_assert!(known.of(aspect).is_none_or(|known| known.version < Some(*version)));
                        known.set(aspect, at(*version));
                    }
                }
            }
            for (n, aspect) in Aspect::ALL.into_iter().enumerate() {
                let newest = versions.iter().filter(|(of, _)| *of == n).map(|(_, version)| *version).max();
                prop_assert_eq!(known.of(aspect).and_then(|position| position.version), newest);
            }
        }
    }
}
