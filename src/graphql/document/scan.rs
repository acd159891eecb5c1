//! A look at the bytes of a document, before the parser recurses over them.
//!
//! Strings and comments are skipped exactly as the parser reads them: if the two differed, brackets could be hidden from one
//! of them. Where they could (a string that does not end), the document is refused here.

use async_graphql::Pos;

use super::limits::{DocumentLimits, PARSER_BRACKET_DEPTH};
use super::refusal::{Refusal, RefusalCode};

/// Counts bytes, tokens and open brackets, and returns the number of tokens.
///
/// # Errors
/// `QUERY_TOO_COMPLEX` for too many bytes or tokens, `QUERY_TOO_DEEP` for too many open brackets, `GRAPHQL_PARSE_FAILED` for
/// a string without an end.
pub(super) fn scan(text: &str, limits: &DocumentLimits) -> Result<usize, Refusal> {
    limits.check_bytes(text)?;
    let max_depth = limits.max_bracket_depth.min(PARSER_BRACKET_DEPTH);
    let bytes = text.as_bytes();
    let (mut at, mut tokens, mut depth) = (0, 0_usize, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        at = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => {
                at += 1;
                continue;
            }
            b'#' => {
                at = end_of_comment(bytes, at);
                continue;
            }
            b'"' => end_of_string(bytes, at).ok_or_else(|| unterminated(text, start))?,
            b'.' if bytes[at..].starts_with(b"...") => at + 3,
            _ if is_word(byte) => end_of_word(bytes, at),
            _ => at + 1,
        };
        tokens += 1;
        match byte {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > max_depth {
            let message =
                format!("The document has more than {max_depth} brackets open at once; at most {max_depth} are allowed.");
            return Err(Refusal::new(RefusalCode::TooDeep, message).at(position(text, start)));
        }
        if tokens > limits.max_tokens {
            let message = format!("The document has more than {} tokens; at most that many are allowed.", limits.max_tokens);
            return Err(Refusal::new(RefusalCode::TooComplex, message).at(position(text, start)));
        }
    }
    Ok(tokens)
}

fn unterminated(text: &str, at: usize) -> Refusal {
    Refusal::new(RefusalCode::ParseFailed, "Syntax error: a string is not closed.").at(position(text, at))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn end_of_word(bytes: &[u8], start: usize) -> usize {
    bytes[start..].iter().position(|&byte| !is_word(byte)).map_or(bytes.len(), |length| start + length)
}

fn end_of_comment(bytes: &[u8], start: usize) -> usize {
    bytes[start..].iter().position(|&byte| byte == b'\n' || byte == b'\r').map_or(bytes.len(), |length| start + length)
}

/// The place after the string that starts at `start`, or nothing when it has no end.
fn end_of_string(bytes: &[u8], start: usize) -> Option<usize> {
    if bytes[start..].starts_with(b"\"\"\"") {
        end_of_block_string(bytes, start + 3)
    } else {
        end_of_line_string(bytes, start + 1)
    }
}

fn end_of_block_string(bytes: &[u8], mut at: usize) -> Option<usize> {
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(b"\\\"\"\"") {
            at += 4;
        } else if rest.starts_with(b"\"\"\"") {
            return Some(at + 3);
        } else {
            at += 1;
        }
    }
    None
}

fn end_of_line_string(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\n' | b'\r' => return None,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Line and column of a byte, both counted from 1, columns in characters.
fn position(text: &str, byte: usize) -> Pos {
    let before = text.get(..byte).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    Pos { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(text: &str) -> Result<usize, RefusalCode> {
        scan(text, &DocumentLimits::default()).map_err(|refusal| refusal.code)
    }

    fn nested(open: &str, close: &str, levels: usize) -> String {
        format!("{{a(b:{}1{})}}", open.repeat(levels), close.repeat(levels))
    }

    #[test]
    fn every_name_string_number_and_punctuator_is_one_token() {
        assert_eq!(scanned("query Q($n: Int! = 1) { a: b(c: \"x y\", d: $n) ...F } # { { {"), Ok(27));
    }

    #[test]
    fn a_document_may_be_as_long_as_the_limit_and_no_longer() {
        let text = |bytes: usize| format!("{{a}}{}", " ".repeat(bytes - 3));
        assert_eq!(scanned(&text(15_000)), Ok(3));
        assert_eq!(scanned(&text(15_001)), Err(RefusalCode::TooComplex));
    }

    #[test]
    fn a_document_may_have_as_many_tokens_as_the_limit_and_no_more() {
        assert_eq!(scanned(&format!("{{{}}}", "a ".repeat(4_998))), Ok(5_000));
        assert_eq!(scanned(&format!("{{{}}}", "a ".repeat(4_999))), Err(RefusalCode::TooComplex));
    }

    #[test]
    fn brackets_may_be_as_deep_as_the_limit_and_no_deeper() {
        assert!(scanned(&nested("[", "]", 62)).is_ok());
        assert_eq!(scanned(&nested("[", "]", 63)), Err(RefusalCode::TooDeep));
        assert_eq!(scanned(&nested("{y:", "}", 63)), Err(RefusalCode::TooDeep));
        assert_eq!(scanned(&"{a".repeat(65)), Err(RefusalCode::TooDeep));
        assert_eq!(scanned(&"[".repeat(14_000)), Err(RefusalCode::TooDeep));
    }

    #[test]
    fn no_setting_lets_through_what_overflows_the_parser() {
        let limits = DocumentLimits { max_bracket_depth: 10_000, ..DocumentLimits::default() };
        assert!(scan(&nested("[", "]", 126), &limits).is_ok());
        assert!(scan(&nested("[", "]", 127), &limits).is_err());
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let brackets = "[{(".repeat(100);
        assert!(scanned(&format!("# {brackets}\n{{a}}")).is_ok());
        assert!(scanned(&format!("# {brackets}\r{{a}}")).is_ok());
        assert!(scanned(&format!("{{a(b: \"{brackets}\\\"{brackets}\")}}")).is_ok());
        assert!(scanned(&format!("{{a(b: \"\"\"\n{brackets}\n \"\" \\\"\"\" {brackets}\"\"\")}}")).is_ok());
        assert!(scanned(&format!("{{a(b: \"# \") {brackets}")).is_err(), "a # in a string starts no comment");
        assert!(scanned(&format!("{{a # \"\n{brackets}")).is_err(), "a quote in a comment starts no string");
        assert!(scanned(&format!("{{a(b: \"\") {brackets}")).is_err(), "an empty string is closed");
        assert!(scanned(&format!("{{a(b: \"\\\\\") {brackets}")).is_err(), "an escaped backslash escapes no quote");
    }

    #[test]
    fn a_string_without_an_end_is_refused_because_the_parser_would_read_on_behind_it() {
        let hidden = format!("{{a(b:[ \"\"\" x\" {}", "[".repeat(2_500));
        assert_eq!(scanned(&hidden), Err(RefusalCode::ParseFailed));
        assert_eq!(scanned("{a(b: \"x\n\")}"), Err(RefusalCode::ParseFailed));
        assert_eq!(scanned("{a(b: \"x\\"), Err(RefusalCode::ParseFailed));
        assert_eq!(scanned("\""), Err(RefusalCode::ParseFailed));
    }

    #[test]
    fn the_place_is_told_in_lines_and_characters() {
        let refusal = scan("{\n  ä(b: \"x", &DocumentLimits::default()).unwrap_err();
        assert_eq!(refusal.location, Some(Pos { line: 2, column: 8 }));
    }
}
