//! Rows as columns, before an engine gets them. Texts are kept once each, and rows hold
//! their numbers. Columns that hang on the same thing (the type of an event, its thread,
//! its file) may be kept once for each such thing, and rows say which of them is theirs.

use std::borrow::Cow;

use super::column::{Column, ColumnType};
use super::optional::Optional;
use super::texts::Texts;
use crate::filter::args::{Buffer, write_buffer};
use crate::filter::value::Value;

/// The values of one column.
#[derive(Clone, Debug)]
pub enum Cells {
    /// Whole numbers and times.
    Int(Optional<i64>),
    /// Numbers with a fraction.
    Float(Optional<f64>),
    /// True or false.
    Bool(Optional<bool>),
    /// Numbers of texts.
    Text(Optional<u32>, Texts),
}

impl Cells {
    /// No cells yet.
    #[must_use]
    pub fn new(kind: ColumnType) -> Cells {
        match kind {
            ColumnType::Int | ColumnType::Timestamp => Cells::Int(Optional::new()),
            ColumnType::Float => Cells::Float(Optional::new()),
            ColumnType::Bool => Cells::Bool(Optional::new()),
            ColumnType::Text => Cells::Text(Optional::new(), Texts::default()),
        }
    }

    /// Adds cells without a value, so that there are as many as rows.
    pub(super) fn fill(&mut self, rows: usize) {
        match self {
            Cells::Int(cells) => cells.fill(rows),
            Cells::Float(cells) => cells.fill(rows),
            Cells::Bool(cells) => cells.fill(rows),
            Cells::Text(cells, _) => cells.fill(rows),
        }
    }

    /// Removes them all, but keeps the memory.
    pub(super) fn clear(&mut self) {
        match self {
            Cells::Int(cells) => cells.clear(),
            Cells::Float(cells) => cells.clear(),
            Cells::Bool(cells) => cells.clear(),
            Cells::Text(cells, texts) => {
                cells.clear();
                texts.clear();
            }
        }
    }

    /// Memory that so many cells take, bytes, here and as the engine's, and the texts.
    #[must_use]
    pub fn bytes(&self, count: usize) -> usize {
        match self {
            Cells::Int(_) | Cells::Float(_) => count * (9 + 8),
            Cells::Bool(_) => count * 2,
            Cells::Text(..) => count * (5 + 16) + self.text_bytes(),
        }
    }

    /// Memory that its texts take, bytes.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        match self {
            Cells::Text(_, texts) => texts.bytes(),
            _ => 0,
        }
    }

    /// Which cells have a value; `None`: all.
    #[must_use]
    pub fn there(&self) -> Option<&[bool]> {
        match self {
            Cells::Int(cells) => cells.there(),
            Cells::Float(cells) => cells.there(),
            Cells::Bool(cells) => cells.there(),
            Cells::Text(cells, _) => cells.there(),
        }
    }

    /// Whether there are no cells.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Cells::Int(cells) => cells.is_empty(),
            Cells::Float(cells) => cells.is_empty(),
            Cells::Bool(cells) => cells.is_empty(),
            Cells::Text(cells, _) => cells.is_empty(),
        }
    }

    /// Whether no cell has a value.
    #[must_use]
    pub fn none_there(&self) -> bool {
        self.is_empty() || self.there().is_some_and(|there| !there.contains(&true))
    }

    /// Adds a number; true: it is one that the column cannot hold.
    #[inline]
    pub fn push_number(&mut self, number: Option<u64>) -> bool {
        match self {
            Cells::Int(cells) => {
                let held = number.and_then(|number| i64::try_from(number).ok());
                cells.push(held);
                held.is_none() && number.is_some()
            }
            _ => self.push(number.map(Value::Unsigned).as_ref()),
        }
    }

    /// Adds a number with a sign.
    #[inline]
    pub(super) fn push_signed(&mut self, number: Option<i64>) {
        match self {
            Cells::Int(cells) => cells.push(number),
            _ => {
                self.push(number.map(Value::Signed).as_ref());
            }
        }
    }

    /// Adds numbers; how many of them the column cannot hold.
    pub(super) fn push_numbers(&mut self, numbers: impl Iterator<Item = u64> + Clone) -> u64 {
        match self {
            Cells::Int(cells) if numbers.clone().all(|number| i64::try_from(number).is_ok()) => {
                cells.extend(numbers.map(u64::cast_signed));
                0
            }
            _ => numbers.map(|number| u64::from(self.push_number(Some(number)))).sum(),
        }
    }

    /// Adds a text.
    #[inline]
    pub fn push_text(&mut self, text: Option<&[u8]>) {
        match self {
            Cells::Text(cells, texts) => cells.push(text.map(|text| texts.number_of(text))),
            _ => {
                self.push(text.map(Value::text).as_ref());
            }
        }
    }

    /// Adds a value; true: it is one that a column cannot hold.
    pub fn push(&mut self, value: Option<&Value<'_>>) -> bool {
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
            Cells::Text(cells, texts) => cells.push(value.map(|value| number_of(texts, value))),
        }
        lost
    }
}

