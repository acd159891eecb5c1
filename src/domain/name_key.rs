//! The key that names are sorted by, the same on every database.

use unicode_normalization::UnicodeNormalization;

/// How many characters of a name take part in its order.
pub const NAME_KEY_CHARS: usize = 64;

/// NFKC, lower case, trimmed, cut to 64 characters: compared byte by byte, so no collation of a database is asked.
pub fn name_key(name: &str) -> String {
    let lower = if name.is_ascii() {
        name.to_ascii_lowercase()
    } else {
        // Lower-casing can undo a composition ("İ"), so normalise once more behind it.
        name.nfkc().collect::<String>().to_lowercase().nfkc().collect()
    };
    let key: String = lower.trim().chars().take(NAME_KEY_CHARS).collect();
    key.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_width_and_blanks_do_not_matter() {
        assert_eq!(name_key("  Gir Cow GHEE "), "gir cow ghee");
        assert_eq!(name_key("Ｍｉｌｋ ½"), "milk 1⁄2");
        assert_eq!(name_key("दूध Milk"), "दूध milk");
    }

    #[test]
    fn long_names_are_cut_between_characters_and_leave_no_blank_at_the_end() {
        assert_eq!(name_key(&"आ".repeat(100)).chars().count(), NAME_KEY_CHARS);
        let name = format!("{} tail", "x".repeat(NAME_KEY_CHARS - 1));
        assert_eq!(name_key(&name), "x".repeat(NAME_KEY_CHARS - 1));
    }
}
