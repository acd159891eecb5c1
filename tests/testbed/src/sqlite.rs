//! A place for a SQLite database.

use tempfile::TempDir;

/// `sqlite:///…/farmlokal.db` of a file that does not exist yet, and the temporary folder that holds it: the folder
/// goes when the guard is dropped.
///
/// # Panics
/// When the temporary folder is not writable.
#[must_use]
pub fn fresh_sqlite() -> (String, TempDir) {
    let folder = tempfile::Builder::new().prefix("farmlokal-sqlite-").tempdir().expect("the temporary folder is writable");
    let url = format!("sqlite://{}", folder.path().join("farmlokal.db").display());
    (url, folder)
}
