//! Rows as columns, before an engine gets them. Texts are kept once each, and rows hold
//! their numbers.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::column::{Column, ColumnType};
use crate::filter::args::{Buffer, write_buffer};
use crate::filter::value::Value;

/// Texts by number.
#[derive(Clone, Debug)]
pub struct Texts {
    numbers: HashMap<Box<str>, u32, RandomState>,
    list: Vec<Box<str>>,
    /// Numbers of texts that came lately, by a cheap mark of theirs: most texts of a
    /// column are few, and come again and again.
    lately: Box<[u32]>,
    bytes: usize,
}

const LATELY: usize = 2048;

impl Default for Texts {
    fn default() -> Self {
        let lately = vec![u32::MAX; LATELY].into();
        Texts { numbers: HashMap::default(), list: Vec::new(), lately, bytes: 0 }
    }
}

/// The end of a text and its length as one number below [`LATELY`].
fn mark(text: &[u8]) -> usize {
    let end = match text.last_chunk::<8>() {
        Some(end) => u64::from_le_bytes(*end),
        None => text.iter().fold(0, |mark, byte| mark << 8 | u64::from(*byte)),
    };
    let mixed = (end ^ text.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 32) as usize % LATELY
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

    /// The number of a value as text.
    pub fn number_of(&mut self, value: &Value<'_>) -> u32 {
        match value {
            Value::Text(text) => {
                let mark = mark(text);
                let lately = self.lately[mark];
                let known = self.list.get(lately as usize);
                if known.is_some_and(|known| known.as_bytes() == &**text) {
                    return lately;
                }
                let number = self.number(&String::from_utf8_lossy(text));
                self.lately[mark] = number;
                number
            }
            other => self.number(&text_of(other)),
        }
    }

    /// The text of a number.
    #[must_use]
    pub fn text(&self, number: u32) -> &str {
        self.list.get(number as usize).map_or("", AsRef::as_ref)
    }

    /// All of them, by number.
    pub fn list(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(AsRef::as_ref)
    }

    /// Memory that they take, bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
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
    /// No cells yet.
    #[must_use]
    pub fn new(kind: ColumnType) -> Cells {
        match kind {
            ColumnType::Int | ColumnType::Timestamp => Cells::Int(Vec::new()),
            ColumnType::Float => Cells::Float(Vec::new()),
            ColumnType::Bool => Cells::Bool(Vec::new()),
            ColumnType::Text => Cells::Text(Vec::new(), Texts::default()),
        }
    }

    /// Memory that they take, bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Cells::Int(cells) => cells.len() * 16,
            Cells::Float(cells) => cells.len() * 16,
            Cells::Bool(cells) => cells.len(),
            Cells::Text(cells, texts) => cells.len() * 8 + texts.bytes,
        }
    }

    /// Adds the value of an earlier row.
    pub fn push_again(&mut self, row: usize) {
        fn again<T: Copy>(cells: &mut Vec<Option<T>>, row: usize) {
            cells.push(cells.get(row).copied().flatten());
        }
        match self {
            Cells::Int(cells) => again(cells, row),
            Cells::Float(cells) => again(cells, row),
            Cells::Bool(cells) => again(cells, row),
            Cells::Text(cells, _) => again(cells, row),
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
            Cells::Text(cells, texts) => cells.push(value.map(|value| texts.number_of(value))),
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

fn text_of(value: &Value<'_>) -> String {
    match value {
        Value::Text(text) => String::from_utf8_lossy(text).into_owned(),
        Value::Bytes(bytes) => {
            let mut out = Vec::new();
            write_buffer(bytes, Buffer::Full, &mut out);
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

/// A column of a block.
#[derive(Clone, Debug)]
pub struct BlockColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnType,
    /// The values.
    pub cells: Cells,
}

/// Rows, column by column.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The columns, all of the same length.
    pub columns: Vec<BlockColumn>,
    /// Rows; there may be no columns.
    pub rows: usize,
}

impl Block {
    /// No rows of these columns.
    #[must_use]
    pub fn empty(columns: &[Column]) -> Block {
        let empty = |column: &Column| BlockColumn {
            name: column.name.clone(),
            kind: column.kind,
            cells: Cells::new(column.kind),
        };
        Block { columns: columns.iter().map(empty).collect(), rows: 0 }
    }
}
