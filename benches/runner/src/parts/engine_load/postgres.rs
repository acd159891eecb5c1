//! PostgreSQL: `\copy` in binary by `psql`, everything in one transaction, so that rows can be frozen.

use std::fs;
use std::process::Command;

use super::super::Run;
use super::{Ready, TABLES};
use crate::engine::Engine;
use crate::process::output;
use crate::queries::Queries;

/// The memory that `farmlokal seed` asks for as well.
const MEMORY: &str = "SET LOCAL maintenance_work_mem = '128MB';";

pub(super) fn dump(run: &Run<'_>, url: &str) -> anyhow::Result<Ready> {
    let rows = run.databases.folder().join("postgres-rows");
    fs::create_dir_all(&rows)?;
    for table in TABLES {
        let file = rows.join(table);
        output(psql(url).args(["--command", &format!("\\copy {table} TO '{}' (FORMAT binary)", file.display())]))?;
    }
    let indexes = "SELECT indexname || '|' || indexdef FROM pg_indexes WHERE schemaname = current_schema() \
                   AND tablename IN ('categories', 'producers', 'products') AND indexname NOT LIKE '%_pkey'";
    let indexes = run.runtime.block_on(async {
        let database = Queries::open(url).await?;
        let indexes = database.texts(indexes).await;
        database.close().await;
        indexes
    })?;
    let pairs = || indexes.iter().filter_map(|index| index.split_once('|'));
    Ok(Ready {
        engine: Engine::Postgres,
        from_url: url.to_owned(),
        rows,
        drop_indexes: pairs().map(|(name, _)| format!("DROP INDEX {name};")).collect(),
        create_indexes: pairs().map(|(_, definition)| format!("{definition};")).collect(),
    })
}

/// Makes empty tables without indexes, and the command that fills them.
pub(super) fn prepare(run: &Run<'_>, ready: &Ready, url: &str) -> anyhow::Result<Command> {
    run.databases.migrate(url)?;
    output(psql(url).args(["--command", &ready.drop_indexes.join(" ")]))?;
    output(psql(url).args(["--command", "CHECKPOINT"]))?;
    let mut script = vec!["BEGIN;".to_owned(), format!("TRUNCATE {};", TABLES.join(", "))];
    for table in TABLES {
        script.push(format!("\\copy {table} FROM '{}' (FORMAT binary, FREEZE)", ready.rows.join(table).display()));
    }
    script.push(MEMORY.to_owned());
    script.extend(ready.create_indexes.iter().cloned());
    script.push("COMMIT;".to_owned());
    script.extend(TABLES.map(|table| format!("VACUUM (ANALYZE) {table};")));
    let file = ready.rows.join("script.sql");
    fs::write(&file, script.join("\n"))?;
    let mut command = psql(url);
    command.arg("--file").arg(file);
    Ok(command)
}

fn psql(url: &str) -> Command {
    let mut command = Command::new("psql");
    command.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", url]);
    command
}
