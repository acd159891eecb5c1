//! Persisted documents: those that a caller names by a hash or an id instead of sending their text.
//!
//! * **Automatic** ones: a client sends the hash of a text alone, is told `PersistedQueryNotFound`, and sends the text once
//!   with its hash. From then on the hash is enough, here and wherever the archive is shared.
//! * **Trusted** ones: a [`Manifest`] that a client's build has written names every document it will ever send.
//!
//! [`PersistedMode`] says which of them are taken, [`Library`] finds them.

mod library;
mod manifest;
mod mode;
mod trusted;

pub(crate) use library::{Found, Library};
pub use manifest::Manifest;
pub use mode::{PersistedMode, PersistedSettings};
