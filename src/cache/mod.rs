//! What several processes share, and what each of them keeps to itself for speed. All of it may be lost at any moment: the
//! database is the truth.
//!
//! [`budget`] holds callers to their share. [`response`] keeps whole answers; whether one still holds is decided in the process, by the change feed. [`redis`] is the
//! way to Redis: one connection, a deadline for every call, and nobody waits for a server that is away. [`DocumentArchive`] is
//! where texts of persisted documents outlive a process.
//! The room knows nothing of GraphQL, HTTP or tables.

pub mod budget;
mod document_archive;
pub mod redis;
mod redis_archive;
pub mod response;

pub use document_archive::DocumentArchive;
pub use redis_archive::RedisArchive;
