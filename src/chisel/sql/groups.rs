//! The groups of a folded query: the collector that sums up rows while the capture is
//! read, so that memory grows with the groups alone.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::block::{Block, BlockColumn, Cells, Sharing, number_of, whole};
use super::column::{Column, ColumnType};
use super::folding::{Fold, Measure, ROWS};
use super::optional::Optional;
use super::rows::{RowReader, RowsRequest};
use super::texts::Texts;
use crate::event::Kind;
use crate::filter::fields::Getter;
use crate::filter::value::{Value, Values};
use crate::state::{Event, Visitor, World};

/// Memory of a group beside its keys and measures, about, bytes.
const GROUP: usize = 64;

/// The group is not known yet.
const NEW: u32 = u32::MAX;

/// What is known of one column in one group.
#[derive(Clone, Copy, Debug, Default)]
struct Measured {
    count: i64,
    sum: i64,
    least: Option<i64>,
    largest: Option<i64>,
}

impl Measured {
    fn add(&mut self, value: i64) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(value);
        self.least = Some(self.least.map_or(value, |least| least.min(value)));
        self.largest = Some(self.largest.map_or(value, |largest| largest.max(value)));
    }

    fn cell(&self, measure: Measure) -> Option<i64> {
        match measure {
            Measure::Count => Some(self.count),
            Measure::Sum => (self.count > 0).then_some(self.sum),
            Measure::Min => self.least,
            Measure::Max => self.largest,
        }
    }
}

/// A value as a number; `None`: it is one beyond 63 bits. Texts without a place are only
/// counted.
fn as_number(kind: ColumnType, value: &Value<'_>, texts: Option<&mut Texts>) -> Option<i64> {
    match (kind, value, texts) {
        (ColumnType::Text, value, Some(texts)) => Some(i64::from(number_of(texts, value))),
        (ColumnType::Text, _, None) => Some(0),
        (ColumnType::Bool, Value::Bool(value), _) => Some(i64::from(*value)),
        (ColumnType::Float, Value::Double(number), _) => Some(number.to_bits().cast_signed()),
        (_, value, _) => whole(value),
    }
}

/// The collector.
#[derive(Debug)]
pub struct Groups {
    reader: RowReader,
    /// Columns that make a group: as many, the first ones.
    keys: usize,
    texts: Vec<Texts>,
    /// Numbers of groups by the cells of their keys.
    numbers: HashMap<Box<[Option<i64>]>, u32, RandomState>,
    /// Where the only key is a text: the same by its number + 1, and by 0 if it has none.
    by_text: Option<Vec<u32>>,
    /// Rows of each group.
    rows: Vec<i64>,
    /// For each group, each measured column.
    measured: Vec<Measured>,
    key: Vec<Option<i64>>,
    values: Vec<Option<i64>>,
    /// Memory that the groups take without their texts, about, bytes.
    bytes: usize,
    /// Some number was beyond 63 bits, or the groups take more memory than they may: the
    /// query is to be answered by its rows.
    pub failed: bool,
}

impl Groups {
    /// Prepares to collect; the columns of `request` do not count.
    #[must_use]
    pub fn new(request: RowsRequest, fold: &Fold) -> Groups {
        let columns = [&fold.keys[..], &fold.measured[..]].concat();
        let mut groups = Groups {
            keys: fold.keys.len(),
            texts: vec![Texts::default(); fold.keys.len()],
            key: vec![None; fold.keys.len()],
            values: vec![None; fold.measured.len()],
            reader: RowReader::new(RowsRequest { columns, table: fold.table, ..request }),
            numbers: HashMap::default(),
            by_text: matches!(&fold.keys[..], [key] if key.kind == ColumnType::Text).then(Vec::new),
            rows: Vec::new(),
            measured: Vec::new(),
            bytes: 0,
            failed: false,
        };
        if fold.keys.is_empty() {
            groups.number();
        }
        groups
    }

    /// Reads the cells of a row; false: one is beyond 63 bits.
    fn cells(&mut self, event: &Event<'_>, world: &World) -> bool {
        let context = self.reader.context(event, world);
        let mut given = Values::new();
        let mut fits = true;
        let (keys, values) = (self.key.iter_mut(), self.values.iter_mut());
        let texts = self.texts.iter_mut().map(Some).chain(std::iter::repeat_with(|| None));
        for ((at, cell), texts) in keys.chain(values).enumerate().zip(texts) {
            *cell = match (self.reader.getter(at), texts) {
                (Some(Getter::Text(text)), Some(texts)) => {
                    text(&context).map(|text| i64::from(texts.number_of(&text)))
                }
                (Some(Getter::Number(number)), _) => number(&context).and_then(|number| {
                    let number = i64::try_from(number).ok();
                    fits &= number.is_some();
                    number
                }),
                (_, texts) => {
                    let kind = self.reader.request.columns[at].kind;
                    let mut cell = None;
                    self.reader.value(at, &context, &mut given, |value| {
                        let value = value.map(|value| as_number(kind, value, texts));
                        fits &= value != Some(None);
                        cell = value.flatten();
                    });
                    cell
                }
            };
        }
        fits
    }

