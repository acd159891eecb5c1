//! The sub-commands.

use std::process::Output;
use std::thread;
use std::time::Duration;

use farmlokal_testbed::{Server, free_port, wait_until};
use serde_json::json;

use crate::engine::{Database, Engine, on_each_engine};
use crate::harness::{BINARY, TestApp, command};
use crate::shop::product;

fn run(database: &Database, arguments: &[&str]) -> Output {
    command(database).args(arguments.iter().copied()).run()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn complaint(output: &Output) -> String {
    assert!(!output.status.success() && output.stdout.is_empty());
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    stderr.lines().last().unwrap_or_default().strip_prefix("farmlokal: ").unwrap_or_else(|| panic!("{stderr}")).to_owned()
}

/// Another process wrote: the feed is polled twice a second.
const SEEN_WITHIN: Duration = Duration::from_secs(3);

#[test]
fn help_tells_a_newcomer_what_there_is() {
    let help = |arguments: &[&str]| stdout(&Server::builder(BINARY).args(arguments.iter().copied()).run());
    let overview = help(&["--help"]);
    for command in ["serve", "migrate", "seed", "schema", "healthcheck", "touch"] {
        assert!(overview.contains(command), "{overview}");
        assert!(help(&[command, "--help"]).contains("Usage: farmlokal"));
    }
    let serve = help(&["serve", "--help"]);
    for setting in ["DATABASE_URL", "PORT", "HOST", "MYSQL_HOST", "FARMLOKAL_ENV", "ANONYMOUS_SCOPES", "FARMLOKAL_CORS_ORIGINS"] {
        assert!(serve.contains(setting), "{setting} in {serve}");
    }
    assert_eq!(help(&["--version"]).trim_end(), format!("farmlokal {}", env!("CARGO_PKG_VERSION")));
    let unknown = Server::builder(BINARY).args(["bake"]).run();
    assert_eq!(unknown.status.code(), Some(2));
    let secret = Server::builder(BINARY)
        .env("DATABASE_URL", "postgres://me:s3cret@x/y")
        .env("FARMLOKAL_DEV_TOKEN", "s3cret-of-enough-length")
        .args(["--help"])
        .run();
    assert!(!stdout(&secret).contains("s3cret"));
}

#[test]
fn the_tables_can_be_made_beforehand_and_again() {
    on_each_engine(|engine| {
        let database = Database::fresh(engine);
        assert_eq!(stdout(&run(&database, &["migrate"])).trim_end(), "the tables are up to date");
        let tables = database.tables();
        for table in [
            "products",
            "producers",
            "categories",
            "changes",
            "change_head",
            "installation",
            "cursor_keys",
            "tombstones",
            "idempotency_keys",
        ] {
            assert!(tables.contains(&table.to_owned()), "{table} in {tables:?}");
        }
        assert_eq!(stdout(&run(&database, &["migrate"])).trim_end(), "the tables are up to date");
        assert_eq!(database.tables(), tables);
    });
}

#[test]
fn processes_that_migrate_one_empty_database_at_the_same_time_all_succeed() {
    on_each_engine(|engine| {
        let database = Database::fresh(engine);
        thread::scope(|scope| {
            let migrators: Vec<_> = (0..2).map(|_| scope.spawn(|| stdout(&run(&database, &["migrate"])))).collect();
            let servers: Vec<_> = (0..2)
                .map(|_| scope.spawn(|| TestApp::joining(command(&database).start(), Database::at(engine, database.url()))))
                .collect();
            for migrator in migrators {
                assert_eq!(migrator.join().unwrap().trim_end(), "the tables are up to date");
            }
            for server in servers {
                assert_eq!(server.join().unwrap().query("{ categories { slug } }").data(), json!({ "categories": [] }));
            }
        });
        assert_eq!(database.sql("SELECT COUNT(*) FROM change_head"), "1");
        assert_eq!(database.sql("SELECT COUNT(*) FROM installation"), "1");
    });
}

#[test]
fn a_catalogue_that_is_there_is_replaced_only_when_asked() {
    on_each_engine(|engine| {
        let database = Database::fresh(engine);
        let told = stdout(&run(&database, &["seed", "--products=120"]));
        assert!(told.starts_with("120 products, 12 producers and 12 categories in "), "{told}");
        let app = TestApp::on(database).start();
        let total = || app.query("{ products { totalCount } producers { totalCount } }").data();
        assert_eq!(total(), json!({ "products": { "totalCount": 120 }, "producers": { "totalCount": 12 } }));

        let refused = complaint(&run(&app.database, &["seed", "--products=50"]));
        assert!(refused.contains("nothing was changed"), "{refused}");
        assert_eq!(total()["products"]["totalCount"], 120);
        stdout(&run(&app.database, &["seed", "--products=75", "--replace", "--batch-rows=10", "--seed-number=2"]));
        wait_until("the server that runs sees it", SEEN_WITHIN, || total()["products"]["totalCount"] == 75);
        stdout(&run(&app.database, &["seed", "--products=0", "--replace"]));
        let nothing = json!({ "products": { "totalCount": 0 }, "producers": { "totalCount": 0 } });
        wait_until("the server that runs sees it", SEEN_WITHIN, || total() == nothing);
        let gopal = app.open_shop();
        app.stock_up(&product("milk-1", &gopal));
        assert!(complaint(&run(&app.database, &["seed"])).contains("nothing was changed"));
        assert_eq!(total()["products"]["totalCount"], 1);
    });
}

#[test]
fn sizes_that_cannot_be_seeded_are_refused() {
    let database = Database::fresh(Engine::Sqlite);
    for arguments in [
        &["seed", "--products=10000001"][..],
        &["seed", "--products=-1"],
        &["seed", "--products=many"],
        &["seed", "--batch-rows=0"],
    ] {
        assert!(!run(&database, arguments).status.success(), "{arguments:?}");
    }
}

#[test]
fn touch_tells_all_servers_to_start_afresh() {
    on_each_engine(|engine| {
        let app = TestApp::on(Database::fresh(engine)).start();
        let generation = || app.database.sql("SELECT catalogue_generation FROM installation").parse::<i64>().unwrap();
        let before = generation();
        assert_eq!(stdout(&run(&app.database, &["touch"])).trim_end(), "all servers will start afresh within a second");
        assert_eq!(generation(), before + 1);
        app.get("/livez");
        wait_until("the server starts afresh", Duration::from_secs(10), || app.server.logs().contains("starting afresh"));
    });
}

#[test]
fn a_container_can_ask_whether_the_server_is_ready() {
    let app = TestApp::on(Database::fresh(Engine::Sqlite)).start();
    let port = app.server.base_url().rsplit(':').next().unwrap().to_owned();
    let ask = |port: &str| Server::builder(BINARY).env("PORT", port).args(["healthcheck"]).run();
    assert_eq!(stdout(&ask(&port)).trim_end(), "ready");
    app.database.sql("SELECT 1");
    let nobody = free_port().to_string();
    assert!(complaint(&ask(&nobody)).contains(&nobody));
    app.server.terminate();
    assert!(complaint(&ask(&port)).contains(&port));
}
