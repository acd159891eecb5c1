//! From a word of the question to the lists of documents that hold it, in one segment.

use std::sync::Arc;

use tantivy::index::InvertedIndexReader;
use tantivy::postings::TermInfo;
use tantivy::query::{DfaWrapper, FuzzyTermQuery};
use tantivy::schema::Field;
use tantivy::{Result, Term};

use super::fields::group_term;
use super::question::{Question, QuestionWord};
use super::score::{Fit, typos};
use super::segment::WordLists;

/// A question with what is made once for all segments.
pub(super) struct Prepared<'a> {
    pub(super) words: Vec<PreparedWord<'a>>,
}

/// A word of it.
pub(super) struct PreparedWord<'a> {
    pub(super) word: &'a QuestionWord,
    /// Accepts every word that is at most so many typos away.
    misspelt: Option<DfaWrapper>,
}

/// The documents that hold one word of the index.
pub(super) struct List {
    pub(super) fit: Fit,
    pub(super) info: TermInfo,
    pub(super) index: Arc<InvertedIndexReader>,
}

impl<'a> Prepared<'a> {
    pub(super) fn of(question: &'a Question) -> Result<Self> {
        // The automaton looks at the text of the term alone.
        let any_field = Field::from_field_id(0);
        let prepared = |word: &'a QuestionWord| {
            let query = || FuzzyTermQuery::new(Term::from_field_text(any_field, &word.word.folded), word.typos_max, true);
            let misspelt = (word.typos_max > 0).then(|| query().automaton()).transpose()?;
            Ok(PreparedWord { word, misspelt })
        };
        Ok(Self { words: question.words.iter().map(prepared).collect::<Result<_>>()? })
    }
}

impl PreparedWord<'_> {
    /// All lists of this word. A document in several of them counts with its best fit.
    pub(super) fn lists(&self, of: &WordLists) -> Result<Vec<List>> {
        let mut lists = Vec::new();
        let word = self.word;
        let (spelling, folded) = (word.word.spelling.as_str(), word.word.folded.as_str());
        exact(&mut lists, Fit::AsTyped, &of.spelling, spelling)?;
        exact(&mut lists, Fit::InName, &of.name, folded)?;
        exact(&mut lists, Fit::InText, &of.text, folded)?;
        for group in word.groups.iter().map(|group| group_term(*group)) {
            exact(&mut lists, Fit::SynonymInName, &of.name_groups, &group)?;
            exact(&mut lists, Fit::SynonymInText, &of.text_groups, &group)?;
        }
        if word.is_begun {
            begun(&mut lists, &of.spelling, spelling)?;
            begun(&mut lists, &of.name, folded)?;
        }
        if let Some(automaton) = &self.misspelt {
            misspelt(&mut lists, &of.name, folded, automaton)?;
        }
        Ok(lists)
    }
}

fn exact(lists: &mut Vec<List>, fit: Fit, index: &Arc<InvertedIndexReader>, term: &str) -> Result<()> {
    if let Some(info) = index.terms().get(term)? {
        lists.push(List { fit, info, index: Arc::clone(index) });
    }
    Ok(())
}

/// Longer words that begin so.
fn begun(lists: &mut Vec<List>, index: &Arc<InvertedIndexReader>, beginning: &str) -> Result<()> {
    // No byte of UTF-8 is 0xff.
    let mut end = beginning.as_bytes().to_vec();
    end.push(0xff);
    let mut longer = index.terms().range().gt(beginning).lt(end).into_stream()?;
    while longer.advance() {
        lists.push(List { fit: Fit::Begun, info: longer.value().clone(), index: Arc::clone(index) });
    }
    Ok(())
}

fn misspelt(lists: &mut Vec<List>, index: &Arc<InvertedIndexReader>, folded: &str, automaton: &DfaWrapper) -> Result<()> {
    let mut near = index.terms().search(automaton).into_stream()?;
    while near.advance() {
        let Ok(term) = std::str::from_utf8(near.key()) else { continue };
        let fit = match typos(folded, term) {
            0 => continue,
            1 => Fit::OneTypo,
            _ => Fit::TwoTypos,
        };
        lists.push(List { fit, info: near.value().clone(), index: Arc::clone(index) });
    }
    Ok(())
}
