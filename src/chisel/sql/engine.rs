//! The engine that answers queries and writes Arrow files: polars, in this file alone, but
//! for its encoder of Parquet (see `parquet`). It gets the rows as columns, and gives back
//! an [`Answer`].

use std::fs::File;
use std::path::Path;

use polars::io::ipc::BatchedWriter as IpcBatches;
use polars::prelude::{
    AnyValue, BooleanChunked, Column as Part, CompatLevel, DataFrame, DataType, Engine,
    Float64Chunked, IdxCa, Int64Chunked, IntoLazy, IntoSeries, IpcCompression, IpcWriter,
    LazyFrame, NamedFrom, NewChunkedArray, PlRefPath, PolarsError, ScanArgsParquet, SerWriter,
    Series, TimeUnit,
};
use polars::sql::SQLContext;

use super::answer::{Answer, Cell};
use super::block::{Block, BlockColumn, Cells, Places, counted};
use super::column::{ColumnType, has};
use super::query::{Query, Table};

/// Tables that queries can be asked of: rows in memory, or Parquet files.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    rows: Vec<(Table, DataFrame)>,
    files: Vec<(Table, Vec<PlRefPath>)>,
}

impl Tables {
    /// Asks a query of empty tables: what the engine finds wrong with it is told before
    /// a capture is read.
    ///
    /// # Errors
    /// What the engine says is wrong with it.
    pub fn check(query: &Query) -> Result<(), String> {
        let mut tables = Tables::default();
        for table in &query.tables {
            let own = query.columns.iter().filter(|column| has(*table, column));
            tables.add(*table, &Block::empty(&own.cloned().collect::<Vec<_>>()))?;
        }
        tables.answer(query).map(|_| ())
    }

    /// Adds the rows of a capture to a table.
    ///
    /// # Errors
    /// When they are not of the table's columns.
    pub fn add(&mut self, table: Table, rows: &Block) -> Result<(), String> {
        let frame = frame(rows).map_err(|error| told(&error))?;
        match self.rows.iter_mut().find(|(known, _)| *known == table) {
            Some((_, all)) => {
                all.vstack_mut_owned(frame).map_err(|error| told(&error))?;
            }
            None => self.rows.push((table, frame)),
        }
        Ok(())
    }

    /// Adds the rows in a Parquet file; queries then go over the files piece by piece.
    ///
    /// # Errors
    /// When the path is no text.
    pub fn add_file(&mut self, table: Table, path: &Path) -> Result<(), String> {
        let text = path
            .to_str()
            .ok_or_else(|| format!("{}: a path in UTF-8 is wanted", path.display()))?;
        let path = PlRefPath::new(text);
        match self.files.iter_mut().find(|(known, _)| *known == table) {
            Some((_, all)) => all.push(path),
            None => self.files.push((table, vec![path])),
        }
        Ok(())
    }

    /// Answers a query.
    ///
    /// # Errors
    /// What the engine says is wrong with it.
    pub fn answer(&self, query: &Query) -> Result<Answer, String> {
        let mut context = SQLContext::new();
        for (table, frame) in &self.rows {
            context.register(table.name(), frame.clone().lazy());
        }
        for (table, files) in &self.files {
            let files = files.iter().cloned().collect();
            let plan = LazyFrame::scan_parquet_files(files, ScanArgsParquet::default());
            context.register(table.name(), plan.map_err(|error| told(&error))?);
        }
        let plan = context.execute(&query.text).map_err(|error| told(&error))?;
        let engine = if self.files.is_empty() { Engine::InMemory } else { Engine::Streaming };
        let found = plan.collect_with_engine(engine).map_err(|error| told(&error))?;
        // several come of several plans that are asked together, and this is one
        Ok(answer_of(&found.unwrap_single()))
    }
}

/// Version of the tables' columns, kept in the files.
pub const SCHEMA: (&str, &str) = ("analyze.schema", "analyze.rows/1");

/// An Arrow IPC file (Feather V2) that is being written: zstd, a record batch for each
/// lot of rows.
pub struct ArrowFile(IpcBatches<File>);

