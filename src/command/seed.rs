//! `farmlokal seed`: fills an empty catalogue with a generated one.

use clap::Args;

use super::progress::{LoadProgress, summary};
use crate::app;
use crate::config::DatabaseArgs;
use crate::error::Error;
use crate::storage::Database;
use crate::storage::load::{self, LoadReport, LoadSettings};

/// The number that the demo catalogue grows from.
pub(super) const DEMO_NUMBER: u64 = 1;
/// Most products that are generated.
const MAX_PRODUCTS: u64 = 10_000_000;

/// Settings of `farmlokal seed`.
#[derive(Args)]
pub(super) struct SeedArgs {
    /// How many products, 0 to 10 000 000
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(0..=MAX_PRODUCTS))]
    products: u64,
    /// The same number gives the same rows, on every database
    #[arg(long, value_name = "NUMBER", default_value_t = DEMO_NUMBER)]
    seed_number: u64,
    /// Rows per statement and transaction, for small serverless databases; default: what is fastest
    #[arg(long, value_name = "ROWS")]
    batch_rows: Option<usize>,
    /// Replace a catalogue that is not empty
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Fills the catalogue.
pub(super) fn run(args: &SeedArgs) -> Result<(), String> {
    let target = args.database.target()?;
    if args.batch_rows == Some(0) {
        return Err("--batch-rows must be at least 1".to_owned());
    }
    let fresh_file = target.connector.sqlite_file().is_some_and(|file| !file.exists());
    let report = super::block_on(async {
        app::open_database(&target.connector).await?.close().await;
        let database = target.connector.connect_for_maintenance().await?;
        app::install_defaults(&database, args.database.currency).await?;
        let settings = LoadSettings { batch_rows: args.batch_rows, replace: args.replace, fresh_file };
        let report = fill(&database, args.seed_number, args.products, &settings).await?;
        database.close().await;
        Ok(report)
    })?;
    super::say(&summary(&report));
    Ok(())
}

/// Loads the generated catalogue and shows how far it is.
pub(super) async fn fill(database: &Database, number: u64, products: u64, settings: &LoadSettings) -> Result<LoadReport, Error> {
    let progress = LoadProgress::new(products);
    let catalogue = ::seed::Catalogue::new(number, products);
    load::load(database, &catalogue, settings, &mut |event| progress.show(event)).await
}
