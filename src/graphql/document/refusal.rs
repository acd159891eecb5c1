//! Why a document or its variables were not let through.

use async_graphql::Pos;

/// Longest message, in characters: names and values of a document may fill all of it, an answer should stay small.
const MAX_MESSAGE_CHARS: usize = 400;

/// Longest name quoted in a message, in characters.
const MAX_NAME_CHARS: usize = 60;

/// What kind of refusal it is. Each has one code of the API's list of error codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum RefusalCode {
    /// The text is not a GraphQL document.
    ParseFailed,
    /// The document breaks a rule of the GraphQL specification.
    ValidationFailed,
    /// The document asks for more than one request may.
    TooComplex,
    /// The document is nested deeper than one request may be.
    TooDeep,
    /// A variable is missing or does not fit its type.
    BadUserInput,
    /// The request names no operation of the document, or leaves the choice open.
    BadRequest,
    /// The document is named by a hash or an id that nobody knows here.
    NotFound,
}

/// One sentence that says what is wrong, for whom it concerns, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The kind of refusal.
    pub(crate) code: RefusalCode,
    /// One sentence for the developer of the client; at most 400 characters.
    pub(crate) message: String,
    /// Where in the document, counted from 1; absent when the whole request is meant.
    pub(crate) location: Option<Pos>,
}

impl Refusal {
    /// A refusal of the whole request.
    pub(crate) fn new(code: RefusalCode, message: impl AsRef<str>) -> Self {
        Self { code, message: clipped(message.as_ref(), MAX_MESSAGE_CHARS), location: None }
    }

    /// The same refusal, pointing at a place in the document.
    pub(super) fn at(mut self, location: Pos) -> Self {
        self.location = Some(location);
        self
    }
}

/// `text` with at most `max_chars` characters, the last one an ellipsis when something was cut off.
pub(super) fn clipped(text: &str, max_chars: usize) -> String {
    match text.char_indices().nth(max_chars) {
        None => text.to_owned(),
        Some(_) => text.chars().take(max_chars.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// A name from the document, short enough to be quoted.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", clipped(name, MAX_NAME_CHARS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_never_grows_with_the_document() {
        let refusal = Refusal::new(RefusalCode::ParseFailed, "ä".repeat(10_000));
        assert_eq!(refusal.message.chars().count(), MAX_MESSAGE_CHARS);
        assert!(refusal.message.ends_with('…'));
    }

    #[test]
    fn a_short_text_is_left_alone() {
        assert_eq!(clipped("abc", 3), "abc");
        assert_eq!(clipped("abcd", 3), "ab…");
        assert_eq!(quoted("Products"), "\"Products\"");
    }
}
