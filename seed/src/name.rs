//! Names of products: item and variety in English, Hindi or both, with adjectives, places and people.

use crate::city;
use crate::item::Item;
use crate::kind::ProducerKind;
use crate::random::Random;
use crate::words;

/// Which language a name is in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    /// English with the Hindi name beside it.
    Both,
    Hindi,
}

impl Language {
    /// 65 % English, 22 % both, 13 % Hindi.
    pub(crate) fn choose(random: &mut Random) -> Self {
        match random.below(100) {
            0..65 => Self::English,
            65..87 => Self::Both,
            _ => Self::Hindi,
        }
    }
}

/// What a name is made of, in English and in Hindi; empty where there is nothing to say.
pub(crate) struct Naming<'a> {
    pub(crate) item: &'a Item,
    pub(crate) variety: (&'static str, &'static str),
    pub(crate) fresh: bool,
    pub(crate) language: Language,
}

/// Who makes it, for names such as `Meera's Lemon Pickle` or `Onion from Nashik`.
pub(crate) struct Maker {
    pub(crate) number: u64,
    pub(crate) producer_id: u64,
    pub(crate) kind: ProducerKind,
}

/// Writes a name of a product.
pub(crate) fn write_name(out: &mut String, random: &mut Random, naming: &Naming<'_>, maker: &Maker) {
    out.clear();
    let adjective = adjective(random, naming.fresh);
    match naming.language {
        Language::English => {
            push_english(out, adjective.0, naming);
            decorate(out, random, maker);
        }
        Language::Both => {
            push_english(out, adjective.0, naming);
            out.push_str(" (");
            push_spaced(out, &[naming.variety.1, naming.item.hindi]);
            out.push(')');
        }
        Language::Hindi => push_spaced(out, &[adjective.1, naming.variety.1, naming.item.hindi]),
    }
}

/// Half of the fresh ones say so in the name; a third of the others have another adjective.
fn adjective(random: &mut Random, fresh: bool) -> (&'static str, &'static str) {
    if fresh && random.chance(500) {
        words::FRESH
    } else if random.chance(330) {
        random.pick_early(words::ADJECTIVES)
    } else {
        ("", "")
    }
}

fn push_english(out: &mut String, adjective: &str, naming: &Naming<'_>) {
    push_spaced(out, &[adjective, naming.variety.0, naming.item.english]);
}

/// Adds where it comes from (every eighth) or, for small producers, whose recipe it is (every tenth).
fn decorate(out: &mut String, random: &mut Random, maker: &Maker) {
    if random.chance(125) {
        out.push_str(" from ");
        if random.chance(600) {
            out.push_str(city::city_of(maker.number, maker.producer_id).name);
        } else {
            push_village(out, random);
        }
    } else if maker.kind == ProducerKind::SmallProducer && random.chance(100) {
        out.push_str(" by ");
        out.push_str(random.pick_early(words::GIVEN_NAMES).0);
    }
}

/// Adds a made-up village, such as Kishangarh.
pub(crate) fn push_village(out: &mut String, random: &mut Random) {
    out.push_str(random.pick_early(words::VILLAGE_HEADS));
    out.push_str(random.pick_early(words::VILLAGE_TAILS));
}

/// Adds the words with a space between them, leaving out the empty ones.
fn push_spaced(out: &mut String, parts: &[&str]) {
    let mut separator = "";
    for part in parts.iter().filter(|part| !part.is_empty()) {
        out.push_str(separator);
        out.push_str(part);
        separator = " ";
    }
}
