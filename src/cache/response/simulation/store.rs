//! The model's shared store: what Redis would hold.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::dice::Dice;

type Kept = (Bytes, u64);

/// Values by name, each until some time.
#[derive(Default)]
pub(super) struct Held(BTreeMap<Vec<u8>, Kept>);

#[derive(Default)]
pub(super) struct Store(Mutex<Held>);

impl Store {
    pub(super) fn look(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    pub(super) fn get(&self, name: &[u8], now_ms: u64) -> Option<Bytes> {
        self.0.get(name).filter(|(_, until_ms)| now_ms < *until_ms).map(|(value, _)| value.clone())
    }

    pub(super) fn put(&mut self, name: &[u8], value: Bytes, until_ms: u64) {
        self.0.insert(name.to_vec(), (value, until_ms));
    }

    /// Keeps `value` unless there is something; whether it did.
    pub(super) fn put_if_free(&mut self, name: &[u8], value: Bytes, now_ms: u64, until_ms: u64) -> bool {
        let is_free = self.get(name, now_ms).is_none();
        if is_free {
            self.put(name, value, until_ms);
        }
        is_free
    }

    /// Takes `value` away if it is what is there.
    pub(super) fn take(&mut self, name: &[u8], value: &[u8]) {
        if self.0.get(name).is_some_and(|(kept, _)| kept == value) {
            self.0.remove(name);
        }
    }

    pub(super) fn flush(&mut self) {
        self.0.clear();
    }

    /// Something else than what is there: of another name or another generation, cut off, changed, or nothing we ever wrote.
    pub(super) fn garbage(&self, name: &[u8], now_ms: u64, dice: &mut Dice) -> Option<Bytes> {
        let other = self.0.values().nth(dice.index(self.0.len())).map(|(value, _)| value.clone());
        let mut bytes = self.get(name, now_ms).or_else(|| other.clone())?.to_vec();
        match dice.below(4) {
            0 => return other,
            1 => bytes.truncate(dice.index(bytes.len())),
            2 => {
                let at = dice.index(bytes.len());
                bytes[at] ^= 1 << dice.below(8);
            }
            _ => bytes = dice.next().to_be_bytes().repeat(dice.index(9)),
        }
        Some(Bytes::from(bytes))
    }
}
