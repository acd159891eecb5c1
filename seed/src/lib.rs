//! A deterministic generator of a realistic hyperlocal food catalogue.
//!
//! A [`Catalogue`] is a number and a size. Every row of it is a pure function of the number, the size and the row's id:
//! no clock, no database, no floating point, so the same number gives the same rows on every machine, in any order, from
//! any number of threads.
//!
//! ```
//! let catalogue = farmlokal_seed::Catalogue::new(7, 1_000);
//! let product = catalogue.product(42);
//! assert_eq!(product, farmlokal_seed::Catalogue::new(7, 1_000).product(42));
//! assert!(product.slug.ends_with("-42"));
//! ```

mod catalogue;
mod category;
mod city;
mod description;
mod item;
mod items;
mod kind;
mod name;
mod pack;
mod popularity;
mod price;
mod producer;
mod product;
mod random;
mod slug;
mod words;

pub use catalogue::Catalogue;
pub use category::{CATEGORY_COUNT, Category};
pub use kind::ProducerKind;
pub use pack::Unit;
pub use producer::Producer;
pub use product::{NEWEST_AT_MS, Product};
pub use random::Random;
