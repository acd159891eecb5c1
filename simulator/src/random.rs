//! All the randomness there is: SplitMix64 over (seed number, stream, index), as in the generator of the catalogue.

/// The increment of SplitMix64: 2^64 divided by the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// What the numbers are for; a change in one stream leaves the others alone.
#[derive(Clone, Copy)]
pub(crate) enum Stream {
    /// The orders that are there from the start.
    Order = 101,
    /// What happens next.
    Event,
    /// How an event is delivered.
    Delivery,
    /// How long to wait before the next attempt.
    Backoff,
    /// Which requests fail.
    Fault,
    /// Access tokens.
    Token,
}

/// A stream of numbers.
pub(crate) struct Random(u64);

impl Random {
    /// The stream of one thing.
    pub(crate) fn new(seed: u64, stream: Stream, index: u64) -> Self {
        let key = mix(seed.wrapping_add((stream as u64).wrapping_mul(GOLDEN)));
        Self(mix(key ^ index.wrapping_mul(GOLDEN)))
    }

    /// 64 uniform bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// Uniform in `0..bound`; 0 for a bound of 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// Uniform in `low..=high`.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(high.abs_diff(low) + 1) as i64
    }

    /// A place in something of this length.
    pub(crate) fn place(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    /// Uniform in `0.0..1.0`.
    pub(crate) fn share(&mut self) -> f64 {
        // 53 bits are what a float can tell apart.
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True in this share of all cases.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.share() < share
    }
}

/// The output function of SplitMix64 (Steele, Lea and Flood 2014), a bijection.
fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
