//! The rows of a table: the collector that sees the events of a capture.

use super::block::Block;
use super::column::{Column, Source, has};
use super::http::Http;
use super::memo::{From, Memo};
use super::query::Table;
use super::snapshot;
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
    /// Requests that wait; only for the table of requests.
    http: Option<Box<Http>>,
}

impl RowReader {
    pub(super) fn new(mut request: RowsRequest) -> RowReader {
        let settings = Settings { buffer: Buffer::Full, ..Settings::default() };
        let http = (request.table == Table::Http).then(|| Box::new(Http::new()));
        // a query over several tables names the columns of all
        request.columns.retain(|column| has(request.table, column));
        RowReader { request, settings, previous: Previous::default(), http }
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
            && (self.http.as_mut()).is_none_or(|http| http.take(event, world, &self.settings))
    }

    /// Whether an event of a kind may be a row.
    #[inline]
    pub(super) fn wants(&self, kind: Kind, exit: bool) -> bool {
        self.request.table.is_snapshot()
            || self.request.matching.may_pass(kind, exit)
                && self.http.as_ref().is_none_or(|http| http.wants(kind, exit))
    }

    /// Gives the value of each column of a row.
    pub(super) fn each(
        &self,
        event: &Event<'_>,
        world: &World,
        mut take: impl FnMut(usize, Option<&Value<'_>>),
    ) {
        let context = self.context(event, world);
        let mut values = Values::new();
        for at in 0..self.request.columns.len() {
            self.value(at, &context, &mut values, |value| take(at, value));
        }
    }

    fn context<'a>(&'a self, event: &'a Event<'a>, world: &'a World) -> Context<'a> {
        Context { event, world, settings: &self.settings, previous: &self.previous }
    }

    /// Gives the value of one column; `values` is room for it.
    #[inline]
    fn value<'a>(
        &'a self,
        at: usize,
        context: &Context<'a>,
        values: &mut Values<'a>,
        take: impl FnOnce(Option<&Value<'_>>),
    ) {
        match &self.request.columns[at].source {
            Source::Field(field, argument) => {
                values.clear();
                (field.get)(context, argument, values);
                take(values.first());
            }
            Source::Capture => take(Some(&Value::text(&self.request.capture))),
            Source::Run => take(Some(&Value::Signed(self.request.run))),
            Source::Time => take(Some(&Value::Unsigned(context.event.raw.ts_ns))),
            Source::Http(part) => take(self.http.as_ref().map(|http| http.part(*part)).as_ref()),
        }
    }

    pub(super) fn wants_details(&self) -> bool {
        if !self.request.table.is_of_events() {
            return true;
        }
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
    /// There are no more rows to come, whatever follows.
    complete: bool,
    memo: Memo,
}

/// Rows between two looks at the memory.
const LOOK: usize = 4096;

impl Rows {
    /// Prepares to collect.
    #[must_use]
    pub fn new(request: RowsRequest) -> Rows {
        let reader = RowReader::new(request);
        let block = Block::empty(&reader.request.columns);
        let memo = Memo::new(&reader.request.columns);
        Rows { reader, block, lost: 0, is_full: false, complete: false, memo }
    }

    /// Hands over the rows, to go on with the next ones.
    pub fn take(&mut self) -> Block {
        self.memo.clear();
        let empty = Block::empty(&self.reader.request.columns);
        std::mem::replace(&mut self.block, empty)
    }

    /// The rows so far.
    #[must_use]
    pub fn block(&self) -> &Block {
        &self.block
    }

    /// The rows of a table that is known when the capture begins: now.
    fn snapshot(&mut self, event: &Event<'_>, world: &mut World) {
        let mut matching = self.reader.request.matching.clone();
        let settings = self.reader.settings.clone();
        let table = self.reader.request.table;
        snapshot::rows(table, &mut matching, &settings, event, world, |event, world| {
            self.add(event, world);
        });
        self.complete = true;
    }

    fn add(&mut self, event: &Event<'_>, world: &World) {
        let earlier = self.memo.earlier(event, world, self.block.rows);
        let context = self.reader.context(event, world);
        let mut values = Values::new();
        for (at, column) in self.block.columns.iter_mut().enumerate() {
            let cells = &mut column.cells;
            match self.memo.from(at, earlier) {
                From::Row(row) => cells.push_again(row),
                From::Nothing => {
                    cells.push(None);
                }
                From::Event => self.reader.value(at, &context, &mut values, |value| {
                    self.lost += u64::from(cells.push(value));
                }),
            }
        }
        self.block.rows += 1;
        if self.block.rows.is_multiple_of(LOOK) {
            let bytes: usize = self.block.columns.iter().map(|column| column.cells.bytes()).sum();
            self.is_full = bytes > self.reader.request.most_bytes;
        }
    }
}

impl Visitor for Rows {
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        if self.reader.request.table.is_snapshot() {
            if !self.complete && !event.hidden && event.raw.dump_flags & STATE_ONLY == 0 {
                self.snapshot(event, world);
            }
        } else if self.reader.is_row(event, world) {
            self.add(event, world);
        }
    }

    #[inline]
    fn wants(&self, kind: Kind, exit: bool) -> bool {
        self.reader.wants(kind, exit)
    }

    fn done(&self) -> bool {
        self.is_full || self.complete
    }

    fn fails(&self) -> bool {
        self.is_full
    }

    fn wants_details(&self) -> bool {
        self.reader.wants_details()
    }
}
