//! Rows as CSV, for programs that read nothing else: a head, a line a row, times as
//! RFC 3339, nothing where there is no value.

use std::fs::File;
use std::io::{BufWriter, Write};

use super::block::{Block, BlockColumn, Cells};
use super::column::ColumnType;

/// A file that is being written.
pub struct CsvFile {
    out: BufWriter<File>,
    line: Vec<u8>,
}

impl CsvFile {
    /// Begins a file; `like` has its columns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(file: File, like: &Block) -> Result<CsvFile, String> {
        let mut csv = CsvFile { out: BufWriter::with_capacity(1 << 20, file), line: Vec::new() };
        for (at, column) in like.columns.iter().enumerate() {
            csv.separate(at);
            quoted(&column.name, &mut csv.line);
        }
        csv.end_line()?;
        Ok(csv)
    }

    /// Adds rows.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn add(&mut self, rows: &Block) -> Result<(), String> {
        let columns: Vec<_> =
            rows.columns.iter().map(|column| (column, rows.places_of(column))).collect();
        for row in 0..rows.rows {
            for (at, (column, places)) in columns.iter().enumerate() {
                self.separate(at);
                cell(column, places.of(row), &mut self.line);
            }
            self.end_line()?;
        }
        Ok(())
    }

    fn separate(&mut self, column: usize) {
        if column > 0 {
            self.line.push(b',');
        }
    }

    fn end_line(&mut self) -> Result<(), String> {
        self.line.push(b'\n');
        let written = self.out.write_all(&self.line);
        self.line.clear();
        written.map_err(|error| error.to_string())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<(), String> {
        self.out.flush().map_err(|error| error.to_string())
    }
}

/// Writes one of a column's cells.
fn cell(column: &BlockColumn, at: usize, out: &mut Vec<u8>) {
    match &column.cells {
        Cells::Int(cells) => match (cells.get(at), column.kind) {
            (None, _) => {}
            (Some(ns), ColumnType::Timestamp) => {
                match jiff::Timestamp::from_nanosecond(i128::from(ns)) {
                    Ok(time) => out.extend_from_slice(format!("{time:.9}").as_bytes()),
                    Err(_) => number(ns, out),
                }
            }
            (Some(value), _) => number(value, out),
        },
        Cells::Float(cells) => {
            if let Some(value) = cells.get(at) {
                out.extend_from_slice(value.to_string().as_bytes());
            }
        }
        Cells::Bool(cells) => {
            if let Some(value) = cells.get(at) {
                out.extend_from_slice(if value { b"true" } else { b"false" });
            }
        }
        Cells::Text(cells, texts) => {
            if let Some(number) = cells.get(at) {
                quoted(texts.text(number), out);
            }
        }
    }
}

fn number(value: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Quoted where needed; an empty text is told from no value by its quotes.
fn quoted(text: &str, out: &mut Vec<u8>) {
    if !text.is_empty() && !text.contains(['"', ',', '\n', '\r']) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chisel::sql::column;
    use crate::filter::value::Value;

    #[test]
    fn rows_are_lines_that_can_be_told_apart() {
        let columns = ["evt_time", "evt_latency", "evt_is_io", "fd_name"];
        let columns: Vec<_> = columns.iter().map(|name| column(name).unwrap()).collect();
        let mut block = Block::empty(&columns);
        let rows = [
            [Value::Unsigned(1_500), Value::Unsigned(7), Value::Bool(true), Value::text("a,\"b")],
            [Value::Unsigned(0), Value::Signed(-1), Value::Bool(false), Value::text("")],
        ];
        for row in &rows {
            for (column, value) in block.columns.iter_mut().zip(row) {
                column.cells.push(Some(value));
            }
        }
        for column in &mut block.columns {
            column.cells.push(None);
        }
        block.rows = 3;
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut csv = CsvFile::create(file.reopen().unwrap(), &block).unwrap();
        csv.add(&block).unwrap();
        csv.finish().unwrap();
        assert_eq!(
            std::fs::read_to_string(file.path()).unwrap(),
            "evt_time,evt_latency,evt_is_io,fd_name\n\
             1970-01-01T00:00:00.000001500Z,7,true,\"a,\"\"b\"\n\
             1970-01-01T00:00:00.000000000Z,-1,false,\"\"\n,,,\n"
        );
    }
}
