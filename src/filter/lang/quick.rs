//! Comparisons of numbers that stand in an event's header, as ranges: the
//! cheapest checks there are, made without asking for values. `evt.cpu=1` is
//! the range 1 to 1, `evt.rawtime>=5` is 5 and up, `!=` is outside.

use super::matcher::{Bound, Matcher};
use super::operand::Operand;

/// A number in the header of every event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuickField {
    /// `evt.cpu`
    Cpu,
    /// `thread.tid`
    Tid,
    /// `evt.rawtime`
    RawTime,
    /// `evt.reltime`
    RelTime,
    /// `evt.num`
    Num,
}

impl QuickField {
    /// All of them.
    pub const ALL: [QuickField; 5] = [
        QuickField::Cpu,
        QuickField::Tid,
        QuickField::RawTime,
        QuickField::RelTime,
        QuickField::Num,
    ];

    /// Name of the field.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            QuickField::Cpu => "evt.cpu",
            QuickField::Tid => "thread.tid",
            QuickField::RawTime => "evt.rawtime",
            QuickField::RelTime => "evt.reltime",
            QuickField::Num => "evt.num",
        }
    }

    /// The field of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<QuickField> {
        QuickField::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// One comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuickTest {
    /// What is compared.
    pub field: QuickField,
    low: i128,
    high: i128,
    inside: bool,
}

impl QuickTest {
    pub(super) fn new(field: QuickField, matcher: &Matcher) -> Option<QuickTest> {
        let (low, high, inside) = match *matcher {
            Matcher::Equal(Operand::Number(n)) => (n, n, true),
            Matcher::NotEqual(Operand::Number(n)) => (n, n, false),
            Matcher::Ordered(Bound::Less, Operand::Number(n)) => (n, i128::MAX, false),
            Matcher::Ordered(Bound::LessOrEqual, Operand::Number(n)) => (i128::MIN, n, true),
            Matcher::Ordered(Bound::Greater, Operand::Number(n)) => (i128::MIN, n, false),
            Matcher::Ordered(Bound::GreaterOrEqual, Operand::Number(n)) => (n, i128::MAX, true),
            _ => return None,
        };
        Some(QuickTest { field, low, high, inside })
    }

    /// Whether a number passes.
    #[inline]
    #[must_use]
    pub fn passes(&self, number: i128) -> bool {
        (self.low <= number && number <= self.high) == self.inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_compare_as_their_operators_do() {
        for bound in -2..=2i128 {
            let number = Operand::Number;
            let all = [
                (Matcher::Equal(number(bound)), i128::eq as fn(&i128, &i128) -> bool),
                (Matcher::NotEqual(number(bound)), i128::ne),
                (Matcher::Ordered(Bound::Less, number(bound)), i128::lt),
                (Matcher::Ordered(Bound::LessOrEqual, number(bound)), i128::le),
                (Matcher::Ordered(Bound::Greater, number(bound)), i128::gt),
                (Matcher::Ordered(Bound::GreaterOrEqual, number(bound)), i128::ge),
            ];
            for (matcher, compare) in all {
                let test = QuickTest::new(QuickField::Cpu, &matcher).unwrap();
                for value in -3..=3 {
                    assert_eq!(test.passes(value), compare(&value, &bound), "{matcher:?} {value}");
                }
            }
        }
        assert_eq!(QuickTest::new(QuickField::Cpu, &Matcher::Exists), None);
    }
}
