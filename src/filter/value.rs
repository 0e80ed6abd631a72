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

/// The values of one field of one event, in order; none: it has none, and every
/// comparison with it is false. There is mostly one, which takes no memory elsewhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values<'a> {
    first: Option<Value<'a>>,
    more: Vec<Value<'a>>,
}

impl<'a> Values<'a> {
    /// None yet.
    #[inline]
    #[must_use]
    pub fn new() -> Values<'a> {
        Values { first: None, more: Vec::new() }
    }

    /// Adds one.
    #[inline]
    pub fn push(&mut self, value: Value<'a>) {
        match &self.first {
            None => self.first = Some(value),
            Some(_) => self.more.push(value),
        }
    }

    /// The first one.
    #[inline]
    #[must_use]
    pub fn first(&self) -> Option<&Value<'a>> {
        self.first.as_ref()
    }

    /// All of them.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = &Value<'a>> {
        self.first.iter().chain(&self.more)
    }

    /// Whether there are none.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Removes them all.
    #[inline]
    pub fn clear(&mut self) {
        self.first = None;
        self.more.clear();
    }
}

impl<'a> Extend<Value<'a>> for Values<'a> {
    #[inline]
    fn extend<I: IntoIterator<Item = Value<'a>>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.push(value));
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
    fn values_stay_in_order_whether_there_is_one_or_more() {
        let mut values = Values::new();
        assert!(values.is_empty() && values.first().is_none());
        values.extend((0..3).map(Value::Signed));
        assert_eq!(values.first(), Some(&Value::Signed(0)));
        assert_eq!(values.iter().cloned().collect::<Vec<_>>(), [0, 1, 2].map(Value::Signed));
        values.clear();
        values.push(Value::Bool(true));
        assert_eq!(values.iter().count(), 1);
    }
}
