//! The three databases that every test asks: opened, migrated, with a marketplace over each.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use farmlokal::app;
use farmlokal::clock::Clock;
use farmlokal::domain::Currency;
use farmlokal::search::{IndexPlace, Indexer, SearchIndex, Synonyms};
use farmlokal::service::{CategoryDirectory, CursorCodec, Marketplace, Parts, Rules, WebhookDesk};
use farmlokal::storage::feed::{Follower, FollowerHandle, FollowerSettings};
use farmlokal::storage::installation;
use farmlokal::storage::statistics::SharedStatistics;
use farmlokal::storage::{Connector, Database, PoolSettings, StatementLog};
use farmlokal_testbed::{MariaDb, Postgres, fresh_sqlite};
use sea_orm::{ConnectOptions, DatabaseConnection};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::fixtures;

/// One engine with an empty catalogue.
pub(crate) struct Bench {
    pub(crate) name: &'static str,
    pub(crate) url: String,
    /// Writes every statement into `log`, but for those of the follower of the change feed.
    pub(crate) database: Database,
    pub(crate) log: StatementLog,
    pub(crate) marketplace: Arc<Marketplace>,
    pub(crate) statistics: SharedStatistics,
    /// A connection of our own, for writing rows behind the marketplace's back.
    pub(crate) fixtures: DatabaseConnection,
    /// What the marketplace takes for now, in milliseconds since 1970.
    pub(crate) now_ms: Arc<AtomicI64>,
    /// The index that the marketplace searches, in memory.
    pub(crate) search: SearchIndex,
    follower: FollowerHandle,
    _folder: Option<TempDir>,
}

/// A runtime as the server's.
pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A fresh database on each engine.
pub(crate) async fn all() -> [Bench; 3] {
    [Bench::sqlite().await, Bench::postgres().await, Bench::mariadb().await]
}

impl Bench {
    pub(crate) async fn sqlite() -> Self {
        let (url, folder) = fresh_sqlite();
        Self::open("SQLite", url, Some(folder)).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::open("PostgreSQL", Postgres::shared().fresh_database(), None).await
    }

    pub(crate) async fn mariadb() -> Self {
        Self::open("MariaDB", MariaDb::shared().fresh_database(), None).await
    }

    async fn open(name: &'static str, url: String, folder: Option<TempDir>) -> Self {
        let connector = Connector::new(&url, pool_settings()).unwrap();
        let unlogged = app::open_database(&connector).await.unwrap();
        let (database, log) = unlogged.logged();
        let installation = app::install_defaults(&unlogged, Currency::INR).await.unwrap();
        let settings = FollowerSettings::default();
        let follower = Follower::at_head(unlogged.clone(), settings, Vec::new()).await.unwrap();
        let (handle, search) = (follower.handle(), SearchIndex::new(Synonyms::built_in().unwrap()));
        let indexer = Indexer {
            database: unlogged,
            follower: handle.clone(),
            installation: installation.id.clone(),
            index: search.clone(),
            place: IndexPlace::Memory,
            clock: Clock::system(),
        };
        let (statistics, now_ms) = (SharedStatistics::default(), Arc::new(AtomicI64::new(0)));
        let shown = Arc::clone(&now_ms);
        let marketplace = Marketplace::new(Parts {
            database: database.clone(),
            cursors: CursorCodec::new(&installation.cursor_keys, 0).unwrap(),
            follower: follower.handle(),
            statistics: statistics.clone(),
            categories: CategoryDirectory::default(),
            webhooks: WebhookDesk::closed(),
            rules: Rules { currency: Currency::INR, low_stock_packs: 5, idle_after: settings.idle_after },
            clock: Clock::of(move || shown.load(Ordering::Relaxed)),
        });
        let marketplace = marketplace.with_search(Some(search.clone()));
        // They end with the runtime.
        tokio::spawn(follower.run(CancellationToken::new()));
        tokio::spawn(indexer.run(CancellationToken::new()));
        let mut options = ConnectOptions::new(&url);
        options.max_connections(1).sqlx_logging(false);
        let fixtures = sea_orm::Database::connect(options).await.unwrap();
        fixtures::keep_ids_apart(&fixtures).await;
        Self {
            name,
            url,
            database,
            log,
            marketplace: Arc::new(marketplace),
            statistics,
            fixtures,
            now_ms,
            search,
            follower: handle,
            _folder: folder,
        }
    }

    /// Has the index made anew, of rows that were written behind the feed's back.
    pub(crate) async fn index_anew(&self) {
        installation::raise_generation(&self.database).await.unwrap();
        let generation = self.follower.generation() + 1;
        let is_made = || self.search.latest().is_some_and(|snapshot| snapshot.generation() >= generation);
        tokio::time::timeout(Duration::from_secs(30), async {
            while !is_made() {
                self.follower.nudge();
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await
        .unwrap();
    }

    /// A database without a time limit for slow work such as a load.
    pub(crate) async fn for_maintenance(&self) -> Database {
        Connector::new(&self.url, pool_settings()).unwrap().connect_for_maintenance().await.unwrap()
    }
}

fn pool_settings() -> PoolSettings {
    PoolSettings {
        max_connections: 4,
        acquire_timeout: Duration::from_secs(30),
        statement_timeout: Duration::from_secs(30),
        first_connect_timeout: Duration::from_secs(30),
        prepared_statements: true,
    }
}
