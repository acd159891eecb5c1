//! Starting: from nothing to a catalogue, again on what is there, and under the settings of other deployments.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use farmlokal_testbed::{MariaDb, Server};
use serde_json::json;
use tempfile::TempDir;

use crate::engine::{Database, Engine, on_each_engine};
use crate::harness::{BINARY, TestApp, command};

/// A server with no settings at all but a free port.
fn plain(folder: &Path) -> TestApp {
    let server = Server::builder(BINARY).working_folder(folder).start();
    TestApp::joining(server, Database::at(Engine::Sqlite, &format!("sqlite://{}", folder.join("farmlokal.db").display())))
}

/// The token in the link to GraphiQL.
fn token_of(app: &TestApp) -> String {
    let stdout = app.server.stdout();
    let (_, token) = stdout.split_once("/#token=").unwrap_or_else(|| panic!("no link: {stdout}"));
    token.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn a_first_start_in_an_empty_folder_makes_a_demo_catalogue_and_a_second_one_reuses_it() {
    let folder = TempDir::new().unwrap();
    let first = plain(folder.path());
    let count = "{ products { count(limit: 100000) { value } } producers { totalCount } }";
    let catalogue = json!({ "products": { "count": { "value": 10_000 } }, "producers": { "totalCount": 200 } });
    assert_eq!(first.query(count).data(), catalogue);
    let (stdout, base, token) = (first.server.stdout(), first.server.base_url().to_owned(), token_of(&first));
    for told in [
        "Made a demo catalogue: 10000 products",
        &format!("{base}/graphql"),
        &format!("{base}/products"),
        &format!("{base}/readyz"),
        "SQLite, farmlokal.db",
        "Ctrl-C",
    ] {
        assert!(stdout.contains(told), "{told:?} in {stdout}");
    }
    let token_file = folder.path().join("farmlokal.db.token");
    assert_eq!(std::fs::metadata(&token_file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_to_string(&token_file).unwrap().trim(), token);
    assert!(token.len() >= 32 && !first.server.logs().contains(&token), "the token is for the terminal alone");
    let bearer = format!("Bearer {token}");
    let write = crate::harness::Call::graphql(crate::shop::REMOVE_PRODUCTS, &json!({ "input": { "slugs": [] } }))
        .header("authorization", &bearer);
    assert_eq!(first.send(write).data()["removeProducts"]["removed"], 0);
    assert_eq!(first.server.terminate().status.code(), Some(0));

    let second = plain(folder.path());
    assert_eq!(second.query(count).data(), catalogue);
    assert_eq!(token_of(&second), token);
    assert!(!second.server.stdout().contains("demo"), "{}", second.server.stdout());
}

#[test]
fn a_database_that_is_named_is_never_filled_unasked() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let empty = json!({ "products": { "totalCount": 0 }, "producers": { "totalCount": 0 }, "categories": [] });
        assert_eq!(app.query("{ products { totalCount } producers { totalCount } categories { slug } }").data(), empty);
        let name = if engine == Engine::Sqlite { "SQLite, " } else { "Database   " };
        assert!(app.server.stdout().contains(name));
        assert!(!app.server.stdout().contains(app.database.url()), "a URL may hold a password");
    });
}

#[test]
fn a_demo_catalogue_can_be_left_out() {
    let folder = TempDir::new().unwrap();
    let server = Server::builder(BINARY).working_folder(folder.path()).env("FARMLOKAL_DEMO_PRODUCTS", "0").start();
    let app = TestApp::joining(server, Database::at(Engine::Sqlite, "sqlite://unused"));
    assert_eq!(app.query("{ products { totalCount } }").data()["products"]["totalCount"], 0);
}

#[test]
fn settings_are_read_from_a_file_and_the_environment_wins() {
    let folder = TempDir::new().unwrap();
    let text = "FARMLOKAL_DEMO_PRODUCTS=24\nFARMLOKAL_LOW_STOCK_PACKS=1\nFOREIGN_SETTING=ignored\nFARMLOKAL_DEV_TOKEN=a-token-out-of-the-file\n";
    std::fs::write(folder.path().join(".env"), text).unwrap();
    let server = Server::builder(BINARY).working_folder(folder.path()).env("FARMLOKAL_DEMO_PRODUCTS", "36").start();
    let app = TestApp::joining(server, Database::at(Engine::Sqlite, "sqlite://unused"));
    assert_eq!(app.query("{ products { totalCount } }").data()["products"]["totalCount"], 36);
    assert_eq!(token_of(&app), "a-token-out-of-the-file");
}

#[cfg(not(feature = "otlp"))]
#[test]
fn a_binary_that_cannot_send_traces_says_so_and_serves() {
    let server = Server::builder(BINARY).env("FARMLOKAL_DEMO_PRODUCTS", "0");
    let server = server.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318").start();
    let app = TestApp::joining(server, Database::at(Engine::Sqlite, "sqlite://unused"));
    assert_eq!(app.query("{ products { totalCount } }").data()["products"]["totalCount"], 0);
    assert_eq!(app.server.logs().matches("without the feature `otlp`").count(), 1, "{}", app.server.logs());
}

#[test]
fn the_settings_of_existing_mysql_deployments_work() {
    let server = MariaDb::shared();
    let url = server.fresh_database();
    let name = url.rsplit('/').next().unwrap();
    let farmlokal = Server::builder(BINARY)
        .env("MYSQL_HOST", "127.0.0.1")
        .env("MYSQL_PORT", server.port().to_string())
        .env("MYSQL_USER", "farmlokal");
    let farmlokal =
        farmlokal.env("MYSQL_PASSWORD", "farmlokal").env("MYSQL_DB", name).env("FARMLOKAL_DEV_TOKEN", crate::harness::TOKEN);
    let app = TestApp::joining(farmlokal.start(), Database::at(Engine::MariaDb, &url));
    app.open_shop();
    assert_eq!(app.query("{ producers { nodes { slug } } }").data(), json!({ "producers": { "nodes": [{ "slug": "gopal" }] } }));
}

#[test]
fn behind_a_pooler_statements_need_not_be_prepared() {
    for engine in [Engine::Postgres, Engine::MariaDb] {
        let app = TestApp::on(Database::fresh(engine)).env("FARMLOKAL_DATABASE_PREPARED_STATEMENTS", "false").start();
        let gopal = app.open_shop();
        app.stock_up(&crate::shop::product("milk-1", &gopal));
        let read = app.query("{ products { nodes { slug producer { slug } } totalCount pageInfo { hasNextPage } } }").data();
        assert_eq!(read["products"]["nodes"], json!([{ "slug": "milk-1", "producer": { "slug": "gopal" } }]));
    }
}

#[test]
fn several_servers_on_one_database_are_one_system() {
    on_each_engine(|engine| {
        let one = TestApp::empty(engine);
        let gopal = one.open_shop();
        let other = command(&one.database).env("FARMLOKAL_DEV_TOKEN", crate::harness::TOKEN).start();
        let other = TestApp::joining(other, Database::at(engine, one.database.url()));
        for n in 0..10 {
            let (writer, reader) = if n % 2 == 0 { (&one, &other) } else { (&other, &one) };
            writer.stock_up(&crate::shop::product(&format!("milk-{n}"), &gopal));
            assert_eq!(reader.query("{ products { totalCount } }").data()["products"]["totalCount"], n + 1);
        }
    });
}
