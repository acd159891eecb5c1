//! Synonyms: different words for one thing, such as `brinjal`, `baingan` and `eggplant`.
//!
//! A group is given a number, and texts and questions that name any of its members get that number as one more word. So
//! members of several words (`lady finger`) cost no more than others, in the index as in a question.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest as _, Sha256};

use super::analysis::{Word, words};

/// The groups that come with the server.
const BUILT_IN: &str = include_str!("synonyms.txt");
/// Most groups of a file: they are walked when a document is indexed.
const GROUPS_MAX: usize = 10_000;
/// Most words of a member.
const MEMBER_WORDS_MAX: usize = 6;

/// Groups of synonyms, ready to be found in a text.
#[derive(Debug, Clone)]
pub struct Synonyms {
    /// First folded word of a member → its other words and its group.
    members: HashMap<String, Vec<(Vec<String>, u32)>>,
    fingerprint: u64,
}

/// A group found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mention {
    /// The first word.
    pub start: usize,
    /// How many words.
    pub length: usize,
    /// Which group.
    pub group: u32,
}

impl Synonyms {
    /// The groups that come with the server.
    ///
    /// # Errors
    /// Never, as long as the file in the repository is sound; a test reads it.
    pub fn built_in() -> Result<Self, String> {
        Self::parse(BUILT_IN)
    }

    /// Reads a file: a group per line, members parted by commas, `#` begins a comment.
    ///
    /// # Errors
    /// One sentence that names the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut groups = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if !line.is_empty() {
                groups.push(group(line).map_err(|why| format!("line {}: {why}", number + 1))?);
            }
        }
        if groups.len() > GROUPS_MAX {
            return Err(format!("there are {} groups; at most {GROUPS_MAX} are taken", groups.len()));
        }
        Ok(Self::of_groups(groups))
    }

    fn of_groups(groups: Vec<Vec<Vec<String>>>) -> Self {
        let mut hash = Sha256::new();
        let mut sorted: BTreeMap<String, Vec<(Vec<String>, u32)>> = BTreeMap::new();
        for (group, members) in (0..).zip(groups) {
            for member in members {
                let mut words = member.into_iter();
                let Some(first) = words.next() else { continue };
                let member = (words.collect::<Vec<_>>(), group);
                let known = sorted.entry(first).or_default();
                if !known.contains(&member) {
                    known.push(member);
                }
            }
        }
        for (first, members) in &sorted {
            for (rest, group) in members {
                hash.update(format!("{first} {}={group}\n", rest.join(" ")));
            }
        }
        let mut fingerprint = [0; 8];
        fingerprint.copy_from_slice(&hash.finalize()[..8]);
        Self { members: sorted.into_iter().collect(), fingerprint: u64::from_be_bytes(fingerprint) }
    }

    /// Tells one set of groups from another: an index that was made with others has to be made anew.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Every group that the words name, each by its longest member: `sweet potato` is no potato.
    pub fn mentions(&self, words: &[Word]) -> Vec<Mention> {
        let mut all = Vec::new();
        let mut start = 0;
        while start < words.len() {
            let named: Vec<Mention> = self.beginning(words, start).collect();
            let longest = named.iter().map(|mention| mention.length).max().unwrap_or(1);
            all.extend(named.into_iter().filter(|mention| mention.length == longest));
            start += longest;
        }
        all
    }

    fn beginning<'a>(&'a self, words: &'a [Word], start: usize) -> impl Iterator<Item = Mention> + 'a {
        let members = self.members.get(&words[start].folded).map(Vec::as_slice).unwrap_or_default();
        let behind = &words[start + 1..];
        members.iter().filter_map(move |(rest, group)| {
            let named = rest.len() <= behind.len() && rest.iter().zip(behind).all(|(member, word)| *member == word.folded);
            named.then_some(Mention { start, length: rest.len() + 1, group: *group })
        })
    }
}

/// The members of a line, each as its folded words.
fn group(line: &str) -> Result<Vec<Vec<String>>, String> {
    let members: Vec<Vec<String>> =
        line.split(',').map(|member| words(member).into_iter().map(|word| word.folded).collect()).collect();
    if members.len() < 2 {
        return Err("a group needs at least two members, parted by commas".to_owned());
    }
    if members.iter().any(Vec::is_empty) {
        return Err("a member has no word in it".to_owned());
    }
    if members.iter().any(|member| member.len() > MEMBER_WORDS_MAX) {
        return Err(format!("a member may have at most {MEMBER_WORDS_MAX} words"));
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(synonyms: &Synonyms, text: &str) -> Vec<(usize, usize, u32)> {
        synonyms.mentions(&words(text)).into_iter().map(|mention| (mention.start, mention.length, mention.group)).collect()
    }

    #[test]
    fn members_are_found_in_any_spelling_and_of_several_words() {
        let synonyms = Synonyms::parse("okra, bhindi, lady finger # vegetables\n\npotato, aloo\n").unwrap();
        assert_eq!(groups(&synonyms, "fresh लेडी Lady Fingers and आलू"), [(2, 2, 0), (5, 1, 1)]);
        assert_eq!(groups(&synonyms, "lady of the house"), []);
        let sweet = Synonyms::parse("potato, aloo\nsweet potato, shakarkand").unwrap();
        assert_eq!(groups(&sweet, "sweet potato and potato"), [(0, 2, 1), (3, 1, 0)]);
    }

    #[test]
    fn a_line_that_makes_no_sense_is_named() {
        assert!(Synonyms::parse("a, b\nlonely").unwrap_err().contains("line 2"));
        assert!(Synonyms::parse("a, , b").unwrap_err().contains("line 1"));
    }

    #[test]
    fn the_groups_of_the_server_are_sound_and_another_file_is_another() {
        let built_in = Synonyms::built_in().unwrap();
        assert_eq!(groups(&built_in, "brinjal").len(), 1);
        let [one, other] = ["a, b", "a, c"].map(|text| Synonyms::parse(text).unwrap().fingerprint());
        assert_ne!(one, other);
    }
}
