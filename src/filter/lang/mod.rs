//! Sysdig's filter language: text to tree ([`parse()`]), tree to a typed program
//! ([`Program`]), program against one event. What is wrong with a filter is
//! said before a byte of the capture is read, with the column of the culprit.
//!
//! The language is that of sysdig 0.29.3 with what came later: `==`, `iglob`,
//! `regex`, `bcontains`, `bstartswith`, `intersects`, hexadecimal numbers, and
//! `not` before `and` before `or`. Units behind numbers (`5ms`, `4KB`) are ours.

mod check;
mod error;
mod event_names;
mod glob;
mod matcher;
mod operand;
mod operator;
mod parse;
mod program;
mod quick;
mod quote;
mod services;
mod tree;

pub use error::FilterError;
pub use glob::Glob;
pub use operator::Operator;
pub use parse::parse;
pub use program::{FieldUse, Given, Lookup, Program, Record};
pub use quick::{QuickField, QuickTest};
pub use tree::{Check, Expr, Spanned};

#[cfg(test)]
mod tests;
