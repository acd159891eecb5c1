//! The one ordered feed of changes: numbered after commit, followed by every process, forgotten after a while.

pub mod follower;
pub mod retention;
pub mod sequencer;
pub mod source;

pub use follower::{Event, Followed, Follower, FollowerHandle, FollowerSettings};
pub use source::FeedSource;
