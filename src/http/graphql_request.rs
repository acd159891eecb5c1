//! Reads a GraphQL request out of a body or a query string.

use serde_json::{Map, Value};

use super::refusal::Refusal;
use super::{query_string, strict_json};

/// What a caller wants to have run.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    /// The text of the document.
    pub(super) query: String,
    /// Which of its operations.
    pub(super) operation_name: Option<String>,
    /// Values for its variables.
    pub(super) variables: Map<String, Value>,
}

/// Reads the body of a POST. Members besides `query`, `operationName`, `variables` and `extensions` are ignored, as are
/// the contents of `extensions`.
///
/// # Errors
/// 400 for what is not strict JSON, or not an object with members of the right kinds.
pub(super) fn from_body(body: &[u8]) -> Result<Wanted, Refusal> {
    let refused = |why: String| Refusal::bad_request(format!("The body {why}."));
    let mut members = match strict_json::parse(body).map_err(refused)? {
        Value::Object(members) => members,
        Value::Array(_) => return Err(Refusal::bad_request("One request has one operation; lists of operations are not taken.")),
        _ => return Err(Refusal::bad_request("The body must be a JSON object.")),
    };
    let query = match members.remove("query") {
        Some(Value::String(query)) => query,
        Some(Value::Null) | None => return Err(missing_query()),
        Some(_) => return Err(Refusal::bad_request("`query` must be a string.")),
    };
    let operation_name = match members.remove("operationName") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name),
        Some(_) => return Err(Refusal::bad_request("`operationName` must be a string or null.")),
    };
    let variables = object("variables", members.remove("variables"))?;
    object("extensions", members.remove("extensions"))?;
    Ok(Wanted { query, operation_name, variables })
}

/// Reads the query string of a GET; `variables` and `extensions` hold JSON. Other parameters are ignored.
///
/// # Errors
/// 400 for what cannot be decoded, a parameter given twice, or JSON of the wrong kind.
pub(super) fn from_query(query: &str) -> Result<Wanted, Refusal> {
    let pairs =
        query_string::pairs(query).map_err(|_| Refusal::bad_request("The query string is not UTF-8 in percent-encoding."))?;
    let mut parameters = Parameters(pairs);
    let text = parameters.take("query")?.filter(|text| !text.is_empty()).ok_or_else(missing_query)?;
    let operation_name = parameters.take("operationName")?.filter(|name| !name.is_empty());
    let variables = parameters.take_object("variables")?;
    parameters.take_object("extensions")?;
    Ok(Wanted { query: text, operation_name, variables })
}

fn missing_query() -> Refusal {
    Refusal::bad_request("`query`, the text of a GraphQL document, is missing.")
}

struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn take(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        let mut values = self.0.iter_mut().filter(|(key, _)| key == name).map(|(_, value)| std::mem::take(value));
        let value = values.next();
        if values.next().is_some() {
            return Err(Refusal::bad_request(format!("`{name}` is given twice.")));
        }
        Ok(value)
    }

    fn take_object(&mut self, name: &str) -> Result<Map<String, Value>, Refusal> {
        let Some(text) = self.take(name)?.filter(|text| !text.is_empty()) else {
            return Ok(Map::new());
        };
        let value = strict_json::parse(text.as_bytes()).map_err(|why| Refusal::bad_request(format!("`{name}` {why}.")))?;
        object(name, Some(value))
    }
}

fn object(name: &str, value: Option<Value>) -> Result<Map<String, Value>, Refusal> {
    match value {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(members)) => Ok(members),
        Some(_) => Err(Refusal::bad_request(format!("`{name}` must be an object or null."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wanted(query: &str, operation_name: Option<&str>, variables: Value) -> Wanted {
        let Value::Object(variables) = variables else { panic!("variables are an object") };
        Wanted { query: query.to_owned(), operation_name: operation_name.map(str::to_owned), variables }
    }

    fn refusal(read: Result<Wanted, Refusal>) -> String {
        read.unwrap_err().message.into_owned()
    }

    #[test]
    fn a_body_with_everything_is_read() {
        let body = br#"{"query":"query A{a}","operationName":"A","variables":{"x":[1]},"extensions":{"any":1},"id":7}"#;
        assert_eq!(from_body(body).unwrap(), wanted("query A{a}", Some("A"), json!({"x": [1]})));
        let nulls = br#"{"query":"{a}","operationName":null,"variables":null,"extensions":null}"#;
        assert_eq!(from_body(nulls).unwrap(), wanted("{a}", None, json!({})));
    }

    #[test]
    fn a_body_of_another_kind_is_told_what_is_wrong_with_it() {
        let cases = [
            (r#"[{"query":"{a}"}]"#, "lists of operations"),
            ("7", "must be a JSON object"),
            ("{}", "`query`, the text"),
            (r#"{"query":null}"#, "`query`, the text"),
            (r#"{"query":["a"]}"#, "`query` must be a string"),
            (r#"{"query":"{a}","operationName":0}"#, "`operationName` must be"),
            (r#"{"query":"{a}","variables":"{}"}"#, "`variables` must be"),
            (r#"{"query":"{a}","extensions":[]}"#, "`extensions` must be"),
            (r#"{"query":"{a}","query":"{b}"}"#, "The body has the same key twice in one object (line 1"),
        ];
        for (body, expected) in cases {
            let message = refusal(from_body(body.as_bytes()));
            assert!(message.contains(expected), "{body}: {message}");
        }
    }

    #[test]
    fn a_query_string_is_read() {
        let read = from_query("query=query+A%7Ba%7D&variables=%7B%22x%22%3A1%7D&operationName=A&cache=1").unwrap();
        assert_eq!(read, wanted("query A{a}", Some("A"), json!({"x": 1})));
        assert_eq!(from_query("query={a}&variables=&operationName=").unwrap(), wanted("{a}", None, json!({})));
    }

    #[test]
    fn a_query_string_that_is_unclear_is_refused() {
        let cases = [
            ("", "`query`, the text"),
            ("query={a}&query={b}", "`query` is given twice"),
            ("query={a}&variables=[1]", "`variables` must be"),
            ("query={a}&variables={", "`variables` is not valid JSON (line 1, column 1)"),
            ("query=%FF", "percent-encoding"),
        ];
        for (query, expected) in cases {
            let message = refusal(from_query(query));
            assert!(message.contains(expected), "{query}: {message}");
        }
    }
}
