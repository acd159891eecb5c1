//! One change of a price, and who shows it when.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use bytes::Bytes;

use crate::shop::{PAGE, Shop, Shown};
use crate::wire::Wire;

/// Between two looks at a page.
const LOOK: Duration = Duration::from_millis(5);
/// What is not seen by then counts as this.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connections of one lane to all processes.
pub(super) struct Change {
    addresses: Vec<SocketAddr>,
    writers: Vec<Wire>,
}

/// Who has shown a change.
pub(super) struct Seen {
    /// Its own answer.
    pub(super) in_answer: bool,
    /// The first read, of both pages, from the process that wrote it.
    pub(super) in_next_read: bool,
    /// Each other process: from the writer's answer to the first answers with the new price, of both pages.
    pub(super) others: Vec<Duration>,
}

impl Change {
    /// Connects to all of them.
    ///
    /// # Errors
    /// When one does not listen.
    pub(super) async fn open(addresses: &[SocketAddr]) -> anyhow::Result<Self> {
        let mut writers = Vec::with_capacity(addresses.len());
        for address in addresses {
            writers.push(Wire::open(*address).await?);
        }
        Ok(Self { addresses: addresses.to_vec(), writers })
    }

    /// Changes a price through one process and looks at all of them.
    ///
    /// # Errors
    /// When a process refuses.
    pub(super) async fn run(&mut self, shop: &Shop, number: usize) -> anyhow::Result<Seen> {
        let category = number % shop.categories.len();
        let shelf = &shop.shelves[category];
        // Only what the first page of the category's newest list shows.
        let goods = shelf.get(number / shop.categories.len() % shelf.len().clamp(1, PAGE)).context("an empty shelf")?;
        let price = goods.price.minor() + 1 + i64::try_from(number)?;
        let pages = [Shop::item(goods).post(), shop.newest(category).post()];
        let writer = number % self.writers.len();
        let answer = self.writers[writer].exchange(&goods.at_price(price)).await?;
        answer.require_data()?;
        let in_answer =
            Shown::written(answer.body)?.is_some_and(|shown| shown.slug == goods.slug && shown.price.minor() == price);
        let answered = Instant::now();
        let others = (0..self.addresses.len()).filter(|process| *process != writer).map(|process| {
            let (address, pages, slug) = (self.addresses[process], pages.clone(), goods.slug.clone());
            tokio::spawn(async move { until_shown(address, &pages, &slug, price, answered).await })
        });
        let others: Vec<_> = others.collect();
        let mut in_next_read = true;
        for page in &pages {
            in_next_read &= shows(&mut self.writers[writer], page, &goods.slug, price).await?;
        }
        let mut seen = Seen { in_answer, in_next_read, others: Vec::new() };
        for other in others {
            seen.others.push(other.await??);
        }
        Ok(seen)
    }
}

/// Asks one process for all pages until all show the price.
async fn until_shown(address: SocketAddr, pages: &[Bytes], slug: &str, price: i64, since: Instant) -> anyhow::Result<Duration> {
    let mut wire = Wire::open(address).await?;
    for page in pages {
        while !shows(&mut wire, page, slug, price).await? {
            if since.elapsed() > PATIENCE {
                return Ok(PATIENCE);
            }
            tokio::time::sleep(LOOK).await;
        }
    }
    Ok(since.elapsed())
}

async fn shows(wire: &mut Wire, page: &Bytes, slug: &str, price: i64) -> anyhow::Result<bool> {
    let answer = wire.exchange(page).await?;
    answer.require_data()?;
    Ok(Shown::on_page(answer.body)?.iter().any(|shown| shown.slug == slug && shown.price.minor() == price))
}
