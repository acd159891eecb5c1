//! What somebody looks for: plain words, checked.

use super::analysis::{Word, words};
use super::synonyms::Synonyms;
use crate::error::Error;

/// Most characters of a search.
const CHARACTERS_MAX: usize = 200;
/// Most words of a search.
const WORDS_MAX: usize = 16;
/// A word of so many letters may have one typo.
const ONE_TYPO_FROM: usize = 4;
/// A word of so many letters may have two.
const TWO_TYPOS_FROM: usize = 8;

/// A search as it is asked of the index: every word must match.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question {
    /// The words, in order; at least one.
    pub words: Vec<QuestionWord>,
}

/// One word of a search.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct QuestionWord {
    /// The word in both forms.
    pub word: Word,
    /// How many typos it may have: insertions, deletions, substitutions, or swaps of neighbours.
    pub typos_max: u8,
    /// Whether it may be the beginning of a longer one.
    pub is_begun: bool,
    /// Groups of synonyms that this word, or several words of which it is one, belong to.
    pub groups: Vec<u32>,
}

impl Question {
    /// Reads what somebody typed. No sign has a meaning: `AND`, quotes and stars are words or nothing.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a blank search, one without a letter or digit, and one that is too long.
    pub fn parse(text: &str, synonyms: &Synonyms) -> Result<Self, Error> {
        Self::read(text).map(|words| Self::of(words, synonyms))
    }

    /// Whether a text can be searched for.
    ///
    /// # Errors
    /// As [`Question::parse`].
    pub fn check(text: &str) -> Result<(), Error> {
        Self::read(text).map(|_| ())
    }

    fn read(text: &str) -> Result<Vec<Word>, Error> {
        if text.trim().is_empty() {
            return Err(Error::bad_input("`search` is blank; leave it out to list everything"));
        }
        if text.chars().count() > CHARACTERS_MAX {
            return Err(Error::bad_input(format!("`search` may have at most {CHARACTERS_MAX} characters")));
        }
        let words = words(text);
        if words.is_empty() {
            return Err(Error::bad_input("`search` has no letter and no digit in it"));
        }
        if words.len() > WORDS_MAX {
            return Err(Error::bad_input(format!("`search` may have at most {WORDS_MAX} words")));
        }
        Ok(words)
    }

    fn of(words: Vec<Word>, synonyms: &Synonyms) -> Self {
        let mut groups = vec![Vec::new(); words.len()];
        for mention in synonyms.mentions(&words) {
            for of_word in &mut groups[mention.start..mention.start + mention.length] {
                of_word.push(mention.group);
            }
        }
        let last = words.len() - 1;
        let words = words.into_iter().zip(groups).enumerate();
        let word = |(at, (word, groups)): (usize, (Word, Vec<u32>))| {
            let typos_max = typos_max(&word.spelling);
            QuestionWord { word, typos_max, is_begun: at == last, groups }
        };
        Self { words: words.map(word).collect() }
    }

    /// The words as they stand in hashes of a list: two searches that ask the same have the same.
    pub fn canonical(&self) -> String {
        self.words.iter().map(|word| word.word.spelling.as_str()).collect::<Vec<_>>().join(" ")
    }
}

/// Numbers and codes such as `a2` have no typos.
fn typos_max(spelling: &str) -> u8 {
    let letters = spelling.chars().count();
    if spelling.chars().any(char::is_numeric) || letters < ONE_TYPO_FROM {
        0
    } else if letters < TWO_TYPOS_FROM {
        1
    } else {
        2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    fn parse(text: &str) -> Result<Question, Error> {
        Question::parse(text, &Synonyms::parse("okra, lady finger").unwrap())
    }

    #[test]
    fn typos_go_by_the_letters_and_the_last_word_may_be_begun() {
        let question = parse("A2 cow milk buttermil").unwrap();
        let read: Vec<_> = question.words.iter().map(|word| (word.typos_max, word.is_begun)).collect();
        assert_eq!(read, [(0, false), (0, false), (1, false), (2, true)]);
    }

    #[test]
    fn every_word_of_a_synonym_belongs_to_its_group() {
        let groups: Vec<_> = parse("fresh lady fingers").unwrap().words.into_iter().map(|word| word.groups).collect();
        assert_eq!(groups, [vec![], vec![0], vec![0]]);
    }

    #[test]
    fn what_is_no_search_is_refused() {
        let long = "ab ".repeat(67);
        let many = "a ".repeat(17);
        for text in ["", " \t\n", "\"*:()\"", "🥕", long.as_str(), many.as_str(), "\0"] {
            assert_eq!(parse(text).unwrap_err().code(), ErrorCode::BadUserInput, "{text:?}");
        }
        assert_eq!(parse("milk AND NOT \"water\"*").unwrap().canonical(), "milk and not water");
    }
}
