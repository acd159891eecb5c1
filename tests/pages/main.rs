//! Lists against a plain sort in Rust, on SQLite, PostgreSQL and MariaDB at once; the rows that each plan examines; the
//! statements that a page takes.
#![expect(clippy::unwrap_used, reason = "a test that unwraps tells what went wrong")]
#![expect(clippy::print_stdout, reason = "the figures are for whoever reads the output of a test")]

mod catalogue;
mod engines;
mod examined;
mod fixtures;
mod plans;
mod producer_pages;
mod question;
mod reference;
mod right_pages;
mod searched_pages;
mod shapes;
mod statements;
mod ways;
mod writes_between_pages;
