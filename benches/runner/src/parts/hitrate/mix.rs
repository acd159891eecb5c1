//! What visitors of a shop look at, and what is bought meanwhile.

use std::sync::Arc;

use bytes::Bytes;
use fastrand::Rng;

use crate::question::Question;
use crate::shop::{Goods, Shop};
use crate::traffic::Ask;

/// Kinds of requests.
pub(super) const PAGE: usize = 0;
pub(super) const STOCK: usize = 1;
pub(super) const PRICE: usize = 2;

/// Of a hundred pages, so many are the first one, and so many are lists; the others are products' own.
const HOME_PERCENT: u32 = 10;
const LIST_PERCENT: u32 = 40;
/// Of ten writes, so many are of stock.
const STOCK_TENTHS: u32 = 9;
/// Of ten writes of stock, one brings as many packs as the others take.
const RESTOCK: i64 = 9;

/// How often another product is looked for when the stock of one is not counted.
const TRIES: u32 = 100;

/// Numbers from 0 on, each chosen in inverse proportion to its rank.
#[derive(Debug, Clone)]
pub(super) struct Zipf(Vec<f64>);

impl Zipf {
    /// Of `count` numbers.
    #[expect(clippy::cast_precision_loss, reason = "thousands of ranks")]
    pub(super) fn new(count: usize) -> Self {
        let sums = (1..=count).scan(0.0, |sum, rank| {
            *sum += 1.0 / rank as f64;
            Some(*sum)
        });
        Self(sums.collect())
    }

    /// One of them; 0 when there are none.
    pub(super) fn choose(&self, random: &mut Rng) -> usize {
        let point = random.f64() * self.0.last().copied().unwrap_or(0.0);
        self.0.partition_point(|sum| *sum < point).min(self.0.len().saturating_sub(1))
    }
}

/// Everything that is looked at, the most popular first.
#[derive(Debug, Clone)]
pub(super) struct Mix {
    home: Bytes,
    lists: Arc<[Bytes]>,
    items: Arc<[Bytes]>,
    goods: Arc<[Goods]>,
    list_rank: Zipf,
    item_rank: Zipf,
}

impl Mix {
    /// Ranks lists and products at random.
    pub(super) fn new(shop: &Shop, mut lists: Vec<Question>, random: &mut Rng) -> Self {
        let mut goods: Vec<Goods> = shop.shelves.iter().flatten().cloned().collect();
        random.shuffle(&mut goods);
        random.shuffle(&mut lists);
        Self {
            home: Shop::home().post(),
            list_rank: Zipf::new(lists.len()),
            item_rank: Zipf::new(goods.len()),
            lists: lists.iter().map(Question::post).collect(),
            items: goods.iter().map(|goods| Shop::item(goods).post()).collect(),
            goods: goods.into(),
        }
    }

    /// All pages, each once.
    pub(super) fn pages(&self) -> impl Iterator<Item = &Bytes> {
        [&self.home].into_iter().chain(self.lists.iter()).chain(self.items.iter())
    }

    /// A visitor's next page, from any of the processes.
    pub(super) fn page(&self, servers: usize, random: &mut Rng) -> Ask {
        let percent = random.u32(..100);
        let request = if percent < HOME_PERCENT {
            Some(&self.home)
        } else if percent < HOME_PERCENT + LIST_PERCENT {
            self.lists.get(self.list_rank.choose(random))
        } else {
            self.items.get(self.item_rank.choose(random))
        };
        Ask { server: random.usize(..servers), kind: PAGE, request: request.cloned().unwrap_or_default() }
    }

    /// A write through any of the processes. What is looked at most is also bought most.
    pub(super) fn write(&self, servers: usize, random: &mut Rng) -> Ask {
        let (server, is_stock) = (random.usize(..servers), random.u32(..10) < STOCK_TENTHS);
        let mut goods = &self.goods[self.item_rank.choose(random)];
        // Of some products nobody counts the stock.
        for _ in 0..TRIES {
            if !is_stock || goods.stock_quantity.is_some() {
                break;
            }
            goods = &self.goods[self.item_rank.choose(random)];
        }
        if is_stock {
            let delta = if random.u32(..10) == 0 { RESTOCK } else { -1 };
            let key = format!("bench-{:016x}", random.u64(..));
            return Ask { server, kind: STOCK, request: goods.restocked(delta, &key) };
        }
        let price = (goods.price.minor() + random.i64(-50..=50)).max(1);
        Ask { server, kind: PRICE, request: goods.at_price(price) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rank_comes_up_twice_as_often_as_the_second() {
        let (zipf, mut random) = (Zipf::new(1_000), Rng::with_seed(1));
        let mut counts = vec![0_u32; 1_000];
        (0..200_000).for_each(|_| counts[zipf.choose(&mut random)] += 1);
        let ratio = f64::from(counts[0]) / f64::from(counts[1]);
        assert!((1.9..2.1).contains(&ratio), "{ratio}");
        assert!(counts.iter().filter(|count| **count > 0).count() > 990);
    }
}
