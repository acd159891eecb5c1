//! Settings and databases that cannot work: one sentence, an exit code, and nothing changed.

use farmlokal_testbed::{FailedStart, Server, free_port};

use crate::engine::{Database, Engine, on_each_engine};
use crate::harness::{BINARY, TestApp, command, seed};

/// The one sentence that a start ends with. Lines of the log may stand in front of it.
fn sentence(failed: &FailedStart) -> String {
    assert!(!failed.status.success());
    let sentences: Vec<&str> = failed.stderr.lines().filter_map(|line| line.strip_prefix("farmlokal: ")).collect();
    assert_eq!(sentences.len(), 1, "{}", failed.stderr);
    assert!(failed.stderr.trim_end().ends_with(sentences[0]), "{}", failed.stderr);
    assert!(!failed.stderr.contains("panicked") && !failed.stdout.contains("listens"), "{}", failed.stderr);
    sentences[0].to_owned()
}

fn refused(settings: &[(&str, &str)]) -> String {
    let farmlokal = settings.iter().fold(Server::builder(BINARY), |farmlokal, (name, value)| farmlokal.env(name, *value));
    sentence(&farmlokal.env("FARMLOKAL_DATABASE_FIRST_CONNECT_MS", "500").try_start().expect_err("it cannot start"))
}

#[test]
fn a_database_url_that_cannot_work() {
    let nobody = format!("127.0.0.1:{}", free_port());
    let postgres = farmlokal_testbed::Postgres::shared().port();
    let mariadb = farmlokal_testbed::MariaDb::shared().port();
    for url in [
        "nonsense".to_owned(),
        "redis://127.0.0.1/".to_owned(),
        "postgres:".to_owned(),
        "sqlite::memory:".to_owned(),
        "sqlite:///no/such/folder/x.db".to_owned(),
        format!("postgres://me:s3cret@{nobody}/x"),
        format!("mysql://me:s3cret@{nobody}/x"),
        format!("postgres://me:s3cret@{nobody}/x?sslmode=perhaps"),
        format!("postgres://farmlokal:s3cret@127.0.0.1:{postgres}/nowhere"),
        format!("mysql://farmlokal:s3cret@127.0.0.1:{mariadb}/farmlokal"),
        format!("postgres://farmlokal:s3cret@127.0.0.1:{postgres}/farmlokal?sslmode=require"),
        "postgres://me:s3cret@host.invalid/x".to_owned(),
    ] {
        let told = refused(&[("DATABASE_URL", &url)]);
        assert!(told.len() > 20 && !told.contains("s3cret") && !told.contains("RUST_BACKTRACE"), "{url}: {told}");
    }
}

#[test]
fn settings_that_contradict_each_other_or_are_malformed() {
    for (settings, told) in [
        (&[("FARMLOKAL_COLOUR", "blue")][..], "FARMLOKAL_COLOUR"),
        (&[("FARMLOKAL_ENV", "production")], "DATABASE_URL"),
        (&[("DATABASE_URL", "sqlite://x.db"), ("MYSQL_HOST", "localhost")], "MYSQL_HOST"),
        (&[("FARMLOKAL_ENV", "staging")], "staging"),
        (&[("PORT", "http")], "http"),
        (&[("PORT", "70000")], "70000"),
        (&[("HOST", "nowhere")], "nowhere"),
        (&[("FARMLOKAL_CURRENCY", "rupees")], "rupees"),
        (&[("FARMLOKAL_DATABASE_MAX_CONNECTIONS", "0")], "FARMLOKAL_DATABASE_MAX_CONNECTIONS"),
        (&[("FARMLOKAL_MAX_WORKING", "0")], "FARMLOKAL_MAX_WORKING"),
        (&[("FARMLOKAL_DEV_TOKEN", "short")], "FARMLOKAL_DEV_TOKEN"),
        (&[("FARMLOKAL_CORS_ORIGINS", "*")], "FARMLOKAL_CORS_ORIGINS"),
        (&[("REDIS_URL", "redis://127.0.0.1"), ("REDIS_HOST", "127.0.0.1")], "REDIS_HOST"),
        (&[("REDIS_URL", "127.0.0.1:6379")], "REDIS_URL"),
        (&[("REDIS_HOST", "redis://127.0.0.1")], "REDIS_HOST"),
        (&[("REDIS_PORT", "70000")], "70000"),
        (&[("FARMLOKAL_BUDGET_BURST", "4999")], "FARMLOKAL_BUDGET_BURST"),
        (&[("FARMLOKAL_BUDGET_POINTS_PER_MINUTE", "2000000000")], "FARMLOKAL_BUDGET_POINTS_PER_MINUTE"),
        (&[("TRUSTED_PROXIES", "yes")], "yes"),
        (&[("FARMLOKAL_REDIS_DEADLINE_MS", "0")], "FARMLOKAL_REDIS_DEADLINE_MS"),
        (&[("ANONYMOUS_SCOPES", "catalogue:wrote")], "catalogue:wrote"),
        (&[("JWT_ISSUER", "https://id.example")], "JWT_AUDIENCE"),
        (&[("JWT_ISSUER", "an issuer"), ("JWT_AUDIENCE", "farmlokal")], "JWT_JWKS_URL"),
        (&[("JWT_ALGORITHMS", "RS256,HS256")], "HS256"),
        (&[("JWT_ALGORITHMS", "none")], "none"),
        (&[("FARMLOKAL_ADMIN_TOKEN_FILE", "/no/such/file")], "/no/such/file"),
        (&[("FARMLOKAL_BODY_LIMIT_BYTES", "-1")], "-1"),
        (&[("FARMLOKAL_PERSISTED_DOCUMENTS", "some")], "some"),
        (&[("FARMLOKAL_PERSISTED_DOCUMENTS", "only")], "FARMLOKAL_PERSISTED_DOCUMENTS_FILE"),
        (
            &[("FARMLOKAL_PERSISTED_DOCUMENTS", "off"), ("FARMLOKAL_PERSISTED_DOCUMENTS_FILE", "x.json")],
            "FARMLOKAL_PERSISTED_DOCUMENTS_FILE",
        ),
        (
            &[
                ("FARMLOKAL_ENV", "production"),
                ("DATABASE_URL", "sqlite://x.db"),
                ("FARMLOKAL_DEV_TOKEN", "long-enough-to-be-one"),
            ],
            "FARMLOKAL_DEV_TOKEN",
        ),
    ] {
        let sentence = refused(settings);
        assert!(sentence.contains(told), "{settings:?}: {sentence}");
    }
}

