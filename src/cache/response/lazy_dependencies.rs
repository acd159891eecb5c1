//! What an answer was made of, as a list or as it is written.
//!
//! An answer out of the shared store is mostly served while nothing has changed since it was made; then nobody asks for the list,
//! and reading it would take longer than everything else that is done with the answer.

use std::sync::OnceLock;

use bytes::Bytes;

use crate::domain::{Dependencies, Dependency};

/// Sorted, as dependencies are compared and written.
#[derive(Debug, Clone, Default)]
pub(crate) struct LazyDependencies {
    list: OnceLock<Box<[Dependency]>>,
    /// Where the list comes from when it is not there.
    written: Option<Bytes>,
}

impl LazyDependencies {
    /// As it came out of the store.
    pub(crate) fn written(bytes: Bytes) -> Self {
        Self { list: OnceLock::new(), written: Some(bytes) }
    }

    /// The list. What cannot be read is taken for something that every change touches.
    pub(crate) fn list(&self) -> &[Dependency] {
        self.list.get_or_init(|| match &self.written {
            Some(bytes) => postcard::from_bytes(bytes).unwrap_or_else(|_| [Dependency::Anything].into()),
            None => Box::default(),
        })
    }

    /// As bytes for the store; `None` when they cannot be written, which does not happen.
    pub(crate) fn to_written(&self) -> Option<Vec<u8>> {
        postcard::to_allocvec(self.list()).ok()
    }

    /// Memory that it takes once the list is there, in bytes, about: a written dependency takes some four. The same before and
    /// after the list is read, because a cache takes off what it has put on.
    pub(crate) fn weight_bytes(&self) -> usize {
        let count = self.written.as_ref().map_or_else(|| self.list().len(), |bytes| bytes.len() / 4);
        count * size_of::<Dependency>()
    }
}

impl From<&Dependencies> for LazyDependencies {
    fn from(dependencies: &Dependencies) -> Self {
        Self { list: OnceLock::from(dependencies.iter().collect::<Box<_>>()), written: None }
    }
}

impl<const N: usize> From<[Dependency; N]> for LazyDependencies {
    fn from(list: [Dependency; N]) -> Self {
        Self { list: OnceLock::from(Box::from(list)), written: None }
    }
}

impl PartialEq for LazyDependencies {
    fn eq(&self, other: &Self) -> bool {
        self.list() == other.list()
    }
}

impl Eq for LazyDependencies {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_touched_by_everything() {
        assert_eq!(LazyDependencies::written(Bytes::from_static(&[200, 1, 2])).list(), [Dependency::Anything]);
        assert_eq!(LazyDependencies::default().list(), []);
        let some = LazyDependencies::from([Dependency::Product(7), Dependency::Product(8)]);
        let read_back = LazyDependencies::written(some.to_written().unwrap().into());
        let weight_bytes = read_back.weight_bytes();
        assert_eq!(read_back, some);
        assert_eq!(read_back.weight_bytes(), weight_bytes, "also once it has been read");
    }
}
