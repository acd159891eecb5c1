//! The list of documents that a client's build writes.

use serde_json::{Map, Value};

/// `format` of what `@apollo/generate-persisted-query-manifest` writes.
const APOLLO_FORMAT: &str = "apollo-persisted-query-manifest";
/// Its version; there is no other.
const APOLLO_VERSION: u64 = 1;

/// Documents with the ids that clients call them by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    documents: Vec<(String, String)>,
}

impl Manifest {
    /// Reads a manifest in one of three shapes: an object of ids and texts, as the Relay compiler (`persistConfig`, ids by
    /// MD5) and GraphQL Code Generator (client preset, ids by SHA-1 or SHA-256) write it, or Apollo's with its `operations`.
    ///
    /// # Errors
    /// What is wrong with it, to be read behind the name of the file.
    pub fn read(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text)
            .map_err(|error| format!("is not valid JSON (line {}, column {})", error.line(), error.column()))?;
        let Value::Object(members) = value else {
            return Err("must hold a JSON object".to_owned());
        };
        let documents = match members.get("format") {
            Some(format) if format == APOLLO_FORMAT => apollo(&members)?,
            _ => plain(members)?,
        };
        if documents.is_empty() {
            return Err("names no document".to_owned());
        }
        Ok(Self { documents })
    }

    /// Ids and texts.
    pub(super) fn documents(&self) -> &[(String, String)] {
        &self.documents
    }
}

fn plain(members: Map<String, Value>) -> Result<Vec<(String, String)>, String> {
    let text = |(id, value)| match value {
        Value::String(text) => Ok((id, text)),
        _ => Err(format!("must be an object of ids and texts, or one of the format {APOLLO_FORMAT:?}; {id:?} has no text")),
    };
    members.into_iter().map(text).collect()
}

fn apollo(members: &Map<String, Value>) -> Result<Vec<(String, String)>, String> {
    if members.get("version").and_then(Value::as_u64) != Some(APOLLO_VERSION) {
        return Err(format!("has another version than {APOLLO_VERSION}"));
    }
    let Some(Value::Array(operations)) = members.get("operations") else {
        return Err("has no list of operations".to_owned());
    };
    let text = |operation: &Value, name: &str| operation.get(name).and_then(Value::as_str).map(str::to_owned);
    let document = |(position, operation)| {
        let document = text(operation, "id").zip(text(operation, "body"));
        document.ok_or_else(|| format!("has an operation without id or body (number {})", position + 1))
    };
    operations.iter().enumerate().map(document).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, String> {
        Manifest::read(text).map(|manifest| manifest.documents)
    }

    fn pair(id: &str, text: &str) -> (String, String) {
        (id.to_owned(), text.to_owned())
    }

    #[test]
    fn each_of_the_three_shapes_is_read() {
        assert_eq!(
            read(r#"{"0b2c": "query A { a }", "any.id": "{ b }"}"#),
            Ok(vec![pair("0b2c", "query A { a }"), pair("any.id", "{ b }")])
        );
        let apollo = r#"{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [
            {"id": "1f", "name": "A", "type": "query", "body": "query A { a }"}, {"id": "2", "body": "{ b }"}]}"#;
        assert_eq!(read(apollo), Ok(vec![pair("1f", "query A { a }"), pair("2", "{ b }")]));
        assert_eq!(read(r#"{"format": "{ a }"}"#), Ok(vec![pair("format", "{ a }")]), "an id may be any string");
    }

    #[test]
    fn what_has_another_shape_is_told_so() {
        for (text, told) in [
            ("{", "is not valid JSON (line 1, column 1)"),
            ("[]", "must hold a JSON object"),
            ("{}", "names no document"),
            (r#"{"a": {"text": "{ a }"}}"#, "\"a\" has no text"),
            (r#"{"format": "other", "version": 1, "operations": []}"#, "has no text"),
            (r#"{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}"#, "another version"),
            (r#"{"format": "apollo-persisted-query-manifest", "version": 1}"#, "no list of operations"),
            (r#"{"format": "apollo-persisted-query-manifest", "version": 1, "operations": []}"#, "names no document"),
            (
                r#"{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "a", "body": "{ a }"}, {"id": "b"}]}"#,
                "number 2",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
