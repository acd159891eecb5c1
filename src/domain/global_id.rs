//! Relay global ids: base64url of a kind and an integer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The kinds of object that have a global id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NodeKind {
    /// A product.
    Product,
    /// A category.
    Category,
    /// A producer.
    Producer,
    /// An order.
    Order,
    /// A webhook event.
    WebhookEvent,
}

impl NodeKind {
    const ALL: [Self; 5] = [Self::Product, Self::Category, Self::Producer, Self::Order, Self::WebhookEvent];

    fn tag(self) -> u8 {
        match self {
            Self::Product => b'p',
            Self::Category => b'c',
            Self::Producer => b'r',
            Self::Order => b'o',
            Self::WebhookEvent => b'w',
        }
    }
}

/// A kind and the database id within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GlobalId {
    /// What kind of object.
    pub kind: NodeKind,
    /// Database id.
    pub id: i64,
}

impl GlobalId {
    /// The opaque text.
    pub fn encode(self) -> String {
        let mut bytes = [0; 9];
        bytes[0] = self.kind.tag();
        let id = self.id.to_be_bytes();
        let skip = id.iter().take_while(|byte| **byte == 0).count().min(7);
        let length = 8 - skip;
        bytes[1..=length].copy_from_slice(&id[skip..]);
        URL_SAFE_NO_PAD.encode(&bytes[..=length])
    }

    /// Reads an id back; `None` for anything that `encode` does not write.
    pub fn decode(text: &str) -> Option<Self> {
        let mut bytes = [0; 12];
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        let (tag, digits) = bytes[..length].split_first()?;
        if digits.is_empty() || digits.len() > 8 || (digits.len() > 1 && digits[0] == 0) {
            return None;
        }
        let kind = NodeKind::ALL.into_iter().find(|kind| kind.tag() == *tag)?;
        let id = digits.iter().fold(0_i64, |id, byte| (id << 8) | i64::from(*byte));
        Some(Self { kind, id })
    }

    /// The database id in `text`, when it is an id of this kind.
    pub fn decode_as(kind: NodeKind, text: &str) -> Option<i64> {
        Self::decode(text).filter(|id| id.kind == kind).map(|id| id.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_id_reads_back(id: i64) {
            let global = GlobalId { kind: NodeKind::Producer, id };
            prop_assert_eq!(GlobalId::decode(&global.encode()), Some(global));
        }

        #[test]
        fn one_id_has_one_text(text in "[A-Za-z0-9_-]{0,14}") {
            if let Some(id) = GlobalId::decode(&text) {
                prop_assert_eq!(id.encode(), text);
            }
        }
    }

    #[test]
    fn another_kind_is_unknown() {
        let id = GlobalId { kind: NodeKind::Category, id: 7 }.encode();
        assert_eq!(GlobalId::decode_as(NodeKind::Product, &id), None);
        assert_eq!(GlobalId::decode_as(NodeKind::Category, &id), Some(7));
        assert_eq!(GlobalId::decode("not an id!"), None);
    }
}
