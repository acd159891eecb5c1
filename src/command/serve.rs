//! `farmlokal serve`: from nothing to a catalogue in GraphiQL.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::progress::{IndexProgress, summary};
use super::seed::{DEMO_NUMBER, fill};
use crate::app::{self, App};
use crate::config::{DatabaseTarget, ServeArgs};
use crate::error::Error;
use crate::search::{Progress, SearchIndex};
use crate::storage::Database;
use crate::storage::load::LoadSettings;
use crate::telemetry::install_subscriber;

/// Who waits longer than this wants to know why.
const WONDER_AFTER: Duration = Duration::from_millis(1_500);
/// How often the bar is drawn.
const BAR_EVERY: Duration = Duration::from_millis(200);

/// Serves until SIGTERM or Ctrl-C.
pub(super) fn run(args: &ServeArgs) -> Result<(), String> {
    let target = args.database.target()?;
    args.check(target.by_default)?;
    let traces = install_subscriber(args.log_format(), args.log_filter.clone(), &args.traces.settings())?;
    let runtime = super::runtime(args.worker_threads)?;
    let served = runtime.block_on(serve(args, &target)).map_err(|err| super::sentence(&err));
    traces.finish();
    served
}

async fn serve(args: &ServeArgs, target: &DatabaseTarget) -> Result<(), Error> {
    let stop = stop_on_signal()?;
    let sqlite_file = target.connector.sqlite_file();
    let wants_demo = target.by_default && sqlite_file.as_ref().is_some_and(|file| !file.exists());
    let database = open(args, target, wants_demo).await?;
    let app = App::build(args, database, sqlite_file).await?;
    greet(args, target, &app)?;
    if let Some(index) = app.search() {
        tokio::spawn(show_index(index.clone()));
    }
    app.serve(stop).await
}

/// Opens the database; a file that nobody configured and that was not there gets the demo catalogue.
async fn open(args: &ServeArgs, target: &DatabaseTarget, wants_demo: bool) -> Result<Database, Error> {
    let database = app::open_database(&target.connector).await?;
    if wants_demo && args.demo_products > 0 {
        let maintenance = target.connector.connect_for_maintenance().await?;
        app::install_defaults(&maintenance, args.database.currency).await?;
        let settings = LoadSettings { fresh_file: false, ..LoadSettings::default() };
        let report = fill(&maintenance, DEMO_NUMBER, args.demo_products, &settings).await?;
        maintenance.close().await;
        super::say(&format!("Made a demo catalogue: {}\n", summary(&report)));
    }
    Ok(database)
}

/// A bar while the search index is made for the first time, when that takes long enough to wonder; everything else answers
/// meanwhile.
async fn show_index(index: SearchIndex) {
    tokio::time::sleep(WONDER_AFTER).await;
    let mut bar: Option<IndexProgress> = None;
    while index.latest().is_none() {
        let Progress { done, total } = index.progress();
        bar.get_or_insert_with(|| IndexProgress::new(total)).set(done, total);
        tokio::time::sleep(BAR_EVERY).await;
    }
    if let Some(bar) = bar {
        bar.finish();
    }
}

/// What to open, on stdout: the token is for this terminal and never in the log.
fn greet(args: &ServeArgs, target: &DatabaseTarget, app: &App) -> Result<(), Error> {
    let base = format!("http://{}", app.address()?);
    let database = match target.connector.sqlite_file() {
        Some(file) => format!("SQLite, {}", file.display()),
        None => target.connector.engine().name().to_owned(),
    };
    let mut lines = vec![format!("FarmLokal {} listens on {base}", env!("CARGO_PKG_VERSION")), String::new()];
    if args.http_settings().graphiql {
        let token = app.token().map(|token| format!("#token={token}")).unwrap_or_default();
        lines.push(format!("  GraphiQL   {base}/{token}"));
    }
    lines.push(format!("  GraphQL    {base}/graphql"));
    lines.push(format!("  REST       {base}/products"));
    lines.push(format!("  Webhooks   {base}/webhook"));
    lines.push(format!("  Health     {base}/readyz"));
    lines.push(format!("  Database   {database}"));
    if let Some(partner) = args.partner.settings().ok().flatten() {
        lines.push(format!("  Partner    {}", partner.url));
    }
    lines.push(String::new());
    if args.platform_hint() {
        lines.push("PORT is set, but this is development and listens for this machine alone; a platform needs HOST=0.0.0.0 and FARMLOKAL_ENV=production.".to_owned());
    }
    lines.push("Stop with Ctrl-C.".to_owned());
    super::say(&lines.join("\n"));
    Ok(())
}

/// A token that is cancelled by SIGTERM or Ctrl-C.
pub(super) fn stop_on_signal() -> Result<CancellationToken, Error> {
    use tokio::signal::unix::{SignalKind, signal};
    let stop = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::internal)?;
    let stopping = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        tracing::info!("stopping: requests under way are finished first");
        stopping.cancel();
    });
    Ok(stop)
}
