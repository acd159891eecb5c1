//! Tables of food, by where it comes from. Prices are what a city shop asked in 2026, roughly.

pub(crate) mod field;
pub(crate) mod kitchen;
pub(crate) mod milk;
pub(crate) mod staple;
