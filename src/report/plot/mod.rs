//! Paints spectrograms: panels of cells one under the other on one latency
//! axis, so that a shift to the right is seen at a glance, and the whole
//! distributions under them. What is painted is first put together as a list of
//! shapes in pixels, which tests can look at; PNG and SVG are made from it.

pub mod page;

mod axis;
mod cells;
mod colour;
mod difference;
mod distribution;
mod draw;
mod font;
mod inline;
mod layout;
mod legend;
mod panel;
mod png;
mod scene;
#[cfg(test)]
mod tests;

use std::fmt;

pub use cells::DrawnCell;
pub use font::FONTS;
pub use inline::escaped;

/// Panels at most: more would be too flat to read.
pub const MAX_PANELS: usize = 8;

/// What is to be painted.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// In bold on top.
    pub title: String,
    /// Below the title.
    pub subtitle: String,
    /// Edges of the latency buckets, ns, ascending: one more than buckets.
    pub bounds_ns: Vec<u64>,
    /// One row of time, ns.
    pub interval_ns: u64,
    /// One a capture, at most [`MAX_PANELS`].
    pub panels: Vec<Panel>,
    /// Drawn below the panels.
    pub differences: Vec<Difference>,
    /// Pixels; 0: 1200.
    pub width: u32,
    /// Pixels; 0: by the panels' number and length.
    pub height: u32,
}

/// One capture's calls by time and latency.
#[derive(Clone, Debug, Default)]
pub struct Panel {
    /// Name.
    pub label: String,
    /// Figures, shown at the right.
    pub caption: String,
    /// Rows with calls, by ascending index.
    pub rows: Vec<Row>,
    /// Rows that the capture spans.
    pub row_count: u64,
    /// Marked by a line, ns.
    pub median_ns: Option<u64>,
    /// Marked by a dashed line, ns.
    pub p99_ns: Option<u64>,
    /// Calls by bucket, over the whole time.
    pub histogram: Vec<u64>,
    /// All calls, those outside the buckets too.
    pub calls: u64,
}

/// Calls of one interval.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Number of the interval, from 0.
    pub index: u64,
    /// Bucket and calls.
    pub cells: Vec<(u16, u64)>,
}

/// Two panels against each other, in shares of their calls.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// Name.
    pub label: String,
    /// Number of the panel that is subtracted.
    pub base: usize,
    /// Number of the panel that it is subtracted from.
    pub new: usize,
}

/// Why a picture cannot be painted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlotError {
    /// There are no panels or no buckets.
    NothingToDraw,
    /// More than [`MAX_PANELS`].
    TooManyPanels(usize),
    /// The picture would not hold its parts: pixels asked for, pixels needed.
    TooSmall {
        /// `width` or `height`.
        what: &'static str,
        /// Pixels asked for.
        asked: u32,
        /// Pixels needed.
        needed: u32,
    },
    /// Wider or higher than this many pixels.
    TooLarge(u32),
    /// The edges of the buckets do not ascend, or a cell, a panel or a
    /// histogram does not fit them.
    Inconsistent(&'static str),
    /// The painter failed.
    Paint(String),
}

impl fmt::Display for PlotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlotError::NothingToDraw => write!(f, "there is nothing to draw"),
            PlotError::TooManyPanels(count) => write!(
                f,
                "a picture holds {MAX_PANELS} captures at most, these are {count}; draw fewer, or pool runs"
            ),
            PlotError::TooSmall { what, asked, needed } => {
                write!(f, "--{what} {asked} is too small for this picture; {needed} will do")
            }
            PlotError::TooLarge(most) => {
                write!(f, "a picture may have {most} pixels a side at most")
            }
            PlotError::Inconsistent(what) => {
                write!(f, "the picture's data is inconsistent: {what}")
            }
            PlotError::Paint(why) => write!(f, "painting failed: {why}"),
        }
    }
}

impl std::error::Error for PlotError {}

/// The picture as PNG; the same picture gives the same bytes.
///
/// # Errors
/// [`PlotError`] says what does not fit.
pub fn render_png(picture: &Picture) -> Result<Vec<u8>, PlotError> {
    let drawn = draw::compose(picture)?;
    png::encode(&drawn.scene)
}

/// The picture as SVG.
///
/// # Errors
/// [`PlotError`] says what does not fit.
pub fn render_svg(picture: &Picture) -> Result<String, PlotError> {
    draw::compose(picture)?.scene.svg()
}

/// The cells as they are painted: what a test compares with the counts.
///
/// # Errors
/// [`PlotError`] says what does not fit.
pub fn drawn_cells(picture: &Picture) -> Result<Vec<DrawnCell>, PlotError> {
    Ok(draw::compose(picture)?.cells)
}
