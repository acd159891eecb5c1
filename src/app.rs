//! The composition root: builds every room, joins them, and shuts them down in order.

mod background;
mod caching;
mod documents;
mod partners;
mod sync;
mod token;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cache::budget::Budget;
use crate::cache::redis::Redis;
use crate::cache::response::KeySpace;
use crate::clock::Clock;
use crate::config::ServeArgs;
use crate::domain::Currency;
use crate::error::{Error, ErrorCode};
use crate::graphql::{self, Api, ApiSettings};
use crate::http::{self, AppState, Budgets, Doors, HttpSettings, RequestIds};
use crate::identity::{HttpKeySource, Issuer, Jwks};
use crate::search::{IndexPlace, Indexer, SearchIndex};
use crate::service::{Access, CategoryDirectory, CursorCodec, Marketplace, Parts, Rules};
use crate::storage::feed::{Follower, FollowerSettings};
use crate::storage::installation::{self, Installation, Randomness};
use crate::storage::statistics::SharedStatistics;
use crate::storage::{Connector, Database, load, migrate};
use crate::telemetry::{RequestLog, Telemetry};
use crate::upstream::PartnerApi;

pub use background::Background;
pub use sync::{SyncSettings, partner_sync};
pub use token::TokenFile;

/// Longest wait at the end for statements under way: a database that hangs would keep the process for ever.
const CLOSE_LIMIT: Duration = Duration::from_secs(3);

/// A server that is bound and ready to serve.
pub struct App {
    listener: TcpListener,
    state: AppState,
    settings: HttpSettings,
    background: Background,
    database: Database,
    token: Option<String>,
    search: Option<SearchIndex>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("address", &self.listener.local_addr()).finish_non_exhaustive()
    }
}

impl App {
    /// Binds the port and builds every room over a database that is up to date.
    ///
    /// # Errors
    /// One sentence for the person at the terminal.
    pub async fn build(args: &ServeArgs, database: Database, sqlite_file: Option<PathBuf>) -> Result<Self, Error> {
        let clock = Clock::system();
        // First: what is counted before is counted nowhere.
        let telemetry = Arc::new(Telemetry::install());
        refuse_half_a_catalogue(&database).await?;
        let installation = install_defaults(&database, args.database.currency).await?;
        let redis = redis(args, &installation)?;
        let place = args.search.place(sqlite_file.as_deref());
        let search = (place != IndexPlace::Nowhere).then(|| args.search.synonyms().map(SearchIndex::new));
        let search = search.transpose().map_err(refused)?;
        let partner = partners::partner(&args.partner, redis.as_ref(), &clock)?;
        let around = Around { redis: redis.clone(), search: search.clone(), partner };
        let (mut follower, statistics, marketplace) =
            marketplace(args, &database, &installation, around, &clock, &telemetry).await?;
        let indexer = search.clone().map(|index| Indexer {
            database: database.clone(),
            follower: follower.handle(),
            installation: installation.id.clone(),
            index,
            place,
            clock: clock.clone(),
        });
        let process = random_u64()?;
        let meter = Arc::clone(telemetry.cache());
        let cache = caching::response_cache(args.cache.settings(), &mut follower, redis.as_ref(), &clock, meter, process);
        let (access, token) = access(args, sqlite_file)?;
        let (issuer, issuer_keys) = issuer(args, &clock)?.unzip();
        let api_settings = ApiSettings {
            introspection: args.introspection(),
            limits: args.limits.document_limits(),
            persisted: documents::settings(&args.documents, redis.as_ref())?,
        };
        let api = Api::new(Arc::clone(&marketplace), Arc::clone(&telemetry), api_settings)?;
        let budget = args.budget.settings().map(|settings| Budget::new(settings, redis.clone()));
        let address = args.address();
        let listener = TcpListener::bind(address).await.map_err(|err| refused(format!("cannot listen on {address}: {err}")))?;
        let settings = args.http_settings();
        let state = AppState::new(http::Parts {
            api,
            marketplace,
            access: Arc::new(access.with_issuer(issuer)),
            budgets: budget.clone().map(|budget| Budgets::new(budget, args.budget.trusted_proxies)),
            telemetry: Arc::clone(&telemetry),
            request_log: RequestLog::of(args.log_format()),
            clock: clock.clone(),
            cache,
            keys: KeySpace::new(installation.id.as_bytes(), &graphql::sdl()),
            settings: settings.clone(),
            request_ids: RequestIds::new(process),
        });
        let background = Background {
            database: database.clone(),
            marketplace: Arc::clone(&state.marketplace),
            follower,
            indexer,
            statistics,
            redis,
            budget,
            issuer_keys,
            telemetry,
            clock,
        };
        Ok(Self { listener, state, settings, background, database, token, search })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn address(&self) -> Result<SocketAddr, Error> {
        self.listener.local_addr().map_err(Error::internal)
    }

    /// The development token, to be shown on the terminal alone.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The search index, to be shown while it is made.
    pub fn search(&self) -> Option<&SearchIndex> {
        self.search.as_ref()
    }

    /// Serves until `stop`: first the doors close, then the background tasks end, then the database is let go.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(self, stop: CancellationToken) -> Result<(), Error> {
        let tasks = TaskTracker::new();
        let ended = CancellationToken::new();
        self.background.spawn(&tasks, &ended);
        let served = http::serve(self.listener, Doors::new(self.state.clone()), &self.settings, stop).await;
        ended.cancel();
        tasks.close();
        let closing = async {
            tasks.wait().await;
            self.database.close().await;
        };
        if tokio::time::timeout(CLOSE_LIMIT, closing).await.is_err() {
            tracing::warn!("the database still works on something; it is left to itself");
        }
        // It waits for a thread that writes; at most for a second.
        let _ = tokio::task::spawn_blocking(move || self.state.request_log.flush()).await;
        served.map_err(Error::internal)
    }
}

