//! The account a database server runs as when the tests run as root: PostgreSQL and MariaDB refuse root.

use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Command;

/// A system account by its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    /// User id.
    pub uid: u32,
    /// Primary group id.
    pub gid: u32,
}

impl User {
    /// The first existing account of `names`, when this process is root; `None` when it is not and can only run
    /// servers as itself, and when `names` is empty because root will do.
    ///
    /// # Panics
    /// When this process is root and none of the accounts exists.
    pub(crate) fn when_root(names: &[&str]) -> Option<Self> {
        if names.is_empty() || !rustix::process::geteuid().is_root() {
            return None;
        }
        let found = names.iter().find_map(|name| Some(Self { uid: id("-u", name)?, gid: id("-g", name)? }));
        assert!(found.is_some(), "running as root, and none of the accounts {names:?} exists");
        found
    }

    /// Gives a file or folder to this account.
    pub(crate) fn own(self, path: &Path) {
        chown(path, Some(self.uid), Some(self.gid)).expect("root may give its files away");
    }
}

fn id(which: &str, name: &str) -> Option<u32> {
    let output = Command::new("id").args([which, name]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