/// A value as a whole number, if it is one of 63 bits.
pub fn whole(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Signed(number) => Some(*number),
        Value::Unsigned(number) => i64::try_from(*number).ok(),
        Value::Port(number) => Some(i64::from(*number)),
        _ => None,
    }
}

/// The number of a value as text.
pub(super) fn number_of(texts: &mut Texts, value: &Value<'_>) -> u32 {
    texts.number_of(&text_of(value))
}

fn text_of<'v>(value: &'v Value<'_>) -> Cow<'v, [u8]> {
    let text = match value {
        Value::Text(text) => return Cow::Borrowed(text),
        Value::Bytes(bytes) => {
            let mut out = Vec::new();
            write_buffer(bytes, Buffer::Full, &mut out);
            return Cow::Owned(out);
        }
        Value::Signed(number) => number.to_string(),
        Value::Unsigned(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Double(number) => number.to_string(),
        Value::Port(number) => number.to_string(),
        Value::Ip(address) => address.to_string(),
    };
    Cow::Owned(text.into_bytes())
}

/// A column of a block.
#[derive(Clone, Debug)]
pub struct BlockColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnType,
    /// The values.
    pub cells: Cells,
    /// Which cell is a row's.
    pub sharing: Sharing,
}

/// Which of a column's cells is a row's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Each row has its own.
    Own,
    /// That of which [`Block::places`] of this number tells.
    Places(usize),
    /// The only one there is.
    One,
}

/// The same, with the places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Places<'a> {
    /// Each row has its own.
    Own,
    /// By row, which.
    At(&'a [u32]),
    /// The only one there is.
    One,
}

impl Places<'_> {
    /// Which cell is that of a row.
    #[inline]
    #[must_use]
    pub fn of(self, row: usize) -> usize {
        match self {
            Places::Own => row,
            Places::At(places) => places[row] as usize,
            Places::One => 0,
        }
    }
}

/// Rows, column by column.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The columns.
    pub columns: Vec<BlockColumn>,
    /// Rows; there may be no columns.
    pub rows: usize,
    /// For columns that share them: for each row, which of a column's cells is its own.
    pub places: Vec<Vec<u32>>,
}

impl Block {
    /// No rows of these columns, each with cells of its own.
    #[must_use]
    pub fn empty(columns: &[Column]) -> Block {
        let empty = |column: &Column| BlockColumn {
            name: column.name.clone(),
            kind: column.kind,
            cells: Cells::new(column.kind),
            sharing: Sharing::Own,
        };
        Block { columns: columns.iter().map(empty).collect(), rows: 0, places: Vec::new() }
    }

    /// Removes all rows, but keeps the memory.
    pub fn clear(&mut self) {
        self.columns.iter_mut().for_each(|column| column.cells.clear());
        self.places.iter_mut().for_each(Vec::clear);
        self.rows = 0;
    }

    /// Which of the column's cells is that of each row.
    #[must_use]
    pub fn places_of(&self, column: &BlockColumn) -> Places<'_> {
        match column.sharing {
            Sharing::Own => Places::Own,
            Sharing::Places(number) => Places::At(&self.places[number]),
            Sharing::One => Places::One,
        }
    }

    /// Memory that the rows take, bytes, once each column has a cell for each of them.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.columns.iter().map(|column| column.cells.bytes(self.rows)).sum()
    }
}

/// The rows with a column at least, because nobody counts rows without: `count(*)` names
/// none.
pub(super) fn counted(rows: &Block) -> Cow<'_, Block> {
    if !rows.columns.is_empty() {
        return Cow::Borrowed(rows);
    }
    let cells = Cells::Int((0..rows.rows).map(|_| Some(0)).collect());
    let column =
        BlockColumn { name: "rows".into(), kind: ColumnType::Int, cells, sharing: Sharing::Own };
    Cow::Owned(Block { columns: vec![column], rows: rows.rows, places: Vec::new() })
}