/// Opens the database and brings its tables up to date.
///
/// # Errors
/// One sentence for the person at the terminal.
pub async fn open_database(connector: &Connector) -> Result<Database, Error> {
    let database = connector.connect().await?;
    if migrate::is_needed(&database).await? {
        let clock = Clock::system();
        let maintenance = connector.connect_for_maintenance().await?;
        let steps = migrate::run(&maintenance, &hex(&random_bytes::<8>()?), || clock.now_ms()).await?;
        maintenance.close().await;
        tracing::debug!(steps, "the tables are up to date");
    }
    Ok(database)
}

async fn refuse_half_a_catalogue(database: &Database) -> Result<(), Error> {
    let missing = load::missing_indexes(database).await?;
    let Some(index) = missing.first() else { return Ok(()) };
    let message =
        format!("the catalogue lacks the index {index}: a load was cut off; run `farmlokal seed --replace` or load again");
    Err(refused(message))
}

/// Redis, if one is set. It need not be there.
fn redis(args: &ServeArgs, installation: &Installation) -> Result<Option<Redis>, Error> {
    let settings = args.redis.settings(&installation.id).map_err(refused)?;
    settings.map(Redis::connect_lazily).transpose()
}

/// What the marketplace works with, and could do without.
struct Around {
    redis: Option<Redis>,
    search: Option<SearchIndex>,
    partner: Option<PartnerApi>,
}

async fn marketplace(
    args: &ServeArgs,
    database: &Database,
    installation: &Installation,
    around: Around,
    clock: &Clock,
    telemetry: &Telemetry,
) -> Result<(Follower, SharedStatistics, Arc<Marketplace>), Error> {
    let follower_settings = FollowerSettings::default();
    let statistics = SharedStatistics::default();
    let categories = CategoryDirectory::default();
    let subscribers = background::subscribers(database.clone(), statistics.clone(), categories.clone());
    let follower = Follower::behind_head(database.clone(), follower_settings, subscribers, caching::CHANGES_READ_BACK).await?;
    let rules = Rules {
        currency: installation.currency,
        low_stock_packs: args.low_stock_packs,
        idle_after: follower_settings.idle_after,
    };
    let marketplace = Marketplace::new(Parts {
        database: database.clone(),
        cursors: CursorCodec::new(&installation.cursor_keys, clock.now_ms())?,
        follower: follower.handle(),
        statistics: statistics.clone(),
        categories,
        webhooks: partners::webhook_desk(&args.webhooks, args.takes_unsigned_here(), Arc::clone(telemetry.webhooks()))?,
        rules,
        clock: clock.clone(),
    });
    let marketplace = marketplace.with_redis(around.redis).with_search(around.search).with_partner(around.partner);
    Ok((follower, statistics, Arc::new(marketplace)))
}

/// Makes the row about the installation and its first cursor key unless they are there.
///
/// # Errors
/// When the database fails or keeps another currency.
pub async fn install_defaults(database: &Database, currency: Currency) -> Result<Installation, Error> {
    let random = Randomness { installation_id: random_bytes()?, cursor_key: random_bytes()? };
    installation::ensure(database, currency, &random, Clock::system().now_ms()).await
}

/// Who may do what, and the development token if there is one.
fn access(args: &ServeArgs, sqlite_file: Option<PathBuf>) -> Result<(Access, Option<String>), Error> {
    let mut tokens = Vec::new();
    let mut dev_token = None;
    if args.wants_dev_token() {
        let token = match args.dev_token() {
            Some(token) => token.to_owned(),
            None => TokenFile::beside(sqlite_file).read_or_make(|| random_bytes().map(|bytes: [u8; 24]| hex(&bytes)))?,
        };
        dev_token = Some(token.clone());
        tokens.push(token);
    }
    if let Some(file) = args.admin_token_file() {
        tokens.push(TokenFile::at(file.clone()).read()?);
    }
    Ok((Access::new(tokens, args.anonymous_scopes()), dev_token))
}

/// The issuer whose tokens are taken, and its keys, which are not there yet.
fn issuer(args: &ServeArgs, clock: &Clock) -> Result<Option<(Arc<Issuer>, Jwks)>, Error> {
    let Some(settings) = args.issuer_settings().map_err(refused)? else { return Ok(None) };
    let keys = Jwks::new(Box::new(HttpKeySource::new(settings.jwks_url.clone())?));
    Ok(Some((Arc::new(Issuer::new(settings, keys.clone(), clock.clone())), keys)))
}

/// A refusal for the person at the terminal.
pub(crate) fn refused(message: String) -> Error {
    Error::refused(ErrorCode::Conflict, message)
}

fn random_bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|err| Error::internal(format!("the system gives no random numbers: {err}")))?;
    Ok(bytes)
}

fn random_u64() -> Result<u64, Error> {
    random_bytes().map(u64::from_ne_bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
