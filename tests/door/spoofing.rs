//! Who one may not pretend to be: whose budget is used up stays without, whatever a request claims.

use std::time::Duration;

use crate::fleet::Fleet;

/// Some 700 points.
const LARGE: &str = "{ rateLimit { remaining } products(first: 100) { nodes { id category { id } producer { id } price { amount } \
                     pack { value } unitPrice { price { amount } } } } }";

/// What clients write to be somebody else; each is sent with many different addresses.
const HEADERS: [&str; 14] = [
    "x-forwarded-for",
    "forwarded",
    "x-real-ip",
    "cf-connecting-ip",
    "true-client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "fastly-client-ip",
    "x-originating-ip",
    "x-remote-ip",
    "x-remote-addr",
    "x-azure-clientip",
    "x-forwarded",
    "forwarded-for",
];

fn fleet(trusted_proxies: &str) -> Fleet {
    let settings = [
        // A point in a minute: none comes back during the test.
        ("FARMLOKAL_BUDGET_POINTS_PER_MINUTE", "1"),
        ("FARMLOKAL_BUDGET_BURST", "5000"),
        ("TRUSTED_PROXIES", trusted_proxies),
    ];
    Fleet::start(1, &settings)
}

fn ask(fleet: &Fleet, header: &str, value: &str) -> u16 {
    fleet.send(fleet.graphql(0, "{").header(header, value)).status
}

/// Uses up the budget of whoever these headers make of us.
fn use_up(fleet: &Fleet, header: &str, value: &str) {
    for _ in 0..20 {
        fleet.send(fleet.graphql(0, LARGE).header(header, value));
    }
    // The door that a refused query has closed opens again; what is left then goes point by point.
    farmlokal_testbed::wait_until("the budget is used up", Duration::from_secs(60), || {
        let answer = fleet.send(fleet.graphql(0, "{").header(header, value));
        answer.status == 429 && answer.rate_limit("r") == 0
    });
}

#[test]
fn spoofed_headers_gain_nothing() {
    let fleet = fleet("0");
    use_up(&fleet, "x-nothing", "x");
    for header in HEADERS {
        for n in 1..=5 {
            for value in [format!("203.0.113.{n}"), format!("203.0.113.{n}, 198.51.100.{n}"), format!("for=203.0.113.{n}")] {
                assert_eq!(ask(&fleet, header, &value), 429, "{header}: {value}");
            }
        }
    }
}

#[test]
fn behind_a_proxy_the_entry_of_the_proxy_counts_and_nothing_left_of_it() {
    let fleet = fleet("1");
    use_up(&fleet, "x-forwarded-for", "192.0.2.1");
    for n in 1..=10 {
        assert_eq!(ask(&fleet, "x-forwarded-for", &format!("203.0.113.{n}, 192.0.2.1")), 429);
        assert_eq!(ask(&fleet, "x-forwarded-for", &format!("203.0.113.{n},[::ffff:192.0.2.1]:{}", 1_000 + n)), 429);
    }
    assert_eq!(ask(&fleet, "x-forwarded-for", "192.0.2.1, 192.0.2.2"), 400, "another client has a budget of its own");
    for header in &HEADERS[1..] {
        assert_eq!(ask(&fleet, header, "192.0.2.1"), 400, "{header} names nobody: this is the address that connects");
    }
}
