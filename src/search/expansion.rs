//! From a word of the question to the lists of documents that hold it, in one segment.

use std::sync::Arc;

use tantivy::index::InvertedIndexReader;
use tantivy::postings::TermInfo;
use tantivy::query::FuzzyTermQuery;
use tantivy::schema::Field;
use tantivy::{Result, Term};

use super::fields::{Entity, group_term};
use super::memory::Misspelt;
use super::question::{Question, QuestionWord};
use super::score::{Fit, typos};
use super::segment::Segment;

/// The documents that hold one word of the index.
pub(super) struct List {
    pub(super) fit: Fit,
    pub(super) info: TermInfo,
    pub(super) index: Arc<InvertedIndexReader>,
}

/// For each word of the question its lists in a segment. A document in several of them counts with its best fit.
pub(super) fn lists(segment: &Segment, entity: Entity, question: &Question) -> Result<Vec<Vec<List>>> {
    question.words.iter().map(|word| of_word(segment, entity, word)).collect()
}

/// Documents in all these lists, those in several of them as often.
pub(super) fn documents(lists: &[Vec<List>]) -> u64 {
    lists.iter().flatten().map(|list| u64::from(list.info.doc_freq)).sum()
}

fn of_word(segment: &Segment, entity: Entity, word: &QuestionWord) -> Result<Vec<List>> {
    let of = segment.word_lists(entity);
    let mut lists = Vec::new();
    let (spelling, folded) = (word.word.spelling.as_str(), word.word.folded.as_str());
    exact(&mut lists, Fit::AsTyped, &of.spelling, spelling)?;
    exact(&mut lists, Fit::InName, &of.name, folded)?;
    // Whatever is spelled so folds so: two lists of the same length are the same list.
    if let [as_typed, in_name] = lists.as_slice()
        && as_typed.info.doc_freq == in_name.info.doc_freq
    {
        lists.pop();
    }
    exact(&mut lists, Fit::InText, &of.text, folded)?;
    for group in word.groups.iter().map(|group| group_term(*group)) {
        exact(&mut lists, Fit::SynonymInName, &of.name_groups, &group)?;
        exact(&mut lists, Fit::SynonymInText, &of.text_groups, &group)?;
    }
    if word.is_begun {
        begun(&mut lists, &of.spelling, spelling)?;
        begun(&mut lists, &of.name, folded)?;
    }
    if word.typos_max > 0 {
        let near = segment.memory.misspelt(entity, folded, word.typos_max, || misspelt(&of.name, folded, word.typos_max))?;
        lists.extend(near.iter().map(|(fit, info)| List { fit: *fit, info: info.clone(), index: Arc::clone(&of.name) }));
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

/// Words of names that are at most so many typos away.
fn misspelt(index: &InvertedIndexReader, folded: &str, typos_max: u8) -> Result<Misspelt> {
    // The automaton looks at the text of the term alone.
    let term = Term::from_field_text(Field::from_field_id(0), folded);
    let automaton = FuzzyTermQuery::new(term, typos_max, true).automaton()?;
    let mut near = index.terms().search(&automaton).into_stream()?;
    let mut all = Vec::new();
    while near.advance() {
        let Ok(term) = std::str::from_utf8(near.key()) else { continue };
        let fit = match typos(folded, term) {
            0 => continue,
            1 => Fit::OneTypo,
            _ => Fit::TwoTypos,
        };
        all.push((fit, near.value().clone()));
    }
    Ok(all.into())
}
