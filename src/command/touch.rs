//! `farmlokal touch`.

use clap::Args;

use crate::app;
use crate::config::DatabaseArgs;
use crate::storage::installation;

/// Settings of `farmlokal touch`.
#[derive(Args)]
pub(super) struct TouchArgs {
    #[command(flatten)]
    database: DatabaseArgs,
}

/// Raises the catalogue generation.
pub(super) fn run(args: &TouchArgs) -> Result<(), String> {
    let target = args.database.target()?;
    super::block_on(async {
        let database = app::open_database(&target.connector).await?;
        installation::raise_generation(&database).await?;
        database.close().await;
        Ok(())
    })?;
    super::say("all servers will start afresh within a second");
    Ok(())
}
