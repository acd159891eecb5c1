//! Cursors at any depth, without walking there.
//!
//! A cursor is bound to its list and signed, so nobody outside can make one. This program owns the database and reads the
//! key out of it: it takes a real cursor of the list, keeps the part that names the list, puts another position behind it,
//! and signs again. The server cannot tell it from one it handed out on the way to that row.

use anyhow::{Context as _, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::queries::Queries;

/// Version, key number (2), list, hash of the filters (8).
const HEADER_BYTES: usize = 12;
const MAC_BYTES: usize = 12;
const FORMAT_VERSION: u8 = 1;

/// A position in a sorted list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    /// The sort key.
    pub(crate) key: Key,
    /// The producer.
    pub(crate) producer_id: i64,
    /// The row.
    pub(crate) id: i64,
}

/// A sort key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// A price, an instant, a distance.
    Number(i64),
    /// A name key.
    Text(String),
}

/// The newest cursor key of a database.
#[derive(Clone)]
pub(crate) struct CursorKey(Hmac<Sha256>);

impl CursorKey {
    /// Reads it.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) async fn read(database: &Queries) -> anyhow::Result<Self> {
        let hex = database.text("SELECT secret_hex FROM cursor_keys ORDER BY id DESC LIMIT 1").await?;
        let digits: Result<Vec<u8>, _> = (0..hex.len() / 2).map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16)).collect();
        Ok(Self(Hmac::new_from_slice(&digits.context("the cursor key")?)?))
    }

    /// The cursor of `position` in the list that `other` belongs to.
    ///
    /// # Errors
    /// When `other` is not a cursor as they are made today.
    pub(crate) fn move_to(&self, other: &str, position: &Position) -> anyhow::Result<String> {
        let other = URL_SAFE_NO_PAD.decode(other).context("a cursor is base64url")?;
        ensure!(
            other.len() > HEADER_BYTES + MAC_BYTES && other[0] == FORMAT_VERSION,
            "cursors are made in another way now: bring benches/runner/src/cursor.rs up to date"
        );
        let mut bytes = other[..HEADER_BYTES].to_vec();
        match &position.key {
            Key::Number(number) => {
                bytes.push(0);
                bytes.extend(number.to_be_bytes());
            }
            Key::Text(text) => {
                bytes.push(1);
                bytes.extend(u16::try_from(text.len())?.to_be_bytes());
                bytes.extend(text.as_bytes());
            }
        }
        bytes.extend(position.producer_id.to_be_bytes());
        bytes.extend(position.id.to_be_bytes());
        let mac = self.0.clone().chain_update(&bytes).finalize().into_bytes();
        bytes.extend(&mac[..MAC_BYTES]);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl std::fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CursorKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_cursor_stays_in_its_list_and_has_the_new_position() {
        let key = CursorKey(Hmac::new_from_slice(b"secret").unwrap());
        let list = [&[FORMAT_VERSION, 0, 1, 3][..], b"filters!"].concat();
        let other = URL_SAFE_NO_PAD.encode([&list[..], &[0; 40]].concat());
        let position = Position { key: Key::Text("दूध".to_owned()), producer_id: 7, id: 9 };
        let moved = URL_SAFE_NO_PAD.decode(key.move_to(&other, &position).unwrap()).unwrap();
        assert_eq!(moved[..HEADER_BYTES], list);
        let position = [&[1, 0, 9][..], "दूध".as_bytes(), &7_i64.to_be_bytes(), &9_i64.to_be_bytes()].concat();
        assert_eq!(moved[HEADER_BYTES..moved.len() - MAC_BYTES], position);
        assert!(key.move_to("AAAA", &Position { key: Key::Number(1), producer_id: 1, id: 1 }).is_err());
    }
}
