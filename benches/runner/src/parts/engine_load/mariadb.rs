//! MariaDB: INSERTs of many rows, as `mariadb-dump` writes them, through the `mariadb` client.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::process::Command;

use anyhow::Context as _;

use super::super::Run;
use super::{Ready, TABLES};
use crate::engine::Engine;
use crate::process::output;
use crate::queries::Queries;

/// Bytes of a statement: about 2 000 products.
const STATEMENT_BYTES: &str = "--net-buffer-length=1048576";
const INDEXES: &str = "SELECT concat_ws('|', table_name, index_name, IF(non_unique, '', 'UNIQUE '), \
     group_concat(column_name ORDER BY seq_in_index)) FROM information_schema.statistics WHERE table_schema = DATABASE() \
     AND table_name IN ('categories', 'producers', 'products') AND index_name <> 'PRIMARY' GROUP BY table_name, index_name, non_unique";

pub(super) fn dump(run: &Run<'_>, url: &str) -> anyhow::Result<Ready> {
    let rows = run.databases.folder().join("mariadb-rows.sql");
    let mut command = client("mariadb-dump", url)?;
    command.args(["--no-create-info", "--complete-insert", "--skip-add-locks", "--skip-disable-keys", "--skip-lock-tables"]);
    command.args(["--no-autocommit", "--skip-triggers", STATEMENT_BYTES, database(url)?]).args(TABLES);
    let status = command.stdout(File::create(&rows)?).status().context("`mariadb-dump` (Debian package mariadb-client)")?;
    anyhow::ensure!(status.success(), "{command:?}: {status}");

    let indexes = run.runtime.block_on(async {
        let database = Queries::open(url).await?;
        let indexes = database.texts(INDEXES).await;
        database.close().await;
        indexes
    })?;
    let (mut drops, mut adds) = (BTreeMap::<String, Vec<String>>::new(), BTreeMap::<String, Vec<String>>::new());
    for index in &indexes {
        let parts: Vec<&str> = index.split('|').collect();
        let [table, name, unique, columns] = parts[..] else { anyhow::bail!("an index of four parts: {index}") };
        drops.entry(table.to_owned()).or_default().push(format!("DROP INDEX {name}"));
        adds.entry(table.to_owned()).or_default().push(format!("ADD {unique}INDEX {name} ({columns})"));
    }
    let alter = |parts: BTreeMap<String, Vec<String>>| {
        parts.into_iter().map(|(table, parts)| format!("ALTER TABLE {table} {};", parts.join(", "))).collect()
    };
    let ready = Ready {
        engine: Engine::Mariadb,
        from_url: url.to_owned(),
        rows,
        drop_indexes: alter(drops),
        create_indexes: alter(adds),
    };
    finish_script(&ready)?;
    Ok(ready)
}

/// Indexes and statistics behind the rows, in the same file.
fn finish_script(ready: &Ready) -> anyhow::Result<()> {
    let mut file = OpenOptions::new().append(true).open(&ready.rows)?;
    for statement in ready.create_indexes.iter().cloned().chain(TABLES.map(|table| format!("ANALYZE TABLE {table};"))) {
        writeln!(file, "{statement}")?;
    }
    Ok(())
}

/// Makes empty tables without indexes, and the command that fills them.
pub(super) fn prepare(run: &Run<'_>, ready: &Ready, url: &str) -> anyhow::Result<Command> {
    run.databases.migrate(url)?;
    let drop = run.databases.folder().join("drop.sql");
    fs::write(&drop, ready.drop_indexes.join("\n"))?;
    output(source(&mut client("mariadb", url)?, &drop.display().to_string(), database(url)?))?;
    let mut command = client("mariadb", url)?;
    command.arg("--init-command=SET SESSION unique_checks = 0, foreign_key_checks = 0");
    source(&mut command, &ready.rows.display().to_string(), database(url)?);
    Ok(command)
}

fn source<'c>(command: &'c mut Command, file: &str, database: &str) -> &'c mut Command {
    command.args(["--database", database, "--execute", &format!("source {file}")])
}

fn client(program: &str, url: &str) -> anyhow::Result<Command> {
    // mysql://user:password@127.0.0.1:port/database
    let port = url.rsplit(':').next().and_then(|rest| rest.split('/').next()).context("a port in the address")?;
    let mut command = Command::new(program);
    command.args(["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", "--user=farmlokal", "--password=farmlokal"]);
    command.args(["--default-character-set=utf8mb4", &format!("--port={port}")]);
    Ok(command)
}

fn database(url: &str) -> anyhow::Result<&str> {
    url.rsplit('/').next().context("a database in the address")
}