impl ArrowFile {
    /// Begins a file; `like` has its columns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(file: File, like: &Block) -> Result<ArrowFile, String> {
        let frame = frame(like).map_err(|error| told(&error))?;
        let mut fields = Vec::new();
        fields.resize_with(frame.width(), Default::default);
        let writer = IpcWriter::new(file)
            .with_compression(Some(IpcCompression::default()))
            // what every reader of Arrow knows
            .with_compat_level(CompatLevel::oldest());
        let mut writer = writer.batched(frame.schema(), fields).map_err(|error| told(&error))?;
        writer.set_custom_metadata(vec![(SCHEMA.0.to_owned(), SCHEMA.1.to_owned())]);
        Ok(ArrowFile(writer))
    }

    /// Adds rows.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn add(&mut self, rows: &Block) -> Result<(), String> {
        let mut frame = frame(rows).map_err(|error| told(&error))?;
        frame.align_chunks_par();
        self.0.write_batch(&frame).map_err(|error| told(&error))
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<(), String> {
        self.0.finish().map_err(|error| told(&error))
    }
}

/// The first line of an error: what follows is the engine's plan.
pub(super) fn told(error: &PolarsError) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

fn frame(rows: &Block) -> Result<DataFrame, PolarsError> {
    let rows = counted(rows);
    let parts = rows.columns.iter().map(|column| part(column, &rows));
    DataFrame::new(rows.rows, parts.collect::<Result<_, _>>()?)
}

/// A column's cells by row.
fn part(column: &BlockColumn, rows: &Block) -> Result<Part, PolarsError> {
    let name = || column.name.as_str().into();
    let mut series = match &column.cells {
        Cells::Int(cells) => Int64Chunked::from_iter_options(name(), cells.iter()).into_series(),
        Cells::Float(cells) => {
            Float64Chunked::from_iter_options(name(), cells.iter()).into_series()
        }
        Cells::Bool(cells) => BooleanChunked::from_iter_options(name(), cells.iter()).into_series(),
        Cells::Text(cells, texts) => {
            let numbers = IdxCa::from_iter_options(name(), cells.iter());
            let texts: Vec<&str> = texts.iter().collect();
            let mut all = Series::new(name(), texts).take(&numbers)?;
            all.rename(name());
            all
        }
    };
    match rows.places_of(column) {
        Places::Own => {}
        Places::At(places) => series = series.take(&IdxCa::from_slice(name(), places))?,
        Places::One if rows.rows == 0 => {}
        Places::One => series = series.new_from_index(0, rows.rows),
    }
    if column.kind == ColumnType::Timestamp {
        series = series.cast(&DataType::Datetime(TimeUnit::Nanoseconds, None))?;
    }
    Ok(series.into())
}

fn word(kind: &DataType) -> &'static str {
    match kind {
        DataType::Boolean => "bool",
        DataType::String => "text",
        DataType::Datetime(..) => "time",
        DataType::Null => "null",
        kind if kind.is_float() => "float",
        kind if kind.is_integer() => "int",
        _ => "text",
    }
}

fn cell(value: &AnyValue<'_>) -> Cell {
    match value {
        AnyValue::Null => Cell::Null,
        AnyValue::Boolean(value) => Cell::Bool(*value),
        AnyValue::Float32(number) => Cell::Float(f64::from(*number)),
        AnyValue::Float64(number) => Cell::Float(*number),
        other => match (other.get_str(), other.extract::<i64>()) {
            (Some(text), _) => Cell::Text(text.to_owned()),
            (None, Some(number)) => Cell::Int(number),
            (None, None) => Cell::Text(other.to_string()),
        },
    }
}

fn answer_of(frame: &DataFrame) -> Answer {
    let columns: Vec<(String, &'static str)> = frame
        .columns()
        .iter()
        .map(|column| (column.name().to_string(), word(column.dtype())))
        .collect();
    let mut rows = vec![Vec::with_capacity(columns.len()); frame.height()];
    for column in frame.columns() {
        let is_time = matches!(column.dtype(), DataType::Datetime(TimeUnit::Nanoseconds, _));
        for (at, row) in rows.iter_mut().enumerate() {
            row.push(match column.get(at).map_or(Cell::Null, |value| cell(&value)) {
                Cell::Int(ns) if is_time => Cell::Time(ns),
                cell => cell,
            });
        }
    }
    Answer { columns, rows }
}
