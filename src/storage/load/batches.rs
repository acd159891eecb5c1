//! Rows made ahead on a thread of their own, so that generating them and taking them in overlap.

use seed::{Catalogue, Product};
use tokio::sync::mpsc;

use super::row::{self, Copied, Encoder};
use super::table::Table;

/// Batches that may wait for the database. With the bound on a batch it bounds the memory.
const AHEAD: usize = 4;

/// Some rows, encoded.
#[derive(Debug)]
pub(super) struct Batch<E> {
    /// How many.
    pub(super) rows: usize,
    /// Their values.
    pub(super) encoded: E,
}

/// When a batch is full.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// At most so many rows.
    pub(super) rows: usize,
    /// No further row once there are so many bytes.
    pub(super) bytes: usize,
}

/// How many rows the table will have.
pub(super) fn row_count(catalogue: &Catalogue, table: Table) -> u64 {
    match table {
        Table::Categories => seed::CATEGORY_COUNT,
        Table::Producers => catalogue.producer_count(),
        Table::Products => catalogue.product_count(),
    }
}

/// All rows of a table in the order of their ids; the thread ends when the receiver is dropped.
pub(super) fn of_table<E, M>(catalogue: &Catalogue, table: Table, limits: Limits, make: M) -> mpsc::Receiver<Batch<E>>
where
    E: Encoder + Send + 'static,
    M: Fn() -> E + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(AHEAD);
    let catalogue = *catalogue;
    tokio::task::spawn_blocking(move || {
        let filling = Batch { rows: 0, encoded: make() };
        let mut writer = Writer { columns: table.columns().len(), limits, make, filling, sender };
        // Nobody wants the rest when the receiver is gone: the load has failed and says why.
        let _ = writer.write(&catalogue, table);
    });
    receiver
}

/// The receiver is gone.
struct Unwanted;

struct Writer<E, M> {
    columns: usize,
    limits: Limits,
    make: M,
    filling: Batch<E>,
    sender: mpsc::Sender<Batch<E>>,
}

impl<E: Encoder, M: Fn() -> E> Writer<E, M> {
    fn write(&mut self, catalogue: &Catalogue, table: Table) -> Result<(), Unwanted> {
        match table {
            Table::Categories => {
                for category in catalogue.categories() {
                    self.row(|to| row::category(to, &category))?;
                }
            }
            Table::Producers => {
                for id in 1..=catalogue.producer_count() {
                    self.row(|to| row::producer(to, &catalogue.producer(id)))?;
                }
            }
            Table::Products => self.products(catalogue)?,
        }
        self.send()
    }

    fn products(&mut self, catalogue: &Catalogue) -> Result<(), Unwanted> {
        let copied: Vec<Copied> = (1..=catalogue.producer_count()).map(|id| Copied::of(&catalogue.producer(id))).collect();
        let mut product = Product::default();
        for id in 1..=catalogue.product_count() {
            catalogue.product_into(id, &mut product);
            // Producer ids run from 1 without a gap; a row too few is noticed by the receiver, which counts.
            let place = usize::try_from(product.producer_id - 1).ok();
            let Some(copied) = place.and_then(|place| copied.get(place)) else { return Err(Unwanted) };
            self.row(|to| row::product(to, &product, copied))?;
        }
        Ok(())
    }

    fn row(&mut self, write: impl FnOnce(&mut E)) -> Result<(), Unwanted> {
        self.filling.encoded.begin_row(self.columns);
        write(&mut self.filling.encoded);
        self.filling.encoded.end_row();
        self.filling.rows += 1;
        let full = self.filling.rows >= self.limits.rows || self.filling.encoded.size_bytes() >= self.limits.bytes;
        if full { self.send() } else { Ok(()) }
    }

    fn send(&mut self) -> Result<(), Unwanted> {
        if self.filling.rows == 0 {
            return Ok(());
        }
        let full = std::mem::replace(&mut self.filling, Batch { rows: 0, encoded: (self.make)() });
        self.sender.blocking_send(full).map_err(|_| Unwanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts values.
    #[derive(Default)]
    struct Counter(usize);

    impl Encoder for Counter {
        fn begin_row(&mut self, _columns: usize) {}
        fn big(&mut self, _value: i64) {
            self.0 += 1;
        }
        fn small(&mut self, _value: i16) {
            self.0 += 1;
        }
        fn text(&mut self, _value: &str) {
            self.0 += 1;
        }
        fn null(&mut self) {
            self.0 += 1;
        }
        fn end_row(&mut self) {}
        fn size_bytes(&self) -> usize {
            self.0
        }
    }

    async fn sizes(table: Table, limits: Limits) -> Vec<usize> {
        let catalogue = Catalogue::new(3, 100);
        let mut batches = of_table(&catalogue, table, limits, Counter::default);
        let mut sizes = Vec::new();
        while let Some(batch) = batches.recv().await {
            assert_eq!(batch.encoded.0, batch.rows * table.columns().len(), "every row is whole");
            sizes.push(batch.rows);
        }
        assert_eq!(sizes.iter().sum::<usize>() as u64, row_count(&catalogue, table));
        sizes
    }

    #[tokio::test]
    async fn batches_end_at_either_limit_and_the_last_is_short() {
        assert_eq!(sizes(Table::Products, Limits { rows: 30, bytes: usize::MAX }).await, [30, 30, 30, 10]);
        assert_eq!(sizes(Table::Products, Limits { rows: usize::MAX, bytes: 19 * 60 }).await, [60, 40]);
        assert_eq!(sizes(Table::Producers, Limits { rows: 12, bytes: usize::MAX }).await, [12]);
        assert_eq!(sizes(Table::Categories, Limits { rows: 1_000, bytes: 1_000 }).await, [12]);
    }
}
