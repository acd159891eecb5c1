//! Which documents of a segment match every word of a question, and how well.

use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, Result, TERMINATED};

use super::expansion::List;
use super::score::{FITS, Points};
use super::segment::Segment;

/// A table over all documents is cheaper than sorting when more than one document in so many matches.
const TABLE_FROM: u64 = 16;
/// More lists than this are sorted together rather than merged one by one.
const MERGED_MAX: usize = 8;
/// A list is walked rather than searched for each candidate when it has fewer documents than one in so many of them.
const WALK_BELOW: usize = 8;

/// Documents in order, each with what its words are worth.
#[derive(Debug, Default)]
pub(super) struct Matches {
    pub(super) docs: Vec<DocId>,
    pub(super) points: Vec<Points>,
}

impl Matches {
    /// Documents that match because nothing was asked.
    pub(super) fn all(docs: Vec<DocId>) -> Self {
        let points = vec![Points::default(); docs.len()];
        Self { docs, points }
    }

    /// Keeps what passes.
    pub(super) fn retain(&mut self, passes: &[bool]) {
        // Every document is written down and the next one over those that do not pass: a branch that nobody can foretell would
        // cost more than all the rest.
        let mut kept = 0;
        for (at, passes) in passes.iter().enumerate() {
            self.docs[kept] = self.docs[at];
            self.points[kept] = self.points[at];
            kept += usize::from(*passes);
        }
        self.docs.truncate(kept);
        self.points.truncate(kept);
    }
}

/// Everything that is in a list of every word, and was not deleted.
pub(super) fn matches(segment: &Segment, lists: &[Vec<List>]) -> Result<Matches> {
    let documents = |lists: &[List]| lists.iter().map(|list| u64::from(list.info.doc_freq)).sum::<u64>();
    let mut words: Vec<(u64, &[List])> = lists.iter().map(|lists| (documents(lists), lists.as_slice())).collect();
    if words.iter().any(|(documents, _)| *documents == 0) {
        return Ok(Matches::default());
    }
    // The rarest word chooses, the others judge.
    words.sort_by_key(|(documents, _)| *documents);
    let mut words = words.into_iter();
    let Some((documents, first)) = words.next() else { return Ok(Matches::default()) };
    let max_doc = segment.reader.max_doc();
    let mut found = match first {
        [list] => one_list(list)?,
        lists if documents * TABLE_FROM > u64::from(max_doc) => by_table(lists, documents, max_doc)?,
        lists if lists.len() <= MERGED_MAX => by_merging(lists)?,
        lists => by_sorting(lists, documents)?,
    };
    if let Some(alive) = segment.reader.alive_bitset() {
        let passes: Vec<bool> = found.docs.iter().map(|doc| alive.is_alive(*doc)).collect();
        found.retain(&passes);
    }
    for (documents, lists) in words {
        // A step along a list costs as much as sixteen entries of a table.
        let steps = found.docs.len() as u64 * lists.len() as u64 * 16;
        let best = if documents + u64::from(max_doc) / 16 < steps {
            let table = table(lists, max_doc)?;
            found.docs.iter().map(|doc| table[*doc as usize]).collect()
        } else {
            best_fits(&found, lists)?
        };
        join(&mut found, &best);
    }
    Ok(found)
}

fn one_list(list: &List) -> Result<Matches> {
    let mut docs = Vec::with_capacity(list.info.doc_freq as usize);
    each(list, |doc| docs.push(doc))?;
    let points = vec![Points::default().with(list.fit); docs.len()];
    Ok(Matches { docs, points })
}

/// The best fit of each document, in a table as long as the segment.
fn by_table(lists: &[List], documents: u64, max_doc: DocId) -> Result<Matches> {
    let table = table(lists, max_doc)?;
    let worth = Worth::new();
    let room = usize::try_from(documents).unwrap_or(usize::MAX).min(table.len()) + 1;
    let (mut docs, mut points, mut count) = (vec![0; room], vec![Points::default(); room], 0);
    for (doc, fit) in (0..).zip(table) {
        // As in `retain`: without a branch.
        docs[count] = doc;
        points[count] = worth.of(fit);
        count += usize::from(fit > 0);
    }
    docs.truncate(count);
    points.truncate(count);
    Ok(Matches { docs, points })
}

