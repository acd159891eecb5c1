//! Prices and stock: what one pack costs and how many there are.

use crate::pack::Pack;
use crate::random::Random;

/// Paise of a rupee.
const RUPEE: i64 = 100;

/// 64 quantiles of a lognormal distribution, 1000 · e^(0.35 z), as a table: logarithms differ between machines.
const SPREAD_PER_MILLE: [i64; 64] = [
    429, 499, 540, 571, 597, 620, 641, 660, 677, 694, 710, 726, 740, 755, 769, 783, //
    796, 810, 823, 836, 849, 862, 875, 888, 901, 914, 927, 940, 953, 966, 980, 993, //
    1007, 1021, 1035, 1049, 1064, 1079, 1094, 1110, 1126, 1143, 1160, 1177, 1196, 1215, 1235, 1256, //
    1277, 1300, 1325, 1350, 1378, 1408, 1441, 1476, 1516, 1561, 1613, 1675, 1751, 1853, 2005, 2331,
];

/// The price of one pack in paise.
///
/// `base_rupees` is for one kilogram, litre, piece or bunch. Packs of two kilograms and more are 8 % cheaper, those
/// below 300 g 10 % dearer.
pub(crate) fn price_minor(random: &mut Random, base_rupees: i64, pack: &Pack) -> i64 {
    let for_size = match pack.base_thousandths {
        ..300 => 1100,
        300..2000 => 1000,
        _ => 920,
    };
    let wanted = base_rupees * RUPEE * pack.base_thousandths / 1000 * for_size / 1000 * spread(random) / 1000;
    rounded(random, wanted)
}

/// Between two neighbouring quantiles, in thousandths.
fn spread(random: &mut Random) -> i64 {
    let from = random.below(63) as usize;
    random.between(SPREAD_PER_MILLE[from], SPREAD_PER_MILLE[from + 1])
}

/// People like round prices: whole rupees, often fives and tens, seldom half a rupee.
fn rounded(random: &mut Random, wanted: i64) -> i64 {
    let (step, extra) = match random.below(100) {
        0..4 => (RUPEE, RUPEE / 2),
        4..55 => (RUPEE, 0),
        55..85 if wanted >= 20 * RUPEE => (5 * RUPEE, 0),
        85.. if wanted >= 50 * RUPEE => (10 * RUPEE, 0),
        _ => (RUPEE, 0),
    };
    ((wanted + step / 2) / step * step).max(RUPEE) + extra
}

/// Packs in stock: 10 % untracked, 12 % none, 8 % down to the last five, the others up to 400 and mostly few.
pub(crate) fn stock(random: &mut Random) -> Option<i64> {
    match random.below(100) {
        0..10 => None,
        10..22 => Some(0),
        22..30 => Some(random.between(1, 5)),
        _ => Some(random.between(6, 400).min(random.between(6, 400))),
    }
}
