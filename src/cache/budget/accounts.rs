//! All accounts of a process: a table in parts, each behind its own short lock.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::account::Account;
use super::subject::Subject;

/// Parts of the table; a power of two. Two cores meet at the same one seldom.
const PARTS: usize = 64;
/// Accounts of one part; a million in all, about 150 MB. Only those of the last two seconds are kept.
const PART_MAX: usize = 16_384;
/// An account that was not used for so long knows nothing that Redis does not know.
const IDLE_US: u64 = 2_000_000;

/// See the module.
#[derive(Debug)]
pub(super) struct Accounts(Vec<Mutex<HashMap<Subject, Account>>>);

impl Accounts {
    pub(super) fn new() -> Self {
        Self((0..PARTS).map(|_| Mutex::default()).collect())
    }

    /// Works on the account of `subject`, a new one if there is none; `None` when there are too many.
    pub(super) fn with<T>(&self, subject: &Subject, now_us: u64, work: impl FnOnce(&mut Account) -> T) -> Option<T> {
        let mut part = self.part(subject);
        if let Some(account) = part.get_mut(subject) {
            return Some(work(account));
        }
        if part.len() >= PART_MAX {
            return None;
        }
        Some(work(part.entry(*subject).or_insert_with(|| Account::new(now_us))))
    }

    /// Works on the account of `subject`, if there is one.
    pub(super) fn with_known<T>(&self, subject: &Subject, work: impl FnOnce(&mut Account) -> T) -> Option<T> {
        self.part(subject).get_mut(subject).map(work)
    }

    /// Forgets accounts that nobody uses, and gives back their memory.
    pub(super) fn sweep(&self, now_us: u64) {
        for part in &self.0 {
            let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
            part.retain(|_, account| !account.is_idle(now_us, IDLE_US));
            if part.capacity() > 4 * part.len().max(64) {
                part.shrink_to_fit();
            }
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|part| part.lock().unwrap().len()).sum()
    }

    fn part(&self, subject: &Subject) -> MutexGuard<'_, HashMap<Subject, Account>> {
        self.0[subject.spread() % PARTS].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(n: u32) -> Subject {
        Subject::of_address(std::net::Ipv4Addr::from_bits(n).into())
    }

    #[test]
    fn idle_accounts_are_forgotten() {
        let accounts = Accounts::new();
        for n in 0..10_000 {
            accounts.with(&subject(n), u64::from(n), |_| ());
        }
        assert_eq!(accounts.len(), 10_000);
        accounts.sweep(IDLE_US + 5_000);
        assert_eq!(accounts.len(), 5_000);
        accounts.sweep(2 * IDLE_US);
        assert_eq!((accounts.len(), accounts.with_known(&subject(1), |_| ())), (0, None));
    }

    #[test]
    fn the_table_has_an_end() {
        let accounts = Accounts::new();
        let refused = (0..2 * (PARTS * PART_MAX) as u32).filter(|n| accounts.with(&subject(*n), 0, |_| ()).is_none()).count();
        assert!(refused > 0 && accounts.len() <= PARTS * PART_MAX);
        assert!(accounts.len() > PARTS * PART_MAX / 2, "subjects are spread: {}", accounts.len());
    }
}
