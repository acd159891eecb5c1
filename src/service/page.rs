//! Pages: from Relay's four arguments to a stretch of a list, and back to `PageInfo`.

use super::cursor::{CursorCodec, ListStamp};
use crate::error::Error;
use crate::storage::{Seek, Window};

/// Rows on a page when the caller does not say.
const DEFAULT_SIZE: i64 = 20;
/// Most rows on a page.
const MAX_SIZE: i64 = 100;

/// Relay's pagination arguments as they came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct PageRequest {
    /// Rows from the front.
    pub first: Option<i64>,
    /// Behind this cursor.
    pub after: Option<String>,
    /// Rows from the back.
    pub last: Option<i64>,
    /// In front of this cursor.
    pub before: Option<String>,
}

/// A checked page request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageWindow {
    /// From front to back (`first`), or from back to front (`last`).
    pub forward: bool,
    /// Rows wanted.
    pub size: usize,
    /// Where it starts.
    pub cursor: Option<Seek>,
}

impl PageRequest {
    /// Checks the arguments and reads the cursor for the list `stamp`.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for sizes and combinations, `INVALID_CURSOR`.
    pub(crate) fn window(&self, codec: &CursorCodec, stamp: ListStamp) -> Result<PageWindow, Error> {
        let forward = match (self.first, self.last) {
            (Some(_), Some(_)) => return Err(Error::bad_input("give `first` or `last`, not both")),
            (None, None) => self.before.is_none(),
            (first, _) => first.is_some(),
        };
        let (size, cursor, other, names) = if forward {
            (self.first, &self.after, &self.before, ["first", "after", "before", "last"])
        } else {
            (self.last, &self.before, &self.after, ["last", "before", "after", "first"])
        };
        if other.is_some() {
            return Err(Error::bad_input(format!(
                "`{}` goes with `{}`: `{}` takes `{}`",
                names[2], names[3], names[0], names[1]
            )));
        }
        let size = size.unwrap_or(DEFAULT_SIZE);
        if !(1..=MAX_SIZE).contains(&size) {
            return Err(Error::bad_input(format!("`{}` must be between 1 and {MAX_SIZE}", names[0])));
        }
        let cursor = cursor.as_deref().map(|text| codec.decode(stamp, text)).transpose()?;
        Ok(PageWindow { forward, size: usize::try_from(size).unwrap_or(1), cursor })
    }
}

impl PageWindow {
    /// The stretch to read for a list that is sorted `descending`: one row more than wanted tells whether there are more.
    pub(crate) fn stretch(&self, descending: bool) -> Window {
        Window { descending: descending == self.forward, after: self.cursor.clone(), limit: self.size as u64 + 1 }
    }

    /// The stretch whose first row tells whether anything lies on the other side of the cursor, the cursor's own row
    /// included; `None` when there is no cursor, and so nothing.
    pub(crate) fn other_side(&self, descending: bool) -> Option<Window> {
        let cursor = self.cursor.clone()?;
        Some(Window { descending: descending != self.forward, after: Some(Seek { inclusive: true, ..cursor }), limit: 1 })
    }

    /// Cuts what was read to the page, in the order of the list; tells whether there was more in the walk's direction.
    pub(crate) fn cut<R>(&self, mut rows: Vec<R>) -> (Vec<R>, bool) {
        let more = rows.len() > self.size;
        rows.truncate(self.size);
        if !self.forward {
            rows.reverse();
        }
        (rows, more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;
    use crate::storage::SortKey;
    use crate::storage::installation::CursorKey;

    const STAMP: ListStamp = ListStamp { tag: 1, filter_hash: [0; 8] };

    fn codec() -> CursorCodec {
        CursorCodec::new(&[CursorKey { id: 1, secret: [1; 32], created_at_ms: 0 }], 0).unwrap()
    }

    fn window(first: Option<i64>, after: bool, last: Option<i64>, before: bool) -> Result<PageWindow, ErrorCode> {
        let position = Seek { key: SortKey::Number(1), producer_id: 1, id: 1, inclusive: false };
        let cursor = |given: bool| given.then(|| codec().encode(STAMP, &position));
        let request = PageRequest { first, after: cursor(after), last, before: cursor(before) };
        request.window(&codec(), STAMP).map_err(|err| err.code())
    }

    #[test]
    fn twenty_from_the_front_unless_said_otherwise() {
        let page = window(None, false, None, false).unwrap();
        assert_eq!((page.forward, page.size, page.cursor), (true, 20, None));
        assert!(window(None, true, None, false).unwrap().forward);
        assert!(!window(None, false, None, true).unwrap().forward);
    }

    #[test]
    fn contradictions_and_sizes_are_refused() {
        for refused in [
            window(Some(5), false, Some(5), false),
            window(Some(0), false, None, false),
            window(Some(-1), false, None, false),
            window(None, false, Some(101), false),
            window(Some(5), false, None, true),
            window(None, true, Some(5), false),
            window(None, true, None, true),
        ] {
            assert_eq!(refused, Err(ErrorCode::BadUserInput));
        }
    }
}
