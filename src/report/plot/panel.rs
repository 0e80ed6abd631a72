//! One panel: its header, grid, cells, axes, and the lines of its median and
//! 99th percentile.

use super::axis::{LatencyAxis, TimeAxis, latency_text, time_step, time_tick};
use super::cells::{Cell, DrawnCell};
use super::colour;
use super::font::{fitted, width};
use super::layout::{HEADER, MARKS, TICKS};
use super::scene::{Anchor, Area, FRAME, GREY, GRID, GROUND, HALF, INK, Rgb, Scene, TEXT, Text};
use super::{Panel, Picture};
use crate::event::time_text;

/// Pixels between two ticks of time at least.
const TIME_APART: i32 = 26;

/// What stands above a plot.
pub(super) struct Header<'a> {
    /// At the left, in bold.
    pub label: &'a str,
    /// Colour of the capture's line among the distributions.
    pub line: Option<Rgb>,
    /// At the right.
    pub caption: &'a str,
}

/// Side of a patch of a line's colour, and the pixels it takes with the gap.
const PATCH: i32 = 10;
const PATCH_ROOM: i32 = 16;

/// Puts a header above `plot`, higher by `above` pixels.
pub(super) fn header(scene: &mut Scene, plot: Area, above: i32, header: &Header<'_>) {
    let y = plot.y0 - above - HEADER + 3;
    let caption = fitted(header.caption, TEXT, false, plot.width() * 2 / 3);
    let mut x = plot.x0;
    if let Some(rgb) = header.line {
        scene.fill(Area::new(x, y - 1, x + PATCH, y - 1 + PATCH), rgb);
        x += PATCH_ROOM;
    }
    let room = plot.x1 - x - width(&caption, TEXT, false) - 20;
    scene.write(Text {
        words: fitted(header.label, TEXT, true, room),
        x,
        y,
        size: TEXT,
        bold: true,
        anchor: Anchor::Left,
        rgb: INK,
    });
    scene.text(caption, plot.x1, y, Anchor::Right, INK);
}

/// Ground and frame of a plot, with light lines at the ticks of latency.
pub(super) fn ground(scene: &mut Scene, plot: Area, axis: &LatencyAxis) {
    scene.fill(plot, GROUND);
    for (ns, whole) in axis.ticks() {
        let x = axis.x(ns);
        if plot.holds(x, plot.y0) {
            let opacity = if whole { 1.0 } else { 0.5 };
            scene.tint(Area::new(x, plot.y0, x + 1, plot.y1), GRID, opacity);
        }
    }
    scene.frame(plot);
}

/// Ticks of latency below a plot: powers of ten, and what else has room.
pub(super) fn latency_ticks(scene: &mut Scene, plot: Area, axis: &LatencyAxis) {
    let mut taken: Vec<(i32, i32)> = Vec::new();
    let mut ticks = axis.ticks();
    ticks.sort_by_key(|(_, whole)| !whole);
    for (ns, whole) in ticks {
        let (x, text) = (axis.x(ns), latency_text(ns));
        let length = if whole { 6 } else { 4 };
        scene.fill(Area::new(x, plot.y1, x + 1, plot.y1 + length), FRAME);
        let half = width(&text, TEXT, false) / 2 + 1;
        let free = taken.iter().all(|(from, to)| x + half + 6 < *from || x - half - 6 > *to);
        if free && x + half <= scene.width.cast_signed() {
            taken.push((x - half, x + half));
            scene.text(text, x, plot.y1 + 9, Anchor::Middle, INK);
        }
    }
}

/// Ticks of time left of a plot.
pub(super) fn time_ticks(scene: &mut Scene, plot: Area, time: TimeAxis, interval_ns: u64) {
    let rows = u128::from(time.rows) * u128::from(plot.height().unsigned_abs())
        / u128::from(time.pixels.unsigned_abs().max(1));
    let span = u64::try_from(rows).unwrap_or(u64::MAX).saturating_mul(interval_ns);
    let most = u64::from((plot.height() / TIME_APART).max(1).unsigned_abs());
    let step = time_step(span, most);
    for number in 0..=most {
        let ns = number.saturating_mul(step);
        let row = u128::from(ns) * u128::from(time.pixels.unsigned_abs())
            / u128::from(interval_ns.max(1))
            / u128::from(time.rows.max(1));
        let y = plot.y0 + i32::try_from(row).unwrap_or(i32::MAX / 2);
        if y > plot.y1 || ns > span {
            break;
        }
        scene.fill(Area::new(plot.x0 - 6, y, plot.x0 - 1, y + 1), FRAME);
        scene.text(time_tick(ns, step), plot.x0 - 9, y - HALF, Anchor::Right, INK);
    }
}

