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

/// What is made of a question once for all segments: for each word that may have typos, what accepts it with them.
pub(super) struct Prepared(Vec<Option<DfaWrapper>>);

/// The documents that hold one word of the index.
pub(super) struct List {
    pub(super) fit: Fit,
    pub(super) info: TermInfo,
    pub(super) index: Arc<InvertedIndexReader>,
}

impl Prepared {
    pub(super) fn of(question: &Question) -> Result<Self> {
        // The automaton looks at the text of the term alone.
        let any_field = Field::from_field_id(0);
        let automaton = |word: &QuestionWord| {
            let query = || FuzzyTermQuery::new(Term::from_field_text(any_field, &word.word.folded), word.typos_max, true);
            (word.typos_max > 0).then(|| query().automaton()).transpose()
        };
        Ok(Self(question.words.iter().map(automaton).collect::<Result<_>>()?))
    }

    /// For each word of the question its lists. A document in several of them counts with its best fit.
    pub(super) fn lists(&self, question: &Question, of: &WordLists) -> Result<Vec<Vec<List>>> {
        question.words.iter().zip(&self.0).map(|(word, misspelt)| lists(word, misspelt.as_ref(), of)).collect()
    }
}

fn lists(word: &QuestionWord, automaton: Option<&DfaWrapper>, of: &WordLists) -> Result<Vec<List>> {
    let mut lists = Vec::new();
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
    if let Some(automaton) = automaton {
        misspelt(&mut lists, &of.name, folded, automaton)?;
    }
    Ok(lists)
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
