//! Lists of orders, newest first.

use super::filter_hash::FilterHash;
use super::page::PageRequest;
use super::timeline::{Timeline, TimelineSelection};
use super::{LIST_MAX, Marketplace};
use crate::domain::{Order, OrderStatus};
use crate::error::Error;
use crate::storage::orders::{self, OrderSelection};
use crate::storage::{Bounds, Database, Seek, Window};

/// Filters as they came; `None` does not filter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// Any of these statuses.
    pub statuses: Option<Vec<OrderStatus>>,
    /// Placed within these milliseconds since 1970.
    pub placed_at: Bounds,
}

/// A page of orders.
pub type OrderPage = Timeline<OrderSelection>;

impl Marketplace {
    /// One page of orders.
    ///
    /// # Errors
    /// `BAD_USER_INPUT`, `INVALID_CURSOR`, or the database's.
    pub async fn orders(&self, filter: OrderFilter, page: &PageRequest) -> Result<OrderPage, Error> {
        let OrderFilter { mut statuses, placed_at } = filter;
        if statuses.as_ref().is_some_and(|statuses| statuses.len() > LIST_MAX) {
            return Err(Error::bad_input(format!("`statuses` may hold at most {LIST_MAX} values")));
        }
        if let Some(statuses) = &mut statuses {
            statuses.sort_unstable();
            statuses.dedup();
        }
        self.timeline(OrderSelection { statuses, placed_at }, page).await
    }

    /// Orders by database id; unknown ones are left out.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn orders_by_ids(&self, ids: &[i64]) -> Result<Vec<Order>, Error> {
        orders::by_ids(&self.database, ids).await
    }
}

impl TimelineSelection for OrderSelection {
    type Row = Order;
    const TAG: u8 = 32;

    fn hash(&self) -> [u8; 8] {
        let mut hash = FilterHash::new();
        let codes = |statuses: &Vec<OrderStatus>| statuses.iter().map(|status| i64::from(status.code())).collect();
        hash.list("status", self.statuses.as_ref().map(codes));
        hash.list("from", self.placed_at.min.map(|min| vec![min]));
        hash.list("to", self.placed_at.max.map(|max| vec![max]));
        hash.finish()
    }

    fn position(row: &Order) -> Seek {
        orders::position(row)
    }

    async fn read(&self, database: &Database, window: &Window) -> Result<Vec<Order>, Error> {
        orders::read(database, self, window).await
    }

    async fn count(&self, database: &Database, cap: u64) -> Result<u64, Error> {
        orders::count(database, self, cap).await
    }
}
