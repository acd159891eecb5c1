//! Whose budget it is.

use std::fmt;
use std::net::IpAddr;

/// Somebody with a budget: the subject of a token, or an address. Small and copied: it is made for every request.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subject(Kind);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    V4(u32),
    /// The first 64 bits: whoever has one IPv6 address has at least 2⁶⁴ of them (RFC 6177).
    V6Network(u64),
    /// The beginning of a hash.
    Token([u8; 16]),
}

impl Subject {
    /// The subject at an address; an IPv4 address written as IPv6 is the same one.
    pub fn of_address(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(v4) => Kind::V4(v4.to_bits()),
            IpAddr::V6(v6) => Kind::V6Network((v6.to_bits() >> 64) as u64),
        })
    }

    /// The subject behind a valid token, by the first half of a SHA-256: of issuer and subject, which all tokens of a subject share,
    /// or of a static token.
    pub fn of_token(hash: [u8; 16]) -> Self {
        Self(Kind::Token(hash))
    }

    /// A number that spreads subjects over the parts of a table. Nobody who can choose it gains more than a busy lock.
    pub(super) fn spread(&self) -> usize {
        let bits = match self.0 {
            Kind::V4(bits) => u64::from(bits),
            Kind::V6Network(bits) => bits,
            Kind::Token(hash) => u64::from_ne_bytes([hash[0], hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]]),
        };
        // Fibonacci hashing (Knuth, TAOCP 3, 6.4): the upper bits depend on all of them.
        (bits.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 48) as usize
    }
}

/// As it stands in keys of Redis.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::V4(bits) => write!(f, "{}", std::net::Ipv4Addr::from_bits(bits)),
            Kind::V6Network(bits) => write!(f, "{}/64", std::net::Ipv6Addr::from_bits(u128::from(bits) << 64)),
            Kind::Token(hash) => hash.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
        }
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::Subject;

    fn at(address: &str) -> Subject {
        Subject::of_address(address.parse().unwrap())
    }

    #[test]
    fn addresses_of_one_caller_are_one_subject() {
        assert_eq!(at("203.0.113.7"), at("::ffff:203.0.113.7"));
        assert_ne!(at("203.0.113.7"), at("203.0.113.8"));
        assert_eq!(at("2001:db8:1:2::1"), at("2001:db8:1:2:ffff::9"));
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
        assert_ne!(at("0.0.0.1"), at("::1"), "the loopback of IPv6 is no IPv4 address");
        assert_ne!(at("::"), Subject::of_token([0; 16]));
    }

    #[test]
    fn a_subject_is_readable_in_a_key() {
        assert_eq!(at("203.0.113.7").to_string(), "203.0.113.7");
        assert_eq!(at("2001:db8:1:2::1").to_string(), "2001:db8:1:2::/64");
        assert_eq!(Subject::of_token([0xab; 16]).to_string(), "ab".repeat(16));
    }
}
