//! The front door: answers that are kept, what servers share through Redis, and how they do without it.
//!
//! ```text
//! http_caching       what is told of a kept answer: tags, ages, forms
//! unkept             what is never kept
//! privacy            random operations by random callers: nobody sees another's answer
//! exactness          one process: the next read after a write is the new one
//! freshness          several processes: how soon a price is seen by the others
//! ledger             several processes: random writes and reads, held against a ledger
//! herd               many who ask for the same at once
//! without_redis      Redis hangs, dies, is emptied, holds garbage
//! without_database   kept pages stand in for a database that is away
//! shedding           more work than can be done
//! request_line       what the log tells of a request
//! encryption         TLS to the databases and to Redis
//! redis              the connection itself: away at the start, hanging, killed, restarted empty, a cluster
//! points             the budget in Redis, point by point
//! budgets            three servers, one budget
//! spoofing           who one may not pretend to be
//! shop               a small shop, and the verbs of its keeper
//! fleet              some servers over one database, with the verbs of their callers
//! ```
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests fail and tell as tests do")]

mod budgets;
mod encryption;
mod exactness;
mod fleet;
mod freshness;
mod herd;
mod http_caching;
mod ledger;
mod points;
mod privacy;
mod redis;
mod request_line;
mod shedding;
mod shop;
mod spoofing;
mod unkept;
mod without_database;
mod without_redis;
