use farmlokal_testbed::Redis;

use crate::gone::Traces;

#[test]
fn it_keeps_values_while_it_runs_and_loses_them_with_a_restart() {
    let redis = Redis::start();
    assert_eq!(redis.query(&["SET", "herb", "धनिया"]), "OK");
    redis.pause();
    assert!(!redis.answers());
    redis.resume();
    assert_eq!(redis.query(&["--raw", "GET", "herb"]), "धनिया");

    let before = redis.url();
    redis.kill();
    assert!(!redis.answers());
    redis.restart();
    assert_eq!(redis.url(), before);
    assert_eq!(redis.query(&["EXISTS", "herb"]), "0");
    assert!(redis.stop().success());
}

#[test]
fn settings_are_the_callers() {
    let redis = Redis::start_with(&[("maxmemory", "3mb")]);
    assert_eq!(redis.query(&["--raw", "CONFIG", "GET", "maxmemory"]), "maxmemory\n3145728");
}

#[test]
fn nothing_is_left_after_a_drop() {
    let redis = Redis::start();
    let traces = Traces { pid: redis.pid(), folder: redis.folder().to_owned() };
    assert!(traces.exist());
    drop(redis);
    assert!(!traces.exist());
}
