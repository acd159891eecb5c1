//! Cutting a text into words.

use unicode_normalization::UnicodeNormalization as _;

/// The words of a text as they are spelled, after NFKC and lower-casing.
///
/// A word is a run of letters, digits and the marks that belong to them: the vowel signs, nukta and virama of Indian scripts
/// (`char::is_alphanumeric` alone would cut `मिर्च` at its virama), and accents. Joiners and apostrophes vanish, so that
/// `क्‍ष` is `क्ष` and `farmer's` is `farmers`. Everything else parts words and means nothing.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut word = String::new();
    for letter in text.nfkc().flat_map(char::to_lowercase) {
        if belongs_to_a_word(letter) {
            word.push(letter);
        } else if !vanishes(letter) && !word.is_empty() {
            all.push(std::mem::take(&mut word));
        }
    }
    if !word.is_empty() {
        all.push(word);
    }
    all.retain(|word| word.chars().any(char::is_alphanumeric));
    all
}

fn belongs_to_a_word(letter: char) -> bool {
    letter.is_alphanumeric() || is_accent(letter) || is_indian_mark(letter)
}

/// Combining marks that NFKC could not join to their letter.
fn is_accent(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

/// Signs of the Indian blocks (U+0900 to U+0DFF), but for the danda and the abbreviation sign, which part words.
fn is_indian_mark(letter: char) -> bool {
    ('\u{900}'..='\u{dff}').contains(&letter) && !matches!(letter, '\u{964}' | '\u{965}' | '\u{970}')
}

/// Zero-width joiners, and apostrophes of every kind.
fn vanishes(letter: char) -> bool {
    matches!(letter, '\u{200c}' | '\u{200d}' | '\'' | '\u{2019}' | '\u{2bc}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devanagari_words_stay_whole() {
        assert_eq!(tokens("हरी मिर्च, गाय का दूध।"), ["हरी", "मिर्च", "गाय", "का", "दूध"]);
        assert_eq!(tokens("क्\u{200d}ष"), ["क्ष"]);
    }

    #[test]
    fn signs_part_words_and_mean_nothing() {
        assert_eq!(tokens("A2 Gir-Cow \"milk\" (1L)* AND:NOT\0 🥛"), ["a2", "gir", "cow", "milk", "1l", "and", "not"]);
        assert_eq!(tokens("Farmer's ﬁg ＭＩＬＫ"), ["farmers", "fig", "milk"]);
        assert!(tokens("*:() \u{94d} 🥕").is_empty());
    }
}
