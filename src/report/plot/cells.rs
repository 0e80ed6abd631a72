//! Cells in pixels. What falls on the same pixel is added up, so that the
//! counts painted are always the counts given.

use std::collections::BTreeMap;

use super::axis::{LatencyAxis, TimeAxis};
use super::scene::{Area, Rgb};
use super::{Panel, PlotError, Row};

/// One cell as painted.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnCell {
    /// Number of the panel, or of the difference.
    pub panel: usize,
    /// Whether this is a cell of a difference.
    pub difference: bool,
    /// First row that is in it.
    pub row: u64,
    /// First bucket that is in it.
    pub bucket: u16,
    /// Calls; 0 in a difference.
    pub count: u64,
    /// Share of the calls, new minus base; 0 in a panel.
    pub share: f64,
    /// Colour.
    pub rgb: Rgb,
    /// Left edge, pixels.
    pub x0: i32,
    /// Upper edge.
    pub y0: i32,
    /// Right edge, not of the cell any more.
    pub x1: i32,
    /// Lower edge, not of the cell any more.
    pub y1: i32,
    /// A line is painted over its middle.
    pub covered: bool,
}

impl DrawnCell {
    /// The pixel in the middle.
    #[must_use]
    pub fn middle(&self) -> (i32, i32) {
        (i32::midpoint(self.x0, self.x1), i32::midpoint(self.y0, self.y1))
    }
}

/// The columns of pixels of all buckets.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    edges: Vec<i32>,
}

impl Columns {
    pub fn new(bounds: &[u64], axis: &LatencyAxis) -> Columns {
        Columns { edges: bounds.iter().map(|ns| axis.x(*ns)).collect() }
    }

    /// Left and right edge of a bucket, at least a pixel apart.
    pub fn span(&self, bucket: usize) -> (i32, i32) {
        let edge = |at: usize| self.edges.get(at).or(self.edges.last()).copied().unwrap_or(0);
        let last = self.edges.last().copied().unwrap_or(0);
        let left = edge(bucket).min(last - 1);
        (left, edge(bucket + 1).max(left + 1))
    }
}

/// Something that is added up on a pixel.
pub(super) trait Amount: Copy {
    fn plus(self, other: Self) -> Self;
}

impl Amount for u64 {
    fn plus(self, other: u64) -> u64 {
        self.saturating_add(other)
    }
}

impl Amount for f64 {
    fn plus(self, other: f64) -> f64 {
        self + other
    }
}

/// A rectangle of pixels, the first row and bucket in it, and the amount.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell<A> {
    pub area: Area,
    pub row: u64,
    pub bucket: u16,
    pub amount: A,
}

/// Puts amounts by row and bucket on pixels.
pub(super) fn on_pixels<A: Amount>(
    amounts: impl Iterator<Item = (u64, u16, A)>,
    columns: &Columns,
    time: TimeAxis,
) -> Vec<Cell<A>> {
    let mut cells: BTreeMap<(i32, i32), Cell<A>> = BTreeMap::new();
    for (row, bucket, amount) in amounts {
        let (x0, x1) = columns.span(usize::from(bucket));
        let (y0, y1) = time.span(row);
        cells
            .entry((y0, x0))
            .and_modify(|cell| {
                cell.amount = cell.amount.plus(amount);
                cell.area.x1 = cell.area.x1.max(x1);
                cell.area.y1 = cell.area.y1.max(y1);
            })
            .or_insert(Cell { area: Area::new(x0, y0, x1, y1), row, bucket, amount });
    }
    cells.into_values().collect()
}

/// All cells of a panel.
pub(super) fn counts(panel: &Panel) -> impl Iterator<Item = (u64, u16, u64)> + '_ {
    panel.rows.iter().flat_map(|row: &Row| {
        let filled = row.cells.iter().filter(|(_, count)| *count > 0);
        filled.map(|(bucket, count)| (row.index, *bucket, *count))
    })
}

/// Checks that a panel fits the buckets.
pub(super) fn check(panel: &Panel, buckets: usize) -> Result<(), PlotError> {
    if panel.histogram.len() != buckets {
        return Err(PlotError::Inconsistent("a histogram has another number of buckets"));
    }
    if counts(panel).any(|(_, bucket, _)| usize::from(bucket) >= buckets) {
        return Err(PlotError::Inconsistent("a cell lies outside the buckets"));
    }
    if !panel.rows.is_sorted_by(|a, b| a.index < b.index) {
        return Err(PlotError::Inconsistent("rows are not in order"));
    }
    if panel.rows.last().is_some_and(|row| row.index >= panel.row_count) {
        return Err(PlotError::Inconsistent("a row lies behind the panel's last"));
    }
    Ok(())
}
