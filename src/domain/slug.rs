//! Slugs: the natural keys that people see in links.

/// The longest slug, in characters.
pub const SLUG_MAX_CHARS: usize = 64;

/// Whether `text` matches `[a-z0-9]+(-[a-z0-9]+)*` and has at most 64 characters.
pub fn is_slug(text: &str) -> bool {
    text.len() <= SLUG_MAX_CHARS
        && text.split('-').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_joined_by_single_hyphens() {
        assert!(["milk", "gir-cow-ghee-500", "7"].into_iter().all(is_slug));
        assert!(!["", "-milk", "milk-", "a--b", "Milk", "दूध", "a b", &"x".repeat(65)].into_iter().any(is_slug));
    }
}
