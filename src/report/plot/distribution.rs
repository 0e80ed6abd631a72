//! All captures' distributions in one plot: the share of the calls in each
//! bucket, as steps.

use super::Panel;
use super::axis::LatencyAxis;
use super::cells::Columns;
use super::colour;
use super::font::{fitted, width};
use super::legend::percent;
use super::panel::{Header, axis_name, ground, header, latency_ticks};
use super::scene::{Anchor, Area, FRAME, HALF, INK, Scene, TEXT};

/// A label with less room than this says nothing.
const LEAST_LABEL: i32 = 36;
/// Width of a line, pixels.
const LINE: i32 = 2;

/// Shares of the calls by bucket.
pub(super) fn shares(panel: &Panel) -> Vec<f64> {
    let calls = panel.calls.max(1) as f64;
    panel.histogram.iter().map(|count| *count as f64 / calls).collect()
}

pub(super) fn draw(
    scene: &mut Scene,
    panels: &[Panel],
    plot: Area,
    axis: &LatencyAxis,
    columns: &Columns,
) {
    header(scene, plot, 0, &Header { label: "Distribution", line: None, caption: "" });
    ground(scene, plot, axis);
    let all: Vec<Vec<f64>> = panels.iter().map(shares).collect();
    let highest = all.iter().flatten().copied().fold(0.0, f64::max);
    let top = if highest > 0.0 { highest * 1.05 } else { 1.0 };
    let y = |share: f64| plot.y1 - 1 - (share / top * f64::from(plot.height() - 2)).round() as i32;
    for (at, shares) in all.iter().enumerate() {
        line(scene, shares, columns, plot, &y, colour::line(at));
    }
    for share in ticks(top) {
        let y = y(share);
        scene.fill(Area::new(plot.x0 - 6, y, plot.x0 - 1, y + 1), FRAME);
        let text = percent(share).trim_start_matches('+').to_owned();
        scene.text(text, plot.x0 - 9, y - HALF, Anchor::Right, INK);
    }
    latency_ticks(scene, plot, axis);
    axis_name(scene, plot, "latency, and the share of a capture's calls in a bucket");
    legend(scene, panels, plot);
}

/// Zero and two or three round shares below `top`.
fn ticks(top: f64) -> Vec<f64> {
    let least = top / 4.0;
    let power = 10f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|times| times * power);
    let step = step.into_iter().find(|step| *step >= least).unwrap_or(top);
    (0..5).map(|number| f64::from(number) * step).filter(|share| *share <= top).collect()
}

fn line(
    scene: &mut Scene,
    shares: &[f64],
    columns: &Columns,
    plot: Area,
    y: &impl Fn(f64) -> i32,
    rgb: [u8; 3],
) {
    let mut last = y(0.0);
    for (bucket, share) in shares.iter().enumerate() {
        let (x0, x1) = columns.span(bucket);
        let at = y(*share);
        scene.tint(Area::new(x0, at, x1, plot.y1), rgb, 0.12);
        if *share > 0.0 || last < y(0.0) {
            let (from, to) = (last.min(at), last.max(at) + LINE);
            scene.fill(Area::new(x0, from, x0 + LINE, to.min(plot.y1)), rgb);
        }
        if *share > 0.0 {
            scene.fill(Area::new(x0, at, x1, (at + LINE).min(plot.y1)), rgb);
        }
        last = at;
    }
}

/// Whose line is whose, at the right above the plot.
fn legend(scene: &mut Scene, panels: &[Panel], plot: Area) {
    let count = i32::try_from(panels.len()).unwrap_or(1).max(1);
    let room = (plot.width() - 110) / count - 34;
    if room < LEAST_LABEL {
        return; // the panels' headers have the colours too
    }
    let mut x = plot.x1;
    for (at, panel) in panels.iter().enumerate().rev() {
        let label = fitted(&panel.label, TEXT, false, room);
        x -= width(&label, TEXT, false);
        scene.text(label, x, plot.y0 - 17, Anchor::Left, INK);
        x -= 18;
        scene.fill(Area::new(x, plot.y0 - 14, x + 13, plot.y0 - 5), colour::line(at));
        x -= 16;
    }
}
