//! What the texts of strace and perf trace have in common: lines that begin
//! with a thread and a time, calls that other threads interrupt, times without
//! a date, tables behind the listing. Lines are read in parallel
//! ([`batch`](self)), a thread's parts of calls are put together in their
//! order, and each call becomes the two events that the scap format has for
//! it, so that all that follows need not know where events come from.

mod arguments;
mod batch;
mod clock;
mod emit;
mod encode;
mod facts;
mod life;
mod line;
pub mod parts;
mod reader;
mod recognise;
mod set;
mod sink;
mod stage;
mod table;
mod threads;
mod totals;
mod values;

pub use clock::{ORIGIN_NS, TraceClock};
pub use facts::{LineCounts, Refused, TraceFacts};
pub use life::Life;
pub use line::{End, Head, Line, Named, Notice, Outcome, Refusal, Time, What};
pub use reader::{TraceReader, open, read_text};
pub use recognise::{Answer, TraceFormat, recognise};
pub use set::thread_of_name;
pub use sink::{Birth, TableRow, TraceSink};
pub use table::{Columns, TableFigures};
pub use values::quoted;
