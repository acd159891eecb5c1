//! All the randomness there is: SplitMix64 over (seed number, stream, index), in integers only.

/// The increment of SplitMix64: 2^64 divided by the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// What the numbers are for; streams of one row are independent, so a change in one leaves the others alone.
#[derive(Clone, Copy)]
pub(crate) enum Stream {
    /// A product's category and producer.
    Maker = 1,
    /// How often a producer is chosen.
    Popularity,
    /// A producer's city.
    City,
    /// The rest of a producer.
    Producer,
    /// A product's item, name and pack.
    Name,
    /// A product's description.
    Description,
    /// A product's price and stock.
    Offer,
    /// A product's times.
    Time,
}

impl From<Stream> for u64 {
    fn from(stream: Stream) -> Self {
        stream as Self
    }
}

/// A stream of numbers for one row, or whatever else has a number.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The stream of the row `index` in the catalogue `number`.
    pub fn new(number: u64, stream: impl Into<u64>, index: u64) -> Self {
        let key = mix(number.wrapping_add(stream.into().wrapping_mul(GOLDEN)));
        Self(mix(key ^ index.wrapping_mul(GOLDEN)))
    }

    /// 64 uniform bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// Uniform in `0..bound`; 0 for a bound of 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(bound)) >> 64) as u64
    }

    /// Uniform in `low..=high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(high.abs_diff(low) + 1) as i64
    }

    /// True in `per_mille` of 1,000 cases.
    pub(crate) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// An element, each as likely as the others.
    pub(crate) fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }

    /// An element, the earlier the likelier: the first about twice as likely as one in the middle.
    pub(crate) fn pick_early<T: Copy>(&mut self, all: &[T]) -> T {
        let count = all.len() as u64;
        let index = self.below(count).min(self.below(count));
        all[index as usize]
    }

    /// Bell-shaped around 0 with the given standard deviation, never beyond three of them.
    ///
    /// A uniform number over ±s has the variance s²/3, so the sum of three has s².
    pub(crate) fn bell(&mut self, sigma: i64) -> i64 {
        (0..3).map(|_| self.between(-sigma, sigma)).sum()
    }
}

/// The output function of SplitMix64 (Steele, Lea and Flood 2014), a bijection.
fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::{Random, Stream};

    #[test]
    fn numbers_streams_and_rows_have_sequences_of_their_own() {
        let first = |number, stream, index| Random::new(number, stream, index).bits();
        assert_eq!(first(1, Stream::Name, 1), first(1, Stream::Name, 1));
        assert_ne!(first(1, Stream::Name, 1), first(2, Stream::Name, 1));
        assert_ne!(first(1, Stream::Name, 1), first(1, Stream::Offer, 1));
        assert_ne!(first(1, Stream::Name, 1), first(1, Stream::Name, 2));
    }

    #[test]
    fn bounds_are_kept_and_reached() {
        let mut random = Random::new(1, Stream::Name, 1);
        let drawn: Vec<i64> = (0..1000).map(|_| random.between(-2, 2)).collect();
        assert_eq!(drawn.iter().min(), Some(&-2));
        assert_eq!(drawn.iter().max(), Some(&2));
        assert_eq!(random.below(0), 0);
    }

    #[test]
    fn the_bell_has_the_deviation_it_was_asked_for() {
        let mut random = Random::new(1, Stream::City, 1);
        let drawn: Vec<i64> = (0..20_000).map(|_| random.bell(10_000)).collect();
        let mean = drawn.iter().sum::<i64>() / 20_000;
        let variance = drawn.iter().map(|value| value * value).sum::<i64>() / 20_000;
        assert!(mean.abs() < 300, "{mean}");
        assert!((96_000_000..104_000_000).contains(&variance), "{variance}");
        assert!(drawn.iter().all(|value| value.abs() <= 30_000));
    }
}
