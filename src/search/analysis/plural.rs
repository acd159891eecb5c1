//! English plurals.

use std::borrow::Cow;

/// The singular of an English word that looks like a plural; any other word as it is.
///
/// The rules of Harman's S-stemmer (JASIS 42, 1991), with the plurals in `-oes`, `-ches`, `-shes`, `-xes` and `-zes` added.
pub(super) fn singular(word: &str) -> Cow<'_, str> {
    if word.len() < 4 || !word.is_ascii() {
        return Cow::Borrowed(word);
    }
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        return Cow::Owned(format!("{stem}y"));
    }
    let sibilant = ["ches", "shes", "sses", "xes", "zes", "oes"].iter().any(|end| word.ends_with(end));
    if sibilant && word.len() > 4 {
        return Cow::Borrowed(&word[..word.len() - 2]);
    }
    // `grass`, `asparagus`, `chaas`: no plurals.
    let keeps = ["ss", "us", "is", "aas"].iter().any(|end| word.ends_with(end));
    if word.ends_with('s') && !keeps { Cow::Borrowed(&word[..word.len() - 1]) } else { Cow::Borrowed(word) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_lose_their_ending_and_other_words_do_not() {
        let cases = [
            ("potatoes", "potato"),
            ("leaves", "leave"),
            ("cherries", "cherry"),
            ("peaches", "peach"),
            ("boxes", "box"),
            ("peas", "pea"),
            ("grass", "grass"),
            ("asparagus", "asparagus"),
            ("gas", "gas"),
            ("pies", "pie"),
        ];
        for (word, expected) in cases {
            assert_eq!(singular(word), expected);
        }
    }
}
