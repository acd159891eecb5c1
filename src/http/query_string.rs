//! The query string of a URL, read strictly: what is not UTF-8 is an error, where usual decoders put replacement
//! characters.

/// Why a query string cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// The names and values in their order, decoded as browsers encode forms (`+` is a blank). Empty parts are skipped.
///
/// # Errors
/// When a `%` is not followed by two hexadecimal digits, or the bytes are not UTF-8.
pub(super) fn pairs(query: &str) -> Result<Vec<(String, String)>, Malformed> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

fn decode(text: &str) -> Result<String, Malformed> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => hex(bytes.next())? << 4 | hex(bytes.next())?,
            other => other,
        });
    }
    String::from_utf8(decoded).map_err(|_| Malformed)
}

fn hex(digit: Option<u8>) -> Result<u8, Malformed> {
    match digit.ok_or(Malformed)? {
        digit @ b'0'..=b'9' => Ok(digit - b'0'),
        digit @ b'a'..=b'f' => Ok(digit - b'a' + 10),
        digit @ b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_decoded_in_their_order() {
        let read = pairs("a=1+2&&b=%7B%22x%22%3a1%7d&c&a=%E0%A4%A6").unwrap();
        let expected = [("a", "1 2"), ("b", r#"{"x":1}"#), ("c", ""), ("a", "द")];
        assert_eq!(read, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(pairs(""), Ok(Vec::new()));
    }

    #[test]
    fn what_is_not_text_is_an_error() {
        for bad in ["a=%", "a=%4", "a=%zz", "a=%FF", "%C0%AF=1", "a=%ED%A0%80"] {
            assert_eq!(pairs(bad), Err(Malformed), "{bad}");
        }
    }
}
