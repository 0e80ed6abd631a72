//! The text of strace, in all of its layouts: which options it ran with is not
//! told, so each line is read for itself, and every part of its prefix is
//! known by its own form.

mod head;
mod line;
mod table;

pub use head::head;
pub use line::{interrupted, parse};
pub use table::{Column, columns, row};
