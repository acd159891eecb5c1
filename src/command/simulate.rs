//! `farmlokal simulate`: a partner to develop against, on one port.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use clap::Args;
use simulator::{Clock, DEV_CLIENT_ID, DEV_CLIENT_SECRET, DEV_WEBHOOK_SECRET, Faults, Running, Shares, Simulator};
use simulator::{SimulatorSettings, Stats};
use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::telemetry::{LogFormat, TraceSettings, install_subscriber};

/// Above so many events per second nobody reads a line for each.
const LINES_UP_TO: f64 = 20.0;

/// Settings of `farmlokal simulate`.
#[derive(Args)]
pub(super) struct SimulateArgs {
    /// Port to listen on, on this machine alone; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 4010)]
    port: u16,
    /// The same number gives the same products, orders and events; another one has other ids
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed_number: u64,
    /// Products at the start
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u64).range(0..=1_000_000))]
    products: u64,
    /// Orders at the start
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(0..=1_000_000))]
    orders: u64,
    /// Events per second; 0: nothing happens by itself
    #[arg(long, value_name = "RATE", default_value_t = 1.0, value_parser = rate)]
    rate: f64,
    /// Stop after so many events and print a summary; API A goes on answering what is still asked
    #[arg(long, value_name = "N")]
    events: Option<u64>,
    /// End with the summary
    #[arg(long, requires = "events")]
    exit: bool,
    /// Begin as if so many events had been sent already: to go on where an earlier run stopped
    #[arg(long, value_name = "N", default_value_t = 0)]
    skip_events: u64,
    #[command(flatten)]
    webhooks: WebhookArgs,
    #[command(flatten)]
    oauth: OAuthArgs,
    #[command(flatten)]
    faults: FaultArgs,
}

/// What is sent, and how.
#[derive(Args)]
#[command(next_help_heading = "Webhooks")]
struct WebhookArgs {
    /// Where webhooks go, such as http://127.0.0.1:3000/webhook; none are sent without
    #[arg(long, value_name = "URL")]
    webhook_url: Option<String>,
    /// What they are signed with
    #[arg(long, value_name = "SECRET", default_value = DEV_WEBHOOK_SECRET)]
    webhook_secret: String,
    /// Share of the events, 0 to 1, that are sent again once or twice
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    duplicate: f64,
    /// Share that is overtaken by up to eight others
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    shuffle: f64,
    /// Share that comes late
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    delay: f64,
    /// How late at most
    #[arg(long, value_name = "MS", default_value_t = 5_000)]
    delay_ms: u64,
    /// Share that is accompanied by a corrupted copy
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    corrupt: f64,
    /// Share that says only that something changed
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    thin: f64,
    /// How often a webhook is sent at most until there is a 2xx
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..))]
    attempts: u32,
}

/// Who may ask.
#[derive(Args)]
#[command(next_help_heading = "OAuth2")]
struct OAuthArgs {
    /// The client that may have tokens
    #[arg(long, value_name = "ID", default_value = DEV_CLIENT_ID)]
    client_id: String,
    /// Its secret
    #[arg(long, value_name = "SECRET", default_value = DEV_CLIENT_SECRET)]
    client_secret: String,
    /// How long a token is good for
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
    token_seconds: u32,
}

/// What goes wrong from the start; `POST /faults` changes it.
#[derive(Args)]
#[command(next_help_heading = "Faults of API A")]
struct FaultArgs {
    /// Answers come so much later
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency_ms: u64,
    /// Share of the requests that fail
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    error_rate: f64,
    /// The status they fail with
    #[arg(long, value_name = "STATUS", default_value_t = 500, value_parser = clap::value_parser!(u16).range(400..=599))]
    error_status: u16,
    /// Requests are never answered
    #[arg(long)]
    hang: bool,
    /// Connections are reset
    #[arg(long)]
    reset: bool,
    /// Answers are no JSON
    #[arg(long)]
    garbage: bool,
    /// Answers are 2 GB
    #[arg(long)]
    huge_body: bool,
    /// Answers come a byte per half a second
    #[arg(long)]
    drip: bool,
    /// The token endpoint answers 503
    #[arg(long)]
    token_down: bool,
    /// The token endpoint never answers
    #[arg(long)]
    token_hang: bool,
}

/// Simulates until Ctrl-C, or until the events are sent.
pub(super) fn run(args: &SimulateArgs) -> Result<(), String> {
    let level = if args.rate <= LINES_UP_TO { LevelFilter::INFO } else { LevelFilter::WARN };
    install_subscriber(LogFormat::Text, Targets::new().with_default(level), &TraceSettings::default())?;
    super::runtime(Some(2))?.block_on(simulate(args))
}

