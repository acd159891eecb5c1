//! Devanagari in Latin letters, as people write it when they have no Devanagari keyboard.

/// Whether a word is in Devanagari.
pub(super) fn is_devanagari(word: &str) -> bool {
    word.chars().any(|letter| ('\u{900}'..='\u{97f}').contains(&letter))
}

/// A consonant, or the lack of one, and its vowel.
struct Syllable {
    onset: &'static str,
    vowel: Vowel,
    /// Anusvara, chandrabindu or visarga behind the vowel.
    coda: Option<Coda>,
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Vowel {
    Written(&'static str),
    /// The `a` that every consonant has unless something is said.
    Inherent,
    /// Taken away by a virama, or not spoken.
    None,
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Coda {
    Nasal,
    Breath,
}

/// The word in Latin letters; letters of other scripts and digits are kept.
pub(super) fn romanised(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut run = Vec::new();
    for letter in word.chars() {
        if !read(letter, &mut run) {
            write(&mut out, &mut run);
            out.push(digit(letter).unwrap_or(letter));
        }
    }
    write(&mut out, &mut run);
    out.retain(|letter| letter.is_ascii());
    out
}

/// Adds a letter to the syllables of a run; `false` for one that is no part of them.
fn read(letter: char, run: &mut Vec<Syllable>) -> bool {
    if let Some(onset) = consonant(letter) {
        run.push(Syllable { onset, vowel: Vowel::Inherent, coda: None });
    } else if let Some(vowel) = independent_vowel(letter) {
        run.push(Syllable { onset: "", vowel: Vowel::Written(vowel), coda: None });
    } else if let Some(last) = run.last_mut() {
        match letter {
            '\u{901}' | '\u{902}' => last.coda = Some(Coda::Nasal),
            '\u{903}' => last.coda = Some(Coda::Breath),
            '\u{94d}' => last.vowel = Vowel::None,
            '\u{93c}' => last.onset = with_nukta(last.onset),
            _ => match vowel_sign(letter) {
                Some(vowel) => last.vowel = Vowel::Written(vowel),
                None => return false,
            },
        }
    } else {
        return false;
    }
    true
}

fn write(out: &mut String, run: &mut Vec<Syllable>) {
    drop_unspoken(run);
    for (at, syllable) in run.iter().enumerate() {
        out.push_str(syllable.onset);
        match syllable.vowel {
            Vowel::Written(vowel) => out.push_str(vowel),
            Vowel::Inherent => out.push('a'),
            Vowel::None => {}
        }
        match syllable.coda {
            Some(Coda::Nasal) => {
                let labial = run.get(at + 1).is_some_and(|next| next.onset.starts_with(['p', 'b', 'm', 'f']));
                out.push(if labial { 'm' } else { 'n' });
            }
            Some(Coda::Breath) => out.push('h'),
            None => {}
        }
    }
    run.clear();
}

/// Hindi does not speak every inherent vowel: not the last one, and not one between two spoken syllables (`लहसुन` is
/// `lahsun`). The rule of Narasimhan, Sproat and Kiraz, "Schwa-deletion in Hindi text-to-speech synthesis" (2004), from right
/// to left, without its exceptions at the seams of compounds.
fn drop_unspoken(run: &mut [Syllable]) {
    let Some(last) = run.len().checked_sub(1).filter(|last| *last > 0) else { return };
    if run[last].vowel == Vowel::Inherent && run[last].coda.is_none() {
        run[last].vowel = Vowel::None;
    }
    for at in (1..last).rev() {
        let spoken = |syllable: &Syllable| syllable.vowel != Vowel::None;
        let between = spoken(&run[at - 1]) && spoken(&run[at + 1]) && !run[at + 1].onset.is_empty();
        if run[at].vowel == Vowel::Inherent && run[at].coda.is_none() && between {
            run[at].vowel = Vowel::None;
        }
    }
}

fn consonant(letter: char) -> Option<&'static str> {
    Some(match letter {
        'क' => "k",
        'ख' => "kh",
        'ग' => "g",
        'घ' => "gh",
        'ङ' | 'ञ' | 'ण' | 'न' => "n",
        'च' => "ch",
        'छ' => "chh",
        'ज' => "j",
        'झ' => "jh",
        'ट' | 'त' => "t",
        'ठ' | 'थ' => "th",
        'ड' | 'द' => "d",
        'ढ' | 'ध' => "dh",
        'प' => "p",
        'फ' => "f",
        'ब' => "b",
        'भ' => "bh",
        'म' => "m",
        'य' => "y",
        'र' => "r",
        'ल' | 'ळ' => "l",
        'व' => "v",
        'श' | 'ष' => "sh",
        'स' => "s",
        'ह' => "h",
        _ => return None,
    })
}

/// A dot below makes a sound of Persian; `ड़` stays a `d`, as half of those who write it do.
fn with_nukta(onset: &'static str) -> &'static str {
    if onset == "j" { "z" } else { onset }
}

fn independent_vowel(letter: char) -> Option<&'static str> {
    Some(match letter {
        'अ' | 'आ' => "a",
        'इ' | 'ई' => "i",
        'उ' | 'ऊ' => "u",
        'ऋ' => "ri",
        'ए' | 'ऍ' => "e",
        'ऐ' => "ai",
        'ओ' | 'ऑ' => "o",
        'औ' => "au",
        _ => return None,
    })
}

fn vowel_sign(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ा' => "a",
        'ि' | 'ी' => "i",
        'ु' | 'ू' => "u",
        'ृ' => "ri",
        'े' | 'ॅ' => "e",
        'ै' => "ai",
        'ो' | 'ॉ' => "o",
        'ौ' => "au",
        _ => return None,
    })
}

fn digit(letter: char) -> Option<char> {
    let value = u32::from(letter).checked_sub(0x966).filter(|value| *value < 10)?;
    char::from_digit(value, 10)
}
