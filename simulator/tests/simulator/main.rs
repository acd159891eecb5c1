//! The simulator as others meet it: over HTTP, and as a library.

mod api;
mod faults;
mod harness;
mod webhooks;
