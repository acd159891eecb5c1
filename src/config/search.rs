//! Settings of the search index.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::search::{IndexPlace, Synonyms};

/// Says "in memory" in place of a folder.
const IN_MEMORY: &str = "memory";
/// Says "no search" in place of a folder.
const OFF: &str = "off";
/// The folder when there is no SQLite file to lie beside.
const DEFAULT_FOLDER: &str = "farmlokal-search";

/// Where the search index is kept, and what it takes for the same.
#[derive(Args, Clone)]
#[command(next_help_heading = "Search")]
pub struct SearchArgs {
    /// Folder of the search index; `memory`: made anew at every start; `off`: searches are refused. Default: beside the SQLite file, else
    /// `farmlokal-search` in the working directory
    #[arg(long, env = "SEARCH_DIR", value_name = "FOLDER")]
    search_dir: Option<PathBuf>,
    /// File of synonyms, a group per line, members parted by commas; default: groceries of India
    #[arg(long, env = "SEARCH_SYNONYMS", value_name = "FILE")]
    search_synonyms: Option<PathBuf>,
}

impl SearchArgs {
    /// Where the index is kept.
    pub fn place(&self, sqlite_file: Option<&Path>) -> IndexPlace {
        match (&self.search_dir, sqlite_file) {
            (Some(folder), _) if folder.as_os_str() == OFF => IndexPlace::Nowhere,
            (Some(folder), _) if folder.as_os_str() == IN_MEMORY => IndexPlace::Memory,
            (Some(folder), _) => IndexPlace::Folder(folder.clone()),
            (None, Some(file)) => IndexPlace::Folder(file.with_extension("search")),
            (None, None) => IndexPlace::Folder(PathBuf::from(DEFAULT_FOLDER)),
        }
    }

    /// The synonyms.
    ///
    /// # Errors
    /// One sentence when the file cannot be read or makes no sense.
    pub fn synonyms(&self) -> Result<Synonyms, String> {
        let Some(file) = &self.search_synonyms else { return Synonyms::built_in() };
        let text = std::fs::read_to_string(file).map_err(|err| format!("SEARCH_SYNONYMS: {}: {err}", file.display()))?;
        Synonyms::parse(&text).map_err(|why| format!("SEARCH_SYNONYMS: {}: {why}", file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_lies_beside_the_file_unless_it_is_told_otherwise() {
        let place = |dir: Option<&str>, file: Option<&str>| {
            let args = SearchArgs { search_dir: dir.map(PathBuf::from), search_synonyms: None };
            args.place(file.map(Path::new))
        };
        assert_eq!(place(None, Some("/data/farmlokal.db")), IndexPlace::Folder("/data/farmlokal.search".into()));
        assert_eq!(place(Some("memory"), Some("/data/farmlokal.db")), IndexPlace::Memory);
        assert_eq!(place(Some("off"), Some("/data/farmlokal.db")), IndexPlace::Nowhere);
        assert_eq!(place(Some("/var/index"), None), IndexPlace::Folder("/var/index".into()));
    }
}
