//! Slugs: readable words in ASCII, made unique by the id at the end.

use std::fmt::Write;

/// Longest readable part: with a hyphen and the 19 digits of the largest id a slug has at most 64 characters.
const WORDS_MAX: usize = 44;

/// Writes a slug of the words in `parts` and the id, for example `alphonso-mango-12345`.
pub(crate) fn write_slug(out: &mut String, parts: &[&str], id: i64) {
    out.clear();
    for part in parts {
        push_words(out, part);
    }
    while out.ends_with('-') {
        out.pop();
    }
    // Writing to a String cannot fail.
    let _ = write!(out, "-{id}");
}

/// Adds the letters and digits of `text` in lower case, one hyphen for anything between them and one at the end.
fn push_words(out: &mut String, text: &str) {
    for byte in text.bytes().filter(|byte| *byte != b'\'') {
        if out.len() == WORDS_MAX {
            return;
        }
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte.to_ascii_lowercase()));
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    if !out.is_empty() && !out.ends_with('-') && out.len() < WORDS_MAX {
        out.push('-');
    }
}

#[cfg(test)]
mod tests {
    use super::write_slug;

    fn slug(parts: &[&str], id: i64) -> String {
        let mut out = String::from("left over");
        write_slug(&mut out, parts, id);
        out
    }

    #[test]
    fn words_become_lower_case_with_single_hyphens() {
        assert_eq!(slug(&["Alphonso", "Mango"], 12345), "alphonso-mango-12345");
        assert_eq!(slug(&["", "Meera's Kitchen & Sons"], 1), "meeras-kitchen-sons-1");
    }

    #[test]
    fn the_longest_slug_has_64_characters_and_no_double_hyphen() {
        let long = slug(&["a".repeat(43).as_str(), "b".repeat(40).as_str()], i64::MAX);
        assert!(long.len() <= 64, "{long}");
        assert!(!long.contains("--"), "{long}");
    }
}
