//! The change feed: every follower is told every committed change once, in order, and nothing else.
//!
//! ```text
//! writes, sequencer, retention, generation, restart, wake   one story each, on every engine
//! soak                                                      writers that are killed, and followers that must not notice
//! stage, shop, recorder, raw, wait, random                  what the stories are told with
//! ```
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "helpers of tests fail and tell as tests do")]

mod generation;
mod random;
mod raw;
mod recorder;
mod restart;
mod retention;
mod sequencer;
mod shop;
mod soak;
mod stage;
mod wait;
mod wake;
mod writes;
