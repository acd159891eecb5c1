//! Tokens kept in files that only their owner may read.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use super::refused;
use crate::error::Error;

/// Shorter tokens could be guessed.
const MIN_CHARS: usize = 16;

/// A file whose content is one token.
#[derive(Debug)]
pub struct TokenFile(PathBuf);

impl TokenFile {
    /// The file at `path`.
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// The file of the development token: beside the SQLite file, or in the working folder.
    pub fn beside(sqlite_file: Option<PathBuf>) -> Self {
        let mut path = sqlite_file.unwrap_or_else(|| PathBuf::from("farmlokal")).into_os_string();
        path.push(".token");
        Self(path.into())
    }

    /// The token in it.
    ///
    /// # Errors
    /// When the file cannot be read or holds no token.
    pub fn read(&self) -> Result<String, Error> {
        let text = std::fs::read_to_string(&self.0).map_err(|err| self.refused(&err.to_string()))?;
        let token = text.trim();
        if token.len() < MIN_CHARS || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(self.refused("it must hold one token of at least 16 printable characters"));
        }
        Ok(token.to_owned())
    }

    /// The token in it; a new one when there is no file yet. Of several processes that start together one makes it.
    ///
    /// # Errors
    /// When the file can be neither read nor made.
    pub fn read_or_make(&self, make: impl FnOnce() -> Result<String, Error>) -> Result<String, Error> {
        let token = make()?;
        let opened = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.0);
        match opened {
            Ok(mut file) => {
                writeln!(file, "{token}").map_err(|err| self.refused(&err.to_string()))?;
                Ok(token)
            }
            Err(err) if err.kind() == std::io::ErrorKind::AlreadyExists => self.read(),
            Err(err) => Err(self.refused(&err.to_string())),
        }
    }

    fn refused(&self, why: &str) -> Error {
        refused(format!("the token file {}: {why}", self.0.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_made_once_and_only_its_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = TokenFile::beside(Some(folder.path().join("farmlokal.db")));
        let first = file.read_or_make(|| Ok("a-token-of-24-characters".to_owned())).unwrap();
        let again = file.read_or_make(|| Ok("another-of-24-characters".to_owned())).unwrap();
        assert_eq!(first, again);
        let mode = std::fs::metadata(folder.path().join("farmlokal.db.token")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_short_token_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("admin");
        std::fs::write(&path, "short\n").unwrap();
        assert!(TokenFile::at(path).read().is_err());
    }
}
