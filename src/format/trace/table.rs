//! The tables of totals that tracers print, alone or behind a listing: which
//! lines belong to one, and what its rows say.

use super::super::{perf_trace, strace};
use super::line::{Notice, Refusal};
use super::recognise::TraceFormat;

/// The columns of a table, by who printed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Columns {
    /// strace -c
    Strace(Vec<strace::Column>),
    /// perf trace -s
    PerfTrace(Vec<perf_trace::Column>),
}

/// The figures of a row, as printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableFigures<'a> {
    /// Name of the call.
    pub name: &'a [u8],
    /// Calls; `None`: not told.
    pub calls: Option<u64>,
    /// Failed calls.
    pub errors: u64,
    /// Time in all calls together, ns.
    pub total_ns: Option<u64>,
    /// The shortest call, ns.
    pub shortest_ns: Option<u64>,
    /// The longest call, ns.
    pub longest_ns: Option<u64>,
    /// Mean, ns; rounded by the tracer.
    pub mean_ns: Option<u64>,
}

/// What a line is to a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken<'a> {
    /// A row.
    Row(TableFigures<'a>),
    /// Belongs to one.
    Notice(Notice),
    /// Has nothing to do with one.
    No(Refusal),
}

/// Reads tables, line by line.
#[derive(Clone, Debug, Default)]
pub struct TableReader {
    columns: Option<Columns>,
}

impl TableReader {
    /// Takes a line that is no call; `why` it is none.
    pub fn take<'a>(&mut self, format: TraceFormat, line: &'a [u8], why: Refusal) -> Taken<'a> {
        let found = match format {
            TraceFormat::Strace => strace::columns(line),
            TraceFormat::PerfTrace => perf_trace::columns(line),
        };
        if found.is_some() {
            self.columns = found;
            return Taken::Notice(Notice::Table);
        }
        if format == TraceFormat::PerfTrace && perf_trace::is_around(line) {
            return Taken::Notice(Notice::Table);
        }
        let Some(columns) = &self.columns else {
            return Taken::No(why);
        };
        if line.iter().all(|byte| matches!(byte, b'-' | b' ')) {
            return Taken::Notice(Notice::Table);
        }
        let row = match columns {
            Columns::Strace(columns) => strace::row(columns, line),
            Columns::PerfTrace(columns) => perf_trace::row(columns, line),
        };
        match row {
            Some(figures) if figures.name == b"total" && format == TraceFormat::Strace => {
                self.columns = None;
                Taken::Notice(Notice::Table)
            }
            Some(figures) => Taken::Row(figures),
            None => {
                self.columns = None;
                Taken::No(why)
            }
        }
    }
}
