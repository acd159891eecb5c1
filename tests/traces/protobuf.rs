//! The wire format of Protocol Buffers, for those who know the numbers of the fields.

/// A field of a message.
#[derive(Debug, Clone, Copy)]
enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// A message, as bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Message<'a>(pub(crate) &'a [u8]);

impl<'a> Message<'a> {
    fn fields(self) -> impl Iterator<Item = (u64, Value<'a>)> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let key = varint(&mut rest);
            let value = match key & 7 {
                0 => Value::Number(varint(&mut rest)),
                1 => Value::Bytes(take(&mut rest, 8)),
                2 => {
                    let length = usize::try_from(varint(&mut rest)).unwrap();
                    Value::Bytes(take(&mut rest, length))
                }
                5 => Value::Bytes(take(&mut rest, 4)),
                other => panic!("wire type {other}"),
            };
            Some((key >> 3, value))
        })
    }

    /// Everything in the repeated field `number`.
    pub(crate) fn all(self, number: u64) -> impl Iterator<Item = &'a [u8]> {
        self.fields().filter_map(move |(field, value)| match value {
            Value::Bytes(bytes) if field == number => Some(bytes),
            _ => None,
        })
    }

    /// The messages in the repeated field `number`.
    pub(crate) fn messages(self, number: u64) -> impl Iterator<Item = Message<'a>> {
        self.all(number).map(Message)
    }

    /// The bytes of field `number`; none when it is not there.
    pub(crate) fn bytes(self, number: u64) -> &'a [u8] {
        self.all(number).next().unwrap_or_default()
    }

    /// The text of field `number`.
    pub(crate) fn text(self, number: u64) -> String {
        String::from_utf8(self.bytes(number).to_vec()).unwrap()
    }

    /// The number of field `number`.
    pub(crate) fn number(self, number: u64) -> Option<u64> {
        self.fields().find_map(|(field, value)| match value {
            Value::Number(value) if field == number => Some(value),
            _ => None,
        })
    }
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, left) = rest.split_at(length);
    *rest = left;
    taken
}

fn varint(rest: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(rest, 1)[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}
