use farmlokal_testbed::MariaDb;

use crate::gone::Traces;

#[test]
fn every_fresh_database_is_empty_and_ones_own() {
    let mariadb = MariaDb::shared();
    let (mine, yours) = (mariadb.fresh_database(), mariadb.fresh_database());
    mariadb.query(&mine, "CREATE TABLE herbs (name text); INSERT INTO herbs VALUES ('धनिया')");
    assert_eq!(mariadb.query(&mine, "SELECT name FROM herbs"), "धनिया");
    assert_eq!(mariadb.query(&yours, "SHOW TABLES"), "");
}

#[test]
fn committed_rows_survive_stop_and_crash_on_the_same_url() {
    let mariadb = MariaDb::start();
    let url = mariadb.url();
    mariadb.query(&url, "CREATE TABLE crates (n int); INSERT INTO crates VALUES (1)");
    assert!(mariadb.stop().success());
    assert!(!mariadb.answers());

    mariadb.restart();
    mariadb.query(&url, "INSERT INTO crates VALUES (2)");
    mariadb.kill();
    assert!(!mariadb.answers());

    mariadb.restart();
    assert_eq!(mariadb.query(&url, "SELECT sum(n) FROM crates"), "3");
}

#[test]
fn a_paused_server_is_silent_until_resumed() {
    let mariadb = MariaDb::start_with(&[("max-connections", "17")]);
    mariadb.pause();
    assert!(!mariadb.answers());
    mariadb.resume();
    assert_eq!(mariadb.query(&mariadb.url(), "SELECT @@max_connections"), "17");
}

#[test]
fn nothing_is_left_after_a_drop() {
    let mariadb = MariaDb::start();
    let traces = Traces { pid: mariadb.pid(), folder: mariadb.folder().to_owned() };
    assert!(traces.exist());
    drop(mariadb);
    assert!(!traces.exist());
}

#[test]
#[should_panic(expected = "unknown variable")]
fn a_server_that_cannot_start_shows_its_log() {
    let _never = MariaDb::start_with(&[("sharks", "1")]);
}
