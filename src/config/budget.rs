//! Settings of budgets.

use clap::Args;

use crate::cache::budget::BudgetSettings;

/// The largest rate and burst: Redis counts microseconds, and GraphQL's `Int` ends at twice this.
const POINTS_MAX: u32 = 1_000_000_000;

/// What callers may spend, in points of query cost.
#[derive(Args, Clone)]
#[command(next_help_heading = "Budgets")]
pub struct BudgetArgs {
    /// Points of query cost that each caller may spend in a minute; 0: no limit
    #[arg(long, env = "FARMLOKAL_BUDGET_POINTS_PER_MINUTE", value_name = "N", default_value_t = 600_000)]
    budget_points_per_minute: u32,
    /// Points that a caller who has spent nothing for long may spend at once
    #[arg(long, env = "FARMLOKAL_BUDGET_BURST", value_name = "N", default_value_t = 100_000)]
    budget_burst: u32,
    /// Proxies of your own in front of the server: so many entries of X-Forwarded-For, from the right, are believed
    #[arg(long, env = "TRUSTED_PROXIES", value_name = "N", default_value_t = 0)]
    pub trusted_proxies: usize,
}

impl BudgetArgs {
    /// `None` when there is no limit.
    pub fn settings(&self) -> Option<BudgetSettings> {
        let (points_per_minute, burst) = (self.budget_points_per_minute, self.budget_burst);
        (points_per_minute > 0).then_some(BudgetSettings { points_per_minute, burst })
    }

    /// Whether every query that `max_cost` allows can be paid for.
    ///
    /// # Errors
    /// One sentence.
    pub fn check(&self, max_cost: u64) -> Result<(), String> {
        let Some(BudgetSettings { points_per_minute, burst }) = self.settings() else { return Ok(()) };
        if u64::from(burst) < max_cost {
            return Err(format!(
                "FARMLOKAL_BUDGET_BURST is {burst}, but one query may cost {max_cost} (FARMLOKAL_DOCUMENT_MAX_COST)"
            ));
        }
        if points_per_minute > POINTS_MAX || burst > POINTS_MAX {
            return Err(format!("FARMLOKAL_BUDGET_POINTS_PER_MINUTE and FARMLOKAL_BUDGET_BURST are at most {POINTS_MAX}"));
        }
        Ok(())
    }
}
