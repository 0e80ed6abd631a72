//! A column's cells as pages of a Parquet file. The engine's encoder makes dictionaries and
//! statistics, and packs numbers that are each row's own by what they differ. What it
//! would look at every row several times for is written here as it lies: which rows have
//! a value, and the keys of dictionaries, which columns have already. The layout is that
//! of <https://parquet.apache.org/docs/file-format/data-pages/encodings/>: levels that say
//! which rows have a value, then the values that there are; levels and keys are in runs of
//! equal ones and in packed pieces.

use std::collections::HashMap;
use std::sync::OnceLock;

use foldhash::fast::FixedState;
use polars::prelude::{PolarsError, polars_err};
use polars_arrow::array::{Array, BooleanArray, DictionaryArray, PrimitiveArray, Utf8Array};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::datatypes::{ArrowDataType, TimeUnit};
use polars_arrow::offset::OffsetsBuffer;
use polars_parquet::parquet::CowBuffer;
use polars_parquet::parquet::encoding::{bitpacked, ceil8, uleb128};
use polars_parquet::parquet::page::{DataPage, DataPageHeader};
use polars_parquet::parquet::schema::Repetition;
use polars_parquet::write::{
    CompressedPage, Encoding, Page, ParquetType, WriteOptions, array_to_columns, compress,
};

use super::block::{Block, BlockColumn, Cells, Places};
use super::column::ColumnType;
use super::optional::Optional;
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

/// The pages of the column of number `at`.
///
/// # Errors
/// What the encoder says.
pub(super) fn pages(
    rows: &Block,
    at: usize,
    levels: &Levels,
    kind: &ParquetType,
    options: WriteOptions,
) -> Result<Vec<CompressedPage>, PolarsError> {
    let column = &rows.columns[at];
    let levels = &levels.made[levels.first[at]];
    let encoder = Encoder { kind, options };
    let layout = |there| Layout { there, places: rows.places_of(column), rows: rows.rows, levels };
    let is_own = matches!(rows.places_of(column), Places::Own);
    let pages = match &column.cells {
        Cells::Text(keys, texts) => {
            encoder.with_keys(keys.values(), dictionary(texts)?, layout(keys.there()))
        }
        Cells::Int(cells) if is_own && !column.cells.none_there() => {
            let layout = layout(cells.there());
            let values = layout.values_of(cells.values());
            let array = PrimitiveArray::from_vec(values).to(data_type(column.kind));
            encoder.as_they_are(array.boxed(), Encoding::DeltaBinaryPacked, layout)
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
        Cells::Float(cells) => {
            let layout = layout(cells.there());
            let values = layout.values_of(cells.values());
            encoder.as_they_are(PrimitiveArray::from_vec(values).boxed(), Encoding::Plain, layout)
        }
        Cells::Bool(cells) if column.cells.none_there() => {
            let none = Some(Bitmap::new_zeroed(rows.rows));
            let array = BooleanArray::from_slice(vec![false; rows.rows]).with_validity(none);
            encoder.pages(array.boxed(), Encoding::Plain, kind)
        }
        Cells::Bool(cells) => encoder.bits(cells.values(), layout(cells.there())),
    }?;
    let packed = |page| Ok(compress(page, Vec::new(), options.compression)?);
    pages.into_iter().map(packed).collect()
}

/// The engine's encoder, for a column.
#[derive(Clone, Copy)]
struct Encoder<'a> {
    kind: &'a ParquetType,
    options: WriteOptions,
}

