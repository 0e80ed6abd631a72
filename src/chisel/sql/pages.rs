//! A column's cells as pages of a Parquet file. The engine's encoder makes dictionaries and
//! statistics. What it would look at every row several times for is written here as it
//! lies: which rows have a value, the keys of dictionaries, which columns have already,
//! and numbers that are each row's own. The layout is that of
//! <https://parquet.apache.org/docs/file-format/data-pages/encodings/>: levels that say
//! which rows have a value, then the values that there are (see `packed`).

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};

use foldhash::fast::FixedState;
use polars::prelude::{PolarsError, polars_err};
use polars_arrow::array::{Array, BooleanArray, DictionaryArray, PrimitiveArray, Utf8Array};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::datatypes::{ArrowDataType, TimeUnit};
use polars_arrow::offset::OffsetsBuffer;
use polars_parquet::parquet::CowBuffer;
use polars_parquet::parquet::compression::Compression;
use polars_parquet::parquet::page::{CompressedDictPage, DataPage, DataPageHeader, DictPage};
use polars_parquet::parquet::schema::Repetition;
use polars_parquet::write::{
    CompressedDataPage, CompressedPage, Encoding, Page, ParquetType, WriteOptions, array_to_columns,
};
use zstd::bulk::Compressor;
use zstd::zstd_safe::compress_bound;

use super::block::{Block, BlockColumn, Cells, Places};
use super::column::ColumnType;
use super::optional::Optional;
use super::packed::{self, PIECE};
use super::texts::Texts;

/// The type of a column.
pub(super) fn data_type(kind: ColumnType) -> ArrowDataType {
    match kind {
        ColumnType::Int => ArrowDataType::Int64,
        ColumnType::Float => ArrowDataType::Float64,
        ColumnType::Bool => ArrowDataType::Boolean,
        ColumnType::Text => ArrowDataType::LargeUtf8,
        ColumnType::Timestamp => ArrowDataType::Timestamp(TimeUnit::Nanosecond, None),
    }
}

/// Which rows have a value, for columns that have one in the same rows.
pub(super) struct Levels {
    /// By column, the first one that has its values in the same rows.
    first: Vec<usize>,
    /// By column, how that stands in its page.
    made: Vec<OnceLock<Vec<u8>>>,
}

impl Levels {
    pub(super) fn new(rows: &Block) -> Levels {
        let alike = |one: &BlockColumn, other: &BlockColumn| {
            one.sharing == other.sharing && one.cells.there() == other.cells.there()
        };
        let columns = &rows.columns;
        let first = |at: usize| (0..at).find(|first| alike(&columns[*first], &columns[at]));
        Levels {
            first: (0..columns.len()).map(|at| first(at).unwrap_or(at)).collect(),
            made: columns.iter().map(|_| OnceLock::new()).collect(),
        }
    }
}

/// Those that make pages, each for one column at a time: as many as are at work at once.
pub(super) struct Presses {
    level: i32,
    idle: Mutex<Vec<Press>>,
}

impl Presses {
    /// Compress with a level of zstd.
    pub(super) fn new(level: i32) -> Presses {
        Presses { level, idle: Mutex::new(Vec::new()) }
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&mut Press) -> Result<T, PolarsError>,
    ) -> Result<T, PolarsError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let last = idle().pop();
        let mut press = match last {
            Some(press) => press,
            None => Press::new(self.level)?,
        };
        let made = work(&mut press);
        idle().push(press);
        made
    }
}

/// Makes pages of columns, one after the other in the same memory.
struct Press {
    zstd: Compressor<'static>,
    /// Values of the rows that have one.
    numbers: Vec<i64>,
    /// A page.
    page: Vec<u8>,
    /// The same, compressed.
    compressed: Vec<u8>,
}

impl Press {
    fn new(level: i32) -> io::Result<Press> {
        let zstd = Compressor::new(level)?;
        Ok(Press { zstd, numbers: Vec::new(), page: Vec::new(), compressed: Vec::new() })
    }

    /// Compresses bytes, or the page if there are none.
    fn compressed(&mut self, bytes: Option<&[u8]>) -> io::Result<CowBuffer> {
        let bytes = bytes.unwrap_or(&self.page);
        let room = compress_bound(bytes.len());
        if self.compressed.len() < room {
            self.compressed.resize(room, 0);
        }
        let length = self.zstd.compress_to_buffer(bytes, &mut self.compressed[..])?;
        Ok(CowBuffer::Owned(self.compressed[..length].to_vec()))
    }

