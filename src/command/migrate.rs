//! `farmlokal migrate`.

use clap::Args;

use crate::app;
use crate::config::DatabaseArgs;

/// Settings of `farmlokal migrate`.
#[derive(Args)]
pub(super) struct MigrateArgs {
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Brings the tables up to date.
pub(super) fn run(args: &MigrateArgs) -> Result<(), String> {
    let target = args.database.target()?;
    super::block_on(async {
        let database = app::open_database(&target.connector).await?;
        database.close().await;
        Ok(())
    })?;
    super::say("the tables are up to date");
    Ok(())
}
