//! What several processes share, and what each of them keeps to itself for speed. All of it may be lost at any moment: the
//! database is the truth.
//!
//! [`redis`] is the way to Redis: one connection, a deadline for every call, and nobody waits for a server that is away.
//! The room knows nothing of GraphQL, HTTP or tables.

pub mod redis;