    /// A dictionary.
    fn dictionary(&mut self, page: &DictPage) -> io::Result<CompressedPage> {
        let bytes = self.compressed(Some(&page.buffer))?;
        Ok(CompressedPage::Dict(CompressedDictPage::new(
            bytes,
            Compression::Zstd,
            page.buffer.len(),
            page.num_values,
            page.is_sorted,
        )))
    }

    /// A page of `rows` rows, of which `values` have a value, with the head of another one.
    fn data(&mut self, like: &DataPage, rows: usize, values: usize) -> io::Result<CompressedPage> {
        let mut header = like.header().clone();
        if let DataPageHeader::V1(header) = &mut header {
            header.num_values = i32::try_from(rows).unwrap_or(i32::MAX);
            if let Some(statistics) = &mut header.statistics {
                statistics.null_count = i64::try_from(rows - values).ok();
            }
        }
        let bytes = self.compressed(None)?;
        Ok(CompressedPage::Data(CompressedDataPage::new(
            header,
            bytes,
            Compression::Zstd,
            self.page.len(),
            like.descriptor.clone(),
            rows,
        )))
    }
}

/// The pages of the column of number `at`.
///
/// # Errors
/// What the encoder says.
pub(super) fn pages(
    rows: &Block,
    at: usize,
    levels: &Levels,
    kind: &ParquetType,
    (options, presses): (WriteOptions, &Presses),
) -> Result<Vec<CompressedPage>, PolarsError> {
    presses.with(|press| pages_by(rows, at, levels, Encoder { kind, options, press }))
}

fn pages_by(
    rows: &Block,
    at: usize,
    levels: &Levels,
    mut encoder: Encoder<'_>,
) -> Result<Vec<CompressedPage>, PolarsError> {
    let column = &rows.columns[at];
    let levels = &levels.made[levels.first[at]];
    let layout = |there| Layout { there, places: rows.places_of(column), rows: rows.rows, levels };
    let is_own = matches!(rows.places_of(column), Places::Own);
    match &column.cells {
        Cells::Text(keys, texts) => {
            encoder.with_keys(keys.values(), dictionary(texts)?, layout(keys.there()))
        }
        Cells::Int(cells) if is_own && !column.cells.none_there() => {
            encoder.differences(cells.values(), column.kind, layout(cells.there()))
        }
        Cells::Int(cells) => {
            let (keys, values) = distinct(cells);
            let array = PrimitiveArray::from_vec(values).to(data_type(column.kind));
            encoder.with_keys(&keys, array.boxed(), layout(cells.there()))
        }
        Cells::Float(cells) if column.cells.none_there() => {
            let array = PrimitiveArray::<f64>::from_vec(Vec::new());
            encoder.with_keys(&vec![0; cells.len()], array.boxed(), layout(cells.there()))
        }
        Cells::Float(cells) => encoder.plain(cells.values(), layout(cells.there())),
        Cells::Bool(cells) => encoder.bits(cells.values(), layout(cells.there())),
    }
}

/// The engine's encoder, for a column.
struct Encoder<'a> {
    kind: &'a ParquetType,
    options: WriteOptions,
    press: &'a mut Press,
}

