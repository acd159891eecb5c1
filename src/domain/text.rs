//! Checks of free text that comes from outside.

/// What is wrong with a piece of text, if anything: blank when it must not be, too long, or with control characters
/// that a database refuses (NUL) or a terminal obeys.
pub fn fault(text: &str, min_chars: usize, max_chars: usize) -> Option<String> {
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Some("must not contain control characters".to_owned());
    }
    if min_chars > 0 && text.trim().is_empty() {
        return Some("must not be blank".to_owned());
    }
    if text.chars().count() > max_chars {
        return Some(format!("must have at most {max_chars} characters"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_long_and_control_characters_are_told() {
        assert_eq!(fault("गाय का दूध\n", 1, 20), None);
        assert_eq!(fault("", 0, 5), None);
        assert!(fault("  ", 1, 5).is_some_and(|why| why.contains("blank")));
        assert!(fault("abcdef", 1, 5).is_some_and(|why| why.contains("at most 5")));
        assert!(fault("a\0b", 1, 5).is_some_and(|why| why.contains("control")));
    }
}
