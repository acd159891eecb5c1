//! JSON as text, written piece by piece. Values of the engine may hold stretches that are JSON already.

use async_graphql::Value;
use bytes::Bytes;
use serde::Serialize;

/// JSON in the making.
#[derive(Debug)]
pub(crate) struct Json(Vec<u8>);

impl Json {
    /// Nothing yet, and room for so many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// Appends what is JSON already: brackets, commas, names without anything to escape.
    pub(crate) fn raw(&mut self, json: &str) {
        self.0.extend_from_slice(json.as_bytes());
    }

    /// Appends a value as `serde_json` writes it.
    pub(crate) fn plain(&mut self, value: &(impl Serialize + ?Sized)) {
        // It fails with its writer or with keys that are no strings; a vector takes everything, and we write no maps here.
        let _ = serde_json::to_writer(&mut self.0, value);
    }

    /// Appends the members of a list, each by `write`. None when one of them cannot be written.
    pub(crate) fn list<T>(
        &mut self,
        members: impl IntoIterator<Item = T>,
        mut write: impl FnMut(T, &mut Self) -> Option<()>,
    ) -> Option<()> {
        let mut before = "[";
        for member in members {
            self.raw(before);
            write(member, self)?;
            before = ",";
        }
        self.raw(if before == "[" { "[]" } else { "]" });
        Some(())
    }

    /// Appends a value of the engine; the stretches of [`Json::into_value`] as they are.
    pub(crate) fn value(&mut self, value: &Value) {
        match value {
            Value::Binary(written) => self.0.extend_from_slice(written),
            Value::List(members) => {
                self.list(members, |member, json| {
                    json.value(member);
                    Some(())
                });
            }
            Value::Object(members) => {
                let mut before = "{";
                for (key, member) in members {
                    self.raw(before);
                    self.plain(key.as_str());
                    self.raw(":");
                    self.value(member);
                    before = ",";
                }
                self.raw(if before == "{" { "{}" } else { "}" });
            }
            leaf => self.plain(leaf),
        }
    }

    /// How long the stretches of [`Json::into_value`] in a value are.
    pub(crate) fn written_bytes(value: &Value) -> usize {
        match value {
            Value::Binary(written) => written.len(),
            Value::List(members) => members.iter().map(Self::written_bytes).sum(),
            Value::Object(members) => members.values().map(Self::written_bytes).sum(),
            _ => 0,
        }
    }

    /// As a value that [`Json::value`] appends without looking into it. No type of our schema gives binary values.
    pub(crate) fn into_value(self) -> Value {
        Value::Binary(self.into_bytes())
    }

    /// The bytes.
    pub(crate) fn into_bytes(self) -> Bytes {
        self.0.into()
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{Name, value};

    use super::*;

    fn written(value: &Value) -> String {
        let mut json = Json::with_capacity(0);
        json.value(value);
        String::from_utf8(json.into_bytes().to_vec()).unwrap()
    }

    #[test]
    fn values_are_written_as_serde_json_writes_them() {
        let value = value!({
            "empty": {}, "none": [], "null": null, "yes": true, "numbers": [0, -1, 1.5, 1e300, 0.1],
            "text": "quote \" backslash \\ line \n bell \u{7} दूध 💥", "nested": [[{ "a": [1, {}] }], []],
        });
        assert_eq!(written(&value), serde_json::to_string(&value).unwrap());
        let value = Value::Enum(Name::new("IN_STOCK"));
        assert_eq!(written(&value), r#""IN_STOCK""#);
    }

    #[test]
    fn what_is_json_already_is_not_written_again() {
        let mut inner = Json::with_capacity(0);
        inner.list([1, 2], |number, json| {
            json.plain(&number);
            Some(())
        });
        let value = value!({ "a": [(inner.into_value())] });
        assert_eq!(Json::written_bytes(&value), 5);
        assert_eq!(written(&value), r#"{"a":[[1,2]]}"#);
    }

    #[test]
    fn a_list_ends_with_the_member_that_cannot_be_written() {
        let mut json = Json::with_capacity(0);
        assert_eq!(json.list([1, 2], |number, _| (number < 2).then_some(())), None);
    }
}
