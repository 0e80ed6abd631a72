//! Values of fields. A field has one type; what an event gives for it is none,
//! one or several values, which borrow from the capture and the state tables.

use std::borrow::Cow;
use std::net::IpAddr;

/// Type of a field: what a filter may compare it with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldType {
    /// Text (bytes without NUL, usually UTF-8).
    Text,
    /// Data of a call: compared as raw bytes.
    Bytes,
    /// A signed number.
    Signed,
    /// An unsigned number.
    Unsigned,
    /// A time or a length of time, ns.
    Time,
    /// True or false.
    Bool,
    /// A number with a fraction.
    Double,
    /// A port number.
    Port,
    /// An address.
    Ip,
    /// An address that is compared with networks.
    Net,
}

/// One value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Of [`FieldType::Text`].
    Text(Cow<'a, [u8]>),
    /// Of [`FieldType::Bytes`].
    Bytes(Cow<'a, [u8]>),
    /// Of [`FieldType::Signed`].
    Signed(i64),
    /// Of [`FieldType::Unsigned`] and [`FieldType::Time`].
    Unsigned(u64),
    /// Of [`FieldType::Bool`].
    Bool(bool),
    /// Of [`FieldType::Double`].
    Double(f64),
    /// Of [`FieldType::Port`].
    Port(u16),
    /// Of [`FieldType::Ip`] and [`FieldType::Net`].
    Ip(IpAddr),
}

impl<'a> Value<'a> {
    /// Text that is borrowed.
    #[must_use]
    pub fn text(text: &'a (impl AsRef<[u8]> + ?Sized)) -> Value<'a> {
        Value::Text(Cow::Borrowed(text.as_ref()))
    }

    /// Data that is borrowed.
    #[must_use]
    pub fn bytes(bytes: &'a [u8]) -> Value<'a> {
        Value::Bytes(Cow::Borrowed(bytes))
    }

    /// Text that was made for the occasion.
    #[must_use]
    pub fn made(text: impl Into<Vec<u8>>) -> Value<'a> {
        Value::Text(Cow::Owned(text.into()))
    }
}

/// The values of one field of one event, in order; empty: it has none, and
/// every comparison with it is false.
pub type Values<'a> = Vec<Value<'a>>;

/// Room for values that is used again and again.
#[derive(Debug, Default)]
pub struct Scratch(Values<'static>);

impl Scratch {
    /// Lends an empty list, and takes back its memory.
    #[inline]
    pub fn lend<'a, R>(&mut self, look: impl FnOnce(&mut Values<'a>) -> R) -> R {
        let mut values: Values<'a> = std::mem::take(&mut self.0);
        let found = look(&mut values);
        values.clear();
        // an empty list of values that live longer, in the same memory
        self.0 = values.into_iter().map_while(|_| None).collect();
        found
    }
}

/// How a comparison treats several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Several {
    /// There is at most one.
    #[default]
    Never,
    /// True if it is true of any (`proc.aname`: any ancestor).
    Any,
    /// True if it is true of any, but `!=` only if it is true of all
    /// (`fd.ip`: either address).
    EitherSide,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lent_room_is_empty_and_the_same_again() {
        let (mut scratch, text) = (Scratch::default(), b"text".to_vec());
        let first = scratch.lend(|values| {
            values.extend([Value::text(&text), Value::Signed(1)]);
            values.as_ptr().addr()
        });
        let again = scratch.lend(|values: &mut Values<'_>| {
            assert!(values.is_empty() && values.capacity() >= 2);
            values.as_ptr().addr()
        });
        assert_eq!(first, again);
    }
}
