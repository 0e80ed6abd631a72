//! The answer to a query: a small table of its own, so that nobody outside needs to
//! know which engine made it.

use serde_json::{Value as Json, json};

use super::block::{Block, BlockColumn, Cells, Sharing};
use super::column::ColumnType;
use crate::filter::value::Value;

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// There is no value.
    Null,
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// Text.
    Text(String),
    /// A time, ns since the epoch.
    Time(i64),
}

impl Cell {
    /// As JSON.
    #[must_use]
    pub fn json(&self) -> Json {
        match self {
            Cell::Null => Json::Null,
            Cell::Int(number) | Cell::Time(number) => json!(number),
            Cell::Float(number) => json!(number),
            Cell::Bool(value) => json!(value),
            Cell::Text(text) => json!(text),
        }
    }

    /// As a number, if it is one.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Cell::Int(number) => Some(*number as f64),
            Cell::Float(number) => Some(*number),
            _ => None,
        }
    }
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Names of the columns, and what they hold: `int`, `float`, `bool`, `text`,
    /// `time`, `null`.
    pub columns: Vec<(String, &'static str)>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
}

impl Answer {
    /// The same as columns; a column without any value becomes one of texts.
    #[must_use]
    pub fn block(&self) -> Block {
        let columns = self.columns.iter().enumerate().map(|(at, (name, word))| {
            let kind = match *word {
                "int" => ColumnType::Int,
                "float" => ColumnType::Float,
                "bool" => ColumnType::Bool,
                "time" => ColumnType::Timestamp,
                _ => ColumnType::Text,
            };
            let mut cells = Cells::new(kind);
            for row in &self.rows {
                let value = match &row[at] {
                    Cell::Null => None,
                    Cell::Int(number) | Cell::Time(number) => Some(Value::Signed(*number)),
                    Cell::Float(number) => Some(Value::Double(*number)),
                    Cell::Bool(value) => Some(Value::Bool(*value)),
                    Cell::Text(text) => Some(Value::text(text)),
                };
                cells.push(value.as_ref());
            }
            BlockColumn { name: name.clone(), kind, cells, sharing: Sharing::Own }
        });
        Block { columns: columns.collect(), rows: self.rows.len(), places: Vec::new() }
    }

    /// The number of the column of this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|(known, _)| known == name)
    }
}
