//! Parsing, with messages that keep the document to itself.

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::parser::{Error, parse_query};

use super::refusal::{Refusal, RefusalCode, clipped, quoted};

/// Longest "expected …" of the parser that is passed on, in characters.
const MAX_EXPECTATION_CHARS: usize = 200;

/// The parsed document. The text must have passed the byte scan, else the parser may overflow the stack.
///
/// # Errors
/// `GRAPHQL_PARSE_FAILED` with the position and what was expected there; `GRAPHQL_VALIDATION_FAILED` for what the parser
/// checks beyond syntax (names that are defined twice, a document without operation); `QUERY_TOO_DEEP` for its own limit.
pub(super) fn parse(text: &str) -> Result<ExecutableDocument, Refusal> {
    parse_query(text).map_err(|error| refusal(&error))
}

fn refusal(error: &Error) -> Refusal {
    use RefusalCode::{ParseFailed, TooDeep, ValidationFailed};
    let (code, message) = match error {
        Error::Syntax { message, .. } => (ParseFailed, format!("Syntax error: {}.", expectation(message))),
        Error::MultipleOperations { .. } => {
            (ValidationFailed, "An operation without a name must be the only one of its document.".to_owned())
        }
        Error::OperationDuplicated { operation, .. } => {
            (ValidationFailed, format!("There can be only one operation named {}.", quoted(operation)))
        }
        Error::FragmentDuplicated { fragment, .. } => {
            (ValidationFailed, format!("There can be only one fragment named {}.", quoted(fragment)))
        }
        Error::MissingOperation => (ValidationFailed, "The document contains no operation.".to_owned()),
        Error::RecursionLimitExceeded => (TooDeep, "The document is nested too deeply.".to_owned()),
        _ => (ParseFailed, "The document could not be parsed.".to_owned()),
    };
    let refusal = Refusal::new(code, message);
    match error.positions().next() {
        Some(location) => refusal.at(location),
        None => refusal,
    }
}

/// What the parser expected. Its message quotes the whole source line and ends in a line `= expected name, …`; only that is
/// taken, and only when it is made of the grammar's own words.
fn expectation(message: &str) -> String {
    if message.starts_with("invalid number") {
        return "a number is out of range".to_owned();
    }
    let last_line = message.lines().last().unwrap_or_default();
    let of_the_grammar = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ',' | ';' | ' '));
    match last_line.trim_start().strip_prefix("= ") {
        Some(text) if of_the_grammar(text) => clipped(text, MAX_EXPECTATION_CHARS),
        _ => "unexpected input".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::Pos;

    use super::*;

    fn refused(text: &str) -> Refusal {
        parse(text).expect_err("must not parse")
    }

    #[test]
    fn a_syntax_error_tells_place_and_expectation_and_quotes_nothing() {
        let refusal = refused("{\n  products(search: \"secret word\" secret!) { nodes } }");
        assert_eq!(refusal.code, RefusalCode::ParseFailed);
        assert_eq!(refusal.location, Some(Pos { line: 2, column: 34 }));
        assert_eq!(refusal.message, "Syntax error: expected argument.");
    }

    #[test]
    fn a_line_that_looks_like_the_parsers_own_is_not_passed_on() {
        let refusal = refused("{ a }\n = secret <script>\n = ");
        assert!(!refusal.message.contains("secret"), "{}", refusal.message);
        assert_eq!(refused("").code, RefusalCode::ParseFailed);
    }

    #[test]
    fn a_number_out_of_range_is_a_syntax_error() {
        assert_eq!(refused("{ a(b: 1e999) }").message, "Syntax error: a number is out of range.");
    }

    #[test]
    fn rules_beyond_syntax_have_their_own_code() {
        let long = "A".repeat(1_000);
        for text in [
            "query A { a } query A { b }",
            "{ a } { b }",
            "{ a } query B { b }",
            "fragment A on B { c }",
            "{ ...A } fragment A on B { c } fragment A on B { d }",
            &format!("query {long} {{ a }} query {long} {{ a }}"),
        ] {
            let refusal = refused(text);
            assert_eq!(refusal.code, RefusalCode::ValidationFailed, "{text}");
            assert!(refusal.message.len() < 200, "{}", refusal.message);
        }
    }
}
