use super::*;
use axum::http::HeaderValue;

const PEER: &str = "198.51.100.9";

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    let name = |name: &str| HeaderName::from_bytes(name.as_bytes()).unwrap();
    let mut headers = HeaderMap::new();
    for (header, value) in lines {
        headers.append(name(header), HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn seen(lines: &[(&str, &str)], trusted_proxies: usize) -> String {
    behind(PEER.parse().unwrap(), &headers(lines), trusted_proxies).to_string()
}

/// What clients write to be somebody else.
const SPOOFED: [(&str, &str); 16] = [
    ("x-forwarded-for", "203.0.113.1"),
    ("x-forwarded-for", "203.0.113.1, 203.0.113.2"),
    ("forwarded", "for=203.0.113.1;proto=https"),
    ("x-real-ip", "203.0.113.1"),
    ("cf-connecting-ip", "203.0.113.1"),
    ("true-client-ip", "203.0.113.1"),
    ("x-client-ip", "203.0.113.1"),
    ("x-cluster-client-ip", "203.0.113.1"),
    ("fastly-client-ip", "203.0.113.1"),
    ("x-originating-ip", "203.0.113.1"),
    ("x-remote-ip", "203.0.113.1"),
    ("x-remote-addr", "203.0.113.1"),
    ("x-azure-clientip", "203.0.113.1"),
    ("x-forwarded", "for=203.0.113.1"),
    ("forwarded-for", "203.0.113.1"),
    ("via", "1.1 203.0.113.1"),
];

#[test]
fn without_trusted_proxies_no_header_changes_anything() {
    for line in SPOOFED {
        assert_eq!(seen(&[line], 0), PEER, "{line:?}");
    }
    assert_eq!(seen(&SPOOFED, 0), PEER, "nor do all of them together");
}

#[test]
fn behind_a_proxy_only_its_own_entry_counts() {
    for line in SPOOFED {
        // What the client sent, and what the proxy appends: to the same line, or as a line of its own.
        let lines = [line, ("x-forwarded-for", "192.0.2.7")];
        assert_eq!(seen(&lines, 1), "192.0.2.7", "{line:?}");
        if line.0 == "x-forwarded-for" {
            assert_eq!(seen(&[(line.0, &format!("{}, 192.0.2.7", line.1))], 1), "192.0.2.7", "{line:?}");
        } else {
            assert_eq!(seen(&[line], 1), PEER, "{line:?} is not what the proxy writes");
        }
    }
}

#[test]
fn hops_are_counted_from_the_right() {
    let lines = [("x-forwarded-for", "203.0.113.1, 192.0.2.1"), ("x-forwarded-for", "192.0.2.2 ,\t192.0.2.3")];
    for (trusted_proxies, client) in [(0, PEER), (1, "192.0.2.3"), (2, "192.0.2.2"), (3, "192.0.2.1"), (4, "203.0.113.1")] {
        assert_eq!(seen(&lines, trusted_proxies), client);
    }
    assert_eq!(seen(&lines, 9), "203.0.113.1", "more proxies than entries");
}

#[test]
fn an_entry_that_is_no_address_counts_as_the_hop_in_front() {
    for malformed in ["", "unknown", "_hidden", "999.1.1.1", "192.0.2.1:", "fe80::1%eth0", "[2001:db8::1", "192.0.2.1 192.0.2.2"]
    {
        assert_eq!(seen(&[("x-forwarded-for", malformed)], 1), PEER, "{malformed}");
        assert_eq!(seen(&[("x-forwarded-for", &format!("{malformed}, 192.0.2.3"))], 2), "192.0.2.3", "{malformed}");
        assert_eq!(seen(&[("x-forwarded-for", &format!("203.0.113.1,{malformed}"))], 2), PEER, "nothing left of it counts");
    }
    let mut bytes = HeaderMap::new();
    bytes.append(X_FORWARDED_FOR, HeaderValue::from_bytes(b"\xff\xfe").unwrap());
    assert_eq!(behind(PEER.parse().unwrap(), &bytes, 1).to_string(), PEER);
}

#[test]
fn addresses_are_read_in_the_forms_that_proxies_write() {
    for (entry, address) in [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:50123", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:50123", "2001:db8::1"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
    ] {
        assert_eq!(seen(&[("x-forwarded-for", entry)], 1), address);
    }
}
