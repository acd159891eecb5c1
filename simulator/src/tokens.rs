//! Access tokens.

use std::collections::HashMap;

use crate::random::{Random, Stream};

/// The tokens that are good.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    seed: u64,
    issued: u64,
    /// When each of them ends, in milliseconds since 1970.
    ends_ms: HashMap<String, i64>,
}

impl Tokens {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// A new token.
    pub(crate) fn issue(&mut self, now_ms: i64, seconds: u32) -> String {
        self.ends_ms.retain(|_, ends_ms| *ends_ms > now_ms);
        self.issued += 1;
        let token = format!("sim-{}-{:016x}", self.issued, Random::new(self.seed, Stream::Token, self.issued).bits());
        self.ends_ms.insert(token.clone(), now_ms + i64::from(seconds) * 1_000);
        token
    }

    /// Whether this token is good.
    pub(crate) fn is_good(&self, token: &str, now_ms: i64) -> bool {
        self.ends_ms.get(token).is_some_and(|ends_ms| *ends_ms > now_ms)
    }

    /// Ends all of them.
    pub(crate) fn revoke_all(&mut self) {
        self.ends_ms.clear();
    }
}