impl Encoder<'_> {
    /// What it makes of an array.
    fn pages(
        &self,
        array: Box<dyn Array>,
        encoding: Encoding,
        kind: &ParquetType,
    ) -> Result<Vec<Page>, PolarsError> {
        let columns = array_to_columns(array, kind.clone(), self.options, &[encoding])?;
        columns.into_iter().flatten().collect()
    }

    /// The only page of an array of which nothing is missing, without levels.
    fn page(&self, array: Box<dyn Array>, encoding: Encoding) -> Result<DataPage, PolarsError> {
        let mut kind = self.kind.clone();
        if let ParquetType::PrimitiveType(kind) = &mut kind {
            kind.field_info.repetition = Repetition::Required;
        }
        only(self.pages(array, encoding, &kind)?)
    }

    /// Numbers that are each row's own, of which there is at least one.
    fn differences(
        &mut self,
        cells: &[i64],
        kind: ColumnType,
        layout: Layout<'_>,
    ) -> Result<Vec<CompressedPage>, PolarsError> {
        let mut numbers = std::mem::take(&mut self.press.numbers);
        numbers.clear();
        layout.pieces(cells, |piece| numbers.extend_from_slice(piece));
        let least = numbers.iter().copied().fold(i64::MAX, i64::min);
        let most = numbers.iter().copied().fold(i64::MIN, i64::max);
        let ends = PrimitiveArray::from_vec(vec![least, most]).to(data_type(kind));
        let like = self.page(ends.boxed(), Encoding::DeltaBinaryPacked)?;
        layout.begin(&mut self.press.page);
        packed::differences(&numbers, &mut self.press.page);
        let page = self.press.data(&like, layout.rows, numbers.len())?;
        self.press.numbers = numbers;
        Ok(vec![page])
    }

    /// Numbers with a fraction; there is at least one.
    fn plain(
        &mut self,
        cells: &[f64],
        layout: Layout<'_>,
    ) -> Result<Vec<CompressedPage>, PolarsError> {
        let mut values = Vec::new();
        layout.pieces(cells, |piece| values.extend_from_slice(piece));
        let count = values.len();
        let page = self.page(PrimitiveArray::from_vec(values).boxed(), Encoding::Plain)?;
        layout.begin(&mut self.press.page);
        self.press.page.extend_from_slice(page.buffer());
        Ok(vec![self.press.data(&page, layout.rows, count)?])
    }

    /// Bits.
    fn bits(
        &mut self,
        cells: &[bool],
        layout: Layout<'_>,
    ) -> Result<Vec<CompressedPage>, PolarsError> {
        let (mut count, mut trues) = (0, 0);
        layout.begin(&mut self.press.page);
        layout.pieces(cells, |piece| {
            count += piece.len();
            trues += piece.iter().filter(|bit| **bit).count();
            packed::bits(piece, &mut self.press.page);
        });
        let like =
            match [(false, count - trues), (true, trues)].map(|(bit, n)| (n > 0).then_some(bit)) {
                [None, None] => {
                    let none = BooleanArray::new_null(ArrowDataType::Boolean, 1);
                    only(self.pages(none.boxed(), Encoding::Plain, self.kind)?)?
                }
                found => {
                    let found: Vec<bool> = found.into_iter().flatten().collect();
                    self.page(BooleanArray::from_slice(found).boxed(), Encoding::Plain)?
                }
            };
        Ok(vec![self.press.data(&like, layout.rows, count)?])
    }

    /// A dictionary and, by cell, what of it is its value.
    fn with_keys(
        &mut self,
        keys: &[u32],
        dictionary: Box<dyn Array>,
        layout: Layout<'_>,
    ) -> Result<Vec<CompressedPage>, PolarsError> {
        // of one row the encoder makes the dictionary's page, and the head of another
        let missing = dictionary.is_empty().then(|| Bitmap::new_zeroed(1));
        let width = packed::width_of(dictionary.len().saturating_sub(1) as u64);
        let one = PrimitiveArray::from_slice([0u32]).with_validity(missing);
        let one = DictionaryArray::try_from_keys(one, dictionary, false)?;
        let pages = self.pages(one.boxed(), Encoding::RleDictionary, self.kind)?;
        let mut with_all = |page| match page {
            Page::Data(one) => {
                let out = &mut self.press.page;
                layout.begin(out);
                out.push(width as u8);
                let mut count = 0;
                layout.pieces(keys, |piece| {
                    count += piece.len();
                    packed::keys(piece, width, out);
                });
                self.press.data(&one, layout.rows, count)
            }
            Page::Dict(dictionary) => self.press.dictionary(&dictionary),
        };
        Ok(pages.into_iter().map(&mut with_all).collect::<io::Result<_>>()?)
    }
}

/// The page of a column that takes no more.
fn only(mut pages: Vec<Page>) -> Result<DataPage, PolarsError> {
    match (pages.pop(), pages.is_empty()) {
        (Some(Page::Data(page)), true) => Ok(page),
        _ => Err(polars_err!(ComputeError: "a column takes more than a page of Parquet")),
    }
}

/// Which cell is that of each row, and which cells have a value; `None`: all.
#[derive(Clone, Copy)]
struct Layout<'a> {
    there: Option<&'a [bool]>,
    places: Places<'a>,
    rows: usize,
    /// Room for how that stands in a page.
    levels: &'a OnceLock<Vec<u8>>,
}

