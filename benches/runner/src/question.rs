//! What is asked, and the bytes that ask it: by the whole document, or by its hash.

use std::fmt::Write as _;

use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// What this program takes: the same media type as the server prefers.
const ACCEPT: &str = "application/graphql-response+json";

/// An operation with its variables.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    document: String,
    operation: &'static str,
    variables: Value,
}

impl Question {
    /// Asks for the operation of this name in `document`.
    pub(crate) fn new(document: impl Into<String>, operation: &'static str, variables: Value) -> Self {
        Self { document: document.into(), operation, variables }
    }

    /// As a POST with the whole document.
    pub(crate) fn post(&self) -> Bytes {
        self.post_with(&[])
    }

    /// The same with more headers.
    pub(crate) fn post_with(&self, headers: &[(&str, &str)]) -> Bytes {
        post(&json!({ "query": self.document, "operationName": self.operation, "variables": self.variables }), headers)
    }

    /// As a POST that brings the document and its hash together, so that the hash alone will do from then on.
    pub(crate) fn registration(&self) -> Bytes {
        post(&json!({ "query": self.document, "operationName": self.operation, "extensions": self.extensions() }), &[])
    }

    /// As a GET with the document's hash.
    pub(crate) fn get_by_hash(&self) -> Bytes {
        let mut path =
            format!("/graphql?operationName={}&extensions={}", self.operation, percent_encoded(&self.extensions().to_string()));
        if self.variables.as_object().is_some_and(|variables| !variables.is_empty()) {
            path += &format!("&variables={}", percent_encoded(&self.variables.to_string()));
        }
        get(&path)
    }

    fn extensions(&self) -> Value {
        let hash = Sha256::digest(self.document.as_bytes());
        let hexadecimal = hash.iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        });
        json!({ "persistedQuery": { "version": 1, "sha256Hash": hexadecimal } })
    }
}

/// A GET of this path and query string.
pub(crate) fn get(path: &str) -> Bytes {
    Bytes::from(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: {ACCEPT}\r\n\r\n"))
}

fn post(body: &Value, headers: &[(&str, &str)]) -> Bytes {
    let body = body.to_string();
    let more = headers.iter().fold(String::new(), |text, (name, value)| text + &format!("{name}: {value}\r\n"));
    let length = body.len();
    Bytes::from(format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\naccept: {ACCEPT}\r\ncontent-type: application/json\r\n{more}content-length: {length}\r\n\r\n{body}"
    ))
}

/// For a query string: everything but letters, digits and a few harmless signs by its bytes.
fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_of_the_document_alone() {
        let question = Question::new("{ __typename }", "A", json!({ "n": "ä" }));
        // printf '{ __typename }' | sha256sum
        assert!(
            String::from_utf8(question.registration().to_vec())
                .unwrap()
                .contains("\"sha256Hash\":\"7f56e67dd21ab3f30d1ff8b7bed08893f0a0db86449836189b361dd1e56ddb4b\"")
        );
        assert!(question.get_by_hash().starts_with(b"GET /graphql?operationName=A&extensions=%7B%22persistedQuery%22"));
        assert_eq!(percent_encoded("{\"n\":\"ä\"}"), "%7B%22n%22%3A%22%C3%A4%22%7D");
    }
}
