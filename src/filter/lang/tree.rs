//! A filter as it was written, before anybody asks whether its fields exist.
//! `Display` prints the canonical form: one spelling of each tree, which reads
//! back as the same tree and which sysdig 0.29.3 accepts too (it wants
//! brackets where `and` and `or` mix).

use std::fmt;

use super::operator::Operator;
use super::quote;

/// Something and where it stood. Two are equal if the things are.
#[derive(Clone, Debug)]
pub struct Spanned<T> {
    /// The thing.
    pub value: T,
    /// Offset in the filter, in bytes.
    pub at: usize,
}

impl<T> Spanned<T> {
    /// A thing and where it stood.
    pub fn new(value: T, at: usize) -> Spanned<T> {
        Spanned { value, at }
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Spanned<T>) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

/// A filter. What [`parse`](super::parse()) makes is flat: no `And` directly
/// within an `And`, no `Or` within an `Or`, none of them with a single member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// All of them; with none, the empty filter, which is always true.
    And(Vec<Expr>),
    /// Any of them.
    Or(Vec<Expr>),
    /// The contrary.
    Not(Box<Expr>),
    /// One comparison.
    Check(Check),
}

/// One comparison: `FIELD OPERATOR OPERANDS`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The field with its argument, as written.
    pub field: Spanned<String>,
    /// The operator.
    pub operator: Spanned<Operator>,
    /// Values without quotes and escapes: none for `exists`, one or more for
    /// operators that take a list, one for all others.
    pub operands: Vec<Spanned<Vec<u8>>>,
}

impl Expr {
    /// How deep brackets nest in the canonical form, at most.
    #[must_use]
    pub fn depth(&self) -> usize {
        match self {
            Expr::And(members) | Expr::Or(members) => {
                1 + members.iter().map(Expr::depth).max().unwrap_or(0)
            }
            Expr::Not(inner) => 1 + inner.depth(),
            Expr::Check(_) => 0,
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::And(members) => joined(f, members, " and "),
            Expr::Or(members) => joined(f, members, " or "),
            Expr::Not(inner) => {
                f.write_str("not ")?;
                member(f, inner)
            }
            Expr::Check(check) => check.fmt(f),
        }
    }
}

fn joined(f: &mut fmt::Formatter<'_>, members: &[Expr], word: &str) -> fmt::Result {
    for (index, expr) in members.iter().enumerate() {
        if index > 0 {
            f.write_str(word)?;
        }
        match expr {
            Expr::Not(_) => write!(f, "{expr}")?,
            _ => member(f, expr)?,
        }
    }
    Ok(())
}

/// With brackets, unless it is a check. A `not` behind a `not` needs them too:
/// without, both are one.
fn member(f: &mut fmt::Formatter<'_>, expr: &Expr) -> fmt::Result {
    match expr {
        Expr::Check(check) => write!(f, "{check}"),
        _ => write!(f, "({expr})"),
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operator = self.operator.value;
        f.write_str(&self.field.value)?;
        if operator.is_word() {
            write!(f, " {operator}")?;
        } else {
            write!(f, "{operator}")?;
        }
        let mut values = self.operands.iter().map(|operand| quote::written(&operand.value));
        if operator.takes_list() {
            let values: Vec<String> = values.collect();
            return write!(f, " ({})", values.join(", "));
        }
        match values.next() {
            Some(value) if operator.is_word() => write!(f, " {value}"),
            Some(value) => f.write_str(&value),
            None => Ok(()),
        }
    }
}