    /// The number of the row's group.
    fn number(&mut self) -> usize {
        let by_text = self.by_text.as_mut().map(|by_text| {
            let at = self.key[0].and_then(|text| usize::try_from(text + 1).ok()).unwrap_or(0);
            if by_text.len() <= at {
                by_text.resize(at + 1, NEW);
            }
            &mut by_text[at]
        });
        let known = match &by_text {
            Some(known) => **known,
            None => self.numbers.get(&self.key[..]).copied().unwrap_or(NEW),
        };
        if known != NEW {
            return known as usize;
        }
        let number = self.rows.len();
        if let Some(known) = by_text {
            *known = u32::try_from(number).unwrap_or(NEW);
        }
        self.add();
        number
    }

    /// One more group.
    fn add(&mut self) {
        let number = u32::try_from(self.rows.len()).unwrap_or(NEW);
        self.rows.push(0);
        self.measured.resize(self.measured.len() + self.values.len(), Measured::default());
        self.numbers.insert(self.key.clone().into(), number);
        self.bytes += GROUP
            + self.key.len() * size_of::<Option<i64>>()
            + self.values.len() * size_of::<Measured>();
        let texts: usize = self.texts.iter().map(Texts::bytes).sum();
        self.failed |= self.bytes + texts > self.reader.request.most_bytes;
    }

    /// The groups as rows: their keys, how many rows each has, and all measures.
    #[must_use]
    pub fn block(self) -> Block {
        let mut by_number: Vec<&[Option<i64>]> = vec![&[]; self.rows.len()];
        for (key, number) in &self.numbers {
            by_number[*number as usize] = key;
        }
        let (keys, measured) = self.reader.request.columns.split_at(self.keys);
        let mut columns: Vec<BlockColumn> = Vec::new();
        for (at, (column, texts)) in keys.iter().zip(self.texts).enumerate() {
            let cells = by_number.iter().map(|key| key[at]);
            columns.push(BlockColumn {
                name: column.name.clone(),
                kind: column.kind,
                cells: key_cells(column, cells, texts),
                sharing: Sharing::Own,
            });
        }
        let mut add = |name: String, cells: Optional<i64>| {
            let (kind, cells) = (ColumnType::Int, Cells::Int(cells));
            columns.push(BlockColumn { name, kind, cells, sharing: Sharing::Own });
        };
        add(ROWS.to_owned(), self.rows.iter().copied().map(Some).collect());
        let width = measured.len();
        for (at, column) in measured.iter().enumerate() {
            for measure in Measure::ALL {
                let own = self.measured.iter().skip(at).step_by(width);
                add(measure.column(&column.name), own.map(|own| own.cell(measure)).collect());
            }
        }
        Block { columns, rows: self.rows.len(), places: Vec::new() }
    }
}

fn key_cells(column: &Column, cells: impl Iterator<Item = Option<i64>>, texts: Texts) -> Cells {
    match column.kind {
        ColumnType::Int | ColumnType::Timestamp => Cells::Int(cells.collect()),
        ColumnType::Float => {
            let float = |bits: i64| f64::from_bits(bits.cast_unsigned());
            Cells::Float(cells.map(|cell| cell.map(float)).collect())
        }
        ColumnType::Bool => Cells::Bool(cells.map(|cell| cell.map(|bit| bit == 1)).collect()),
        ColumnType::Text => {
            let number = |number: i64| u32::try_from(number).unwrap_or(0);
            Cells::Text(cells.map(|cell| cell.map(number)).collect(), texts)
        }
    }
}

impl Visitor for Groups {
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        if !self.reader.is_row(event, world) {
            return;
        }
        self.failed |= !self.cells(event, world);
        let number = self.number();
        self.rows[number] += 1;
        let width = self.values.len();
        let measured = &mut self.measured[number * width..];
        for (own, value) in measured.iter_mut().zip(&self.values) {
            if let Some(value) = value {
                own.add(*value);
            }
        }
    }

    #[inline]
    fn wants(&self, kind: Kind, exit: bool) -> bool {
        self.reader.wants(kind, exit)
    }

    fn done(&self) -> bool {
        self.failed
    }

    fn wants_details(&self) -> bool {
        self.reader.wants_details()
    }
}
