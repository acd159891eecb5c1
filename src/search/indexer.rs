//! The task that keeps the index: opens or makes it, follows the feed, and starts anew when the catalogue did.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::SearchIndex;
use super::folder::{self, Folder};
use super::following::Touched;
use super::live::LiveIndex;
use super::making::{blocking, make};
use super::stamp::Stamp;
use crate::clock::Clock;
use crate::error::Error;
use crate::storage::changes;
use crate::storage::feed::FollowerHandle;
use crate::storage::{Database, count};

/// Changes taken over at once.
const BATCH: u32 = 1_000;
/// Least pause between two commits: each writes files, and waits for the disk.
const COMMIT_EVERY: Duration = Duration::from_millis(200);
/// How long nothing changed until the writer's buffer is let go of.
const REST_AFTER: Duration = Duration::from_secs(5);
/// Pause after a failure.
const RETRY_PAUSE: Duration = Duration::from_secs(1);
/// How often it is looked whether somebody brought a new index.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Where the index of this process is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexPlace {
    /// Nowhere: searches are refused.
    Nowhere,
    /// In memory: made anew at every start.
    Memory,
    /// In a folder that several processes may share.
    Folder(PathBuf),
}

/// Keeps an index.
#[derive(Debug)]
pub struct Indexer {
    /// The truth.
    pub database: Database,
    /// Wakes at changes.
    pub follower: FollowerHandle,
    /// Whose catalogue it is.
    pub installation: String,
    /// Where to show the index.
    pub index: SearchIndex,
    /// Where to keep it.
    pub place: IndexPlace,
    /// Names indexes.
    pub clock: Clock,
}

/// An index that is kept, and where.
struct Kept {
    live: LiveIndex,
    path: Option<PathBuf>,
}

impl Kept {
    fn is_at(&self, path: &Path) -> bool {
        self.path.as_deref() == Some(path)
    }
}

impl Indexer {
    /// Keeps the index until `ended`. Whatever fails is logged and tried again.
    pub async fn run(self, ended: CancellationToken) {
        tokio::select! {
            () = ended.cancelled() => {}
            () = self.keep() => {}
        }
    }

