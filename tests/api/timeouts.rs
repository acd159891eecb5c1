//! A database that answers too late: an error that says so within three seconds, and nothing is lost afterwards.

use std::time::Duration;

use farmlokal_testbed::wait_until;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection, PgConnection, SqliteConnection};

use crate::answer::Answer;
use crate::engine::{Engine, on_each_engine, sqlite_connection};
use crate::harness::{TestApp, runtime};
use crate::shop::{UPSERT_PRODUCTS, product};

/// Longest time until a caller is told.
const TOLD_WITHIN: Duration = Duration::from_secs(3);

/// Somebody else's connection that holds a lock until it is dropped.
enum Lock {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
    MariaDb(MySqlConnection),
}

impl Lock {
    /// Locks the products: against everybody where there is such a lock, against writers on SQLite.
    fn products(app: &TestApp) -> Self {
        let url = app.database.url();
        let run = |sql: &str| AssertSqlSafe(sql.to_owned());
        runtime().block_on(async {
            match app.database.engine() {
                Engine::Sqlite => {
                    let mut connection = sqlite_connection(url).await;
                    connection.execute(run("BEGIN IMMEDIATE")).await.unwrap();
                    Self::Sqlite(connection)
                }
                Engine::Postgres => {
                    let mut connection = PgConnection::connect(url).await.unwrap();
                    connection.execute(run("BEGIN")).await.unwrap();
                    connection.execute(run("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")).await.unwrap();
                    Self::Postgres(connection)
                }
                Engine::MariaDb => {
                    let mut connection = MySqlConnection::connect(url).await.unwrap();
                    sqlx::raw_sql(run("LOCK TABLES products WRITE")).execute(&mut connection).await.unwrap();
                    Self::MariaDb(connection)
                }
            }
        })
    }

    fn release(self) {
        runtime().block_on(async {
            match self {
                Self::Sqlite(connection) => connection.close().await.unwrap(),
                Self::Postgres(connection) => connection.close().await.unwrap(),
                Self::MariaDb(connection) => connection.close().await.unwrap(),
            }
        });
    }
}

fn comes_back_later(answer: &Answer) {
    answer.tells_nothing_inner();
    let code = |code: &str| ["TIMEOUT", "SERVICE_UNAVAILABLE"].contains(&code);
    assert!(answer.codes().iter().all(|found| code(found)), "{}", answer.text());
    assert_eq!((answer.status, answer.header("retry-after")), (503, "1"), "{}", answer.text());
    assert!(answer.took < TOLD_WITHIN, "{:?}", answer.took);
    assert_eq!(answer.json().get("data"), None, "no nulls that a client would take for the truth");
}

#[test]
fn a_write_that_waits_too_long_is_given_up_and_may_be_tried_again() {
    on_each_engine(|engine| {
        let app = TestApp::empty(engine);
        let gopal = app.open_shop();
        let lock = Lock::products(&app);
        let input = json!({ "input": { "products": [product("milk-1", &gopal)] } });
        comes_back_later(&app.mutate(UPSERT_PRODUCTS, &input));
        lock.release();
        wait_until("the same write succeeds", Duration::from_secs(20), || app.mutate(UPSERT_PRODUCTS, &input).status == 200);
        let read = app.query("{ products { nodes { slug version } } }").data();
        assert_eq!(read["products"]["nodes"], json!([{ "slug": "milk-1", "version": "1" }]), "written once");
    });
}

#[test]
fn a_read_that_waits_too_long_is_given_up() {
    crate::engine::on_engines(&[Engine::Postgres, Engine::MariaDb], |engine| {
        let app = TestApp::empty(engine);
        let gopal = app.open_shop();
        app.stock_up(&product("milk-1", &gopal));
        let lock = Lock::products(&app);
        comes_back_later(&app.query("{ products { nodes { slug } } }"));
        comes_back_later(&app.query("{ a: products { nodes { slug } } product(by: { slug: \"milk-1\" }) { id } }"));
        let rest = app.get("/products");
        assert_eq!(
            (rest.status, rest.header("content-type"), rest.header("retry-after")),
            (503, "application/problem+json", "1")
        );

        let partly = app.query("{ products { nodes { slug } } categories { slug } }");
        assert_eq!((partly.status, partly.header("retry-after")), (200, ""), "what came is worth having");
        assert!(["TIMEOUT", "SERVICE_UNAVAILABLE"].contains(&partly.code().as_str()));
        assert_eq!((&partly.json()["data"]["products"], &partly.errors()[0]["path"]), (&json!(null), &json!(["products"])));
        assert_eq!(partly.json()["data"]["categories"].as_array().unwrap().len(), 2);
        lock.release();
        wait_until("lists are read again", Duration::from_secs(20), || {
            app.query("{ products { nodes { slug } } }").status == 200
        });
    });
}
