//! Analysis: from a text, or from what somebody typed, to words that meet when a shopper would say they are the same.
//!
//! Every word has two forms. Its *spelling* is the word after NFKC and lower-casing, Devanagari whole. Its *folded* form is
//! where `doodh`, `dudh` and `दूध` meet: an English plural becomes a singular, Devanagari is written in Latin letters, and
//! usual ways of spelling the same sound become one. The index and the question go through the same functions, so a rule
//! that is crude (`rice` folds with `rais`) costs a little precision and never a match.

mod devanagari;
mod fold;
mod plural;
mod tokens;

use tokens::tokens;

/// A word in both its forms.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Word {
    /// As written, after NFKC and lower-casing.
    pub spelling: String,
    /// Where its spellings meet.
    pub folded: String,
}

impl Word {
    /// A word of this spelling.
    pub fn of(spelling: String) -> Self {
        let folded = folded(&spelling);
        Self { spelling, folded }
    }
}

/// The words of a text, in order.
pub(super) fn words(text: &str) -> Vec<Word> {
    tokens(text).into_iter().map(Word::of).collect()
}

/// Where the spellings of a word meet. Words of other scripts than Latin and Devanagari stay as they are.
pub(super) fn folded(spelling: &str) -> String {
    let folded = if devanagari::is_devanagari(spelling) {
        fold::fold(&devanagari::romanised(spelling))
    } else {
        fold::without_accents(spelling).map_or_else(String::new, |latin| fold::fold(&plural::singular(&latin)))
    };
    if folded.is_empty() { spelling.to_owned() } else { folded }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_meet(spellings: &[&str]) {
        let all: Vec<_> = spellings.iter().map(|spelling| words(spelling).remove(0).folded).collect();
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{spellings:?} fold to {all:?}");
    }

    #[test]
    fn spellings_of_one_word_meet() {
        for spellings in [
            &["doodh", "dudh", "दूध"][..],
            &["aloo", "alu", "Aaloo", "आलू"],
            &["ghee", "ghi", "घी"],
            &["paneer", "panir", "पनीर"],
            &["pyaz", "pyaaz", "pyaj", "प्याज", "प्याज़"],
            &["bhindi", "भिंडी", "भिण्डी"],
            &["baingan", "bengan", "बैंगन"],
            &["mirch", "मिर्च"],
            &["moong", "mung", "मूंग", "मूँग"],
            &["chawal", "chaval", "चावल"],
            &["haldi", "हल्दी"],
            &["dhania", "dhaniya", "धनिया"],
            &["adrak", "अदरक"],
            &["lahsun", "lehsun", "लहसुन"],
            &["shahad", "shehad", "शहद"],
            &["gehun", "gehoon", "गेहूँ"],
            &["nariyal", "नारियल"],
            &["nimbu", "neembu", "नींबू"],
            &["makkhan", "makhan", "मक्खन"],
            &["rajma", "राजमा"],
            &["sabzi", "sabji", "सब्ज़ी"],
            &["shimla", "शिमला"],
            &["kathal", "कटहल"],
            &["sarson", "सरसों"],
            &["ajwain", "अजवाइन"],
            &["gaay", "gai", "गाय"],
            &["tomato", "tomatoes", "Tomatoes"],
            &["berry", "berries"],
            &["egg", "eggs", "egg's"],
            &["mango", "mangoes", "mangos"],
            &["radish", "radishes"],
            &["crème", "creme"],
        ] {
            assert_meet(spellings);
        }
    }

    #[test]
    fn different_words_stay_apart() {
        for (one, other) in [("dahi", "dal"), ("milk", "malai"), ("gur", "ghee"), ("kela", "karela"), ("peas", "pea pods")] {
            assert_ne!(words(one), words(other));
        }
        assert_ne!(folded("आम"), folded("आलू"));
    }
}
