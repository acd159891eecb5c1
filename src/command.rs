//! The command line: one file per sub-command.

mod healthcheck;
mod migrate;
mod progress;
mod reindex;
mod schema;
mod seed;
mod serve;
mod simulate;
mod sync;
mod touch;

use clap::{Parser, Subcommand};

use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::config::{self, ServeArgs};
use crate::error::Error;
use crate::telemetry::{LogFormat, TraceSettings, install_subscriber};

/// GraphQL API server of a hyperlocal food marketplace. Without a sub-command it serves.
#[derive(Parser)]
#[command(name = "farmlokal", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Subcommand)]
enum Command {
    /// Serve (the default): bring the tables up to date, and answer requests
    Serve(Box<ServeArgs>),
    /// Bring the tables up to date, and do nothing else
    Migrate(migrate::MigrateArgs),
    /// Fill an empty catalogue with a generated one
    Seed(seed::SeedArgs),
    /// Print the GraphQL schema
    Schema,
    /// Ask a running server whether it is ready; for containers
    Healthcheck(healthcheck::HealthcheckArgs),
    /// Make a new search index beside the old one, for the servers that share its folder
    Reindex(reindex::ReindexArgs),
    /// Play the partner: OAuth2 provider, API A and webhooks on one port of this machine, to develop and to test against
    Simulate(Box<simulate::SimulateArgs>),
    /// Pull products and orders from the partner (PARTNER_API_URL)
    Sync(Box<sync::SyncArgs>),
    /// Tell all servers that rows were changed by hand, so that nothing kept in memory outlives them
    Touch(touch::TouchArgs),
}

/// Reads the command line and the environment, and does what they say.
pub fn run() -> std::process::ExitCode {
    match parse().and_then(dispatch) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(message) => {
            complain(&message);
            std::process::ExitCode::FAILURE
        }
    }
}

fn parse() -> Result<Cli, String> {
    config::load_dotenv()?;
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    if let Some(message) = config::unknown_variable::<Cli>(names) {
        return Err(message);
    }
    Cli::try_parse().map_err(|err| {
        use clap::error::ErrorKind::{InvalidValue, ValueValidation};
        if matches!(err.kind(), InvalidValue | ValueValidation) {
            let text = err.to_string();
            return text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        }
        err.exit()
    })
}

fn dispatch(cli: Cli) -> Result<(), String> {
    match cli.command {
        None => serve::run(&cli.serve),
        Some(Command::Serve(args)) => serve::run(&args),
        Some(Command::Migrate(args)) => migrate::run(&args),
        Some(Command::Seed(args)) => seed::run(&args),
        Some(Command::Schema) => schema::run(),
        Some(Command::Healthcheck(args)) => healthcheck::run(&args),
        Some(Command::Reindex(args)) => reindex::run(&args),
        Some(Command::Simulate(args)) => simulate::run(&args),
        Some(Command::Sync(args)) => sync::run(&args),
        Some(Command::Touch(args)) => touch::run(&args),
    }
}

/// Runs a command that is over soon: the log tells of warnings only.
fn block_on<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, String> {
    install_subscriber(LogFormat::Text, Targets::new().with_default(LevelFilter::WARN), &TraceSettings::default())?;
    runtime(Some(2))?.block_on(work).map_err(|err| sentence(&err))
}

fn runtime(threads: Option<usize>) -> Result<tokio::runtime::Runtime, String> {
    // One provider of cryptography for every TLS connection of the process; a second call finds it there.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = threads {
        builder.worker_threads(threads.max(1));
    }
    builder.enable_all().build().map_err(|err| format!("the runtime cannot be started: {err}"))
}

/// What the person at the terminal reads: here the detail is no secret, but a help.
fn sentence(err: &Error) -> String {
    match err {
        Error::Refused { message, .. } => message.clone(),
        Error::Unavailable { detail, .. } => format!("the database does not answer: {detail}"),
        Error::Contended { detail } | Error::Upstream { detail, .. } | Error::Internal { detail } => detail.clone(),
    }
}

#[expect(clippy::print_stderr, reason = "the person at the terminal")]
fn complain(message: &str) {
    eprintln!("farmlokal: {message}");
}

#[expect(clippy::print_stdout, reason = "the person at the terminal, and scripts")]
fn say(text: &str) {
    println!("{text}");
}
