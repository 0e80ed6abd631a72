//! The ranking: each call's change of time as a bar to the left (less) or the right
//! (more), cut into what more calls, slower calls and another mix of calls made of it,
//! and how far it may be off.

use super::super::font::{fitted, fitted_middle, width};
use super::super::scene::{Anchor, Area, FRAME, GREY, GRID, INK, Rgb, Scene, TEXT, Text};
use super::{Bar, Bars};
use crate::report::topscalls_table::signed_time;

/// More calls, slower calls, another mix.
const COLOURS: [Rgb; 3] = [[86, 140, 190], [213, 94, 0], [150, 140, 150]];
const NAMES: [&str; 3] = ["more or fewer calls", "slower or quicker calls", "another mix"];
const NAME: i32 = 230;
const WORDS: i32 = 300;
const VALUE: i32 = 110;
const HEAD: i32 = 58;
const ROW: i32 = 26;
const THICK: i32 = 14;

pub(super) fn scene(bars: &Bars, pixels: i32) -> Scene {
    let rows = i32::try_from(bars.list.len()).unwrap_or(0);
    let height = HEAD + rows * ROW + 34;
    let mut scene = Scene::new(pixels.unsigned_abs(), height.unsigned_abs());
    head(&mut scene, bars);
    let plot = Area::new(NAME, HEAD - 6, pixels - WORDS - VALUE, HEAD + rows * ROW);
    let scale = Scale::of(bars, plot);
    for tick in scale.ticks() {
        let x = scale.x(tick);
        scene.fill(Area::new(x, plot.y0, x + 1, plot.y1), if tick == 0.0 { FRAME } else { GRID });
        let text = if tick == 0.0 { "0".to_owned() } else { signed_time(tick) };
        scene.text(text, x, plot.y1 + 8, Anchor::Middle, INK);
    }
    for (at, bar) in (0..).zip(&bars.list) {
        row(&mut scene, bar, &scale, plot, HEAD + at * ROW);
    }
    scene
}

fn head(scene: &mut Scene, bars: &Bars) {
    let words = format!("Change of time in calls, per {}", bars.unit);
    let text = Text { words, x: 0, y: 4, size: 15, bold: true, anchor: Anchor::Left, rgb: INK };
    scene.write(text);
    let used = |part: usize| bars.list.iter().any(|bar| bar.parts_ns[part].abs() >= 1.0);
    let mut x = NAME;
    for part in (0..3).filter(|part| used(*part)) {
        scene.fill(Area::new(x, 32, x + 12, 41), COLOURS[part]);
        scene.text(NAMES[part], x + 18, 30, Anchor::Left, GREY);
        x += 18 + width(NAMES[part], TEXT, false) + 24;
    }
    if bars.list.iter().any(|bar| bar.interval_ns.is_some()) {
        scene.fill(Area::new(x, 36, x + 16, 37), INK);
        scene.text("where it may lie, 95 %", x + 22, 30, Anchor::Left, GREY);
    }
}

/// The axis of time: from the most that was saved to the most that was added.
struct Scale {
    low: f64,
    high: f64,
    plot: Area,
}

impl Scale {
    fn of(bars: &Bars, plot: Area) -> Scale {
        let ends = |bar: &Bar| {
            let (mut low, mut high) = (bar.delta_ns.min(0.0), bar.delta_ns.max(0.0));
            low = low.min(bar.parts_ns.iter().filter(|ns| **ns < 0.0).sum());
            high = high.max(bar.parts_ns.iter().filter(|ns| **ns > 0.0).sum());
            if let Some((from, to)) = bar.interval_ns {
                (low, high) = (low.min(from), high.max(to));
            }
            (low, high)
        };
        let all = bars.list.iter().map(ends);
        let (low, high) = all.fold((0.0, 0.0), |(a, b): (f64, f64), (c, d)| (a.min(c), b.max(d)));
        let room = (high - low).max(1.0) * 0.04;
        let low = if low < 0.0 { low - room } else { low };
        Scale { low, high: high.max(low + 1.0) + room, plot }
    }

    fn x(&self, ns: f64) -> i32 {
        let place = (ns - self.low) / (self.high - self.low);
        self.plot.x0 + (place.clamp(0.0, 1.0) * f64::from(self.plot.width() - 1)).round() as i32
    }

    /// Round times, far enough apart for their words.
    fn ticks(&self) -> Vec<f64> {
        let least = (self.high - self.low) / f64::from((self.plot.width() / 110).max(1));
        let power = 10f64.powf(least.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|times| times * power);
        let step = steps.into_iter().find(|step| *step >= least).unwrap_or(least);
        let (from, to) = ((self.low / step).ceil() as i64, (self.high / step).floor() as i64);
        (from..=to).map(|number| number as f64 * step).collect()
    }
}

fn row(scene: &mut Scene, bar: &Bar, scale: &Scale, plot: Area, y: i32) {
    let middle = y + THICK / 2;
    let text = middle - 4;
    let name = fitted_middle(&bar.name, TEXT, true, NAME - 16);
    let (size, bold, rgb) = (TEXT, true, INK);
    let (x, anchor) = (NAME - 12, Anchor::Right);
    scene.write(Text { words: name, x, y: text, size, bold, anchor, rgb });
    let (mut less, mut more) = (0.0, 0.0);
    for (part, ns) in bar.parts_ns.iter().enumerate() {
        let from = if *ns < 0.0 { &mut less } else { &mut more };
        let (a, b) = (scale.x(*from), scale.x(*from + ns));
        *from += ns;
        scene.fill(Area::new(a.min(b), y, a.max(b), y + THICK), COLOURS[part]);
    }
    if let Some((low, high)) = bar.interval_ns {
        let (a, b) = (scale.x(low), scale.x(high));
        scene.fill(Area::new(a, middle, b + 1, middle + 1), INK);
        scene.fill(Area::new(a, middle - 4, a + 1, middle + 5), INK);
        scene.fill(Area::new(b, middle - 4, b + 1, middle + 5), INK);
    }
    scene.text(signed_time(bar.delta_ns), plot.x1 + VALUE - 6, text, Anchor::Right, INK);
    let state = fitted(&bar.state, TEXT, false, WORDS - 14);
    scene.text(state, plot.x1 + VALUE + 12, text, Anchor::Left, GREY);
}
