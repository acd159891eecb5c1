//! The members of a request that matter, read in one pass and without copies where the text has no escapes. Whatever is
//! out of the ordinary is an error without words: who gets one reads the text once more, for the words.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::strict_json::{self, MAX_VALUES, Strict};

/// The version of the protocol behind `persistedQuery`; there is no other.
const PERSISTED_QUERY_VERSION: u64 = 1;

/// What a body may hold. Members of other names are read strictly and forgotten.
#[derive(Debug, Default)]
pub(super) struct Members<'a> {
    pub(super) query: Option<Cow<'a, str>>,
    pub(super) operation_name: Option<Cow<'a, str>>,
    /// `documentId`, or as other clients call it, `doc_id` or `id`; what is not a string counts as absent.
    pub(super) document_id: Option<Cow<'a, str>>,
    /// An object, not looked into.
    pub(super) variables: Option<&'a RawValue>,
    /// `extensions.persistedQuery.sha256Hash`.
    pub(super) persisted_hash: Option<Cow<'a, str>>,
}

/// Something is not as it usually is.
#[derive(Debug)]
pub(super) struct Unusual;

impl From<serde_json::Error> for Unusual {
    fn from(_: serde_json::Error) -> Self {
        Self
    }
}

/// The members of a body.
pub(super) fn of_body(body: &[u8]) -> Result<Members<'_>, Unusual> {
    let text = strict_json::text(body).map_err(|_| Unusual)?;
    let left = Cell::new(MAX_VALUES);
    let members = read(text, Body(&left))?;
    Ok(members)
}

/// `persistedQuery.sha256Hash` of a text that holds `extensions`.
pub(super) fn hash_of_extensions(text: &str) -> Result<Option<Cow<'_, str>>, Unusual> {
    let left = Cell::new(MAX_VALUES);
    Ok(read(text, Extensions(&left))?)
}

fn read<'de, S: DeserializeSeed<'de>>(text: &'de str, seed: S) -> Result<S::Value, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = seed.deserialize(&mut reader)?;
    reader.end().map(|()| value)
}

/// The names of an object's members, each of which may come once.
struct Names<'de> {
    known: &'static [&'static str],
    seen: u32,
    others: HashSet<Cow<'de, str>>,
}

impl<'de> Names<'de> {
    fn new(known: &'static [&'static str]) -> Self {
        Self { known, seen: 0, others: HashSet::new() }
    }

    /// The next name; `""` stands for those that nobody looks at, whose value is read strictly and forgotten.
    fn next<A: MapAccess<'de>>(&mut self, entries: &mut A, left: &Cell<u32>) -> Result<Option<&'static str>, A::Error> {
        let Some(name) = entries.next_key_seed(Text)? else { return Ok(None) };
        let name = name.unwrap_or_default();
        if let Some(position) = self.known.iter().position(|known| *known == name) {
            let bit = 1 << position;
            let is_first = self.seen & bit == 0;
            self.seen |= bit;
            return if is_first { Ok(Some(self.known[position])) } else { Err(A::Error::custom("twice")) };
        }
        if !self.others.insert(name) {
            return Err(A::Error::custom("twice"));
        }
        entries.next_value_seed(Strict(left)).map(|_| Some(""))
    }
}

/// A string, or null.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Option<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or null")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }
}

/// The body; the number is how many values there may still be in what is read strictly.
struct Body<'l>(&'l Cell<u32>);

impl<'de> DeserializeSeed<'de> for Body<'_> {
    type Value = Members<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Body<'_> {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut members = Members::default();
        let mut names = Names::new(&["query", "operationName", "variables", "extensions", "documentId", "doc_id", "id"]);
        while let Some(name) = names.next(&mut entries, self.0)? {
            match name {
                "query" => members.query = entries.next_value_seed(Text)?,
                "operationName" => members.operation_name = entries.next_value_seed(Text)?,
                "variables" => members.variables = object(entries.next_value()?)?,
                "extensions" => members.persisted_hash = entries.next_value_seed(Extensions(self.0))?,
                "documentId" | "doc_id" | "id" => {
                    let id = text_if_any(entries.next_value()?)?;
                    members.document_id = members.document_id.or(id);
                }
                _ => {}
            }
        }
        Ok(members)
    }
}

/// An object, or nothing for null. What is in it is read later, when it is known to be needed.
fn object<E: serde::de::Error>(raw: &RawValue) -> Result<Option<&RawValue>, E> {
    match raw.get().as_bytes().first() {
        Some(b'{') => Ok(Some(raw)),
        Some(b'n') => Ok(None),
        _ => Err(E::custom("no object")),
    }
}

fn text_if_any<E: serde::de::Error>(raw: &RawValue) -> Result<Option<Cow<'_, str>>, E> {
    if raw.get().starts_with('"') {
        return read(raw.get(), Text).map_err(E::custom);
    }
    strict_json::parse(raw.get().as_bytes()).map(|_| None).map_err(E::custom)
}

/// `extensions`, or null.
struct Extensions<'l>(&'l Cell<u32>);

impl<'de> DeserializeSeed<'de> for Extensions<'_> {
    type Value = Option<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Extensions<'_> {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or null")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut hash = None;
        let mut names = Names::new(&["persistedQuery"]);
        while let Some(name) = names.next(&mut entries, self.0)? {
            if name == "persistedQuery" {
                hash = entries.next_value_seed(PersistedQuery(self.0))?;
            }
        }
        Ok(hash)
    }
}

/// `extensions.persistedQuery`, or null.
struct PersistedQuery<'l>(&'l Cell<u32>);

impl<'de> DeserializeSeed<'de> for PersistedQuery<'_> {
    type Value = Option<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for PersistedQuery<'_> {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or null")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let (mut version, mut hash) = (None, None);
        let mut names = Names::new(&["version", "sha256Hash"]);
        while let Some(name) = names.next(&mut entries, self.0)? {
            match name {
                "version" => version = Some(entries.next_value::<u64>()?),
                "sha256Hash" => hash = entries.next_value_seed(Text)?,
                _ => {}
            }
        }
        if version != Some(PERSISTED_QUERY_VERSION) || hash.is_none() {
            return Err(A::Error::custom("another protocol"));
        }
        Ok(hash)
    }
}
