//! Where a fact stands in the history of its subject.

use serde_json::{Map, Value};

/// Where a fact stands, by the partner's own count or clock. Only what both facts have can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// Grows with every change of the subject.
    pub version: Option<i64>,
    /// When it became so, in milliseconds since 1970 by the partner's clock.
    pub at_ms: Option<i64>,
}

/// How a fact stands to one that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precedence {
    /// It comes after.
    Newer,
    /// It is the same fact: an equal version of one subject has the same content.
    Same,
    /// It comes before.
    Older,
    /// Nobody can tell: nothing to compare by, or the same millisecond.
    Unknown,
}

impl Position {
    /// Whether there is anything to compare by.
    pub fn is_known(&self) -> bool {
        self.version.is_some() || self.at_ms.is_some()
    }

    /// How this stands to `known`. Versions decide where both have one, times where they do not.
    pub fn precedence_over(&self, known: &Self) -> Precedence {
        use std::cmp::Ordering::{Equal, Greater, Less};
        match (self.version, known.version, self.at_ms, known.at_ms) {
            (Some(version), Some(known), ..) => match version.cmp(&known) {
                Greater => Precedence::Newer,
                Equal => Precedence::Same,
                Less => Precedence::Older,
            },
            (.., Some(at_ms), Some(known)) => match at_ms.cmp(&known) {
                Greater => Precedence::Newer,
                Equal => Precedence::Unknown,
                Less => Precedence::Older,
            },
            _ => Precedence::Unknown,
        }
    }

    /// Reads `version` and the instant called `at` out of an object.
    ///
    /// # Errors
    /// One sentence when one of them is there and cannot be read.
    pub fn read(object: &Map<String, Value>, at: &str) -> Result<Self, String> {
        let version = match object.get("version") {
            None | Some(Value::Null) => None,
            Some(value) => {
                Some(value.as_i64().filter(|version| *version >= 0).ok_or("`version` must be an integer from 0 to 2^63 - 1")?)
            }
        };
        let at_ms = match object.get(at) {
            None | Some(Value::Null) => None,
            Some(value) => Some(super::json::instant_ms(value).ok_or_else(|| format!("`{at}` must be an RFC 3339 instant"))?),
        };
        Ok(Self { version, at_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(version: Option<i64>, at_ms: Option<i64>) -> Position {
        Position { version, at_ms }
    }

    #[test]
    fn versions_decide_before_times_and_a_tie_of_times_decides_nothing() {
        use Precedence::{Newer, Older, Same, Unknown};
        for (new, known, expected) in [
            (at(Some(2), Some(1)), at(Some(1), Some(9)), Newer),
            (at(Some(1), Some(9)), at(Some(1), Some(1)), Same),
            (at(Some(1), None), at(Some(2), None), Older),
            (at(None, Some(2)), at(Some(7), Some(1)), Newer),
            (at(Some(7), Some(1)), at(None, Some(1)), Unknown),
            (at(Some(7), Some(0)), at(None, Some(1)), Older),
            (at(Some(7), None), at(None, Some(1)), Unknown),
            (at(None, None), at(Some(1), Some(1)), Unknown),
            (at(Some(1), None), at(None, None), Unknown),
        ] {
            assert_eq!(new.precedence_over(&known), expected, "{new:?} {known:?}");
        }
    }
}
