//! The rows of a table: the collector that sees the events of a capture.

use super::block::Block;
use super::column::{Column, Source};
use super::query::Table;
use crate::event::Kind;
use crate::filter::Matching;
use crate::filter::args::Buffer;
use crate::filter::fields::{Context, Needs, Previous, Settings};
use crate::filter::value::{Value, Values};
use crate::format::scap::event::STATE_ONLY;
use crate::state::{Event, Pairing, Visitor, World};

/// Which rows are wanted, and of which capture.
#[derive(Clone, Debug)]
pub struct RowsRequest {
    /// Which table.
    pub table: Table,
    /// Which columns.
    pub columns: Vec<Column>,
    /// Which events.
    pub matching: Matching,
    /// What the capture is called.
    pub capture: String,
    /// Its number.
    pub run: i64,
    /// Bytes that the rows may take.
    pub most_bytes: usize,
}

/// The events that are rows, and the values of their columns.
#[derive(Debug)]
pub(super) struct RowReader {
    pub(super) request: RowsRequest,
    settings: Settings,
    previous: Previous,
}

impl RowReader {
    pub(super) fn new(request: RowsRequest) -> RowReader {
        let settings = Settings { buffer: Buffer::Full, ..Settings::default() };
        RowReader { request, settings, previous: Previous::default() }
    }

    /// Whether an event is a row.
    #[inline]
    pub(super) fn is_row(&mut self, event: &Event<'_>, world: &World) -> bool {
        let calls = self.request.table == Table::Calls;
        // calls last: a filter may remember what it was asked about
        !event.hidden
            && event.raw.dump_flags & STATE_ONLY == 0
            && self.request.matching.passes(event, world, &self.settings)
            && (!calls || is_call(event))
    }

    /// Whether an event of a kind may be a row.
    #[inline]
    pub(super) fn wants(&self, kind: Kind, exit: bool) -> bool {
        self.request.matching.may_pass(kind, exit)
    }

    /// Gives the value of each column of a row.
    pub(super) fn each(
        &self,
        event: &Event<'_>,
        world: &World,
        mut take: impl FnMut(usize, Option<&Value<'_>>),
    ) {
        let (settings, previous) = (&self.settings, &self.previous);
        let context = Context { event, world, settings, previous };
        let mut values = Values::new();
        for (at, column) in self.request.columns.iter().enumerate() {
            match &column.source {
                Source::Field(field, argument) => {
                    values.clear();
                    (field.get)(&context, argument, &mut values);
                    take(at, values.first());
                }
                Source::Capture => take(at, Some(&Value::text(&self.request.capture))),
                Source::Run => take(at, Some(&Value::Signed(self.request.run))),
                Source::Time => take(at, Some(&Value::Unsigned(event.raw.ts_ns))),
            }
        }
    }

    pub(super) fn wants_details(&self) -> bool {
        let fields = self.request.columns.iter().filter_map(|column| match &column.source {
            Source::Field(field, _) => Some(field.needs),
            _ => None,
        });
        fields.chain([self.request.matching.needs()]).max() > Some(Needs::Params)
    }
}

/// Whether an event ends a call whose begin was seen.
fn is_call(event: &Event<'_>) -> bool {
    event.is_exit() && event.pairing == Pairing::Paired && event.kind.is_syscall()
}

/// The collector.
#[derive(Debug)]
pub struct Rows {
    reader: RowReader,
    block: Block,
    /// Values that did not fit: numbers beyond 63 bits.
    pub lost: u64,
    /// The rows take more memory than they may.
    pub is_full: bool,
}

/// Rows between two looks at the memory.
const LOOK: usize = 4096;

impl Rows {
    /// Prepares to collect.
    #[must_use]
    pub fn new(request: RowsRequest) -> Rows {
        let block = Block::empty(&request.columns);
        Rows { reader: RowReader::new(request), block, lost: 0, is_full: false }
    }

    /// Hands over the rows, to go on with the next ones.
    pub fn take(&mut self) -> Block {
        let empty = Block::empty(&self.reader.request.columns);
        std::mem::replace(&mut self.block, empty)
    }

    /// The rows so far.
    #[must_use]
    pub fn block(&self) -> &Block {
        &self.block
    }

    fn add(&mut self, event: &Event<'_>, world: &World) {
        let (columns, lost) = (&mut self.block.columns, &mut self.lost);
        self.reader.each(event, world, |at, value| {
            *lost += u64::from(columns[at].cells.push(value));
        });
        self.block.rows += 1;
        if self.block.rows.is_multiple_of(LOOK) {
            let bytes: usize = self.block.columns.iter().map(|column| column.cells.bytes()).sum();
            self.is_full = bytes > self.reader.request.most_bytes;
        }
    }
}

impl Visitor for Rows {
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        if self.reader.is_row(event, world) {
            self.add(event, world);
        }
    }

    #[inline]
    fn wants(&self, kind: Kind, exit: bool) -> bool {
        self.reader.wants(kind, exit)
    }

    fn done(&self) -> bool {
        self.is_full
    }

    fn wants_details(&self) -> bool {
        self.reader.wants_details()
    }
}
