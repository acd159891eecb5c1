//! A hash of everything that selects the rows of a list. Cursors hold it, so it is written out by hand: it stays the same from
//! release to release.

use sha2::{Digest as _, Sha256};

use crate::domain::{Circle, ProducerKind};

/// Takes one filter after the other, always in the same order.
pub(super) struct FilterHash(Sha256);

impl FilterHash {
    pub(super) fn new() -> Self {
        Self(Sha256::new())
    }

    /// A filter by its values; no filter is told from an empty one.
    pub(super) fn list(&mut self, name: &str, values: Option<Vec<i64>>) {
        self.0.update(name);
        self.0.update([u8::from(values.is_some())]);
        for value in values.into_iter().flatten() {
            self.0.update(value.to_be_bytes());
        }
    }

    /// Kinds of producer.
    pub(super) fn kinds(&mut self, kinds: Option<&[ProducerKind]>) {
        self.list("kind", kinds.map(|kinds| kinds.iter().map(|kind| i64::from(kind.code())).collect()));
    }

    /// A place and a radius.
    pub(super) fn circle(&mut self, name: &str, circle: Option<&Circle>) {
        self.list(name, circle.map(|circle| vec![circle.center.lat_e3, circle.center.lng_e3, circle.radius_meters]));
    }

    /// A filter by texts; no filter is told from an empty one.
    pub(super) fn texts<'a>(&mut self, name: &str, values: Option<impl IntoIterator<Item = &'a str>>) {
        self.0.update(name);
        self.0.update([u8::from(values.is_some())]);
        for value in values.into_iter().flatten() {
            self.0.update((value.len() as u64).to_be_bytes());
            self.0.update(value);
        }
    }

    /// What is searched, if anything; the last to be told.
    pub(super) fn words(&mut self, words: Option<&str>) {
        if let Some(words) = words {
            self.0.update("search");
            self.0.update(words);
        }
    }

    /// The first 64 bits.
    pub(super) fn finish(self) -> [u8; 8] {
        let mut short = [0; 8];
        short.copy_from_slice(&self.0.finalize()[..8]);
        short
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_of_older_releases_are_still_of_their_lists() {
        let mut hash = FilterHash::new();
        hash.list("category", Some(vec![7]));
        hash.list("producer", None);
        let mut written = Sha256::new();
        written.update(b"category\x01\0\0\0\0\0\0\0\x07producer\0");
        assert_eq!(hash.finish(), written.finalize()[..8]);
    }
}
