//! Comparisons of numbers that stand in an event's header, and of its latency, as ranges:
//! the cheapest checks there are, made without asking for values. `evt.cpu=1` is
//! the range 1 to 1, `evt.rawtime>=5` is 5 and up, `!=` is outside.

use super::matcher::{Bound, Matcher};
use super::operand::Operand;

/// A number in the header of every event, or one that pairing gives it.
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
    /// `evt.latency`; some events have none.
    Latency,
}

impl QuickField {
    /// All of them.
    pub const ALL: [QuickField; 6] = [
        QuickField::Cpu,
        QuickField::Tid,
        QuickField::RawTime,
        QuickField::RelTime,
        QuickField::Num,
        QuickField::Latency,
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
            QuickField::Latency => "evt.latency",
        }
    }

    /// Whether it may be negative.
    #[must_use]
    pub fn is_signed(self) -> bool {
        matches!(self, QuickField::Cpu | QuickField::Tid)
    }

    /// The field of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<QuickField> {
        QuickField::ALL.into_iter().find(|field| field.name() == name)
    }
}

/// One comparison: whether a number's key lies in a range of keys, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuickTest {
    /// What is compared.
    pub field: QuickField,
    low: u64,
    /// Highest key less the lowest.
    width: u64,
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
        // keys are the numbers themselves, or moved up from below zero
        let shift = if field.is_signed() { 1 << 63 } else { 0 };
        let (low, high) = (low.saturating_add(shift), high.saturating_add(shift));
        let (low, high) = (low.max(0), high.min(i128::from(u64::MAX)));
        match (u64::try_from(low), u64::try_from(high)) {
            (Ok(low), Ok(high)) if low <= high => {
                Some(QuickTest { field, low, width: high - low, inside })
            }
            // no number is in the range
            _ => Some(QuickTest { field, low: 0, width: u64::MAX, inside: !inside }),
        }
    }

    /// Whether a number that is never negative passes.
    ///
    /// For [signed](QuickField::is_signed) fields use `passes_signed`.
    #[inline]
    #[must_use]
    pub fn passes(&self, number: u64) -> bool {
        (number.wrapping_sub(self.low) <= self.width) == self.inside
    }

    /// Whether a number that may be negative passes.
    #[inline]
    #[must_use]
    pub fn passes_signed(&self, number: i64) -> bool {
        self.passes(number.cast_unsigned() ^ (1 << 63))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_compare_as_their_operators_do() {
        let values = [i128::from(i64::MIN), -1, 0, 1, 2, i128::from(i64::MAX), u64::MAX.into()];
        for bound in values.into_iter().chain([-3, 1 << 100]) {
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
                let unsigned = QuickTest::new(QuickField::Num, &matcher).unwrap();
                let signed = QuickTest::new(QuickField::Tid, &matcher).unwrap();
                for value in values {
                    let expected = compare(&value, &bound);
                    if let Ok(number) = u64::try_from(value) {
                        assert_eq!(unsigned.passes(number), expected, "{matcher:?} {value}");
                    }
                    if let Ok(number) = i64::try_from(value) {
                        assert_eq!(signed.passes_signed(number), expected, "{matcher:?} {value}");
                    }
                }
            }
        }
        assert_eq!(QuickTest::new(QuickField::Cpu, &Matcher::Exists), None);
    }
}
