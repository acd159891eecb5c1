//! Pulls products and orders from the partner, page by page; a call that ran out of time is gone on with by the next one.

use std::time::Duration;

use tokio::time::Instant;

use super::Marketplace;
use super::webhook::{Account, Effect};
use crate::domain::Subject;
use crate::error::{Error, ErrorCode};
use crate::storage::partner_sync::{self, SyncProgress, SyncStage};
use crate::upstream::PartnerApi;

/// What a synchronisation did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// Whether everything was pulled.
    pub done: bool,
    /// Products that were not there.
    pub products_created: u64,
    /// Products of which something was new.
    pub products_updated: u64,
    /// Orders that were not there, or of which something was new.
    pub orders_upserted: u64,
    /// What was looked at.
    pub seen: u64,
    /// What could not be taken, for example because of another currency.
    pub refused: u64,
}

impl Marketplace {
    /// Pulls what changed since then, or everything, for at most `limit`; `progress` is told after each page.
    ///
    /// # Errors
    /// `CONFLICT` without a partner; `UPSTREAM_…` when it is away (what was pulled before stays, the next call goes on there).
    pub async fn sync_partner(
        &self,
        updated_since_ms: Option<i64>,
        limit: Duration,
        progress: impl Fn(&SyncReport) + Send + Sync,
    ) -> Result<SyncReport, Error> {
        let unset = || Error::refused(ErrorCode::Conflict, "there is no partner to pull from: PARTNER_API_URL is not set");
        let partner = self.partner.as_ref().ok_or_else(unset)?;
        let deadline = Instant::now() + limit;
        let begin = SyncProgress { updated_since_ms, stage: SyncStage::Products, next_cursor: None };
        let stored = partner_sync::read(&self.database).await?;
        let mut next = Some(stored.filter(|stored| stored.updated_since_ms == updated_since_ms).unwrap_or(begin));
        let mut report = SyncReport::default();
        while let Some(at) = next {
            if Instant::now() >= deadline {
                return Ok(report);
            }
            next = self.pull_page(partner, &at, &mut report).await?;
            partner_sync::write(&self.database, next.as_ref()).await?;
            progress(&report);
        }
        Ok(SyncReport { done: true, ..report })
    }

    /// Takes one page; gives where the next one is.
    async fn pull_page(
        &self,
        partner: &PartnerApi,
        at: &SyncProgress,
        report: &mut SyncReport,
    ) -> Result<Option<SyncProgress>, Error> {
        let (since, cursor) = (at.updated_since_ms, at.next_cursor.as_deref());
        let next_cursor = match at.stage {
            SyncStage::Products => {
                let page = partner.products_page(since, cursor).await?;
                for product in page.items {
                    let subject = Subject::product(product.id.clone());
                    match self.take(&subject, Account::Product(Box::new(product)), report).await? {
                        Some(Effect::Created) => report.products_created += 1,
                        Some(Effect::Applied) => report.products_updated += 1,
                        _ => {}
                    }
                }
                page.next_cursor
            }
            SyncStage::Orders => {
                let page = partner.orders_page(since, cursor).await?;
                for order in page.items {
                    let subject = Subject::order(order.id.clone());
                    let effect = self.take(&subject, Account::Order(Box::new(order)), report).await?;
                    report.orders_upserted += u64::from(matches!(effect, Some(Effect::Created | Effect::Applied)));
                }
                page.next_cursor
            }
        };
        Ok(match (next_cursor, at.stage) {
            (Some(cursor), _) => Some(SyncProgress { next_cursor: Some(cursor), ..at.clone() }),
            (None, SyncStage::Products) => Some(SyncProgress { stage: SyncStage::Orders, next_cursor: None, ..at.clone() }),
            (None, SyncStage::Orders) => None,
        })
    }

    /// One thing that cannot be taken does not hold the others up.
    async fn take(&self, subject: &Subject, account: Account, report: &mut SyncReport) -> Result<Option<Effect>, Error> {
        report.seen += 1;
        match self.refresh(subject, &account).await.map_err(Error::from) {
            Ok(effect) => Ok(Some(effect)),
            Err(err @ Error::Refused { .. }) => {
                report.refused += 1;
                tracing::warn!(%subject, why = %err, "the partner's account was refused");
                Ok(None)
            }
            Err(err) => Err(err),
        }
    }
}
