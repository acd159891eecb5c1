//! What is kept so that it need not be asked for again: answers, in the process and in Redis.
//!
//! Everything here follows the database and may be lost at any moment. Whether a kept answer still holds is decided in the
//! process, by the change feed; Redis holds bytes and saves work, and nothing rests on it.

pub mod response;
