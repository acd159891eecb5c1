//! Folding: the usual ways of writing the same sound in Latin letters become one.

use unicode_normalization::UnicodeNormalization as _;

/// The word without its accents, when nothing but Latin letters, digits and accents is in it.
pub(super) fn without_accents(word: &str) -> Option<String> {
    if word.is_ascii() {
        return Some(word.to_owned());
    }
    let plain: String = word.nfd().filter(|letter| !('\u{300}'..='\u{36f}').contains(letter)).collect();
    plain.is_ascii().then_some(plain)
}

/// Folds a word of lower-case ASCII letters and digits.
///
/// Long vowels become short (`oo` and `uu` → `u`, `ee` → `i`, `aa` → `a`), diphthongs single (`ai`, `ay` → `e`, `au` → `o`),
/// doubled consonants simple, `eh` → `ah`, `ph` → `f`, `w` → `v`, `z` → `j`, `q` → `k`, and a `y` that is no consonant → `i`.
pub(super) fn fold(word: &str) -> String {
    let letters = word.as_bytes();
    let mut out: Vec<u8> = Vec::with_capacity(letters.len());
    for (at, &letter) in letters.iter().enumerate() {
        let next_is_vowel = letters.get(at + 1).is_some_and(|next| is_vowel(*next));
        match letter {
            b'w' => push_consonant(&mut out, b'v'),
            b'z' => push_consonant(&mut out, b'j'),
            b'q' => push_consonant(&mut out, b'k'),
            b'h' if out.last() == Some(&b'p') => {
                out.pop();
                push_consonant(&mut out, b'f');
            }
            b'y' if !next_is_vowel => push_vowel(&mut out, b'i'),
            // `dhaniya` is `dhania`.
            b'y' if out.last() == Some(&b'i') => {}
            // `lehsun` is `lahsun`.
            b'h' if out.last() == Some(&b'e') => {
                out.pop();
                out.extend(b"ah");
            }
            letter if is_vowel(letter) => push_vowel(&mut out, letter),
            letter if letter.is_ascii_digit() => out.push(letter),
            letter => push_consonant(&mut out, letter),
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| word.to_owned())
}

fn push_consonant(out: &mut Vec<u8>, letter: u8) {
    if out.last() != Some(&letter) {
        out.push(letter);
    }
}

fn push_vowel(out: &mut Vec<u8>, letter: u8) {
    let joined = match (out.last(), letter) {
        (Some(b'a'), b'a') => Some(b'a'),
        (Some(b'e'), b'e') | (Some(b'i'), b'i') => Some(b'i'),
        (Some(b'o'), b'o') | (Some(b'u'), b'u') => Some(b'u'),
        (Some(b'a'), b'i') => Some(b'e'),
        (Some(b'a'), b'u') => Some(b'o'),
        _ => None,
    };
    if let Some(joined) = joined {
        out.pop();
        out.push(joined);
    } else {
        out.push(letter);
    }
}

fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u')
}
