//! Where everything stands. Panels of shorter captures are lower, so that a
//! second has the same height everywhere.

use super::axis::TimeAxis;
use super::scene::Area;
use super::{MAX_PANELS, Picture, PlotError};

/// Pixels a side at most.
const MOST: u32 = 20_000;
const USUAL_WIDTH: u32 = 1200;
const LEAST_WIDTH: u32 = 480;
/// Left of the plots: ticks of time. Right: colour scales.
const LEFT: i32 = 72;
const RIGHT: i32 = 112;
/// Title and subtitle.
const TOP: i32 = 66;
/// Label and caption of a panel.
pub(super) const HEADER: i32 = 20;
/// Labels of the median and the 99th percentile.
pub(super) const MARKS: i32 = 16;
/// Ticks of latency below a plot.
pub(super) const TICKS: i32 = 24;
/// A gap between two parts.
const GAP: i32 = 14;
/// The whole run's difference, above the cells of a difference.
pub(super) const STRIP: i32 = 18;
const STRIP_GAP: i32 = 4;
/// The distributions' plot.
const DISTRIBUTION: i32 = 150;
/// The name of the axis at the bottom.
const BOTTOM: i32 = 30;
/// A plot is never lower than this.
const LEAST_PLOT: i32 = 40;
/// The longest plot's height, by the number of panels.
const USUAL_PLOT: [i32; MAX_PANELS] = [380, 290, 230, 190, 165, 145, 130, 120];

/// Where everything stands, pixels.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub width: u32,
    pub height: u32,
    /// The plots of the panels.
    pub panels: Vec<Area>,
    /// Whole-run strip and plot of each difference.
    pub differences: Vec<(Area, Area)>,
    pub distribution: Area,
    /// Rows of the longest panel and their pixels.
    rows: u64,
    pixels: i32,
}

/// The highest plot that `fits`, of those from the least on.
fn highest(fits: impl Fn(i32) -> bool) -> i32 {
    let (mut low, mut high) = (LEAST_PLOT, MOST.cast_signed());
    while high - low > 1 {
        let middle = i32::midpoint(low, high);
        if fits(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

/// Up to so many panels each has ticks of its own.
const OWN_TICKS: usize = 3;

impl Layout {
    pub fn new(picture: &Picture) -> Result<Layout, PlotError> {
        let width = if picture.width == 0 { USUAL_WIDTH } else { picture.width };
        if width < LEAST_WIDTH {
            return Err(PlotError::TooSmall { what: "width", asked: width, needed: LEAST_WIDTH });
        }
        let usual = USUAL_PLOT[picture.panels.len().clamp(1, MAX_PANELS) - 1];
        let mut pixels = usual;
        if picture.height > 0 {
            let needed = Self::placed(picture, width, LEAST_PLOT).height;
            if picture.height < needed {
                return Err(PlotError::TooSmall { what: "height", asked: picture.height, needed });
            }
            if width.max(picture.height) <= MOST {
                pixels =
                    highest(|pixels| Self::placed(picture, width, pixels).height <= picture.height);
            }
        }
        if width.max(picture.height) > MOST {
            return Err(PlotError::TooLarge(MOST));
        }
        let mut layout = Self::placed(picture, width, pixels);
        layout.height = layout.height.max(picture.height);
        Ok(layout)
    }

    fn placed(picture: &Picture, width: u32, pixels: i32) -> Layout {
        let rows = picture.panels.iter().map(|panel| panel.row_count).max().unwrap_or(1).max(1);
        let height = |rows_of: u64| {
            let part = u128::from(rows_of) * u128::from(pixels.unsigned_abs()) / u128::from(rows);
            i32::try_from(part).unwrap_or(pixels).clamp(LEAST_PLOT.min(pixels), pixels)
        };
        let right = width.cast_signed() - RIGHT;
        let mut y = TOP;
        let count = picture.panels.len();
        let mut panels = Vec::new();
        for (at, panel) in picture.panels.iter().enumerate() {
            y += HEADER + MARKS;
            let plot = Area::new(LEFT, y, right, y + height(panel.row_count));
            y = plot.y1 + GAP + if count <= OWN_TICKS || at + 1 == count { TICKS } else { 0 };
            panels.push(plot);
        }
        let mut differences = Vec::new();
        for difference in &picture.differences {
            let rows_of = |at: usize| picture.panels.get(at).map_or(0, |panel| panel.row_count);
            y += HEADER;
            let strip = Area::new(LEFT, y, right, y + STRIP);
            let top = strip.y1 + STRIP_GAP;
            let rows = rows_of(difference.base).max(rows_of(difference.new));
            let plot = Area::new(LEFT, top, right, top + height(rows));
            y = plot.y1 + TICKS + GAP;
            differences.push((strip, plot));
        }
        y += HEADER;
        let distribution = Area::new(LEFT, y, right, y + DISTRIBUTION);
        let height = (distribution.y1 + TICKS + BOTTOM).unsigned_abs();
        Layout { width, height, panels, differences, distribution, rows, pixels }
    }

    /// The axis of time of a plot that begins at `top`.
    pub fn time(&self, top: i32) -> TimeAxis {
        TimeAxis { top, rows: self.rows, pixels: self.pixels }
    }

    /// Whether the panel of this number has ticks of its own below it.
    pub fn has_ticks(&self, panel: usize) -> bool {
        self.panels.len() <= OWN_TICKS || panel + 1 == self.panels.len()
    }
}
