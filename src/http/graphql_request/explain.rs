//! What to tell somebody whose request is not as it should be. Slow on purpose: the whole text is read strictly once more,
//! so that the sentence names the place.

use serde_json::{Map, Value};

use crate::http::refusal::Refusal;
use crate::strict_json;

/// What is wrong with a body.
pub(super) fn body(body: &[u8]) -> Refusal {
    match strict_json::parse(body) {
        Err(why) => Refusal::bad_request(format!("The body {why}.")),
        Ok(Value::Array(_)) => Refusal::bad_request("One request has one operation; lists of operations are not taken."),
        Ok(Value::Object(members)) => members_of(&members),
        Ok(_) => Refusal::bad_request("The body must be a JSON object."),
    }
}

/// What is wrong with a parameter that holds JSON.
pub(super) fn parameter(name: &str, text: &str) -> Refusal {
    match strict_json::parse(text.as_bytes()) {
        Err(why) => Refusal::bad_request(format!("`{name}` {why}.")),
        Ok(value) => members_of(&Map::from_iter([(name.to_owned(), value)])),
    }
}

fn members_of(members: &Map<String, Value>) -> Refusal {
    let null = Value::Null;
    let member = |name: &str| members.get(name).unwrap_or(&null);
    for name in ["query", "operationName"] {
        if !matches!(member(name), Value::Null | Value::String(_)) {
            let or_null = if name == "query" { "" } else { " or null" };
            return Refusal::bad_request(format!("`{name}` must be a string{or_null}."));
        }
    }
    for name in ["variables", "extensions"] {
        if !matches!(member(name), Value::Null | Value::Object(_)) {
            return Refusal::bad_request(format!("`{name}` must be an object or null."));
        }
    }
    match member("extensions").get("persistedQuery") {
        Some(Value::Object(persisted)) => persisted_query(persisted),
        Some(_) => Refusal::bad_request("`extensions.persistedQuery` must be an object or null."),
        None => Refusal::bad_request("The body is not a GraphQL request."),
    }
}

fn persisted_query(persisted: &Map<String, Value>) -> Refusal {
    if persisted.get("version").and_then(Value::as_u64) != Some(1) {
        return Refusal::bad_request("Unsupported persisted query version; `extensions.persistedQuery.version` must be 1.");
    }
    Refusal::bad_request("`extensions.persistedQuery.sha256Hash` must be a string.")
}
