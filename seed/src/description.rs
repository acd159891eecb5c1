//! Descriptions: one to four short sentences, about twenty words.

use crate::name::{Language, push_village};
use crate::random::Random;
use crate::words;

/// What stands between the two halves of a sentence.
#[derive(Clone, Copy)]
enum Slot {
    Nothing,
    Item,
    Person,
    Village,
}

use Slot::{Item, Nothing, Person, Village};

type Sentence = (&'static str, Slot, &'static str);

/// What the sentences need to know about the product.
pub(crate) struct Subject {
    pub(crate) category_id: i64,
    /// In English.
    pub(crate) item: &'static str,
    pub(crate) fresh: bool,
    pub(crate) language: Language,
}

const FIELD: &[Sentence] = &[
    ("Grown without chemical sprays on our own land near ", Village, "."),
    ("Our ", Item, " ripens in the open field and is picked by hand."),
    ("Harvested early in the morning by ", Person, " and the whole family."),
    ("Drip irrigated on red soil at ", Village, ", with nothing but cow dung manure."),
    ("Crisp, clean and full of flavour, straight from the field to you.", Nothing, ""),
    ("Grown from seed that the family of ", Person, " has saved for three generations."),
    ("Sorted by hand, so that every piece is of good size and colour.", Nothing, ""),
    ("Sweet and firm, from a small plot with a deep well outside ", Village, "."),
];

const MILK: &[Sentence] = &[
    ("Pure milk from grass fed cattle at ", Village, ", tested every single day."),
    ("Our ", Item, " comes from a small herd that grazes in the open."),
    ("The cattle of ", Person, " eat green fodder, cotton seed and home grown bran."),
    ("Milked by hand before sunrise and chilled within half an hour.", Nothing, ""),
    ("Made in small batches from whole milk at ", Village, ", without any powder."),
    ("Thick, creamy and rich, the way ", Person, " has made it for years."),
    ("No hormones, no preservatives, no water added: only what the cow gives.", Nothing, ""),
];

const STAPLE: &[Sentence] = &[
    ("Sun dried, cleaned twice and stored with neem leaves at ", Village, "."),
    ("Our ", Item, " is cleaned by hand and never polished or bleached."),
    ("A rainfed crop of the black soil around ", Village, ", grown without urea."),
    ("Threshed and winnowed by ", Person, " and neighbours, free of stones and dust."),
    ("An old variety with a nutty taste that cooks soft and even.", Nothing, ""),
    ("This season's harvest, unpolished, with the full fibre and protein.", Nothing, ""),
];

const PICKLE: &[Sentence] = &[
    ("Ripened in the sun for three weeks with rock salt and patience.", Nothing, ""),
    ("Made at home by ", Person, " after a recipe of her grandmother."),
    ("Our ", Item, " is made in small batches, without colours or preservatives."),
    ("Cut, salted and filled by a women's self help group at ", Village, "."),
];

const SPICE: &[Sentence] = &[
    ("Dried and sorted at home by ", Person, " and her sisters."),
    ("Our ", Item, " is packed in small batches, without colours or preservatives."),
    ("Pounded, roasted and packed by a women's self help group at ", Village, "."),
    ("Strong in aroma, because the whole crop comes straight from ", Village, "."),
];

const OIL: &[Sentence] = &[
    ("Slowly pressed in a wooden mill, never heated, never bleached.", Nothing, ""),
    ("Our ", Item, " is pressed once, left to settle and poured off."),
    ("Pressed from the seed that ", Person, " grows without sprays."),
    ("From an old bullock mill at ", Village, ", unrefined and full of aroma."),
];

const SWEET: &[Sentence] = &[
    ("Raw and unheated, strained once through cotton cloth at ", Village, "."),
    ("Our ", Item, " is dark, fragrant and free of added sugar."),
    ("Boiled in an open iron pan over bagasse fire by ", Person, "."),
    ("Gathered in the forest near ", Village, " without harming the bees."),
];

const HENS: &[Sentence] = &[
    ("The birds of ", Person, " run free under mango trees all day."),
    ("Our ", Item, " have deep orange yolks and strong shells."),
    ("Fed on maize, greens and kitchen scraps at ", Village, ", without antibiotics."),
];

const FRESH: &[Sentence] = &[
    ("Packed fresh on the day you order.", Nothing, ""),
    ("Always fresh, never from cold storage.", Nothing, ""),
    ("A fresh lot every morning from ", Village, "."),
    ("So fresh that ", Person, " guarantees it or returns your money."),
    ("Stays fresh for days in a cool place.", Nothing, ""),
];

const CLOSING: &[Sentence] = &[
    ("Delivered to your door by ", Person, "."),
    ("Keep in a cool and dry place.", Nothing, ""),
    ("Order before nine in the evening for the next day.", Nothing, ""),
    ("Return the bag or bottle and get five rupees back.", Nothing, ""),
    ("The whole price goes to the grower.", Nothing, ""),
    ("Visit us at ", Village, " any Sunday."),
    ("Loved by families and small restaurants alike.", Nothing, ""),
    ("Ask us about bulk orders for weddings and festivals.", Nothing, ""),
    ("Best within a week.", Nothing, ""),
    ("Goes well with roti, rice or dosa.", Nothing, ""),
];

const HINDI: &[&str] = &[
    "सीधे किसान के खेत से आपके घर तक।",
    "बिना रसायन के, प्यार से उगाया और परखा हुआ।",
    "हर सुबह गाँव से शहर पहुँचता है।",
    "शुद्धता की गारंटी, सही दाम और पूरा वज़न।",
    "पीढ़ियों पुराने तरीके से, छोटे बैच में तैयार।",
    "घर जैसा स्वाद, कोई मिलावट नहीं।",
];

/// Writes a description.
pub(crate) fn write_description(out: &mut String, random: &mut Random, subject: &Subject) {
    out.clear();
    let opening = opening(subject.category_id);
    let first = random.below(opening.len() as u64) as usize;
    push_sentence(out, random, subject, &opening[first]);
    if subject.language == Language::Hindi || (subject.language == Language::Both && random.chance(300)) {
        push_separated(out, random.pick(HINDI));
    } else if random.chance(200) {
        // Any other sentence than the first.
        let second = first + 1 + random.below(opening.len() as u64 - 1) as usize;
        push_sentence(out, random, subject, &opening[second % opening.len()]);
    }
    if subject.fresh {
        let fresh = random.pick(FRESH);
        push_sentence(out, random, subject, &fresh);
    }
    if random.chance(700) {
        let closing = random.pick(CLOSING);
        push_sentence(out, random, subject, &closing);
    }
}

fn opening(category_id: i64) -> &'static [Sentence] {
    match category_id {
        1 | 2 | 8 => FIELD,
        3 | 4 => MILK,
        5 | 7 => STAPLE,
        6 => SPICE,
        9 => OIL,
        10 => PICKLE,
        11 => SWEET,
        _ => HENS,
    }
}

fn push_sentence(out: &mut String, random: &mut Random, subject: &Subject, sentence: &Sentence) {
    let (before, slot, after) = *sentence;
    push_separated(out, before);
    match slot {
        Nothing => {}
        Item => out.push_str(subject.item),
        Person => out.push_str(random.pick_early(words::GIVEN_NAMES).0),
        Village => push_village(out, random),
    }
    out.push_str(after);
}

fn push_separated(out: &mut String, text: &str) {
    if !out.is_empty() {
        out.push(' ');
    }
    out.push_str(text);
}
