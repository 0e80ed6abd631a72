//! Rows as Parquet, a row group for each lot of them. It is the engine's encoder, but the
//! columns are handed to it as they are here: texts as dictionaries, which would else be
//! written out and looked up again, and numbers as what they differ by.

use std::fs::File;
use std::io::Write;

use polars::prelude::PolarsError;
use polars_arrow::array::{Array, BooleanArray, DictionaryArray, PrimitiveArray, Utf8Array};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field, TimeUnit};
use polars_arrow::offset::OffsetsBuffer;
use polars_parquet::write::{
    CompressedPage, CompressionOptions, DynIter, DynStreamingIterator, Encoding, FileWriter,
    KeyValue, ParquetType, StatisticsOptions, Version, WriteOptions, ZstdLevel, array_to_columns,
    compress, fallible_streaming_iterator, schema_to_metadata_key,
};
use rayon::prelude::*;

use super::block::{Block, BlockColumn, Cells, counted};
use super::column::ColumnType;
use super::engine::{SCHEMA, told};
use super::texts::Texts;

/// zstd's level: a higher one takes longer and saves little of what is dictionaries and
/// differences already.
const LEVEL: i32 = 1;

/// A Parquet file that is being written: zstd, with statistics.
pub struct ParquetFile<W: Write = File> {
    file: FileWriter<W>,
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
            data_page_size: None,
        };
        let file = FileWriter::try_new(file, schema, options);
        Ok(ParquetFile { file: file.map_err(|error| told(&error))? })
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
        let pages: Vec<Vec<CompressedPage>> = (rows.columns.par_iter().zip(types))
            .map(|(column, kind)| pages(&rows, column, kind, options))
            .collect::<Result<_, _>>()
            .map_err(|error| told(&error))?;
        let columns = pages.iter().map(|pages| {
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
        Ok(self.file.into_inner())
    }
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

fn data_type(kind: ColumnType) -> ArrowDataType {
    match kind {
        ColumnType::Int => ArrowDataType::Int64,
        ColumnType::Float => ArrowDataType::Float64,
        ColumnType::Bool => ArrowDataType::Boolean,
        ColumnType::Text => ArrowDataType::LargeUtf8,
        ColumnType::Timestamp => ArrowDataType::Timestamp(TimeUnit::Nanosecond, None),
    }
}

fn pages(
    rows: &Block,
    column: &BlockColumn,
    kind: &ParquetType,
    options: WriteOptions,
) -> Result<Vec<CompressedPage>, PolarsError> {
    let (array, encoding) = array(column, rows.places_of(column))?;
    let mut all = Vec::new();
    for pages in array_to_columns(array, kind.clone(), options, &[encoding])? {
        for page in pages {
            all.push(compress(page?, Vec::new(), options.compression)?);
        }
    }
    Ok(all)
}

/// A column's cells by row, and how they are encoded.
fn array(
    column: &BlockColumn,
    places: Option<&[u32]>,
) -> Result<(Box<dyn Array>, Encoding), PolarsError> {
    Ok(match &column.cells {
        Cells::Int(cells) => {
            let (values, validity) = by_row(cells, places);
            let array = PrimitiveArray::new(data_type(column.kind), values.into(), validity);
            (Box::new(array), Encoding::DeltaBinaryPacked)
        }
        Cells::Float(cells) => {
            let (values, validity) = by_row(cells, places);
            let array = PrimitiveArray::new(data_type(column.kind), values.into(), validity);
            (Box::new(array), Encoding::Plain)
        }
        Cells::Bool(cells) => {
            let (values, validity) = by_row(cells, places);
            let array = BooleanArray::new(data_type(column.kind), values.into(), validity);
            (Box::new(array), Encoding::Plain)
        }
        Cells::Text(cells, texts) => {
            let (values, validity) = by_row(cells, places);
            let keys = PrimitiveArray::new(ArrowDataType::UInt32, values.into(), validity);
            let array = DictionaryArray::try_from_keys(keys, dictionary(texts)?, false)?;
            (Box::new(array), Encoding::RleDictionary)
        }
    })
}

/// The cells of the rows, and which of them have a value; `None`: all.
fn by_row<T: Copy + Default>(
    cells: &[Option<T>],
    places: Option<&[u32]>,
) -> (Vec<T>, Option<Bitmap>) {
    let values: Vec<T> = cells.iter().map(|cell| cell.unwrap_or_default()).collect();
    let empty = cells.iter().filter(|cell| cell.is_none()).count();
    let is_some = || cells.iter().map(Option::is_some);
    match places {
        None => (values, (empty > 0).then(|| is_some().collect())),
        Some(places) if empty == cells.len() => {
            (vec![T::default(); places.len()], Some(Bitmap::new_zeroed(places.len())))
        }
        Some(places) => {
            let is_some: Vec<bool> = if empty > 0 { is_some().collect() } else { Vec::new() };
            (taken(&values, places), (empty > 0).then(|| taken(&is_some, places).into()))
        }
    }
}

/// Of each row what is at its place.
fn taken<T: Copy + Default>(all: &[T], places: &[u32]) -> Vec<T> {
    places.iter().map(|place| all.get(*place as usize).copied().unwrap_or_default()).collect()
}

/// All texts, by number.
fn dictionary(texts: &Texts) -> Result<Box<dyn Array>, PolarsError> {
    let (all, ends) = texts.parts();
    let ends = ends.iter().map(|end| i64::try_from(*end).unwrap_or(i64::MAX));
    let offsets = OffsetsBuffer::try_from([0].into_iter().chain(ends).collect::<Vec<i64>>())?;
    let bytes = all.as_bytes().to_vec().into();
    Ok(Box::new(Utf8Array::try_new(ArrowDataType::LargeUtf8, offsets, bytes, None)?))
}
