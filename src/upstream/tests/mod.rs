//! Stories of calls. Time is paused and the network is a function; only `wire` and `redis` have real ones.

mod calls;
mod circuit;
mod fleet;
mod partner;
mod redis;
mod tokens;
mod wire;
