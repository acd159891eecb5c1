//! Many who ask for the same at once: the work is done once.

use std::fs;

use farmlokal_testbed::{Postgres, Redis};
use futures_util::future::join_all;

use crate::fleet::{Answer, Fleet, MADE, runtime, seed, send};

const CALLERS: usize = 200;

/// A database that writes down every statement.
fn talkative() -> Postgres {
    let database = Postgres::start_with(&[("log_statement", "all")]);
    seed(&database.url());
    database
}

/// How many statements read pages of so many rows, by the database's own account. One row more tells whether there are more.
fn readings(database: &Postgres, rows: usize) -> usize {
    let log = fs::read_to_string(database.folder().join("stderr.log")).unwrap();
    let limit = format!("LIMIT {}", rows + 1);
    log.lines().filter(|line| line.contains("execute") && line.contains(&limit)).count()
}

/// Two lists, one of them with another one in it.
fn page(first: usize) -> String {
    let products = format!("products(first: {first}) {{ nodes {{ id slug name producer {{ name }} }} }}");
    format!(
        "{{ {products} producers(first: {first}) {{ nodes {{ slug }} }} category(by: {{ slug: \"vegetables\" }}) {{ {products} }} }}"
    )
}

/// All at once, in turn at each server.
fn herd(fleet: &Fleet, document: &str) -> Vec<Answer> {
    let servers = fleet.servers.len();
    let answers = runtime().block_on(join_all((0..CALLERS).map(|caller| send(fleet.graphql(caller % servers, document)))));
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (200, &answers[0].body), "{}", answer.text());
    }
    answers
}

/// Whether the statements for this herd were those of one caller, or of `most` at the most; and that they can be counted.
fn work_is_done(database: &Postgres, fleet: &Fleet, most: usize) {
    fleet.ask(0, &page(37));
    let of_one = readings(database, 37);
    assert!(of_one >= 2, "a statement a list: {of_one}");
    for rows in [41, 42, 43] {
        let answers = herd(fleet, &page(rows));
        let made = answers.iter().filter(|answer| answer.cache() == MADE).count();
        assert!((1..=most).contains(&made), "{made}");
        assert_eq!(readings(database, rows), made * of_one);
    }
}

#[test]
fn one_process_does_the_work_of_one_caller() {
    let database = talkative();
    work_is_done(&database, &Fleet::over(&database.url(), 1, &[]), 1);
}

#[test]
fn three_processes_do_it_once_each_at_the_most() {
    let (database, redis) = (talkative(), Redis::start());
    let fleet = Fleet::over(&database.url(), 3, &[("REDIS_URL", &redis.url()), ("FARMLOKAL_REDIS_DEADLINE_MS", "300")]);
    fleet.uses_redis();
    work_is_done(&database, &fleet, 3);
}
