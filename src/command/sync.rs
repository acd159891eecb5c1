//! `farmlokal sync`: pulls products and orders from the partner.

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::app::{self, SyncSettings};
use crate::config::{DatabaseArgs, PartnerArgs, RedisArgs};
use crate::service::SyncReport;

/// Settings of `farmlokal sync`.
#[derive(Args)]
pub(super) struct SyncArgs {
    /// Only what changed since this instant (RFC 3339), for example 2026-01-31T06:30:00Z; everything when absent
    #[arg(long, value_name = "INSTANT", value_parser = instant_ms)]
    updated_since: Option<i64>,
    #[command(flatten)]
    partner: PartnerArgs,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    redis: RedisArgs,
}

/// Pulls until everything is there. What was cut off goes on with the next call.
pub(super) fn run(args: &SyncArgs) -> Result<(), String> {
    let target = args.database.target()?;
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    let style = ProgressStyle::with_template("  {spinner} {msg:40} {per_sec:>16}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    let settings = SyncSettings {
        database: &args.database,
        redis: &args.redis,
        partner: &args.partner,
        updated_since_ms: args.updated_since,
    };
    let report = super::block_on(async {
        let database = app::open_database(&target.connector).await?;
        app::partner_sync(settings, database, |report| {
            bar.set_position(report.seen);
            bar.set_message(format!("{} seen, {} new", report.seen, report.products_created));
        })
        .await
    });
    bar.finish_and_clear();
    super::say(&summary(&report?));
    Ok(())
}

fn summary(report: &SyncReport) -> String {
    let refused = match report.refused {
        0 => String::new(),
        refused => format!("; {refused} could not be taken (see the log)"),
    };
    format!(
        "{} products created, {} updated, {} orders taken{refused}",
        report.products_created, report.products_updated, report.orders_upserted
    )
}

fn instant_ms(text: &str) -> Result<i64, String> {
    let instant = chrono::DateTime::parse_from_rfc3339(text);
    instant.map(|instant| instant.timestamp_millis()).map_err(|_| "an RFC 3339 instant is expected".to_owned())
}
