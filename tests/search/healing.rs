//! What heals by itself: an index that was left half-way, damaged, or made with other synonyms; and one that is brought anew.

use std::fs;
use std::path::{Path, PathBuf};

use farmlokal_testbed::{Postgres, fresh_sqlite, wait_until};

use crate::market::{Market, Product, program};

/// Kills in the middle of writing.
const KILLS: u32 = 8;

fn index_folder(parent: &Path) -> PathBuf {
    let name = fs::read_to_string(parent.join("0/current")).unwrap();
    parent.join("0").join(name.trim())
}

fn folder_setting(folder: &tempfile::TempDir) -> String {
    folder.path().display().to_string()
}

#[test]
fn killed_at_any_moment_the_index_ends_equal_to_the_database() {
    let database = Postgres::shared().fresh_database();
    let folder = tempfile::tempdir().unwrap();
    let settings = folder_setting(&folder);
    let settings = [("SEARCH_DIR", settings.as_str())];
    let writer = Market::open(&database, 1, &[("SEARCH_DIR", "elsewhere")]);
    let producer = writer.settle(&["food"]);
    for round in 0..KILLS {
        let victim = Market::open(&database, 1, &settings);
        for step in 0..=round {
            let slug = format!("p{}", (round * 3 + step) % 10);
            writer.put(0, &producer, &[Product::named(&slug, &format!("Lotus round{round} step{step}"))]);
        }
        if round % 3 == 1 {
            writer.remove(0, &[&format!("p{}", round % 10)]);
        }
        victim.servers[0].kill();
    }
    writer.put(0, &producer, &[Product::named("last", "Lotus")]);
    let mut expected = sorted(writer_knows(&writer));
    let healed = Market::open(&database, 1, &settings);
    wait_until("it has caught up", std::time::Duration::from_secs(30), || {
        expected = sorted(writer_knows(&writer));
        sorted(healed.search(0, "lotus", 50)) == expected
    });
    assert!(expected.len() > 3, "{expected:?}");
}

#[test]
fn killed_while_it_is_made_the_index_is_made_anew_and_equals_one_that_was_not() {
    let (database, _file) = fresh_sqlite();
    let output = program(&database).args(["seed", "--products=20000", "--seed-number=1"]).run();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let folder = tempfile::tempdir().unwrap();
    let place = folder_setting(&folder);
    let settings = [("SEARCH_DIR", place.as_str())];
    for part in [1, 20, 40] {
        let victim = Market::started(&database, 1, &settings);
        wait_until("so much of it is made", std::time::Duration::from_secs(60), || {
            let search = victim.ready(0)["checks"]["search"].clone();
            assert_eq!(search["status"], "degraded", "it is not finished");
            search["progressPercent"].as_u64().unwrap() >= part
        });
        victim.servers[0].kill();
        assert!(!folder.path().join("0/current").exists(), "what was not finished holds nothing");
    }
    let healed = Market::open(&database, 1, &settings);
    let whole = Market::open(&database, 1, &[("SEARCH_DIR", "memory")]);
    for text in ["milk", "doodh", "fresh tomatoo", "gir co"] {
        let document = "query($t: String!) { products(search: $t, first: 50) { totalCount nodes { slug } } }";
        let [one, other] = [&healed, &whole].map(|market| market.ask(0, document, &serde_json::json!({ "t": text })));
        assert_eq!(one["data"], other["data"], "{text:?}");
        assert!(one["data"]["products"]["nodes"][0].is_object(), "{text:?}: {one}");
    }
    let leftovers = fs::read_dir(folder.path().join("0")).unwrap().flatten();
    let leftovers: Vec<_> = leftovers.filter(|entry| entry.file_name().to_string_lossy().starts_with("building-")).collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
}

/// What is in the database, told without a search.
fn writer_knows(market: &Market) -> Vec<String> {
    crate::market::slugs(&market.ask(0, "{ products(first: 50) { nodes { slug } } }", &serde_json::json!({}))["data"]["products"])
}

fn sorted(mut slugs: Vec<String>) -> Vec<String> {
    slugs.sort();
    slugs
}

#[test]
fn a_damaged_index_and_one_of_other_synonyms_are_made_anew() {
    let (database, _file) = fresh_sqlite();
    let folder = tempfile::tempdir().unwrap();
    let place = folder_setting(&folder);
    let settings = [("SEARCH_DIR", place.as_str())];
    let market = Market::open(&database, 1, &settings);
    let producer = market.settle(&["food"]);
    market.put(0, &producer, &[Product::named("one", "Brinjal")]);
    market.finds(0, "baingan", &["one"]);
    market.servers[0].terminate();

    for entry in fs::read_dir(index_folder(folder.path())).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "idx" || extension == "term") {
            let mut bytes = fs::read(&path).unwrap();
            bytes.iter_mut().step_by(7).for_each(|byte| *byte ^= 0x55);
            fs::write(&path, bytes).unwrap();
        }
    }
    let market = Market::open(&database, 1, &settings);
    market.finds(0, "baingan", &["one"]);
    market.servers[0].terminate();

    fs::write(index_folder(folder.path()).join("meta.json"), "{}").unwrap();
    let market = Market::open(&database, 1, &settings);
    market.finds(0, "baingan", &["one"]);
    market.servers[0].terminate();

    let own = folder.path().join("synonyms.txt");
    fs::write(&own, "brinjal, purple friend\n").unwrap();
    let own = own.display().to_string();
    let market = Market::open(&database, 1, &[settings[0], ("SEARCH_SYNONYMS", own.as_str())]);
    market.finds(0, "purple friends", &["one"]);
    market.finds(0, "baingan", &[]);
}

#[test]
fn an_index_is_gone_on_with_after_a_restart_and_replaced_by_reindex_while_the_server_runs() {
    let (database, _file) = fresh_sqlite();
    let folder = tempfile::tempdir().unwrap();
    let place = folder_setting(&folder);
    let settings = [("SEARCH_DIR", place.as_str())];
    let market = Market::open(&database, 2, &settings);
    let producer = market.settle(&["food"]);
    market.put(0, &producer, &[Product::named("one", "Moringa")]);
    for server in 0..2 {
        market.finds(server, "moringa", &["one"]);
    }
    let before = index_folder(folder.path());
    market.servers[0].terminate();
    market.servers[1].terminate();
    let market = Market::open(&database, 2, &settings);
    assert_eq!(index_folder(folder.path()), before, "the index was kept");
    market.finds(1, "moringa", &["one"]);

    let output = program(&database).env("SEARCH_DIR", place.as_str()).args(["reindex"]).run();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_ne!(index_folder(folder.path()), before, "another index took its place");
    market.put(0, &producer, &[Product::named("two", "Moringa Powder")]);
    for server in 0..2 {
        market.finds(server, "moringa", &["one", "two"]);
    }
    wait_until("the old index is gone", std::time::Duration::from_secs(10), || !before.exists());
}

#[test]
fn rows_written_behind_the_feeds_back_are_found_after_a_touch() {
    let database = Postgres::shared().fresh_database();
    let market = Market::open(&database, 1, &[]);
    let output = program(&database).args(["seed", "--products=200", "--seed-number=1"]).run();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    wait_until("the new catalogue is found", std::time::Duration::from_secs(30), || !market.search(0, "milk", 5).is_empty());
}
