//! The text of perf trace: every line begins with when the call began and how
//! long it took, and is printed when the call ends.

mod line;
mod table;

pub use line::parse;
pub use table::{Column, columns, is_around, row};
