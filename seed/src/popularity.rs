//! How often a producer is chosen: lognormal, cut so that the largest sells about five times the mean.

use crate::kind::ProducerKind;
use crate::random::{Random, Stream};

/// 64 quantiles of a lognormal distribution, 1000 · e^(0.8 z), as a table: logarithms differ between machines.
const WEIGHTS: [u64; 64] = [
    145, 204, 244, 278, 308, 335, 361, 386, 410, 434, 457, 480, 503, 526, 549, 572, //
    594, 618, 641, 664, 688, 713, 737, 762, 788, 814, 841, 868, 896, 925, 954, 984, //
    1016, 1048, 1082, 1116, 1152, 1190, 1229, 1269, 1312, 1356, 1403, 1453, 1505, 1560, 1619, 1682, //
    1750, 1822, 1901, 1987, 2082, 2187, 2304, 2436, 2589, 2768, 2983, 3250, 3600, 4093, 4903, 6917,
];

const LARGEST: u64 = 6917;

/// The id of a producer of this kind among the producers `1..=producers`, the popular ones more often.
///
/// Draws any and keeps it with a chance in proportion to its weight (about five draws), so nothing is stored per
/// producer. Without producers the answer is an id that does not exist.
pub(crate) fn choose(random: &mut Random, number: u64, kind: ProducerKind, producers: u64) -> u64 {
    let count = kind.count_among(producers);
    loop {
        let id = kind.nth(random.below(count));
        if random.below(LARGEST) < weight(number, id) {
            return id;
        }
    }
}

fn weight(number: u64, producer_id: u64) -> u64 {
    Random::new(number, Stream::Popularity, producer_id).pick(&WEIGHTS)
}
