//! Partners: webhooks in, orders, the partner API out; nothing lost, nothing twice, nothing backwards.
//!
//! ```text
//! inbox        what events do: full and thin, old and new, on three engines
//! forged       what is refused, and that it burns no id
//! kills        servers killed in a storm of deliveries
//! duplicates   one event sent many times at once to three servers
//! partner      a partner to ask: thin events, orders read through, a partner that is ill
//! token        one token for all servers, whoever dies and whatever their clocks say
//! order        a thousand subjects in disorder: the end is the partner's own state
//! stand        servers over one database, and somebody who sends signed deliveries
//! ```
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod duplicates;
mod forged;
mod inbox;
mod kills;
mod order;
mod partner;
mod stand;
mod token;
