//! A line as JSON, as the ordinary log's formatter would write the same event. Put down piece by piece: serde takes four times as
//! long for it, which is a tenth of an answer out of the cache.

use std::time::Duration;

use super::RequestLine;

/// Appends the line, without its end.
pub(super) fn write(out: &mut Vec<u8>, timestamp: &str, line: &RequestLine<'_>) {
    let RequestLine { id, method, path, status, took, at_ms: _, operation, cost, cache, statements } = *line;
    out.extend_from_slice(b"{\"timestamp\":\"");
    out.extend_from_slice(timestamp.as_bytes());
    plain(out, "\",\"level\":\"INFO\",\"fields\":{\"message\":\"answered\",\"id\":\"", id);
    plain(out, "\",\"method\":\"", method);
    text(out, "\",\"path\":", path);
    number(out, ",\"status\":", status.into());
    milliseconds(out, ",\"duration_ms\":", took);
    operation.inspect(|operation| out.extend_from_slice(&operation.json));
    cost.inspect(|cost| number(out, ",\"cost\":", *cost));
    if let Some(cache) = cache {
        plain(out, ",\"cache\":\"", cache);
        out.push(b'"');
    }
    number(out, ",\"statements\":", statements.into());
    out.extend_from_slice(b"}}");
}

/// The part of a line that tells of an operation.
pub(super) fn of_operation(name: Option<&str>, document: &str) -> Vec<u8> {
    let mut out = Vec::new();
    name.inspect(|name| text(&mut out, ",\"operation\":", name));
    text(&mut out, ",\"document\":", document);
    out
}

/// A text without anything to escape: our own, an id (`http::request_id`), or a method, which is a token (RFC 9110, 5.6.2). The
/// quote behind it is the first character of what follows.
fn plain(out: &mut Vec<u8>, name: &str, value: &str) {
    debug_assert!(!value.bytes().any(is_odd), "{value}");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(value.as_bytes());
}

fn is_odd(byte: u8) -> bool {
    (byte < b' ') | (byte == b'"') | (byte == b'\\')
}

fn text(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(name.as_bytes());
    // All bytes, many at a time: stopping at the first odd one would look at each by itself.
    let has_odd = value.bytes().fold(false, |odd, byte| odd | is_odd(byte));
    if !has_odd {
        out.push(b'"');
        out.extend_from_slice(value.as_bytes());
        out.push(b'"');
    } else {
        // Writing to memory cannot fail.
        let _ = serde_json::to_writer(out, value);
    }
}

fn number(out: &mut Vec<u8>, name: &str, value: u64) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// With three digits behind the point.
fn milliseconds(out: &mut Vec<u8>, name: &str, time: Duration) {
    number(out, name, time.as_millis().try_into().unwrap_or(u64::MAX));
    let rest_us = time.subsec_micros() % 1_000;
    let digits = [rest_us / 100, rest_us / 10 % 10, rest_us % 10].map(|digit| b'0' + digit as u8);
    out.push(b'.');
    out.extend_from_slice(&digits);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::LoggedOperation;
    use super::*;

    fn written(line: &RequestLine<'_>) -> Value {
        let mut out = Vec::new();
        write(&mut out, "2025-01-01T00:00:00.000Z", line);
        serde_json::from_slice(&out).unwrap()
    }

    fn fields(line: &RequestLine<'_>) -> Value {
        let mut fields = json!({
            "message": "answered", "id": line.id, "method": line.method, "path": line.path, "status": line.status,
            "duration_ms": line.took.as_micros() as f64 / 1_000.0, "statements": line.statements,
        });
        let told = [
            ("operation", line.operation.and_then(LoggedOperation::name).map(Value::from)),
            ("document", line.operation.map(|operation| operation.document.as_str().into())),
            ("cost", line.cost.map(Value::from)),
            ("cache", line.cache.map(Value::from)),
        ];
        fields.as_object_mut().unwrap().extend(told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        fields
    }

    proptest! {
        #[test]
        fn a_line_is_json_whatever_is_in_it(
            id in "[0-9A-Za-z._-]{1,20}", method in "[A-Z!#$%&'*+.^_`|~-]{1,8}", path in "(/|\\PC|[\u{0}-\u{1f}]){0,20}", status in 100_u16..600,
            took_us in prop_oneof![0..10_000_u64, any::<u32>().prop_map(u64::from)],
            name in proptest::option::of(".{1,9}"), cost in proptest::option::of(any::<u64>()), statements in any::<u32>(),
        ) {
            let operation = LoggedOperation::new(name, "0a".to_owned());
            let line = RequestLine {
                id: &id, method: &method, path: &path, status, took: Duration::from_micros(took_us), at_ms: 0,
                operation: Some(&operation), cost, cache: cost.map(|_| "memory"), statements,
            };
            let expected = json!({ "timestamp": "2025-01-01T00:00:00.000Z", "level": "INFO", "fields": fields(&line) });
            prop_assert_eq!(written(&line), expected);
        }
    }

    #[test]
    fn absent_members_are_left_out_and_an_hour_is_still_a_number() {
        let line = RequestLine {
            id: "-",
            method: "GET",
            path: "/",
            status: 200,
            took: Duration::from_secs(36_000),
            at_ms: 0,
            operation: None,
            cost: None,
            cache: None,
            statements: 0,
        };
        let fields = written(&line)["fields"].clone();
        assert_eq!((fields["duration_ms"].as_f64(), fields.get("cost")), (Some(36_000_000.0), None));
    }
}
