//! Visitors of three processes: before a fault, while it lasts, and after it.

use std::time::{Duration, Instant};

use bytes::Bytes;
use fastrand::Rng;

use super::super::Run;
use crate::fleet::{Deployment, addresses};
use crate::shop::Shop;
use crate::stopwatch::{pause, pause_until};
use crate::target::Target;
use crate::traffic::{Ask, Told, Traffic};
use crate::wire::Wire;

/// Kinds of requests: a page that is in every cache, and one that nobody has asked for before.
pub(super) const WARM: usize = 0;
pub(super) const COLD: usize = 1;

const PROCESSES: usize = 3;
const PER_CATEGORY: usize = 20;
/// Of a hundred requests, so many are for pages that nobody has asked for before.
const COLD_PERCENT: u32 = 20;
/// Longest fault.
const FAULT: Duration = Duration::from_secs(10);
/// Before a fault, and after it: twice what a server has to come back.
const BEFORE: Duration = Duration::from_secs(5);
const AFTER: Duration = Duration::from_secs(10);
/// What a server has to be as it was.
pub(super) const RECOVERY: Duration = Duration::from_secs(5);

/// Three processes, and what their visitors ask.
pub(super) struct Scene {
    /// The processes.
    pub(super) targets: Vec<Target>,
    shop: Shop,
    pages: Vec<Bytes>,
}

/// What became of everybody.
pub(super) struct Story {
    /// All requests.
    pub(super) told: Vec<Told>,
    /// When the fault began.
    pub(super) began: Instant,
    /// When it was over.
    pub(super) ended: Instant,
}

impl Scene {
    /// Starts the processes, and asks each of them for every page.
    ///
    /// # Errors
    /// When they refuse.
    pub(super) fn open(run: &Run<'_>, deployment: &Deployment, url: &str) -> anyhow::Result<Self> {
        let targets = deployment.start(&vec![url.to_owned(); PROCESSES])?;
        run.runtime.block_on(async {
            let addresses = addresses(&targets);
            let shop = Shop::read(addresses[0], PER_CATEGORY).await?;
            let lists = (0..shop.categories.len()).map(|category| shop.newest(category)).chain([Shop::home()]);
            let questions = lists.chain(shop.shelves.iter().flatten().map(Shop::item));
            let pages: Vec<Bytes> = questions.map(|question| question.post()).collect();
            for address in addresses {
                let mut wire = Wire::open(address).await?;
                for page in &pages {
                    wire.exchange(page).await?.require_data()?;
                }
            }
            Ok(Self { targets, shop, pages })
        })
    }

    /// Lets visitors come, lets `fault` happen to them, for so long as it is told, looks at what follows with `watch`, and
    /// waits until all should be forgotten.
    ///
    /// # Errors
    /// When the fault cannot be made.
    pub(super) fn play<T>(
        &self,
        run: &Run<'_>,
        fault: impl FnOnce(Duration) -> anyhow::Result<()>,
        watch: impl FnOnce() -> anyhow::Result<T>,
    ) -> anyhow::Result<(Story, T)> {
        let duration = FAULT.min(Duration::from_secs(run.settings.seconds) / 3);
        let traffic = self.visitors(run);
        pause(BEFORE);
        let began = Instant::now();
        fault(duration)?;
        let ended = Instant::now();
        let watched = watch()?;
        pause_until(ended + AFTER);
        Ok((Story { told: traffic.finish(&run.runtime)?, began, ended }, watched))
    }

    fn visitors(&self, run: &Run<'_>) -> Traffic {
        let (shop, pages, servers) = (self.shop.clone(), self.pages.clone(), self.targets.len());
        let mut unheard_of = 0;
        let choose = move |random: &mut Rng| {
            let server = random.usize(..servers);
            if random.u32(..100) < COLD_PERCENT {
                unheard_of += 1;
                return Ask { server, kind: COLD, request: shop.unheard_of(unheard_of).post() };
            }
            Ask { server, kind: WARM, request: random.choice(&pages).cloned().unwrap_or_default() }
        };
        Traffic::start(&run.runtime, addresses(&self.targets), run.settings.rate, choose, None)
    }
}

impl Story {
    /// Before the fault.
    pub(super) fn is_before(&self, one: &Told) -> bool {
        one.due < self.began
    }

    /// While it lasts, and while a server may still be coming back.
    pub(super) fn is_during(&self, one: &Told) -> bool {
        one.due >= self.began && one.due < self.ended + RECOVERY
    }

    /// While it lasts, from so long after its beginning.
    pub(super) fn is_well_within(&self, one: &Told, after: Duration) -> bool {
        one.due >= self.began + after && one.due < self.ended
    }

    /// When all should be as before.
    pub(super) fn is_after(&self, one: &Told) -> bool {
        one.due >= self.ended + RECOVERY
    }

    /// Seconds from the end of the fault to the last request for which `trouble` holds; 0 without any.
    pub(super) fn trouble_s(&self, trouble: impl Fn(&Told) -> bool) -> f64 {
        let troubled = self.told.iter().filter(|one| one.due >= self.ended && trouble(one));
        troubled.map(|one| one.due.saturating_duration_since(self.ended).as_secs_f64()).fold(0.0, f64::max)
    }
}
