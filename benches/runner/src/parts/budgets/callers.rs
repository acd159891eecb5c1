//! Callers of one address: what they ask, and who they say they are.

use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::shop::Shop;
use crate::traffic::Ask;

/// Headers in which proxies tell who asks.
pub(super) const SPOOFED: [&str; 12] = [
    "x-forwarded-for",
    "x-real-ip",
    "forwarded",
    "cf-connecting-ip",
    "true-client-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "fastly-client-ip",
    "fly-client-ip",
    "x-original-forwarded-for",
    "x-azure-clientip",
    "x-appengine-user-ip",
];

/// Callers.
#[derive(Debug, Clone)]
pub(super) struct Callers {
    shop: Shop,
    cost: u32,
    processes: usize,
    one_page: bool,
    lying: bool,
}

impl Callers {
    /// Who ask for pages of this cost that nobody has asked for before, and tell no lies.
    pub(super) fn new(shop: Shop, cost: u32, processes: usize) -> Self {
        Self { shop, cost, processes, one_page: false, lying: false }
    }

    /// Points of one question.
    pub(super) fn cost(&self) -> u32 {
        self.cost
    }

    /// Who ask for one and the same page: once it is kept, it costs a point.
    pub(super) fn of_one_page(self) -> Self {
        Self { one_page: true, cost: 1, ..self }
    }

    /// Who say with every request that they are somebody else.
    pub(super) fn lying(self) -> Self {
        Self { lying: true, ..self }
    }

    /// What they ask, one after the other: after `settle`, each kind of lie for `turn`; the kind is its number.
    pub(super) fn into_choice(self, settle: Duration, turn: Duration) -> impl FnMut(&mut Rng) -> Ask + Send + 'static {
        let begin = Instant::now() + settle;
        let mut number = 0;
        move |random| {
            number += usize::from(!self.one_page);
            let turns = begin.elapsed().as_millis() / turn.as_millis().max(1);
            let kind = usize::try_from(turns).unwrap_or_default().min(SPOOFED.len() - 1);
            let header = SPOOFED[kind];
            let address = somebody(header, random);
            let headers = [(header, address.as_str())];
            let headers = if self.lying { &headers[..] } else { &[] };
            let request = self.shop.unheard_of(number).post_with(headers);
            Ask { server: random.usize(..self.processes), kind, request }
        }
    }
}

/// A random address, as this header has it.
fn somebody(header: &str, random: &mut Rng) -> String {
    let address = format!("{}.{}.{}.{}", random.u8(1..=223), random.u8(..), random.u8(..), random.u8(1..));
    if header == "forwarded" { format!("for={address}") } else { address }
}
