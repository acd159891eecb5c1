//! How well a text fits a question: an integer out of tiers and places, without statistics of the corpus, so that every
//! replica gives the same.
//!
//! For each word of the question the best of: the word itself, a synonym, a longer word that begins with it (the last word
//! only), a word with typos; found in the name rather than in the description. Exact comes before prefix before fuzzy. A name
//! that is exactly what was typed comes before all others; of equals the shorter name comes first.

use super::analysis::{Word, words};
use super::question::{Question, QuestionWord};
use super::synonyms::Synonyms;

/// How a word of the question was found; the better the larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Fit {
    /// A word of the name, two typos away.
    TwoTypos = 6,
    /// A word of the name, one typo away.
    OneTypo = 12,
    /// A word of the name begins with it.
    Begun = 24,
    /// A synonym in the description.
    SynonymInText = 36,
    /// In the description.
    InText = 40,
    /// A synonym in the name.
    SynonymInName = 50,
    /// In the name, in another spelling.
    InName = 56,
    /// In the name, as it was typed.
    AsTyped = 60,
}

/// Every fit, the best first.
pub(super) const FITS: [Fit; 8] =
    [Fit::AsTyped, Fit::InName, Fit::SynonymInName, Fit::InText, Fit::SynonymInText, Fit::Begun, Fit::OneTypo, Fit::TwoTypos];

/// Names of more words count as this long.
pub(super) const NAME_WORDS_MAX: u64 = 31;

/// The fits of the words of a question, summed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Points(u32);

impl Points {
    const WORD_IN_NAME: u32 = 1 << 16;

    /// With one more word.
    #[must_use]
    pub(super) fn with(self, fit: Fit) -> Self {
        let in_name = if fit >= Fit::InName { Self::WORD_IN_NAME } else { 0 };
        Self(self.0 + in_name + u32::from(fit as u8))
    }

    /// Those of two words together.
    #[must_use]
    pub(super) fn plus(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }

    /// The score of a text whose name has so many words.
    pub(super) fn score(self, question_words: usize, name_words: u64) -> i64 {
        let name_words = name_words.min(NAME_WORDS_MAX);
        // Every word is in the name, and the name has no other: it is what was typed.
        let in_name = (self.0 / Self::WORD_IN_NAME) as usize;
        let is_whole = in_name == question_words && name_words == question_words as u64;
        let points = self.0 % Self::WORD_IN_NAME;
        (i64::from(is_whole) << 20) | (i64::from(points) << 5) | (NAME_WORDS_MAX - name_words) as i64
    }
}

/// The score of one text, word by word; `None` when it does not match. The index gives the same for all texts at once.
pub fn score_of(question: &Question, synonyms: &Synonyms, name: &str, text: &str) -> Option<i64> {
    let (name, text) = (words(name), words(text));
    let groups_of = |words: &[Word]| synonyms.mentions(words).iter().map(|mention| mention.group).collect::<Vec<_>>();
    let (name_groups, text_groups) = (groups_of(&name), groups_of(&text));
    let mut points = Points::default();
    for word in &question.words {
        let fits = |fit: &Fit| match fit {
            Fit::AsTyped => name.iter().any(|other| other.spelling == word.word.spelling),
            Fit::InName => name.iter().any(|other| other.folded == word.word.folded),
            Fit::SynonymInName => word.groups.iter().any(|group| name_groups.contains(group)),
            Fit::InText => text.iter().any(|other| other.folded == word.word.folded),
            Fit::SynonymInText => word.groups.iter().any(|group| text_groups.contains(group)),
            Fit::Begun => word.is_begun && name.iter().any(|other| begins(word, other)),
            Fit::OneTypo => word.typos_max >= 1 && name.iter().any(|other| typos(&word.word.folded, &other.folded) <= 1),
            Fit::TwoTypos => word.typos_max >= 2 && name.iter().any(|other| typos(&word.word.folded, &other.folded) <= 2),
        };
        points = points.with(*FITS.iter().find(|fit| fits(fit))?);
    }
    Some(points.score(question.words.len(), name.len() as u64))
}

fn begins(word: &QuestionWord, other: &Word) -> bool {
    other.spelling.starts_with(&word.word.spelling) || other.folded.starts_with(&word.word.folded)
}

/// Optimal string alignment distance: insertions, deletions, substitutions, and swaps of neighbours.
pub(super) fn typos(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows = vec![vec![0; other.len() + 1]; one.len() + 1];
    for i in 0..=one.len() {
        for j in 0..=other.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let differs = usize::from(one[i - 1] != other[j - 1]);
                let mut least = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + differs);
                if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                    least = least.min(rows[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(question: &str, names: &[(&str, &str)]) -> Vec<usize> {
        let synonyms = Synonyms::parse("brinjal, baingan").unwrap();
        let question = Question::parse(question, &synonyms).unwrap();
        let mut found: Vec<_> = names
            .iter()
            .enumerate()
            .filter_map(|(at, (name, text))| score_of(&question, &synonyms, name, text).map(|score| (-score, at)))
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, at)| at).collect()
    }

    #[test]
    fn exact_comes_before_prefix_before_fuzzy_and_the_whole_name_first() {
        let names = [("Mungo", ""), ("Mangosteen", ""), ("Pickle", "of mango"), ("Mango Pickle", ""), ("Mango", "")];
        assert_eq!(order("mango", &names), [4, 3, 2, 1, 0]);
    }

    #[test]
    fn every_word_must_match_and_synonyms_do() {
        let names = [("White Brinjal", ""), ("White Radish", ""), ("Baingan", "of the white kind")];
        assert_eq!(order("white baingan", &names), [0, 2]);
    }

    #[test]
    fn swapped_neighbours_are_one_typo() {
        assert_eq!((typos("doodh", "dooodh"), typos("mlik", "milk"), typos("ghee", "curd")), (1, 1, 4));
    }
}