#[test]
fn a_manifest_that_cannot_be_served() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let settings = [("FARMLOKAL_PERSISTED_DOCUMENTS_FILE", path), ("FARMLOKAL_DEMO_PRODUCTS", "0")];
    for (manifest, told) in [
        ("{", "is not valid JSON"),
        ("[]", "must hold a JSON object"),
        ("{\"good\": \"{ __typename }\", \"bad one\": \"{ a\"}", "\"bad one\""),
    ] {
        std::fs::write(path, manifest).unwrap();
        let sentence = refused(&settings);
        assert!(sentence.contains(told), "{manifest}: {sentence}");
    }
    let nowhere = refused(&[("FARMLOKAL_PERSISTED_DOCUMENTS_FILE", "/no/such/file"), ("FARMLOKAL_DEMO_PRODUCTS", "0")]);
    assert!(nowhere.contains("/no/such/file"), "{nowhere}");
}

#[test]
fn a_port_that_is_taken() {
    let app = TestApp::seeded(Engine::Sqlite);
    let port = app.server.base_url().rsplit(':').next().unwrap();
    let told = refused(&[("PORT", port), ("FARMLOKAL_DEMO_PRODUCTS", "0")]);
    assert!(told.contains(port), "{told}");
}

#[test]
fn a_database_of_somebody_else_is_left_as_it_is() {
    on_each_engine(|engine| {
        let database = Database::fresh(engine);
        if engine == Engine::Sqlite {
            // The file has to be there first.
            std::fs::File::create(database.url().trim_start_matches("sqlite://")).unwrap();
        }
        database.sql("CREATE TABLE products (id INTEGER PRIMARY KEY, title VARCHAR(20))");
        database.sql("INSERT INTO products VALUES (1, 'theirs')");
        for arguments in [vec![], vec!["migrate"], vec!["seed", "--replace"], vec!["touch"]] {
            let told = sentence(&command(&database).args(arguments.iter().copied()).try_start().expect_err("it is not ours"));
            assert!(told.contains("`products`") && told.contains("nothing was changed"), "{arguments:?}: {told}");
        }
        assert_eq!(
            (database.tables(), database.sql("SELECT title FROM products").as_str()),
            (vec!["products".to_owned()], "theirs")
        );
    });
}

#[test]
fn the_currency_is_chosen_once() {
    on_each_engine(|engine| {
        let database = Database::fresh(engine);
        drop(command(&database).env("FARMLOKAL_CURRENCY", "JPY").start());
        let failed = command(&database).try_start().expect_err("INR is the default");
        let told = sentence(&failed);
        assert!(told.contains("JPY") && told.contains("INR"), "{told}");
        let app = TestApp::on(database).env("FARMLOKAL_CURRENCY", "JPY").start();
        let gopal = app.open_shop();
        let price = serde_json::json!({ "price": { "amount": "640", "currency": "JPY" } });
        let milk = app.stock_up(&crate::shop::with(crate::shop::product("milk-1", &gopal), &price));
        assert_eq!(milk["price"], serde_json::json!({ "amount": "640", "minorUnits": "640" }), "yen have no smaller unit");
    });
}

#[test]
fn a_load_that_was_cut_off_is_not_served() {
    on_each_engine(|engine| {
        let database = Database::fresh(engine);
        seed(&database, 1, 100);
        database.sql(if engine == Engine::MariaDb {
            "DROP INDEX ix_products_price ON products"
        } else {
            "DROP INDEX ix_products_price"
        });
        let told = sentence(&command(&database).try_start().expect_err("an index is missing"));
        assert!(told.contains("ix_products_price") && told.contains("--replace"), "{told}");
        let healed = command(&database).args(["seed", "--replace", "--products=60"]).run();
        assert!(healed.status.success(), "{}", String::from_utf8_lossy(&healed.stderr));
        assert_eq!(TestApp::on(database).start().query("{ products { totalCount } }").data()["products"]["totalCount"], 60);
    });
}
