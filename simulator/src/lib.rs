//! A partner to develop and to test against (`docs/partner-api.md`): an OAuth2 provider, API A, and a sender of webhooks that
//! repeats, shuffles, delays and spoils as it is told.
//!
//! The pure parts come first: a [`World`] that changes by a seed number, a [`schedule`] of what is sent when, a [`Signer`].
//! [`Simulator::start`] serves them on one port.
//!
//! ```
//! use farmlokal_simulator::World;
//!
//! let (mut one, mut other) = (World::new(7, 20, 5), World::new(7, 20, 5));
//! assert_eq!(one.next_event(), other.next_event());
//! ```

mod clock;
mod connection;
mod faults;
mod http;
mod random;
mod running;
pub mod schedule;
mod sender;
mod settings;
mod signer;
mod stats;
mod tokens;
mod world;

pub use clock::{Clock, rfc3339};
pub use faults::Faults;
pub use running::{Running, Simulator};
pub use schedule::{Delivery, Form, Shares};
pub use sender::Answer;
pub use settings::{DEV_CLIENT_ID, DEV_CLIENT_SECRET, DEV_WEBHOOK_SECRET, SimulatorSettings, StartError};
pub use signer::{Corruption, SecretError, Signed, Signer};
pub use stats::Stats;
pub use world::{Event, EventKind, Page, PageError, Subject, World};