    async fn keep(self) {
        let folder = self.take_folder();
        let mut kept = None;
        loop {
            let begun = Instant::now();
            let Err(err) = self.keep_with(folder.as_ref(), &mut kept).await;
            // Told once: what fails again at once is the same.
            if begun.elapsed() > RETRY_PAUSE {
                let detail = err.detail().unwrap_or_default();
                tracing::warn!(detail, "the search index cannot follow the catalogue; trying again");
            }
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    /// Without a folder that can be written the index lives in memory.
    fn take_folder(&self) -> Option<Folder> {
        let IndexPlace::Folder(parent) = &self.place else { return None };
        let taken = Folder::take(parent);
        if let Err(err) = &taken {
            tracing::warn!(folder = %parent.display(), detail = %err, "the search index is kept in memory");
        }
        taken.ok()
    }

    /// Goes on until something fails. An index whose change failed half-way is opened or made again.
    async fn keep_with(&self, folder: Option<&Folder>, kept: &mut Option<Kept>) -> Result<Infallible, Error> {
        let mut wake = self.follower.positions();
        loop {
            if is_replaced(folder, kept.as_ref()) {
                tracing::info!("somebody brought a new search index");
                *kept = None;
            }
            if kept.is_none() {
                *kept = self.open(folder).await?;
                // What another index left behind. Its files stay readable for those who still read them.
                folder.map_or(Ok(()), Folder::clean).map_err(Error::internal)?;
            }
            let head = changes::head(&self.database).await?;
            let open = match kept.take_if(|kept| kept.live.stamp().leads_to(&head)) {
                Some(open) => open,
                None => self.make(folder).await?,
            };
            let begun = Instant::now();
            *kept = Some(self.follow(open, head.seq).await?);
            self.pause(begun, &mut wake, folder, kept).await?;
        }
    }

    /// Takes over every change up to `end`.
    async fn follow(&self, mut kept: Kept, end: i64) -> Result<Kept, Error> {
        while kept.live.stamp().position < end {
            let from = kept.live.stamp().position;
            let batch = changes::after(&self.database, from, BATCH).await?;
            let Some(last) = batch.last().map(|change| change.seq) else { break };
            let mut touched = Touched::default();
            batch.iter().for_each(|change| touched.add(change));
            let rows = touched.read(&self.database).await?;
            let index = self.index.clone();
            kept = blocking(move || {
                let Kept { mut live, path } = kept;
                let stamp = live.stamp().at(last);
                live.replace(&rows).and_then(|()| live.commit(stamp)).map_err(Error::internal)?;
                index.show(live.snapshot().map_err(Error::internal)?);
                Ok(Kept { live, path })
            })
            .await?;
        }
        Ok(kept)
    }

    /// Until the next change, but not too soon after the last. The database is not asked meanwhile: it may want to sleep.
    async fn pause(
        &self,
        begun: Instant,
        wake: &mut watch::Receiver<i64>,
        folder: Option<&Folder>,
        kept: &mut Option<Kept>,
    ) -> Result<(), Error> {
        let quiet_since = Instant::now();
        let mut rests = false;
        while !is_replaced(folder, kept.as_ref()) {
            match tokio::time::timeout(LOOK_EVERY, wake.changed()).await {
                Ok(Ok(())) => {
                    tokio::time::sleep_until(begun + COMMIT_EVERY).await;
                    wake.mark_unchanged();
                    return Ok(());
                }
                Ok(Err(_)) => return Err(Error::internal("the follower of the change feed is gone")),
                Err(_) if quiet_since.elapsed() > REST_AFTER && !rests => {
                    if let Some(Kept { mut live, path }) = kept.take() {
                        let rested = blocking(move || live.rest().map(|()| live).map_err(Error::internal)).await?;
                        *kept = Some(Kept { live: rested, path });
                    }
                    rests = true;
                }
                Err(_) => {}
            }
        }
        Ok(())
    }

    async fn open(&self, folder: Option<&Folder>) -> Result<Option<Kept>, Error> {
        let Some(path) = folder.and_then(Folder::current) else { return Ok(None) };
        let like = Stamp::new(&self.installation, self.index.synonyms(), 0, 0);
        let (index, synonyms, at) = (self.index.clone(), self.index.synonyms().clone(), path.clone());
        let opened = blocking(move || {
            // Whatever is wrong with it: it is made anew.
            let Ok(Some(live)) = LiveIndex::open(&at, &like, &synonyms) else { return Ok(None) };
            index.show(live.snapshot().map_err(Error::internal)?);
            Ok(Some(live))
        })
        .await?;
        if opened.is_none() {
            tracing::warn!(folder = %path.display(), "the search index is damaged or of another release; it is made anew");
        }
        Ok(opened.map(|live| Kept { live, path: Some(path) }))
    }

    async fn make(&self, folder: Option<&Folder>) -> Result<Kept, Error> {
        let started = Instant::now();
        let total = count::everything(&self.database).await?;
        self.index.set_total(total);
        let building = folder.map(|folder| folder.begin(&unique_name(&self.clock))).transpose().map_err(Error::internal)?;
        let maker = building.as_deref().map(folder::hold).transpose().map_err(Error::internal)?;
        let seen = |rows| self.index.add_done(rows);
        let live = make(&self.database, &self.installation, &self.index, building.as_deref(), seen).await?;
        let kept = match (folder, building) {
            (Some(folder), Some(building)) => self.move_in(folder, &building).await?,
            _ => Kept { live, path: None },
        };
        drop(maker);
        self.index.show(kept.live.snapshot().map_err(Error::internal)?);
        tracing::info!(rows = total, seconds = started.elapsed().as_secs_f64(), "the search index is made");
        Ok(kept)
    }

    /// Takes what was built for the index that holds, and opens it there.
    async fn move_in(&self, folder: &Folder, building: &Path) -> Result<Kept, Error> {
        let path = folder.swap_in(building).map_err(Error::internal)?;
        let kept = self.open(Some(folder)).await?;
        folder.clean().map_err(Error::internal)?;
        kept.ok_or_else(|| Error::internal(format!("the search index in {} cannot be opened", path.display())))
    }
}

/// Whether somebody brought an index in place of the one that is kept.
fn is_replaced(folder: Option<&Folder>, kept: Option<&Kept>) -> bool {
    let current = folder.and_then(Folder::current);
    current.is_some_and(|current| kept.is_some_and(|kept| !kept.is_at(&current)))
}

/// A name that no other index has: it is made of the time and of the process.
pub(super) fn unique_name(clock: &Clock) -> String {
    format!("{}-{}", clock.now_ms(), std::process::id())
}
