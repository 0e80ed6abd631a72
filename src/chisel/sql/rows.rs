//! The rows of a table: the collector that sees the events of a capture.

use super::block::{Block, Cells};
use super::cell::Lookup;
use super::column::{Column, Source, has};
use super::http::Http;
use super::memo::{Memo, Shared};
use super::query::Table;
use super::snapshot;
use crate::event::{Kind, event_types};
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
            Source::Field(field, argument) => match field.number {
                Some(number) => take(number(context).map(Value::Unsigned).as_ref()),
                None => {
                    values.clear();
                    (field.get)(context, argument, values);
                    take(values.first());
                }
            },
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
    /// Columns with a cell for each row, and how it is found.
    own: Vec<(usize, Lookup)>,
    /// By event type, which of them may have a value, and last for types that nobody knows:
    /// the others get their empty cells when they are handed over.
    having: Vec<Vec<usize>>,
    /// Columns that share cells, by what they hang on.
    shared: [(Shared, Vec<usize>); Shared::ALL.len()],
    /// Room for a text.
    room: Vec<u8>,
}

/// Rows between two looks at the memory.
const LOOK: usize = 4096;

impl Rows {
    /// Prepares to collect.
    #[must_use]
    pub fn new(request: RowsRequest) -> Rows {
        let reader = RowReader::new(request);
        let columns = &reader.request.columns;
        let on = |shared| (0..columns.len()).filter(move |at| Shared::of(&columns[*at]) == shared);
        let own: Vec<(usize, Lookup)> = on(None).map(|at| (at, Lookup::of(&columns[at]))).collect();
        let having = |code| (0..own.len()).filter(|at| own[*at].1.may_have(code)).collect();
        Rows {
            block: empty(columns),
            lost: 0,
            is_full: false,
            complete: false,
            memo: Memo::new(),
            having: (0..=event_types().len()).map(having).collect(),
            own,
            shared: Shared::ALL.map(|shared| (shared, on(Some(shared)).collect())),
            room: Vec::new(),
            reader,
        }
    }

    /// Hands over the rows, to go on with the next ones, in the memory of `room` if that
    /// was handed over before.
    pub fn take(&mut self, room: Option<Block>) -> Block {
        self.memo.clear();
        self.fill();
        let mut next = room.unwrap_or_else(|| empty(&self.reader.request.columns));
        next.clear();
        std::mem::replace(&mut self.block, next)
    }

    /// The rows so far.
    pub fn block(&mut self) -> &Block {
        self.fill();
        &self.block
    }

    /// How many rows there are so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.block.rows
    }

    fn fill(&mut self) {
        for (at, _) in &self.own {
            self.block.columns[*at].cells.fill(self.block.rows);
        }
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
        let Rows { reader, block, memo, lost, .. } = self;
        let context = reader.context(event, world);
        let mut values = Values::new();
        let mut push = |column: usize, cells: &mut Cells| {
            let mut unfit = false;
            reader.value(column, &context, &mut values, |value| unfit = cells.push(value));
            unfit
        };
        for ((shared, columns), places) in self.shared.iter().zip(&mut block.places) {
            if columns.is_empty() {
                continue;
            }
            let place = memo.place(*shared, &context);
            places.push(place.number);
            if place.is_new {
                for at in columns {
                    *lost += u64::from(push(*at, &mut block.columns[*at].cells));
                }
            }
        }
        let of_type = self.having.get(usize::from(event.raw.code));
        let having = of_type.or(self.having.last());
        for own in having.into_iter().flatten() {
            let (at, lookup) = &self.own[*own];
            let cells = &mut block.columns[*at].cells;
            if let Lookup::Parameter(_) = lookup {
                cells.fill(block.rows);
            }
            let unfit = lookup.push(&context, cells, &mut self.room);
            *lost += u64::from(unfit.unwrap_or_else(|| push(*at, cells)));
        }
        block.rows += 1;
        if block.rows.is_multiple_of(LOOK) {
            self.is_full = block.bytes() > reader.request.most_bytes;
        }
    }
}

/// No rows of these columns, which share cells.
fn empty(columns: &[Column]) -> Block {
    let mut block = Block::empty(columns);
    for (own, column) in block.columns.iter_mut().zip(columns) {
        own.shared = Shared::of(column).map(|shared| shared as usize);
    }
    block.places = vec![Vec::new(); Shared::ALL.len()];
    block
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