impl Layout<'_> {
    /// Gives the values of the rows that have one: a [`PIECE`] at a time, at last what is
    /// left.
    fn pieces<T: Copy + Default>(self, cells: &[T], mut take: impl FnMut(&[T])) {
        match (self.places, self.there) {
            (Places::Own, None) => cells.chunks(PIECE).for_each(take),
            (Places::Own, Some(there)) => {
                let mut found = Found::new();
                for (cells, there) in cells.chunks(PIECE).zip(there.chunks(PIECE)) {
                    found.add(cells.iter().copied().zip(there.iter().copied()), &mut take);
                }
                found.finish(take);
            }
            (Places::At(places), None) => {
                let mut room = [T::default(); PIECE];
                for places in places.chunks(PIECE) {
                    for (value, place) in room.iter_mut().zip(places) {
                        *value = cells[*place as usize];
                    }
                    take(&room[..places.len()]);
                }
            }
            (Places::At(places), Some(there)) => {
                let both: Vec<(T, bool)> =
                    cells.iter().copied().zip(there.iter().copied()).collect();
                let mut found = Found::new();
                for places in places.chunks(PIECE) {
                    found.add(places.iter().map(|place| both[*place as usize]), &mut take);
                }
                found.finish(take);
            }
            (Places::One, Some([false, ..])) => {}
            (Places::One, _) => {
                let room = [cells[0]; PIECE];
                let pieces = (0..self.rows).step_by(PIECE);
                pieces.for_each(|start| take(&room[..PIECE.min(self.rows - start)]));
            }
        }
    }

    /// Begins a page: which rows have a value.
    fn begin(self, page: &mut Vec<u8>) {
        page.clear();
        page.extend_from_slice(self.levels.get_or_init(|| self.made_levels()));
    }

    fn made_levels(self) -> Vec<u8> {
        let mut out = vec![0; 4];
        match self.there {
            None => packed::run(self.rows, 1, 1, &mut out),
            Some(there) if !there.contains(&true) => packed::run(self.rows, 0, 1, &mut out),
            Some(there) => {
                packed::piece(self.rows, &mut out);
                let all = Layout { there: None, ..self };
                all.pieces(there, |piece| packed::bits(piece, &mut out));
            }
        }
        let length = u32::try_from(out.len() - 4).unwrap_or(u32::MAX);
        out[..4].copy_from_slice(&length.to_le_bytes());
        out
    }
}

/// Values that were found among missing ones.
struct Found<T> {
    values: [T; 2 * PIECE],
    count: usize,
}

impl<T: Copy + Default> Found<T> {
    fn new() -> Found<T> {
        Found { values: [T::default(); 2 * PIECE], count: 0 }
    }

    /// Adds those of a piece that are there, and gives a piece of those that were found.
    #[inline]
    fn add(&mut self, all: impl Iterator<Item = (T, bool)>, take: &mut impl FnMut(&[T])) {
        let mut count = self.count;
        for (value, is_there) in all {
            // written in any case, so that nothing hangs on what cannot be foreseen
            self.values[count] = value;
            count += usize::from(is_there);
        }
        self.count = count;
        if count >= PIECE {
            take(&self.values[..PIECE]);
            self.values.copy_within(PIECE..count, 0);
            self.count -= PIECE;
        }
    }

    fn finish(&self, mut take: impl FnMut(&[T])) {
        if self.count > 0 {
            take(&self.values[..self.count]);
        }
    }
}

/// All texts, by number.
fn dictionary(texts: &Texts) -> Result<Box<dyn Array>, PolarsError> {
    let (all, ends) = texts.parts();
    let ends = ends.iter().map(|end| i64::try_from(*end).unwrap_or(i64::MAX));
    let offsets = OffsetsBuffer::try_from([0].into_iter().chain(ends).collect::<Vec<i64>>())?;
    let bytes = all.as_bytes().to_vec().into();
    Ok(Utf8Array::try_new(ArrowDataType::LargeUtf8, offsets, bytes, None)?.boxed())
}

/// Numbers once each, and which of them every cell has; any where it has none.
fn distinct(cells: &Optional<i64>) -> (Vec<u32>, Vec<i64>) {
    let (mut numbers, mut values) = (HashMap::with_hasher(FixedState::default()), Vec::new());
    let mut key = |value| {
        *numbers.entry(value).or_insert_with(|| {
            values.push(value);
            u32::try_from(values.len() - 1).unwrap_or(u32::MAX)
        })
    };
    let keys = cells.iter().map(|cell| cell.map_or(0, &mut key)).collect();
    (keys, values)
}
