//! What came back.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::Value;

/// Words that only somebody inside would say: none may stand in an error.
const INNER_WORDS: [&str; 14] = [
    "sqlx",
    "sea_orm",
    "sqlite",
    "postgres",
    "mysql",
    "mariadb",
    "select ",
    "relation",
    "no such table",
    ".rs:",
    "panicked",
    "syntax error at or near",
    "os error",
    "connection refused",
];

/// An HTTP answer, read whole.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// From sending the request to the last byte.
    pub(crate) took: Duration,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    /// A header, empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// `data` of an operation in which everything went well.
    pub(crate) fn data(&self) -> Value {
        let mut answer = self.json();
        assert_eq!((self.status, &answer["errors"]), (200, &Value::Null), "{}", self.text());
        answer["data"].take()
    }

    /// `errors` of a GraphQL answer.
    pub(crate) fn errors(&self) -> Vec<Value> {
        self.json()["errors"].as_array().cloned().unwrap_or_default()
    }

    /// The codes of all errors.
    pub(crate) fn codes(&self) -> Vec<String> {
        let code = |error: &Value| error["extensions"]["code"].as_str().unwrap_or("none").to_owned();
        self.errors().iter().map(code).collect()
    }

    /// The one code of all errors, whose words give nothing away; of a GraphQL answer or a problem document.
    pub(crate) fn code(&self) -> String {
        self.tells_nothing_inner();
        if let Some(code) = self.json()["code"].as_str() {
            return code.to_owned();
        }
        let mut codes = self.codes();
        codes.dedup();
        assert_eq!(codes.len(), 1, "one code: {}", self.text());
        codes[0].clone()
    }

    /// Fails when an error says what only somebody inside knows.
    pub(crate) fn tells_nothing_inner(&self) {
        let said = self.text().to_lowercase();
        if let Some(word) = INNER_WORDS.iter().find(|word| said.contains(*word)) {
            panic!("{word:?} in {}", self.text());
        }
    }
}

/// A member of each object of a list, as text.
pub(crate) fn texts(list: &Value, member: &str) -> Vec<String> {
    let objects = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    objects.iter().map(|object| text(&object[member])).collect()
}

/// A string.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no string: {value}")).to_owned()
}
