//! The shift function: each quantile of the base against that of the new runs, as a
//! factor. A change that is the same everywhere, one of the tail alone and one of a
//! few slow calls look different here, and nowhere else so plainly.

use super::super::scene::{Anchor, Area, FRAME, GREY, GRID, INK, Rgb, Scene, TEXT, Text};
use crate::compare::ratio_text;
use crate::event::time_text;

const ROW: i32 = 22;
const TOP: i32 = 50;
const SLOWER: Rgb = [213, 94, 0];
const QUICKER: Rgb = [0, 114, 178];

pub(super) fn scene(shift: &[(f64, u64, u64)], pixels: i32) -> Scene {
    let rows = i32::try_from(shift.len()).unwrap_or(0);
    let mut scene = Scene::new(pixels.unsigned_abs(), (TOP + rows * ROW + 8).unsigned_abs());
    let words = "By quantile: new over base".to_owned();
    let (size, anchor, rgb) = (TEXT, Anchor::Left, INK);
    scene.write(Text { words, x: 0, y: 4, size, bold: true, anchor, rgb });
    let columns = [44, 124, 204];
    for (x, head) in columns.into_iter().zip(["", "base", "new"]) {
        scene.text(head, x, 26, Anchor::Right, GREY);
    }
    let plot = Area::new(220, TOP - 8, pixels - 74, TOP - 8 + rows * ROW);
    let ratio = |base: u64, new: u64| new as f64 / base.max(1) as f64;
    let logs = shift.iter().map(|(_, base, new)| ratio(*base, *new).max(1e-9).log2());
    let (low, high) = logs.fold((0.0, 0.0), |(a, b): (f64, f64), log| (a.min(log), b.max(log)));
    let span = (high - low).max(1.0);
    let x = |log: f64| plot.x0 + ((log - low) / span * f64::from(plot.width())).round() as i32;
    scene.fill(Area::new(x(0.0), plot.y0, x(0.0) + 1, plot.y1), FRAME);
    for (at, (quantile, base, new)) in (0..).zip(shift) {
        let y = TOP + at * ROW;
        let cells = [quantile_text(*quantile), time_text(*base), time_text(*new)];
        for (x, cell) in columns.into_iter().zip(cells) {
            scene.text(cell, x, y - 4, Anchor::Right, INK);
        }
        let ratio = ratio(*base, *new);
        let log = ratio.max(1e-9).log2();
        let (from, to) = (x(log.min(0.0)), x(log.max(0.0)));
        let rgb = if log < 0.0 { QUICKER } else { SLOWER };
        scene.fill(Area::new(from, y - 5, to.max(from + 1), y + 5), rgb);
        scene.text(ratio_text(ratio), pixels - 4, y - 4, Anchor::Right, INK);
        scene.fill(Area::new(0, y + 11, pixels, y + 12), GRID);
    }
    scene
}

fn quantile_text(quantile: f64) -> String {
    let percent = (quantile * 1000.0).round() / 10.0;
    format!("p{percent}")
}
