//! The rows of a table, column by column: the collector that sees the events of a
//! capture. Texts are kept once each, and rows hold their numbers.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::column::{Column, ColumnType, Source};
use super::query::Table;
use crate::filter::Matching;
use crate::filter::args::Buffer;
use crate::filter::fields::{Context, Needs, Previous, Settings};
use crate::filter::value::{Value, Values};
use crate::format::scap::event::STATE_ONLY;
use crate::state::{Event, Pairing, Visitor, World};

/// Texts by number.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    numbers: HashMap<Box<str>, u32, RandomState>,
    list: Vec<Box<str>>,
    bytes: usize,
}

impl Texts {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.list.push(text.into());
        self.numbers.insert(text.into(), number);
        self.bytes += 2 * text.len() + 64;
        number
    }

    /// All of them, by number.
    pub fn list(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(AsRef::as_ref)
    }
}

/// The values of one column; `None` where there is none.
#[derive(Clone, Debug)]
pub enum Cells {
    /// Whole numbers and times.
    Int(Vec<Option<i64>>),
    /// Numbers with a fraction.
    Float(Vec<Option<f64>>),
    /// True or false.
    Bool(Vec<Option<bool>>),
    /// Numbers of texts.
    Text(Vec<Option<u32>>, Texts),
}

impl Cells {
    fn new(kind: ColumnType) -> Cells {
        match kind {
            ColumnType::Int | ColumnType::Timestamp => Cells::Int(Vec::new()),
            ColumnType::Float => Cells::Float(Vec::new()),
            ColumnType::Bool => Cells::Bool(Vec::new()),
            ColumnType::Text => Cells::Text(Vec::new(), Texts::default()),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Cells::Int(cells) => cells.len() * 16,
            Cells::Float(cells) => cells.len() * 16,
            Cells::Bool(cells) => cells.len(),
            Cells::Text(cells, texts) => cells.len() * 8 + texts.bytes,
        }
    }

    /// Adds a value; true: it is one that a column cannot hold.
    fn push(&mut self, value: Option<&Value<'_>>) -> bool {
        let mut lost = false;
        match self {
            Cells::Int(cells) => {
                let number = value.and_then(whole);
                lost = value.is_some() && number.is_none();
                cells.push(number);
            }
            Cells::Float(cells) => cells.push(match value {
                Some(Value::Double(number)) => Some(*number),
                _ => None,
            }),
            Cells::Bool(cells) => cells.push(match value {
                Some(Value::Bool(value)) => Some(*value),
                _ => None,
            }),
            Cells::Text(cells, texts) => {
                cells.push(value.map(|value| match value {
                    Value::Text(text) => texts.number(&String::from_utf8_lossy(text)),
                    other => texts.number(&text_of(other)),
                }));
            }
        }
        lost
    }
}

fn whole(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Signed(number) => Some(*number),
        Value::Unsigned(number) => i64::try_from(*number).ok(),
        Value::Port(number) => Some(i64::from(*number)),
        _ => None,
    }
}

fn text_of(value: &Value<'_>) -> String {
    match value {
        Value::Text(text) => String::from_utf8_lossy(text).into_owned(),
        Value::Bytes(bytes) => {
            let mut out = Vec::new();
            crate::filter::args::write_buffer(bytes, Buffer::Full, &mut out);
            String::from_utf8_lossy(&out).into_owned()
        }
        Value::Signed(number) => number.to_string(),
        Value::Unsigned(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Double(number) => number.to_string(),
        Value::Port(number) => number.to_string(),
        Value::Ip(address) => address.to_string(),
    }
}

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

/// The collector.
#[derive(Debug)]
pub struct Rows {
    request: RowsRequest,
    settings: Settings,
    previous: Previous,
    cells: Vec<Cells>,
    /// Rows.
    pub count: usize,
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
        let cells = request.columns.iter().map(|column| Cells::new(column.kind)).collect();
        Rows {
            request,
            settings: Settings { buffer: Buffer::Full, ..Settings::default() },
            previous: Previous::default(),
            cells,
            count: 0,
            lost: 0,
            is_full: false,
        }
    }

    /// Lets go of the rows, to go on with the next ones.
    pub fn clear(&mut self) {
        for (column, cells) in self.request.columns.iter().zip(&mut self.cells) {
            *cells = Cells::new(column.kind);
        }
        self.count = 0;
    }

    /// The columns with their cells.
    pub fn columns(&self) -> impl Iterator<Item = (&Column, &Cells)> {
        self.request.columns.iter().zip(&self.cells)
    }

    fn is_row(&self, event: &Event<'_>) -> bool {
        match self.request.table {
            Table::Events => true,
            Table::Calls => {
                event.is_exit() && event.pairing == Pairing::Paired && event.kind.is_syscall()
            }
        }
    }

    fn add(&mut self, event: &Event<'_>, world: &World) {
        let (settings, previous) = (&self.settings, &self.previous);
        let context = &Context { event, world, settings, previous };
        let mut values = Values::new();
        for (column, cells) in self.request.columns.iter().zip(&mut self.cells) {
            let lost = match &column.source {
                Source::Field(field, argument) => {
                    values.clear();
                    (field.get)(context, argument, &mut values);
                    cells.push(values.first())
                }
                Source::Capture => cells.push(Some(&Value::text(&self.request.capture))),
                Source::Run => cells.push(Some(&Value::Signed(self.request.run))),
                Source::Time => cells.push(Some(&Value::Unsigned(context.event.raw.ts_ns))),
            };
            self.lost += u64::from(lost);
        }
        self.count += 1;
        if self.count.is_multiple_of(LOOK) {
            let bytes: usize = self.cells.iter().map(Cells::bytes).sum();
            self.is_full = bytes > self.request.most_bytes;
        }
    }
}

impl Visitor for Rows {
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        if event.hidden || event.raw.dump_flags & STATE_ONLY != 0 {
            return;
        }
        if self.request.matching.passes(event, world, &self.settings) && self.is_row(event) {
            self.add(event, world);
        }
    }

    fn done(&self) -> bool {
        self.is_full
    }

    fn wants_details(&self) -> bool {
        let fields = self.request.columns.iter().filter_map(|column| match &column.source {
            Source::Field(field, _) => Some(field.needs),
            _ => None,
        });
        fields.chain([self.request.matching.needs()]).max() > Some(Needs::Params)
    }
}
