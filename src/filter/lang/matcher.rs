//! One comparison, ready to run: values of a field against operands of its
//! type.

use std::collections::HashSet;

use memchr::memmem::Finder;

use crate::filter::value::{Several, Value, Values};

use super::glob::Glob;
use super::operand::Operand;

/// How one value is compared.
#[derive(Clone, Debug)]
pub(super) enum Matcher {
    /// Any value will do.
    Exists,
    /// `=`
    Equal(Operand),
    /// `!=`
    NotEqual(Operand),
    /// `<`, `<=`, `>`, `>=`
    Ordered(Bound, Operand),
    /// Equal to one of these texts.
    OneOfTexts(HashSet<Vec<u8>>),
    /// Equal to one of these.
    OneOf(Vec<Operand>),
    /// Has this in it.
    Contains(Box<Finder<'static>>),
    /// Has this in it, ASCII letters in any case.
    ContainsAnyCase(Vec<u8>),
    /// Begins with this.
    StartsWith(Vec<u8>),
    /// Ends with this.
    EndsWith(Vec<u8>),
    /// Fits wildcards.
    Glob(Glob),
    /// Fits a regular expression.
    Regex(regex::bytes::Regex),
    /// Is one of these paths or below it: the components of each.
    Below(Vec<Vec<Vec<u8>>>),
}

/// A bound of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Matcher {
    /// Whether the values of a field pass. Without a value nothing does.
    pub(super) fn passes(&self, values: &Values<'_>, several: Several) -> bool {
        match (self, several) {
            (Matcher::NotEqual(_), Several::EitherSide) => {
                !values.is_empty() && values.iter().all(|value| self.passes_one(value))
            }
            _ => values.iter().any(|value| self.passes_one(value)),
        }
    }

    /// Whether the only value of a field passes.
    pub(super) fn passes_one(&self, value: &Value<'_>) -> bool {
        match self {
            Matcher::Exists => true,
            Matcher::Equal(operand) => equal(value, operand),
            Matcher::NotEqual(operand) => !equal(value, operand),
            Matcher::Ordered(bound, operand) => ordered(value, *bound, operand),
            Matcher::OneOf(operands) => operands.iter().any(|operand| equal(value, operand)),
            _ => bytes_of(value).is_some_and(|bytes| self.passes_bytes(bytes)),
        }
    }

    /// Whether the only value of a field passes, which is a text.
    pub(super) fn passes_text(&self, text: &[u8]) -> bool {
        match self {
            Matcher::Equal(Operand::Bytes(wanted)) => text == wanted,
            Matcher::Exists
            | Matcher::Equal(_)
            | Matcher::NotEqual(_)
            | Matcher::Ordered(..)
            | Matcher::OneOf(_) => self.passes_one(&Value::text(text)),
            _ => self.passes_bytes(text),
        }
    }

    fn passes_bytes(&self, bytes: &[u8]) -> bool {
        match self {
            Matcher::OneOfTexts(texts) => texts.contains(bytes),
            Matcher::Contains(finder) => finder.find(bytes).is_some(),
            Matcher::ContainsAnyCase(part) => contains_any_case(bytes, part),
            Matcher::StartsWith(part) => bytes.starts_with(part),
            Matcher::EndsWith(part) => bytes.ends_with(part),
            Matcher::Glob(glob) => glob.matches(bytes),
            Matcher::Regex(regex) => regex.is_match(bytes),
            Matcher::Below(paths) => paths.iter().any(|path| below(bytes, path)),
            Matcher::Exists
            | Matcher::Equal(_)
            | Matcher::NotEqual(_)
            | Matcher::Ordered(..)
            | Matcher::OneOf(_) => false,
        }
    }
}

fn bytes_of<'v>(value: &'v Value<'_>) -> Option<&'v [u8]> {
    match value {
        Value::Text(bytes) | Value::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

fn number_of(value: &Value<'_>) -> Option<i128> {
    match *value {
        Value::Signed(number) => Some(i128::from(number)),
        Value::Unsigned(number) => Some(i128::from(number)),
        Value::Port(port) => Some(i128::from(port)),
        _ => None,
    }
}

fn double_of(value: &Value<'_>) -> Option<f64> {
    match *value {
        Value::Double(number) => Some(number),
        Value::Signed(number) => Some(number as f64),
        Value::Unsigned(number) => Some(number as f64),
        _ => None,
    }
}

fn equal(value: &Value<'_>, operand: &Operand) -> bool {
    match (operand, value) {
        (Operand::Ip(wanted), Value::Ip(address)) => wanted == address,
        (Operand::Net(net), Value::Ip(address)) => net.has(*address),
        _ => compared(value, operand).is_some_and(std::cmp::Ordering::is_eq),
    }
}

fn ordered(value: &Value<'_>, bound: Bound, operand: &Operand) -> bool {
    compared(value, operand).is_some_and(|order| match bound {
        Bound::Less => order.is_lt(),
        Bound::LessOrEqual => order.is_le(),
        Bound::Greater => order.is_gt(),
        Bound::GreaterOrEqual => order.is_ge(),
    })
}

/// Order of a value and an operand; texts by their bytes.
fn compared(value: &Value<'_>, operand: &Operand) -> Option<std::cmp::Ordering> {
    match (operand, value) {
        (Operand::Bytes(wanted), _) => Some(bytes_of(value)?.cmp(wanted)),
        (Operand::Number(wanted), _) => Some(number_of(value)?.cmp(wanted)),
        (Operand::Double(wanted), _) => double_of(value)?.partial_cmp(wanted),
        (Operand::Bool(wanted), Value::Bool(value)) => Some(value.cmp(wanted)),
        _ => None,
    }
}

fn contains_any_case(bytes: &[u8], part: &[u8]) -> bool {
    part.is_empty() || bytes.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}

/// The names in a path; how many slashes stand between them, or before the
/// first, does not count.
pub(super) fn components(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|&byte| byte == b'/').filter(|name| !name.is_empty())
}

fn below(path: &[u8], above: &[Vec<u8>]) -> bool {
    let mut names = components(path);
    above.iter().all(|wanted| names.next() == Some(wanted))
}
