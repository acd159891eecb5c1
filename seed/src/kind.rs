//! Kinds of producers, dealt out over the ids so that the n-th producer of a kind is found by arithmetic.

/// Who sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProducerKind {
    /// A farmer.
    Farmer,
    /// A milkman.
    Doodhwala,
    /// A farmer producer organisation: many farmers who sell together.
    Fpo,
    /// A small maker of food: pickles, oils, honey.
    SmallProducer,
}

/// Ids per round of dealing.
const ROUND: usize = 100;

/// Producers of each kind in a round, in the order of [`ProducerKind::ALL`].
const SHARES: [usize; 4] = [55, 20, 8, 17];

/// The kind at each place of a round, by number.
const ROUND_KINDS: [usize; ROUND] = deal();

/// The places of each kind in a round, in order; only the first `SHARES[kind]` count.
const ROUND_PLACES: [[usize; ROUND]; 4] = places();

impl ProducerKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Farmer, Self::Doodhwala, Self::Fpo, Self::SmallProducer];

    /// The kind of the producer `id` (from 1).
    pub(crate) fn of(id: u64) -> Self {
        Self::ALL[ROUND_KINDS[(id.saturating_sub(1) % ROUND as u64) as usize]]
    }

    /// How many of the producers `1..=producers` are of this kind.
    pub(crate) fn count_among(self, producers: u64) -> u64 {
        let whole = producers / ROUND as u64 * self.share() as u64;
        let rest = (producers % ROUND as u64) as usize;
        let started = ROUND_PLACES[self as usize][..self.share()].iter().filter(|place| **place < rest);
        whole + started.count() as u64
    }

    /// The id of a producer of this kind; `nth` counts from 0.
    pub(crate) fn nth(self, nth: u64) -> u64 {
        let share = self.share() as u64;
        let place = ROUND_PLACES[self as usize][(nth % share) as usize];
        nth / share * ROUND as u64 + place as u64 + 1
    }

    fn share(self) -> usize {
        SHARES[self as usize]
    }
}

/// Deals each place to the kind that is furthest behind its share, so that any first few ids hold every kind.
const fn deal() -> [usize; ROUND] {
    let mut kinds = [0; ROUND];
    let mut dealt = [0; 4];
    let mut place = 0;
    while place < ROUND {
        let mut best = 0;
        let mut kind = 1;
        while kind < 4 {
            // behind(kind) > behind(best), without negative numbers.
            let left = SHARES[kind] * (place + 1) + dealt[best] * ROUND;
            let right = SHARES[best] * (place + 1) + dealt[kind] * ROUND;
            if left > right {
                best = kind;
            }
            kind += 1;
        }
        kinds[place] = best;
        dealt[best] += 1;
        place += 1;
    }
    kinds
}

const fn places() -> [[usize; ROUND]; 4] {
    let mut places = [[0; ROUND]; 4];
    let mut found = [0; 4];
    let mut place = 0;
    while place < ROUND {
        let kind = ROUND_KINDS[place];
        places[kind][found[kind]] = place;
        found[kind] += 1;
        place += 1;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::ProducerKind;

    #[test]
    fn the_nth_of_a_kind_is_of_that_kind_and_none_is_left_out() {
        for producers in [12, 99, 100, 101, 1234] {
            let mut found = Vec::new();
            for kind in ProducerKind::ALL {
                let count = kind.count_among(producers);
                assert!(count > 0, "{kind:?} among {producers}");
                for nth in 0..count {
                    assert_eq!(ProducerKind::of(kind.nth(nth)), kind);
                    found.push(kind.nth(nth));
                }
            }
            found.sort_unstable();
            assert_eq!(found, (1..=producers).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_round_holds_the_shares() {
        let counts = ProducerKind::ALL.map(|kind| kind.count_among(100));
        assert_eq!(counts, [55, 20, 8, 17]);
    }
}