impl Encoder<'_> {
    /// What it makes of an array.
    fn pages(
        self,
        array: Box<dyn Array>,
        encoding: Encoding,
        kind: &ParquetType,
    ) -> Result<Vec<Page>, PolarsError> {
        let columns = array_to_columns(array, kind.clone(), self.options, &[encoding])?;
        columns.into_iter().flatten().collect()
    }

    /// The only page of an array of which nothing is missing, without levels.
    fn page(self, array: Box<dyn Array>, encoding: Encoding) -> Result<DataPage, PolarsError> {
        let mut kind = self.kind.clone();
        if let ParquetType::PrimitiveType(kind) = &mut kind {
            kind.field_info.repetition = Repetition::Required;
        }
        let mut pages = self.pages(array, encoding, &kind)?;
        match (pages.pop(), pages.is_empty()) {
            (Some(Page::Data(page)), true) => Ok(page),
            _ => Err(polars_err!(ComputeError: "a column takes more than a page of Parquet")),
        }
    }

    /// Values as the encoder packs them.
    fn as_they_are(
        self,
        values: Box<dyn Array>,
        encoding: Encoding,
        layout: Layout<'_>,
    ) -> Result<Vec<Page>, PolarsError> {
        let count = values.len();
        let page = self.page(values, encoding)?;
        Ok(vec![layout.page(&page, layout.levels(), page.buffer(), count)])
    }

    /// Bits; there is at least one.
    fn bits(self, values: &[bool], layout: Layout<'_>) -> Result<Vec<Page>, PolarsError> {
        let values = layout.values_of(values);
        let both = [false, true].into_iter().filter(|bit| values.contains(bit));
        let sample = BooleanArray::from_slice(both.collect::<Vec<_>>());
        let sample = self.page(sample.boxed(), Encoding::Plain)?;
        let data = packed(values.iter().copied(), values.len());
        Ok(vec![layout.page(&sample, layout.levels(), &data, values.len())])
    }

    /// A dictionary and, by cell, what of it is its value.
    fn with_keys(
        self,
        keys: &[u32],
        dictionary: Box<dyn Array>,
        layout: Layout<'_>,
    ) -> Result<Vec<Page>, PolarsError> {
        // of one row the encoder makes the dictionary's page, and the head of another
        let missing = dictionary.is_empty().then(|| Bitmap::new_zeroed(1));
        let width = (usize::BITS - dictionary.len().saturating_sub(1).leading_zeros()) as usize;
        let one = PrimitiveArray::from_slice([0u32]).with_validity(missing);
        let one = DictionaryArray::try_from_keys(one, dictionary, false)?;
        let pages = self.pages(one.boxed(), Encoding::RleDictionary, self.kind)?;
        let keys = layout.values_of(keys);
        let with_all = |page| match page {
            Page::Data(one) => {
                let mut data = layout.levels();
                write_keys(&keys, width, &mut data);
                layout.page(&one, data, &[], keys.len())
            }
            dictionary @ Page::Dict(_) => dictionary,
        };
        Ok(pages.into_iter().map(with_all).collect())
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
    /// The values of the rows that have one.
    fn values_of<T: Copy + Default>(self, cells: &[T]) -> Vec<T> {
        let Some(there) = self.there else {
            return match self.places {
                Places::Own => cells.to_vec(),
                Places::At(places) => places.iter().map(|place| cells[*place as usize]).collect(),
                Places::One => vec![cells[0]; self.rows],
            };
        };
        let mut found = vec![T::default(); self.rows];
        let mut count = 0;
        let mut add = |(value, is_there): (T, bool)| {
            // written in any case, so that nothing hangs on what cannot be foreseen
            found[count] = value;
            count += usize::from(is_there);
        };
        match self.places {
            Places::Own => cells.iter().copied().zip(there.iter().copied()).for_each(add),
            Places::At(places) => {
                let both: Vec<(T, bool)> =
                    cells.iter().copied().zip(there.iter().copied()).collect();
                for place in places {
                    add(both[*place as usize]);
                }
            }
            Places::One => {
                for _ in 0..self.rows {
                    add((cells[0], there[0]));
                }
            }
        }
        found.truncate(count);
        found
    }

    /// Which rows have a value, as it stands in a page.
    fn levels(self) -> Vec<u8> {
        self.levels.get_or_init(|| self.made_levels()).clone()
    }

    fn made_levels(self) -> Vec<u8> {
        let mut out = vec![0; 4];
        match self.there {
            None => run(self.rows, 1, 1, &mut out),
            Some(there) if !there.contains(&true) => run(self.rows, 0, 1, &mut out),
            Some(there) => {
                let bits = match self.places {
                    Places::At(places) => {
                        packed(places.iter().map(|place| there[*place as usize]), self.rows)
                    }
                    places => packed((0..self.rows).map(|row| there[places.of(row)]), self.rows),
                };
                packed_piece(&bits, self.rows, &mut out);
            }
        }
        let length = u32::try_from(out.len() - 4).unwrap_or(u32::MAX);
        out[..4].copy_from_slice(&length.to_le_bytes());
        out
    }

    /// A page of all rows, of which `values` have a value, with the head of another one.
    fn page(self, like: &DataPage, mut levels: Vec<u8>, data: &[u8], values: usize) -> Page {
        levels.extend_from_slice(data);
        let mut header = like.header().clone();
        if let DataPageHeader::V1(header) = &mut header {
            header.num_values = i32::try_from(self.rows).unwrap_or(i32::MAX);
            if let Some(statistics) = &mut header.statistics {
                statistics.null_count = i64::try_from(self.rows - values).ok();
            }
        }
        let bytes = CowBuffer::Owned(levels);
        Page::Data(DataPage::new(header, bytes, like.descriptor.clone(), self.rows))
    }
}

/// Bits, the lowest first.
fn packed(mut bits: impl Iterator<Item = bool>, count: usize) -> Vec<u8> {
    let mut byte = |_| {
        let mut byte = 0;
        for bit in 0..8 {
            byte |= u8::from(bits.next() == Some(true)) << bit;
        }
        byte
    };
    (0..ceil8(count)).map(&mut byte).collect()
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

/// Keys that are looked at together: all the same, they are one run.
const PIECE: usize = 1024;

/// Writes keys: how many bits each has, then runs and packed pieces.
fn write_keys(keys: &[u32], width: usize, out: &mut Vec<u8>) {
    out.push(width as u8);
    let mut room = vec![0; PIECE / 8 * width];
    for piece in keys.chunks(PIECE) {
        if piece.iter().all(|key| *key == piece[0]) {
            run(piece.len(), piece[0], width, out);
        } else {
            bitpacked::encode(piece, width, &mut room);
            packed_piece(&room[..ceil8(piece.len()) * width], piece.len(), out);
        }
    }
}

/// Writes a run of equal keys.
fn run(count: usize, key: u32, width: usize, out: &mut Vec<u8>) {
    number((count as u64) << 1, out);
    out.extend_from_slice(&key.to_le_bytes()[..ceil8(width)]);
}

/// Writes packed keys; there are eight of them in every so many bytes as a key has bits.
fn packed_piece(bytes: &[u8], count: usize, out: &mut Vec<u8>) {
    number((ceil8(count) as u64) << 1 | 1, out);
    out.extend_from_slice(bytes);
}

fn number(value: u64, out: &mut Vec<u8>) {
    let mut room = [0; 10];
    let length = uleb128::encode(value, &mut room);
    out.extend_from_slice(&room[..length]);
}
