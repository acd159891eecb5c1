//! JSON as RFC 8259 would have liked it: an object with the same key twice is refused, because two readers may see two
//! different requests in it; so is whatever is not UTF-8, and what would take far more memory than its text.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Most values in one document. An empty object of seven characters takes about 600 bytes; the largest mutation of this
/// API has below 5 000 values.
pub(crate) const MAX_VALUES: u32 = 50_000;

/// Reads a document.
///
/// # Errors
/// One sentence that names the place and what is wrong there, and repeats nothing of the document.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, String> {
    let text = text(bytes)?;
    let left = Cell::new(MAX_VALUES);
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict(&left).deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| sentence(&error))
}

/// The text of a document.
///
/// # Errors
/// One sentence, as above.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| format!("is not UTF-8 (byte {})", error.valid_up_to()))?;
    if text.starts_with('\u{feff}') {
        return Err("starts with a byte order mark, which JSON does not have".to_owned());
    }
    Ok(text)
}

fn sentence(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        // These are our own words, see `Strict`.
        serde_json::error::Category::Data => error.to_string().split(" at line ").next().unwrap_or_default().to_owned(),
        _ if error.to_string().starts_with("recursion limit") => "is nested too deeply".to_owned(),
        _ => "is not valid JSON".to_owned(),
    };
    format!("{what} (line {}, column {})", error.line(), error.column())
}

/// Reads one value; the number is how many more there may be.
pub(crate) struct Strict<'a>(pub(super) &'a Cell<u32>);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let Some(left) = self.0.get().checked_sub(1) else {
            return Err(D::Error::custom(format!("has more than {MAX_VALUES} values")));
        };
        self.0.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Strict(self.0))? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(Strict(self.0))?;
            if object.insert(key, value).is_some() {
                return Err(A::Error::custom("has the same key twice in one object"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_usual_document_is_read_as_it_is() {
        let text = r#" {"a": [1, -2, 2.5, 18446744073709551615, "दूध\u0000", true, null, {}], "b": {"a": 1}} "#;
        let value = json!({"a": [1, -2, 2.5, u64::MAX, "दूध\0", true, null, {}], "b": {"a": 1}});
        assert_eq!(parse(text.as_bytes()), Ok(value));
    }

    #[test]
    fn what_two_readers_may_read_differently_is_refused() {
        let twice = parse(br#"{"a":{"b":1,"b":2}}"#).unwrap_err();
        assert_eq!(twice, "has the same key twice in one object (line 1, column 18)");
        assert!(parse(b"\xef\xbb\xbf{}").unwrap_err().contains("byte order mark"));
        assert_eq!(parse(b"{\"a\":\"\xff\"}"), Err("is not UTF-8 (byte 6)".to_owned()));
        for odd in ["", "{", "{} {}", "{'a':1}", "NaN", "[1,]", "1e999", r#""\ud800""#, "\"a\u{1}\"", "{\"a\":01}"] {
            let why = parse(odd.as_bytes()).unwrap_err();
            assert!(why.starts_with("is not valid JSON (line 1, column "), "{odd}: {why}");
        }
    }

    #[test]
    fn depth_and_number_of_values_are_bounded() {
        assert!(parse("[".repeat(100_000).as_bytes()).unwrap_err().starts_with("is nested too deeply"));
        let many = format!("[{}0]", "{},".repeat(60_000));
        assert!(parse(many.as_bytes()).unwrap_err().starts_with("has more than 50000 values (line 1"));
    }

    proptest! {
        #[test]
        fn nothing_of_the_document_is_repeated(text in "[a-z{}\\[\\]\":,0-9 ]{0,60}zebra[a-z{}\\[\\]\":,0-9 ]{0,60}") {
            if let Err(why) = parse(text.as_bytes()) {
                prop_assert!(!why.contains("zebra"));
            }
        }
    }
}
