//! Where an index lives on disk: a place of its own for every process, and in it the index that holds and the next one.
//!
//! ```text
//! SEARCH_DIR/0/lock           held by the process that works here; the next process takes 1, and so on
//! SEARCH_DIR/0/current        the name of the index that holds, replaced as a whole
//! SEARCH_DIR/0/index-…/       that index
//! SEARCH_DIR/0/building-…/    one that is being made; worth nothing until it is renamed and named
//! ```

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

const CURRENT: &str = "current";
const INDEX: &str = "index-";
const BUILDING: &str = "building-";
/// Most processes that share a folder.
const PLACES_MAX: usize = 64;

/// The place of a process.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Held as long as the process works here.
    _lock: Option<File>,
}

impl Folder {
    /// Takes the first place that nobody works in.
    pub(super) fn take(parent: &Path) -> io::Result<Self> {
        for number in 0..PLACES_MAX {
            let path = parent.join(number.to_string());
            fs::create_dir_all(&path)?;
            let lock = File::create(path.join("lock"))?;
            match lock.try_lock() {
                Ok(()) => {
                    let folder = Self { path, _lock: Some(lock) };
                    folder.clean()?;
                    return Ok(folder);
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(err)) => return Err(err),
            }
        }
        Err(io::Error::other(format!("{PLACES_MAX} processes keep their index in {}", parent.display())))
    }

    /// Every place there is, whoever works in it: for one who brings a new index.
    pub(super) fn all(parent: &Path) -> io::Result<Vec<Self>> {
        fs::create_dir_all(parent.join("0"))?;
        let mut all = Vec::new();
        for entry in fs::read_dir(parent)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() && entry.file_name().to_string_lossy().parse::<usize>().is_ok() {
                all.push(Self { path: entry.path(), _lock: None });
            }
        }
        Ok(all)
    }

    /// The index that holds, if there is one.
    pub(super) fn current(&self) -> Option<PathBuf> {
        let name = fs::read_to_string(self.path.join(CURRENT)).ok()?;
        let name = name.trim();
        (name.starts_with(INDEX) && !name.contains(['/', '\\'])).then(|| self.path.join(name))
    }

    /// An empty folder for an index that is to be made.
    pub(super) fn begin(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.path.join(format!("{BUILDING}{name}"));
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir_all(&path)?;
        Ok(path)
    }

    /// Makes what was built the index that holds; gives where it is now.
    pub(super) fn swap_in(&self, built: &Path) -> io::Result<PathBuf> {
        let name = built.file_name().map(|name| name.to_string_lossy().replacen(BUILDING, INDEX, 1)).unwrap_or_default();
        let path = self.path.join(&name);
        fs::rename(built, &path)?;
        let next = self.path.join(format!("{CURRENT}.{name}"));
        fs::write(&next, &name)?;
        File::open(&next)?.sync_all()?;
        fs::rename(&next, self.path.join(CURRENT))?;
        File::open(&self.path)?.sync_all()?;
        Ok(path)
    }

    /// Removes every index but the one that holds, and what was never finished. What another process is making, or about to name,
    /// stays.
    pub(super) fn clean(&self) -> io::Result<()> {
        let current = self.current();
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let is_index = name.starts_with(INDEX) || name.starts_with(BUILDING);
            if is_index && Some(&path) != current.as_ref() && is_abandoned(&path) {
                fs::remove_dir_all(&path)?;
            }
        }
        Ok(())
    }
}

/// Whoever makes an index holds a lock on its folder.
fn is_abandoned(building: &Path) -> bool {
    File::open(building.join(MAKER)).map_or(true, |lock| lock.try_lock().is_ok())
}

const MAKER: &str = "maker";

/// Tells others that the index in this folder is being made, for as long as the file is held.
pub(super) fn hold(building: &Path) -> io::Result<File> {
    let lock = File::create(building.join(MAKER))?;
    lock.lock()?;
    Ok(lock)
}

/// Copies an index that was made in one folder to another.
pub(super) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_name() != MAKER {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_belongs_to_one_process_and_the_next_takes_another() {
        let parent = tempfile::tempdir().unwrap();
        let first = Folder::take(parent.path()).unwrap();
        let second = Folder::take(parent.path()).unwrap();
        assert_ne!(first.path, second.path);
        let path = first.path.clone();
        drop(first);
        assert_eq!(Folder::take(parent.path()).unwrap().path, path);
    }

    #[test]
    fn the_new_index_takes_the_place_of_the_old_and_leftovers_go() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::take(parent.path()).unwrap();
        assert_eq!(folder.current(), None);
        for name in ["one", "two"] {
            let built = folder.begin(name).unwrap();
            let path = folder.swap_in(&built).unwrap();
            assert_eq!(folder.current(), Some(path));
        }
        let abandoned = folder.begin("three").unwrap();
        let made = folder.begin("four").unwrap();
        let _maker = hold(&made).unwrap();
        folder.clean().unwrap();
        assert!(!folder.path.join("index-one").exists() && folder.path.join("index-two").exists());
        assert!(!abandoned.exists() && made.exists());
    }
}
