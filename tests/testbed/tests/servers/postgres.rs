use farmlokal_testbed::Postgres;

use crate::gone::Traces;

#[test]
fn every_fresh_database_is_empty_and_ones_own() {
    let postgres = Postgres::shared();
    let (mine, yours) = (postgres.fresh_database(), postgres.fresh_database());
    postgres.query(&mine, "CREATE TABLE herbs (name text); INSERT INTO herbs VALUES ('धनिया')");
    assert_eq!(postgres.query(&mine, "SELECT name FROM herbs"), "धनिया");
    assert_eq!(postgres.query(&yours, "SELECT to_regclass('herbs') IS NULL"), "t");
    assert_eq!(postgres.query(&yours, "SHOW lc_collate"), "C.UTF-8", "sorting must not depend on the machine");
}

#[test]
fn committed_rows_survive_stop_and_crash_on_the_same_url() {
    let postgres = Postgres::start();
    let url = postgres.url();
    postgres.query(&url, "CREATE TABLE crates (n int)");
    postgres.query(&url, "INSERT INTO crates VALUES (1)");
    assert!(postgres.stop().success());
    assert!(!postgres.answers());

    postgres.restart();
    postgres.query(&url, "INSERT INTO crates VALUES (2)");
    postgres.kill();
    assert!(!postgres.answers());

    postgres.restart();
    assert_eq!(postgres.query(&url, "SELECT sum(n) FROM crates"), "3");
    postgres.restart();
    assert_eq!(postgres.query(&url, "SELECT sum(n) FROM crates"), "3");
}

#[test]
fn a_paused_server_is_silent_with_all_its_processes() {
    let postgres = Postgres::start();
    postgres.pause();
    assert!(!postgres.answers());
    let states = std::process::Command::new("ps")
        .args(["-o", "stat=", "--ppid", &postgres.pid().to_string()])
        .output()
        .expect("ps is installed");
    let states = String::from_utf8_lossy(&states.stdout).into_owned();
    assert!(states.lines().count() >= 3, "background processes: {states}");
    assert!(states.lines().all(|state| state.starts_with(['T', 'Z'])), "{states}");
    postgres.resume();
    assert_eq!(postgres.query(&postgres.url(), "SELECT 1"), "1");
}

#[test]
fn settings_and_files_are_the_callers() {
    let postgres = Postgres::builder()
        .setting("fsync", "on")
        .setting("hba_file", "own_hba.conf")
        .file("own_hba.conf", "host all all 127.0.0.1/32 trust\n")
        .start();
    assert_eq!(postgres.query(&postgres.url(), "SHOW fsync"), "on");
    let rules = "SELECT count(*) FROM pg_hba_file_rules";
    assert_eq!(postgres.query(&postgres.url(), rules), "1");
}

#[test]
#[should_panic(expected = "unrecognized configuration parameter")]
fn a_server_that_cannot_start_shows_its_log() {
    let _never = Postgres::start_with(&[("sharks", "on")]);
}

#[test]
fn nothing_is_left_after_a_drop_even_of_a_paused_or_killed_server() {
    let traces = [Postgres::pause, Postgres::kill, Postgres::resume].map(|last_deed| {
        let postgres = Postgres::start();
        let traces = Traces { pid: postgres.pid(), folder: postgres.folder().to_owned() };
        last_deed(&postgres);
        traces
    });
    assert!(traces.iter().all(|traces| !traces.exist()));
}
