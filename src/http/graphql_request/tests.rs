use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// Everything that an envelope says: document, operation, variables.
fn said(envelope: &Envelope<'_>) -> (String, Option<String>, Value) {
    let wanted = envelope.wanted(false);
    let document = match wanted.document {
        DocumentRef::Text(text) => text.to_owned(),
        DocumentRef::Persisted { hash, text } => format!("hash {hash} {}", text.unwrap_or("alone")),
        DocumentRef::Id(id) => format!("id {id}"),
    };
    (document, wanted.operation_name.map(str::to_owned), Value::Object(envelope.variables().unwrap()))
}

fn expected(document: &str, operation_name: Option<&str>, variables: Value) -> (String, Option<String>, Value) {
    (document.to_owned(), operation_name.map(str::to_owned), variables)
}

fn read(body: &str) -> (String, Option<String>, Value) {
    said(&from_body(body.as_bytes()).unwrap_or_else(|refusal| panic!("{body}: {}", refusal.message)))
}

/// The refusal of a body, or of its variables.
fn refused(body: &[u8]) -> String {
    let refusal = match from_body(body) {
        Ok(envelope) => envelope.variables().expect_err("something is wrong with it"),
        Err(refusal) => refusal,
    };
    refusal.message.into_owned()
}

#[test]
fn a_body_with_everything_is_read() {
    let body =
        r#"{"query":"query A{a}","operationName":"A","variables":{"x":[1]},"extensions":{"any":1},"id":7,"more":{"a":{}}}"#;
    assert_eq!(read(body), expected("query A{a}", Some("A"), json!({"x": [1]})));
    let nulls = r#"{"query":"{a}","operationName":null,"variables":null,"extensions":null}"#;
    assert_eq!(read(nulls), expected("{a}", None, json!({})));
    assert_eq!(read(r#" {"qu\u0065ry" : "{\n\"\u00e4\"}" } "#), expected("{\n\"ä\"}", None, json!({})));
}

#[test]
fn a_persisted_document_is_named_by_its_hash_or_an_id() {
    let apq = r#""extensions":{"persistedQuery":{"version":1,"sha256Hash":"ab"},"other":[1]}"#;
    for (body, document) in [
        (format!("{{{apq}}}"), "hash ab alone"),
        (format!(r#"{{"query":"{{a}}",{apq}}}"#), "hash ab {a}"),
        (format!(r#"{{"query":"",{apq}}}"#), "hash ab alone"),
        (format!(r#"{{"documentId":"x",{apq}}}"#), "hash ab alone"),
        (r#"{"documentId":"sha256:ab"}"#.to_owned(), "id sha256:ab"),
        (r#"{"doc_id":"1234","variables":{}}"#.to_owned(), "id 1234"),
        (r#"{"id":"a\n"}"#.to_owned(), "id a\n"),
        (r#"{"id":"a","query":"{b}"}"#.to_owned(), "{b}"),
        (r#"{"query":"{b}","extensions":{"persistedQuery":null}}"#.to_owned(), "{b}"),
    ] {
        assert_eq!(read(&body), expected(document, None, json!({})), "{body}");
    }
}

#[test]
fn a_body_of_another_kind_is_told_what_is_wrong_with_it() {
    let cases = [
        (r#"[{"query":"{a}"}]"#, "lists of operations"),
        ("7", "must be a JSON object"),
        ("{}", "`query`, the text"),
        (r#"{"query":null}"#, "`query`, the text"),
        (r#"{"id":7}"#, "`query`, the text"),
        (r#"{"query":["a"]}"#, "`query` must be a string"),
        (r#"{"query":"{a}","operationName":0}"#, "`operationName` must be"),
        (r#"{"query":"{a}","variables":"{}"}"#, "`variables` must be"),
        (r#"{"query":"{a}","variables":[1]}"#, "`variables` must be"),
        (r#"{"query":"{a}","extensions":[]}"#, "`extensions` must be"),
        (r#"{"query":"{a}","extensions":{"persistedQuery":"ab"}}"#, "`extensions.persistedQuery` must be"),
        (r#"{"extensions":{"persistedQuery":{"version":2,"sha256Hash":"ab"}}}"#, "Unsupported persisted query version"),
        (r#"{"extensions":{"persistedQuery":{"sha256Hash":"ab"}}}"#, "Unsupported persisted query version"),
        (r#"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":7}}}"#, "sha256Hash` must be a string"),
        (r#"{"extensions":{"persistedQuery":{"version":1}}}"#, "sha256Hash` must be a string"),
    ];
    for (body, told) in cases {
        let message = refused(body.as_bytes());
        assert!(message.contains(told), "{body}: {message}");
    }
}

#[test]
fn no_name_may_come_twice_anywhere() {
    for body in [
        r#"{"query":"{a}","query":"{b}"}"#,
        r#"{"query":"{a}","variables":{"a":{"b":1,"b":2}}}"#,
        r#"{"query":"{a}","variables":{},"variables":{}}"#,
        r#"{"query":"{a}","x":1,"x":2}"#,
        r#"{"query":"{a}","x":{"y":1,"y":2}}"#,
        r#"{"query":"{a}","extensions":{"x":1,"x":2}}"#,
        r#"{"query":"{a}","id":{"x":1,"x":2}}"#,
        r#"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"a","sha256Hash":"b"}}}"#,
    ] {
        let told = strict_json::parse(body.as_bytes()).unwrap_err();
        assert!(told.contains("same key twice"), "{body}: {told}");
        assert_eq!(refused(body.as_bytes()), format!("The body {told}."));
    }
}

#[test]
fn variables_are_found_at_once_and_read_when_they_are_needed() {
    let body = br#"{"variables": {"a":{"b":1,"b":2}} ,"query":"{a}"}"#;
    let envelope = from_body(body).unwrap();
    assert_eq!(envelope.raw_variables(), r#"{"a":{"b":1,"b":2}}"#);
    assert!(envelope.variables().unwrap_err().message.contains("same key twice"));
    assert_eq!(from_body(br#"{"query":"{a}","variables":null}"#).unwrap().raw_variables(), "{}");
    assert_eq!(from_query("query={a}").unwrap().raw_variables(), "{}");
    let deep = format!(r#"{{"query":"{{a}}","variables":{}{}}}"#, "{\"a\":".repeat(100_000), "1}".repeat(100_000));
    assert!(refused(deep.as_bytes()).starts_with("The body is nested too deeply"));
    let many = format!(r#"{{"query":"{{a}}","variables":{{"a":[{}0]}}}}"#, "{},".repeat(60_000));
    assert!(refused(many.as_bytes()).starts_with("The body has more than 50000 values"));
    assert!(refused(br#"{"query":"{a}","variables":{"a":"\ud800"}}"#).starts_with("The body is not valid JSON"));
    assert_eq!(refused(b"{\"query\":\"{a}\",\"variables\":{\"a\":\"\xff\"}}"), "The body is not UTF-8 (byte 33).");
}

#[test]
fn a_query_string_is_read() {
    let of = |query: &str| said(&from_query(query).unwrap());
    let read = of("query=query+A%7Ba%7D&variables=%7B%22x%22%3A1%7D&operationName=A&cache=1");
    assert_eq!(read, expected("query A{a}", Some("A"), json!({"x": 1})));
    assert_eq!(of("query={a}&variables=&operationName="), expected("{a}", None, json!({})));
    assert_eq!(of("query={a}&variables=null&extensions=null"), expected("{a}", None, json!({})));
    let hash = "extensions={\"persistedQuery\":{\"version\":1,\"sha256Hash\":\"ab\"}}";
    assert_eq!(of(hash), expected("hash ab alone", None, json!({})));
    assert_eq!(of(&format!("{hash}&query=%7Ba}}")), expected("hash ab {a}", None, json!({})));
    assert_eq!(of("documentId=sha256:ab&variables={}"), expected("id sha256:ab", None, json!({})));
    assert_eq!(of("id=ab"), expected("id ab", None, json!({})));
}

#[test]
fn a_query_string_that_is_unclear_is_refused() {
    let cases = [
        ("", "`query`, the text"),
        ("query={a}&query={b}", "`query` is given twice"),
        ("query={a}&variables=[1]", "`variables` must be"),
        ("query={a}&variables={", "`variables` is not valid JSON (line 1, column 1)"),
        ("query={a}&extensions={", "`extensions` is not valid JSON (line 1, column 1)"),
        ("query={a}&extensions=[1]", "`extensions` must be"),
        ("extensions={\"persistedQuery\":{\"version\":3,\"sha256Hash\":\"ab\"}}", "Unsupported persisted query version"),
        ("query=%FF", "percent-encoding"),
    ];
    for (query, told) in cases {
        let refusal = match from_query(query) {
            Ok(envelope) => envelope.variables().unwrap_err(),
            Err(refusal) => refusal,
        };
        assert!(refusal.message.contains(told), "{query}: {}", refusal.message);
    }
}

/// JSON with names that come twice now and then, and members of every kind.
fn json_text() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("1".to_owned()),
        Just("-0.5e1".to_owned()),
        Just(r#""a\n\u00e4""#.to_owned()),
        Just(r#""\ud800""#.to_owned()),
        Just(r#""ab""#.to_owned()),
        Just("tru".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let name = prop_oneof![
            Just("query"),
            Just("operationName"),
            Just("variables"),
            Just("extensions"),
            Just("persistedQuery"),
            Just("version"),
            Just("sha256Hash"),
            Just("documentId"),
            Just("id"),
            Just("x"),
        ];
        let object = prop::collection::vec((name, inner.clone()), 0..4).prop_map(|members| {
            let members: Vec<_> = members.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            format!("{{{}}}", members.join(","))
        });
        let list = prop::collection::vec(inner, 0..3).prop_map(|items| format!("[{}]", items.join(",")));
        prop_oneof![4 => object, 1 => list]
    })
}

proptest! {
    #[test]
    fn what_is_taken_is_strict_json_and_means_the_same(body in json_text()) {
        let Ok(envelope) = from_body(body.as_bytes()) else { return Ok(()) };
        let Ok(variables) = envelope.variables() else { return Ok(()) };
        let whole = strict_json::parse(body.as_bytes()).expect("it was taken");
        let none = json!({});
        let said = whole.get("variables").filter(|variables| !variables.is_null()).unwrap_or(&none);
        prop_assert_eq!(&Value::Object(variables), said);
        prop_assert_eq!(envelope.query.as_deref(), whole["query"].as_str());
        prop_assert_eq!(envelope.operation_name.as_deref(), whole["operationName"].as_str());
        let hash = whole["extensions"]["persistedQuery"]["sha256Hash"].as_str();
        prop_assert_eq!(envelope.persisted_hash.as_deref(), hash);
    }

    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..60), text in json_text()) {
        let _ = from_body(&body).map(|envelope| envelope.variables());
        let _ = from_query(&text).map(|envelope| envelope.variables());
    }
}
