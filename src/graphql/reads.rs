//! What a request has read so far: an answer that is kept depends on it.

use std::sync::{Mutex, PoisonError};

use crate::domain::{Dependencies, Dependency};
use crate::service::{ProducerPage, ProductPage};

/// Notes what resolvers read, in any order.
#[derive(Debug, Default)]
pub(crate) struct Reads(Mutex<Dependencies>);

impl Reads {
    /// One thing was read, or looked for and not found.
    pub(crate) fn note(&self, dependency: Dependency) {
        self.with(|dependencies| dependencies.add(dependency));
    }

    /// All of these were read.
    pub(crate) fn note_all(&self, read: &Dependencies) {
        self.with(|dependencies| {
            read.as_of().into_iter().for_each(|as_of| dependencies.limit_as_of(as_of));
            dependencies.extend(read.iter());
        });
    }

    /// A page of products was read.
    pub(crate) fn note_products(&self, page: &ProductPage) {
        self.with(|dependencies| page.add_dependencies(dependencies));
    }

    /// A page of producers was read.
    pub(crate) fn note_producers(&self, page: &ProducerPage) {
        self.with(|dependencies| page.add_dependencies(dependencies));
    }

    /// Everything that was read.
    pub(crate) fn take(&self) -> Dependencies {
        self.with(std::mem::take)
    }

    fn with<T>(&self, change: impl FnOnce(&mut Dependencies) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
