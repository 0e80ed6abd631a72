//! The scales of colours at the right edge, with their meaning.

use super::axis::latency_text;
use super::colour;
use super::scene::{Anchor, Area, FRAME, GREY, HALF, INK, Scene};

/// Pixels between the plots and a scale, and its width.
const AWAY: i32 = 18;
const WIDTH: i32 = 14;
/// A scale is not higher than this.
const HIGHEST: i32 = 220;
/// Pixels between two ticks at least.
const APART: i32 = 16;

/// The bar at the right of `plot`: one colour for each pixel from the top
/// (1) to the bottom (0).
fn bar(scene: &mut Scene, plot: Area, colour_at: impl Fn(f64) -> [u8; 3]) -> Area {
    let area = Area::new(
        plot.x1 + AWAY,
        plot.y0,
        plot.x1 + AWAY + WIDTH,
        plot.y0 + plot.height().min(HIGHEST),
    );
    for y in area.y0..area.y1 {
        let place = f64::from(area.y1 - 1 - y) / f64::from((area.height() - 1).max(1));
        scene.fill(Area::new(area.x0, y, area.x1, y + 1), colour_at(place));
    }
    scene.frame(area);
    area
}

fn tick(scene: &mut Scene, bar: Area, y: i32, text: String) {
    scene.fill(Area::new(bar.x1, y, bar.x1 + 4, y + 1), FRAME);
    scene.text(text, bar.x1 + 7, y - HALF, Anchor::Left, INK);
}

/// A count short enough for a tick: `900`, `20k`, `3M`.
fn short(count: u64) -> String {
    match count {
        1_000_000_000.. => format!("{}G", count / 1_000_000_000),
        1_000_000.. => format!("{}M", count / 1_000_000),
        10_000.. => format!("{}k", count / 1_000),
        _ => count.to_string(),
    }
}

/// The scale of counts: logarithmic, from 1 to `most`.
pub(super) fn counts(scene: &mut Scene, plot: Area, most: u64, interval_ns: u64) {
    let per = format!("in {}", latency_text(interval_ns));
    scene.text("calls", plot.x1 + AWAY, plot.y0 - 36, Anchor::Left, GREY);
    scene.text(per, plot.x1 + AWAY, plot.y0 - 20, Anchor::Left, GREY);
    let area = bar(scene, plot, colour::count_at);
    let y = |count: u64| {
        let place = colour::count_place(count, most);
        area.y1 - 1 - (place * f64::from(area.height() - 1)).round() as i32
    };
    tick(scene, area, y(1), "1".into());
    if most <= 1 {
        return;
    }
    tick(scene, area, y(most), short(most));
    let mut last = y(1);
    let mut power = 10u64;
    while power < most {
        if last - y(power) >= APART && y(power) - y(most) >= APART {
            tick(scene, area, y(power), short(power));
            last = y(power);
        }
        let Some(next) = power.checked_mul(10) else { break };
        power = next;
    }
}

/// A share as signed percent.
pub(super) fn percent(share: f64) -> String {
    if share == 0.0 {
        return "0 %".into();
    }
    let value = share * 100.0;
    let digits = match value.abs() {
        10.0.. => 0,
        1.0.. => 1,
        0.1.. => 2,
        _ => 3,
    };
    let sign = if value > 0.0 { "+" } else { "" };
    format!("{sign}{value:.digits$} %").replace('-', "−")
}

/// The scale of changes of the cells of a difference.
pub(super) fn changes(scene: &mut Scene, plot: Area, most: f64) {
    let area = bar(scene, plot, |place| colour::change_at(place * 2.0 - 1.0));
    // the colours go by the square root
    for (place, share) in [(1.0, 1.0), (0.5, 0.25), (0.0, 0.0), (-0.5, -0.25), (-1.0, -1.0)] {
        let below = (1.0 - place) / 2.0 * f64::from(area.height() - 1);
        tick(scene, area, area.y0 + below.round() as i32, percent(share * most));
    }
}