/// The whole panel; gives its cells as painted.
pub(super) fn draw(
    scene: &mut Scene,
    picture: &Picture,
    number: usize,
    plot: Area,
    axis: &LatencyAxis,
    time: TimeAxis,
    (cells, most): (&[Cell<u64>], u64),
) -> Vec<DrawnCell> {
    let Some(panel) = picture.panels.get(number) else {
        return Vec::new();
    };
    let line = Some(colour::line(number));
    header(scene, plot, MARKS, &Header { label: &panel.label, line, caption: &panel.caption });
    ground(scene, plot, axis);
    let painted = |cell: &Cell<u64>| (cell.area, colour::count(cell.amount, most));
    scene.cells(cells.iter().map(painted).collect());
    time_ticks(scene, plot, time, picture.interval_ns);
    if cells.is_empty() {
        let (x, y) = (i32::midpoint(plot.x0, plot.x1), i32::midpoint(plot.y0, plot.y1));
        scene.text("no calls", x, y - HALF, Anchor::Middle, GREY);
    }
    let marks = marks(scene, panel, plot, axis);
    let drawn = |cell: &Cell<u64>| {
        let mut drawn = DrawnCell {
            panel: number,
            difference: false,
            row: cell.row,
            bucket: cell.bucket,
            count: cell.amount,
            share: 0.0,
            rgb: colour::count(cell.amount, most),
            x0: cell.area.x0,
            y0: cell.area.y0,
            x1: cell.area.x1,
            y1: cell.area.y1,
            covered: false,
        };
        let (x, y) = drawn.middle();
        drawn.covered = marks.iter().any(|mark| mark.holds(x, y));
        drawn
    };
    cells.iter().map(drawn).collect()
}

/// Median and 99th percentile: lines with a halo, and their values above the
/// plot; gives what the lines cover.
fn marks(scene: &mut Scene, panel: &Panel, plot: Area, axis: &LatencyAxis) -> Vec<Area> {
    let shown = |ns: Option<u64>| ns.filter(|ns| axis.holds(*ns));
    let (median, high) = (shown(panel.median_ns), shown(panel.p99_ns));
    let mut covered = Vec::new();
    for (ns, dashed) in [(median, false), (high, true)] {
        let Some(x) = ns.map(|ns| axis.x(ns).min(plot.x1 - 1)) else {
            continue;
        };
        let halo = Area::new((x - 1).max(plot.x0), plot.y0, (x + 2).min(plot.x1), plot.y1);
        scene.tint(halo, [255, 255, 255], 0.75);
        covered.push(halo);
        let (dash, rest) = if dashed { (5, 4) } else { (plot.height(), 0) };
        let mut y = plot.y0 - 4;
        while y < plot.y1 {
            scene.fill(Area::new(x, y, x + 1, (y + dash + 4).min(plot.y1)), [0, 0, 0]);
            y += dash + rest + 4;
        }
    }
    let text = |name: &str, ns: u64| format!("{name} {}", time_text(ns));
    let y = plot.y0 - MARKS;
    let mut free = plot.x1;
    if let Some(ns) = high {
        let text = text("p99", ns);
        let room = width(&text, 12, false);
        let left = (axis.x(ns) + 3).min(plot.x1 - room).max(plot.x0);
        let beside = median.map_or(plot.x0, |median| {
            plot.x0.max(axis.x(median) - 3 - width(&mark_text(median), 12, false))
                + width(&mark_text(median), 12, false)
                + 8
        });
        let left = left.max(beside.min(plot.x1 - room));
        free = left - 8;
        mark(scene, text, left, y);
    }
    if let Some(ns) = median {
        let text = mark_text(ns);
        let room = width(&text, 12, false);
        let left = (axis.x(ns) - 3 - room).max(plot.x0).min(free - room);
        mark(scene, text, left, y);
    }
    covered
}

fn mark_text(median: u64) -> String {
    format!("p50 {}", time_text(median))
}

fn mark(scene: &mut Scene, text: String, x: i32, y: i32) {
    scene.write(Text { words: text, x, y, size: 12, bold: false, anchor: Anchor::Left, rgb: INK });
}

/// The name of the axis of latency, under the lowest plot.
pub(super) fn axis_name(scene: &mut Scene, plot: Area, text: &str) {
    let x = i32::midpoint(plot.x0, plot.x1);
    scene.text(text, x, plot.y1 + TICKS + 3, Anchor::Middle, GREY);
}