async fn simulate(args: &SimulateArgs) -> Result<(), String> {
    let stop = super::serve::stop_on_signal().map_err(|err| super::sentence(&err))?;
    let mut running = Simulator::start(args.settings()).await.map_err(|err| err.to_string())?;
    super::say(&greeting(args, &running));
    let sent_all = async {
        match args.events {
            Some(_) if args.rate > 0.0 => running.finished().await,
            _ => std::future::pending().await,
        }
    };
    tokio::select! {
        () = sent_all => {}
        () = stop.cancelled() => {}
    }
    super::say(&summary(&running.stats()));
    if !args.exit && !stop.is_cancelled() {
        super::say("\nThe API still answers. Stop with Ctrl-C.");
        stop.cancelled().await;
    }
    Ok(())
}

impl SimulateArgs {
    fn settings(&self) -> SimulatorSettings {
        let (webhooks, clock) = (&self.webhooks, crate::clock::Clock::system());
        SimulatorSettings {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)),
            seed: self.seed_number,
            products: self.products,
            orders: self.orders,
            rate: self.rate,
            events: self.events,
            skip_events: self.skip_events,
            webhook_url: webhooks.webhook_url.clone(),
            webhook_secret: webhooks.webhook_secret.clone(),
            shares: webhooks.shares(),
            attempts: webhooks.attempts,
            client_id: self.oauth.client_id.clone(),
            client_secret: self.oauth.client_secret.clone(),
            token_seconds: self.oauth.token_seconds,
            faults: self.faults.faults(),
            ..SimulatorSettings::new(Clock::of(move || clock.now_ms()))
        }
    }
}

impl WebhookArgs {
    fn shares(&self) -> Shares {
        Shares {
            duplicate: self.duplicate,
            shuffle: self.shuffle,
            delay: self.delay,
            corrupt: self.corrupt,
            thin: self.thin,
            delay_by: Duration::from_millis(self.delay_ms),
        }
    }
}

impl FaultArgs {
    fn faults(&self) -> Faults {
        Faults {
            latency_ms: self.latency_ms,
            error_rate: self.error_rate,
            status: self.error_status,
            hang: self.hang,
            reset: self.reset,
            garbage: self.garbage,
            huge_body: self.huge_body,
            drip: self.drip,
            token_down: self.token_down,
            token_hang: self.token_hang,
            ..Faults::default()
        }
    }
}

/// What to give to the server, on stdout.
fn greeting(args: &SimulateArgs, running: &Running) -> String {
    let target = args.webhooks.webhook_url.as_deref().unwrap_or("nowhere (--webhook-url http://127.0.0.1:3000/webhook)");
    let settings = [
        format!("PARTNER_API_URL={}", running.api_url()),
        format!("OAUTH_TOKEN_URL={}", running.token_url()),
        format!("OAUTH_CLIENT_ID={}", args.oauth.client_id),
        format!("OAUTH_CLIENT_SECRET={}", args.oauth.client_secret),
        format!("WEBHOOK_SECRETS={}", args.webhooks.webhook_secret),
    ];
    format!(
        "partner simulator listens on {base}\n\n  Products   {products}, orders {orders}, seed number {seed}\n  \
         Webhooks   {rate} per second to {target}\n  Faults     {base}/faults\n  Counters   {base}/stats\n\n\
         Settings for farmlokal serve:\n\n  {settings}\n\nStop with Ctrl-C.",
        base = running.base_url,
        products = args.products,
        orders = args.orders,
        seed = args.seed_number,
        rate = args.rate,
        settings = settings.join("\n  "),
    )
}

/// What came of it.
fn summary(stats: &Stats) -> String {
    let rows = [
        ("events", stats.events),
        ("webhooks sent", stats.webhooks_sent),
        ("  sent again", stats.redelivered),
        ("events delivered", stats.delivered),
        ("  given up", stats.given_up),
        ("answers processed", stats.processed),
        ("  accepted", stats.accepted),
        ("  duplicate", stats.duplicate),
        ("  refused", stats.refused),
        ("  none", stats.unreachable),
        ("corrupted copies", stats.corrupted_sent),
        ("  refused", stats.corrupted_refused),
        ("  taken (a fault)", stats.corrupted_taken),
        ("API requests", stats.api_requests),
        ("token requests", stats.token_requests),
    ];
    let lines: Vec<_> = rows.iter().map(|(name, count)| format!("  {name:<18}{count:>10}")).collect();
    format!("\n{}", lines.join("\n"))
}

/// A share from 0 to 1.
fn share(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| "it must be from 0 to 1".to_owned())
}

/// Events per second.
fn rate(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|rate| (0.0..=1_000_000.0).contains(rate)).ok_or_else(|| "it must be from 0 to 1000000".to_owned())
}
