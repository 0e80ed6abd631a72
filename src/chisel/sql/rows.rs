//! The rows of a table: the collector that sees the events of a capture.

use super::block::{Block, Cells, Sharing};
use super::cell::{Header, Lookup, Part};
use super::column::{Column, Source, has};
use super::http::Http;
use super::memo::{Memo, Shared};
use super::query::Table;
use super::snapshot;
use crate::event::{Kind, event_types};
use crate::filter::Matching;
use crate::filter::args::Buffer;
use crate::filter::fields::{Context, Getter, Needs, Previous, Settings};
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

    /// How the field of a column gives its value; nothing for columns that no field gives.
    #[inline]
    pub(super) fn getter(&self, at: usize) -> Option<Getter> {
        match &self.request.columns[at].source {
            Source::Field(field, _) => Some(field.getter),
            _ => None,
        }
    }

    /// An event, as fields are asked about it.
    #[inline]
    pub(super) fn context<'a>(&'a self, event: &'a Event<'a>, world: &'a World) -> Context<'a> {
        Context { event, world, settings: &self.settings, previous: &self.previous }
    }

    /// Gives the value of one column; `values` is room for it.
    #[inline]
    pub(super) fn value<'a>(
        &'a self,
        at: usize,
        context: &Context<'a>,
        values: &mut Values<'a>,
        take: impl FnOnce(Option<&Value<'_>>),
    ) {
        match &self.request.columns[at].source {
            Source::Field(field, argument) => match field.getter {
                Getter::Number(number) => take(number(context).map(Value::Unsigned).as_ref()),
                Getter::Text(text) => take(text(context).map(Value::Text).as_ref()),
                Getter::Values(get) => {
                    values.clear();
                    get(context, argument, values);
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

/// A column with cells of its own for events of a type.
#[derive(Clone, Copy, Debug)]
struct Own {
    /// Its number.
    column: usize,
    lookup: Lookup,
    /// Events of other types may have left it out.
    has_gaps: bool,
}

/// Columns that not all types of events have a value for.
#[derive(Debug)]
struct ByType {
    /// All of them.
    columns: Vec<usize>,
    /// By event type, those that may have one; last for types that nobody knows. The
    /// others get their empty cells when one has a value again, or they are handed over.
    lookups: Vec<Vec<Own>>,
}

impl ByType {
    fn new(of: Vec<usize>, all: &[Column]) -> ByType {
        let own = |column: usize, kind| {
            let lookup = Lookup::of(&all[column], kind)?;
            let has_gaps = Lookup::of(&all[column], None).is_none();
            Some(Own { column, lookup, has_gaps })
        };
        let of_type = |kind| of.iter().filter_map(|column| own(*column, kind)).collect();
        let lookups = event_types().iter().map(Some).chain([None]).map(of_type).collect();
        ByType { columns: of, lookups }
    }

    /// Those for an event.
    #[inline]
    fn of(&self, event: &Event<'_>) -> &[Own] {
        let of_type = self.lookups.get(usize::from(event.raw.code));
        of_type.or(self.lookups.last()).map_or(&[], |all| all)
    }
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
    /// Columns with a cell for each row.
    own: ByType,
    /// Columns of arguments.
    arguments: ByType,
    /// Columns of what every event has, and what.
    parts: Vec<(usize, Part)>,
    /// That of the rows, if there are such columns.
    headers: Vec<Header>,
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
        let part = |at: usize| Some((at, Part::of(&columns[at])?));
        let parts: Vec<_> = (0..columns.len()).filter_map(part).collect();
        let of_header = |at: usize| parts.iter().any(|(known, _)| *known == at);
        let on = |shared| {
            let all = (0..columns.len()).filter(|at| !of_header(*at));
            all.filter(move |at| Shared::of(&columns[*at]) == shared)
        };
        let by_type = |shared| ByType::new(on(shared).collect(), columns);
        let (own, arguments) = (by_type(None), by_type(Some(Shared::Arguments)));
        let shared = Shared::ALL.map(|shared| (shared, on(Some(shared)).collect()));
        Rows {
            block: empty(columns),
            lost: 0,
            is_full: false,
            complete: false,
            memo: Memo::new(),
            own,
            arguments,
            parts,
            headers: Vec::new(),
            shared,
            room: Vec::new(),
            reader,
        }
    }

    /// Hands over the rows, to go on with the next ones, in the memory of `room` if that
    /// was handed over before.
    pub fn take(&mut self, room: Option<Block>) -> Block {
        self.fill();
        self.memo.clear();
        let mut next = room.unwrap_or_else(|| empty(&self.reader.request.columns));
        next.clear();
        for at in &self.own.columns {
            next.columns[*at].sharing = Sharing::Own;
        }
        for at in &self.arguments.columns {
            next.columns[*at].sharing = Sharing::Places(Shared::Arguments as usize);
        }
        std::mem::replace(&mut self.block, next)
    }

    /// Gives each row a cell of every column, and a column without any value only one.
    fn fill(&mut self) {
        for (at, part) in &self.parts {
            self.lost += part.push(&self.headers, &mut self.block.columns[*at].cells);
        }
        self.headers.clear();
        let arguments = self.memo.used(Shared::Arguments);
        for (columns, count) in [(&self.own, self.block.rows), (&self.arguments, arguments)] {
            for at in &columns.columns {
                let column = &mut self.block.columns[*at];
                if count > 0 && column.cells.none_there() {
                    column.cells.clear();
                    column.cells.fill(1);
                    column.sharing = Sharing::One;
                } else {
                    column.cells.fill(count);
                }
            }
        }
    }

    /// How many rows there are so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.block.rows
    }

    /// Memory that the texts of the rows take, bytes.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        let columns = self.block.columns.iter();
        columns.map(|column| column.cells.text_bytes()).sum::<usize>() + self.memo.bytes()
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
        let Rows { reader, block, memo, lost, own, arguments, room, .. } = self;
        let context = reader.context(event, world);
        let mut row = Row { reader, context, values: Values::new(), room };
        for own in own.of(event) {
            *lost += row.push_own(own, block.rows, &mut block.columns[own.column].cells);
        }
        for (shared, columns) in &self.shared {
            if columns.is_empty() || *shared == Shared::Capture && block.rows > 0 {
                continue;
            }
            let place = memo.place(*shared, &context);
            if *shared != Shared::Capture {
                block.places[*shared as usize].push(place.number);
            }
            if place.is_new && *shared == Shared::Arguments {
                let count = place.number as usize;
                for own in arguments.of(event) {
                    *lost += row.push_own(own, count, &mut block.columns[own.column].cells);
                }
            } else if place.is_new {
                for at in columns {
                    *lost += row.push(*at, &mut block.columns[*at].cells);
                }
            }
        }
        if !self.parts.is_empty() {
            self.headers.push(Header::of(event));
        }
        block.rows += 1;
        if block.rows.is_multiple_of(LOOK) {
            self.is_full = block.bytes() + memo.bytes() > reader.request.most_bytes;
        }
    }
}

/// An event whose values are being added.
struct Row<'a> {
    reader: &'a RowReader,
    context: Context<'a>,
    /// Room for a value.
    values: Values<'a>,
    /// Room for a text.
    room: &'a mut Vec<u8>,
}

impl Row<'_> {
    /// Adds the value of a column, or that there is none; how many were beyond 63 bits.
    fn push(&mut self, column: usize, cells: &mut Cells) -> u64 {
        let Row { reader, context, values, .. } = self;
        let mut unfit = false;
        reader.value(column, context, values, |value| unfit = cells.push(value));
        u64::from(unfit)
    }

    /// The same the way that there is for events of a type, where there must be `count`
    /// cells before.
    #[inline]
    fn push_own(&mut self, own: &Own, count: usize, cells: &mut Cells) -> u64 {
        if own.has_gaps {
            cells.fill(count);
        }
        match own.lookup.push(&self.context, cells, self.room) {
            Some(unfit) => u64::from(unfit),
            None => self.push(own.column, cells),
        }
    }
}

/// No rows of these columns, which share cells.
fn empty(columns: &[Column]) -> Block {
    let mut block = Block::empty(columns);
    for (own, column) in block.columns.iter_mut().zip(columns) {
        own.sharing = match Shared::of(column) {
            None => Sharing::Own,
            Some(Shared::Capture) => Sharing::One,
            Some(shared) => Sharing::Places(shared as usize),
        };
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
