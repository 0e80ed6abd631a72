//! Rows as Parquet, a row group for each lot of them. The file is the engine's, but the
//! columns are handed to it as they are here (see `pages`), without a frame in between.

use std::io::Write;

use polars_arrow::datatypes::{ArrowSchema, Field};
use polars_parquet::write::{
    CompressedPage, CompressionOptions, DynIter, DynStreamingIterator, FileWriter, KeyValue,
    StatisticsOptions, Version, WriteOptions, ZstdLevel, fallible_streaming_iterator,
    schema_to_metadata_key,
};
use rayon::prelude::*;

use super::block::{Block, BlockColumn, Cells, Sharing, counted};
use super::engine::{SCHEMA, told};
use super::pages::{Levels, Presses, data_type, pages};

/// zstd's level: a higher one takes longer and saves little of what is dictionaries and
/// differences already.
const LEVEL: i32 = 1;

/// Bytes of a page at most: all rows of a lot are in one.
const PAGE: usize = i32::MAX as usize;

/// A Parquet file that is being written: zstd, with statistics. The engine writes it in
/// thousands of small pieces, so that what goes to a disk wants a buffer.
pub struct ParquetFile<W: Write> {
    file: FileWriter<W>,
    presses: Presses,
}

impl<W: Write> ParquetFile<W> {
    /// Begins a file; `like` has its columns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(file: W, like: &Block) -> Result<Self, String> {
        let field = |column: &BlockColumn| {
            let name = column.name.as_str();
            (name.into(), Field::new(name.into(), data_type(column.kind), true))
        };
        let counted = counted(like);
        let schema: ArrowSchema = counted.columns.iter().map(field).collect();
        let options = WriteOptions {
            statistics: StatisticsOptions::default(),
            version: Version::V1,
            compression: CompressionOptions::Zstd(ZstdLevel::try_new(LEVEL).ok()),
            data_page_size: Some(PAGE),
        };
        let file = FileWriter::try_new(file, schema, options);
        let file = file.map_err(|error| told(&error))?;
        Ok(ParquetFile { file, presses: Presses::new(LEVEL) })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn add(&mut self, rows: &Block) -> Result<(), String> {
        if rows.rows == 0 {
            return Ok(());
        }
        let rows = counted(rows);
        let options = self.file.options();
        let types = self.file.parquet_schema().fields();
        let twins: Vec<Option<usize>> = (0..rows.columns.len()).map(|at| twin(&rows, at)).collect();
        let levels = Levels::new(&rows);
        let pages: Vec<Vec<CompressedPage>> = (twins.par_iter().zip(types).enumerate())
            .map(|(at, (twin, kind))| match twin {
                Some(_) => Ok(Vec::new()),
                None => pages(&rows, at, &levels, kind, (options, &self.presses)),
            })
            .collect::<Result<_, _>>()
            .map_err(|error| told(&error))?;
        let columns = twins.iter().enumerate().map(|(at, twin)| {
            let pages = &pages[twin.unwrap_or(at)];
            let pages = fallible_streaming_iterator::convert(pages.iter().map(Ok));
            Ok(DynStreamingIterator::new(pages))
        });
        let written = self.file.write(rows.rows as u64, DynIter::new(columns));
        written.map_err(|error| told(&error))
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<W, String> {
        let own = KeyValue { key: SCHEMA.0.to_owned(), value: Some(SCHEMA.1.to_owned()) };
        let about = vec![schema_to_metadata_key(self.file.schema()), own];
        self.file.end(Some(about)).map_err(|error| told(&error))?;
        let mut file = self.file.into_inner();
        file.flush().map_err(|error| error.to_string())?;
        Ok(file)
    }
}

/// An earlier column of the same numbers, whose pages are this one's, too: a time is the
/// same as a time and as a number.
fn twin(rows: &Block, at: usize) -> Option<usize> {
    let numbers = |at: usize| match &rows.columns.get(at)?.cells {
        Cells::Int(cells) if rows.columns[at].sharing == Sharing::Own => Some(cells),
        _ => None,
    };
    let own = numbers(at)?;
    (0..at).find(|before| numbers(*before) == Some(own))
}

/// A small table as a Parquet file.
///
/// # Errors
/// What cannot be written.
pub fn parquet(rows: &Block) -> Result<Vec<u8>, String> {
    let mut file = ParquetFile::create(Vec::new(), rows)?;
    file.add(rows)?;
    file.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chisel::sql::answer::Cell;
    use crate::chisel::sql::column::{Column, ColumnType, column};
    use crate::chisel::sql::engine::Tables;
    use crate::chisel::sql::query::{Query, Table};
    use crate::filter::value::Value;

    /// Numbers that are made.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, most: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (self.0 >> 33) % most
        }
    }

    const NAMES: [&str; 4] = ["evt_rawtime", "evt_time", "fd_name", "evt_is_io"];

    /// Cells of a column: `missing` of eight have no value, and there are `kinds` values.
    fn cells(kind: ColumnType, count: usize, missing: u64, kinds: u64, dice: &mut Dice) -> Cells {
        let mut cells = Cells::new(kind);
        for at in 0..count {
            // as things are: the same for a while
            let number = if at % 3000 < 1500 { 3 % kinds } else { dice.below(kinds) };
            let text = format!("name {number}");
            let far = [0, i64::MAX, i64::MIN, -1, 1][(number % 5) as usize];
            let value = match kind {
                // differences of more than 63 bits
                ColumnType::Int if kinds == 300 => Value::Signed(far),
                ColumnType::Bool => Value::Bool(number % 2 == 1),
                ColumnType::Text => Value::text(&text),
                _ => Value::Unsigned(number * 1_000_003),
            };
            cells.push((dice.below(8) >= missing).then_some(&value));
        }
        cells
    }

    fn block(rows: usize, sharing: Sharing, missing: u64, kinds: u64, dice: &mut Dice) -> Block {
        let columns: Vec<Column> = NAMES.iter().map(|name| column(name).unwrap()).collect();
        let mut block = Block::empty(&columns);
        let count = match sharing {
            Sharing::Own => rows,
            Sharing::Places(_) => rows.div_ceil(5),
            Sharing::One => 1,
        };
        for own in &mut block.columns {
            own.cells = cells(own.kind, count, missing, kinds, dice);
            own.sharing = sharing;
        }
        block.places = vec![(0..rows).map(|_| dice.below(count as u64) as u32).collect()];
        block.rows = rows;
        block
    }

    fn cell(column: &BlockColumn, at: usize) -> Cell {
        match &column.cells {
            Cells::Int(cells) if column.kind == ColumnType::Timestamp => {
                cells.get(at).map_or(Cell::Null, Cell::Time)
            }
            Cells::Int(cells) => cells.get(at).map_or(Cell::Null, Cell::Int),
            Cells::Float(cells) => cells.get(at).map_or(Cell::Null, Cell::Float),
            Cells::Bool(cells) => cells.get(at).map_or(Cell::Null, Cell::Bool),
            Cells::Text(cells, texts) => {
                cells.get(at).map_or(Cell::Null, |text| Cell::Text(texts.text(text).to_owned()))
            }
        }
    }

    #[test]
    fn files_have_the_rows_that_were_added() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut dice = Dice(11);
        for rows in [1, 7, 8, 9, 1023, 1024, 1025, 5000] {
            for sharing in [Sharing::Own, Sharing::Places(0), Sharing::One] {
                for (missing, kinds) in [(0, 1), (0, 3), (0, 300), (3, 1), (5, 4000), (8, 1)] {
                    let block = block(rows, sharing, missing, kinds, &mut dice);
                    std::fs::write(file.path(), parquet(&block).unwrap()).unwrap();
                    let mut tables = Tables::default();
                    tables.add_file(Table::Events, file.path()).unwrap();
                    let query = format!("SELECT {} FROM events", NAMES.join(", "));
                    let answer = tables.answer(&Query::parse(&query).unwrap()).unwrap();
                    assert_eq!(answer.rows.len(), rows);
                    for (row, found) in answer.rows.iter().enumerate() {
                        let given: Vec<Cell> = block
                            .columns
                            .iter()
                            .map(|column| cell(column, block.places_of(column).of(row)))
                            .collect();
                        assert_eq!(*found, given, "row {row} of {rows}, {sharing:?}, {missing}");
                    }
                }
            }
        }
    }

    #[test]
    fn statistics_tell_how_many_cells_are_missing() {
        let mut dice = Dice(5);
        let block = block(2000, Sharing::Places(0), 4, 20, &mut dice);
        let file = parquet(&block).unwrap();
        let mut cursor = std::io::Cursor::new(&file);
        let metadata = polars_parquet::parquet::read::read_metadata(&mut cursor).unwrap();
        for (chunk, column) in metadata.row_groups[0].parquet_columns().iter().zip(&block.columns) {
            let missing = (0..block.rows)
                .filter(|row| cell(column, block.places_of(column).of(*row)) == Cell::Null)
                .count();
            let statistics = chunk.statistics(&metadata.footer_buf).unwrap().unwrap();
            assert_eq!(statistics.null_count(), i64::try_from(missing).ok(), "{}", column.name);
        }
    }
}
