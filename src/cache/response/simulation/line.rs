//! A process' line to the database: it takes time, breaks, and hangs.

use std::time::Duration;

use tokio::time::sleep;

use super::database::Truth;
use super::dice::Dice;
use super::plan::Fault;
use super::process::Gate;
use crate::domain::Change;
use crate::error::Error;
use crate::storage::changes::Head;
use crate::storage::feed::FeedSource;

/// Longest time for one statement.
const STATEMENT_MS: u64 = 2_500;

#[derive(Clone)]
pub(super) struct Line {
    gate: Gate,
}

impl Line {
    pub(super) fn new(gate: Gate) -> Self {
        Self { gate }
    }

    /// One statement. `matter` tells it from others that are made in the same millisecond. When it fails, it may have been
    /// executed.
    pub(super) async fn call<T>(&self, matter: u64, act: impl FnOnce(&mut Truth) -> T) -> Result<T, Error> {
        self.gate.pass().await;
        let world = self.gate.world();
        let dice = &mut Dice::of(world.plan.seed, &[1, self.gate.process as u64, matter, world.now_ms()]);
        self.works().await?;
        let is_slow = world.plan.broken_until(Fault::DatabaseSlow, self.gate.process, world.now_ms()).is_some();
        // It always takes some time: whoever asks without end must come to the end of the world.
        let all_ms = if is_slow { dice.between(10, 500) } else { dice.between(1, 4) };
        let there_ms = dice.below(all_ms + 1);
        pause(there_ms).await;
        let done = act(&mut world.database.look());
        self.works().await?;
        pause(all_ms - there_ms).await;
        self.gate.pass().await;
        Ok(done)
    }

    /// Waits while the database hangs, and fails when that is too long, or when it is away.
    async fn works(&self) -> Result<(), Error> {
        let (world, process) = (self.gate.world(), self.gate.process);
        let unavailable = |timed_out| Err(Error::Unavailable { timed_out, detail: String::new() });
        let now_ms = world.now_ms();
        if world.plan.broken_until(Fault::DatabaseAway, process, now_ms).is_some() {
            sleep(Duration::from_millis(1)).await;
            return unavailable(false);
        }
        let Some(until_ms) = world.plan.broken_until(Fault::DatabaseHangs, process, now_ms) else { return Ok(()) };
        sleep(Duration::from_millis((until_ms - now_ms).min(STATEMENT_MS))).await;
        if until_ms - now_ms > STATEMENT_MS { unavailable(true) } else { Ok(()) }
    }
}

/// Sleeps, unless for nothing.
pub(super) async fn pause(ms: u64) {
    if ms > 0 {
        sleep(Duration::from_millis(ms)).await;
    }
}

impl FeedSource for Line {
    async fn number(&self) -> Result<(), Error> {
        if self.call(2, |truth| truth.is_any_unnumbered()).await? {
            self.call(3, Truth::number).await?;
        }
        Ok(())
    }

    async fn head(&self) -> Result<Head, Error> {
        self.call(4, |truth| truth.head()).await
    }

    async fn after(&self, position: i64, limit: u32) -> Result<Vec<Change>, Error> {
        self.call(5, |truth| truth.after(position, limit)).await
    }
}
