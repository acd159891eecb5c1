//! FarmLokal: the GraphQL API server of a hyperlocal food marketplace.
//!
//! ```text
//! main → command → app → http → graphql → service → storage → domain
//!                         http ──────────→ { service, cache }      { graphql, service } → cache → storage's change feed
//!                                                                  service → search → storage
//!                                                                  service → upstream → cache
//!                                                                  service → identity
//! ```
//!
//! Imports run along the arrows only; [`error`], [`clock`], [`telemetry`] and [`domain`] are leaves that every room may use.
//! `docs/ARCHITECTURE.md` has the picture and the ways through it.

pub mod app;
pub mod cache;
pub mod clock;
pub mod command;
pub mod config;
pub mod domain;
pub mod error;
pub mod graphql;
pub mod http;
pub mod identity;
pub mod search;
pub mod service;
pub mod storage;
mod strict_json;
pub mod telemetry;
pub mod upstream;
