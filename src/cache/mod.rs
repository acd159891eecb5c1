//! What several processes share, and what each of them keeps to itself for speed. All of it may be lost at any moment: the
//! database is the truth.
//!
//! [`budget`] holds callers to their share. [`redis`] is the way to Redis: one connection, a deadline for every call, and nobody waits for a server that is away.
//! The room knows nothing of GraphQL, HTTP or tables.

pub mod budget;
pub mod redis;
