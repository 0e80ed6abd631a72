//! What a trace tells beyond events: threads as they come and are named, open
//! files and directories as printed beside their numbers, rows of tables.

use super::super::scap::Sink;
use crate::event::Call;

/// A thread that is seen for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Birth<'a> {
    /// Thread.
    pub tid: i64,
    /// The thread that made it, if that is known.
    pub parent: Option<i64>,
    /// It belongs to the parent's process.
    pub as_thread: bool,
    /// It shares the parent's open files.
    pub shares_files: bool,
    /// Name of its process; empty if not known.
    pub comm: &'a [u8],
    /// When it was made, or first seen, ns.
    pub ts_ns: u64,
}

/// A row of a table of totals that is all there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableRow {
    /// Which call.
    pub call: Call,
    /// Calls.
    pub calls: u64,
    /// Failed calls.
    pub errors: u64,
    /// Time in all of them, ns.
    pub total_ns: Option<u64>,
    /// The shortest, ns.
    pub shortest_ns: Option<u64>,
    /// The longest, ns.
    pub longest_ns: Option<u64>,
}

/// What the reader of a trace gives its findings to.
pub trait TraceSink: Sink {
    /// Whether anybody looks at the parameters of events.
    fn wants_params(&self) -> bool;
    /// Whether anybody looks at open files.
    fn wants_files(&self) -> bool;
    /// A thread is new.
    fn birth(&mut self, birth: Birth<'_>);
    /// A thread's process is called otherwise from now on.
    fn name(&mut self, tid: i64, comm: &[u8]);
    /// A thread has `fd` open on what is called `name`.
    fn file(&mut self, tid: i64, fd: i64, name: &[u8]);
    /// A thread's working directory.
    fn directory(&mut self, tid: i64, path: &[u8]);
    /// A row of a table of totals.
    fn row(&mut self, row: TableRow);
}
