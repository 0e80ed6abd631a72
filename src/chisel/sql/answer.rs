//! The answer to a query: a small table of its own, so that nobody outside needs to
//! know which engine made it.

use serde_json::{Value, json};

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
    pub fn json(&self) -> Value {
        match self {
            Cell::Null => Value::Null,
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
    /// The number of the column of this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|(known, _)| known == name)
    }
}