/// For every document of the segment its best fit, 0 for none.
fn table(lists: &[List], max_doc: DocId) -> Result<Vec<u8>> {
    let mut table = vec![0_u8; max_doc as usize];
    for list in lists {
        let fit = list.fit as u8;
        each(list, |doc| {
            let best = &mut table[doc as usize];
            *best = fit.max(*best);
        })?;
    }
    Ok(table)
}

/// The best fit of each document, by merging lists that are sorted already.
fn by_merging(lists: &[List]) -> Result<Matches> {
    let mut all: Vec<(DocId, u8)> = Vec::new();
    for list in lists {
        let (known, fit) = (std::mem::take(&mut all), list.fit as u8);
        all.reserve(known.len() + list.info.doc_freq as usize);
        let mut known = known.into_iter().peekable();
        each(list, |doc| {
            while let Some(other) = known.next_if(|(other, _)| *other < doc) {
                all.push(other);
            }
            let best = known.next_if(|(other, _)| *other == doc).map_or(fit, |(_, other)| other.max(fit));
            all.push((doc, best));
        })?;
        all.extend(known);
    }
    let worth = Worth::new();
    Ok(Matches { docs: all.iter().map(|(doc, _)| *doc).collect(), points: all.iter().map(|(_, fit)| worth.of(*fit)).collect() })
}

/// The best fit of each document, by sorting all of them.
fn by_sorting(lists: &[List], documents: u64) -> Result<Matches> {
    let mut all = Vec::with_capacity(usize::try_from(documents).unwrap_or(0));
    for list in lists {
        // The better the smaller, so that the best comes first.
        let fit = u8::MAX - list.fit as u8;
        each(list, |doc| all.push((doc, fit)))?;
    }
    all.sort_unstable();
    all.dedup_by_key(|(doc, _)| *doc);
    let worth = Worth::new();
    let docs = all.iter().map(|(doc, _)| *doc).collect();
    Ok(Matches { docs, points: all.iter().map(|(_, fit)| worth.of(u8::MAX - fit)).collect() })
}

/// Keeps of what was found what matches another word as well, whose fits these are.
fn join(found: &mut Matches, best: &[u8]) {
    let worth = Worth::new();
    for (points, fit) in found.points.iter_mut().zip(best) {
        *points = worth.added(*points, *fit);
    }
    let passes: Vec<bool> = best.iter().map(|fit| *fit > 0).collect();
    found.retain(&passes);
}

/// The best fit of each document that was found, by walking or searching each list.
fn best_fits(found: &Matches, lists: &[List]) -> Result<Vec<u8>> {
    let mut best = vec![0_u8; found.docs.len()];
    for list in lists {
        let fit = list.fit as u8;
        if (list.info.doc_freq as usize) < found.docs.len() / WALK_BELOW {
            let mut from = 0;
            each(list, |doc| {
                from += found.docs[from..].partition_point(|candidate| *candidate < doc);
                if found.docs.get(from) == Some(&doc) {
                    best[from] = fit.max(best[from]);
                }
            })?;
        } else {
            let mut postings = list.index.read_postings_from_terminfo(&list.info, IndexRecordOption::Basic)?;
            for (doc, best) in found.docs.iter().zip(&mut best) {
                let at = if postings.doc() < *doc { postings.seek(*doc) } else { postings.doc() };
                if at == *doc {
                    *best = fit.max(*best);
                } else if at == TERMINATED {
                    break;
                }
            }
        }
    }
    Ok(best)
}

/// Calls `see` with every document of the list, in order.
fn each(list: &List, mut see: impl FnMut(DocId)) -> Result<()> {
    let mut blocks = list.index.read_block_postings_from_terminfo(&list.info, IndexRecordOption::Basic)?;
    while !blocks.docs().is_empty() {
        blocks.docs().iter().for_each(|doc| see(*doc));
        blocks.advance();
    }
    Ok(())
}

/// From the number of a fit to what it is worth.
struct Worth([Points; 256]);

impl Worth {
    fn new() -> Self {
        let mut table = [Points::default(); 256];
        FITS.iter().for_each(|fit| table[*fit as usize] = Points::default().with(*fit));
        Self(table)
    }

    fn of(&self, fit: u8) -> Points {
        self.0[usize::from(fit)]
    }

    fn added(&self, points: Points, fit: u8) -> Points {
        points.plus(self.of(fit))
    }
}
