//! Cumulative distributions: for each latency, which share of the calls takes no
//! longer. Lines that lie further right are slower, whatever the share.

use super::super::axis::LatencyAxis;
use super::super::colour;
use super::super::font::{fitted, width};
use super::super::panel::{ground, latency_ticks};
use super::super::scene::{Anchor, Area, GREY, GRID, HALF, INK, Rgb, Scene, TEXT, Text};

const LEFT: i32 = 58;
const TOP: i32 = 48;
const HEIGHT: i32 = 220;
const LINE: i32 = 2;

pub(super) fn scene(curves: &[(String, Vec<(u64, f64)>)], pixels: i32) -> Scene {
    let mut scene = Scene::new(pixels.unsigned_abs(), (TOP + HEIGHT + 48).unsigned_abs());
    let words = "Share of the calls that take no longer".to_owned();
    let (size, anchor, rgb) = (TEXT, Anchor::Left, INK);
    scene.write(Text { words, x: 0, y: 4, size, bold: true, anchor, rgb });
    legend(&mut scene, curves.iter().map(|(label, _)| label.as_str()), pixels);
    let plot = Area::new(LEFT, TOP, pixels - 16, TOP + HEIGHT);
    let all = || curves.iter().flat_map(|(_, points)| points);
    let low = all().map(|(ns, _)| *ns).filter(|ns| *ns > 0).min().unwrap_or(1);
    let high = all().map(|(ns, _)| *ns).max().unwrap_or(10);
    let axis = LatencyAxis::new(&[low * 4 / 5, high.max(low + 1) * 5 / 4], plot.x0, plot.x1);
    ground(&mut scene, plot, &axis);
    let y = |share: f64| plot.y1 - 1 - (share * f64::from(plot.height() - 2)).round() as i32;
    for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
        scene.fill(Area::new(plot.x0, y(share), plot.x1, y(share) + 1), GRID);
        let percent = format!("{:.0} %", share * 100.0);
        scene.text(percent, plot.x0 - 9, y(share) - HALF, Anchor::Right, INK);
    }
    for (number, (_, points)) in curves.iter().enumerate() {
        steps(&mut scene, points, &axis, &y, colour::line(number));
    }
    scene.frame(plot);
    latency_ticks(&mut scene, plot, &axis);
    let x = i32::midpoint(plot.x0, plot.x1);
    scene.text("latency", x, plot.y1 + 29, Anchor::Middle, GREY);
    scene
}

/// A line that rises at each latency by the share of the calls that take it.
fn steps(
    scene: &mut Scene,
    points: &[(u64, f64)],
    axis: &LatencyAxis,
    y: &impl Fn(f64) -> i32,
    rgb: Rgb,
) {
    let Some((first, _)) = points.first() else { return };
    let (mut x, mut at) = (axis.x(*first), y(0.0));
    for (ns, share) in points {
        let (next_x, next) = (axis.x(*ns), y(*share));
        if next_x > x {
            scene.fill(Area::new(x, at, next_x + LINE, at + LINE), rgb);
        }
        if next < at {
            scene.fill(Area::new(next_x, next, next_x + LINE, at + LINE), rgb);
        }
        (x, at) = (next_x, next);
    }
}

/// Whose line is whose, in the second line of a figure.
pub(super) fn legend<'a>(scene: &mut Scene, labels: impl Iterator<Item = &'a str>, pixels: i32) {
    let labels: Vec<&str> = labels.collect();
    let count = i32::try_from(labels.len()).unwrap_or(1).max(1);
    let room = pixels / count - 34;
    let mut x = 0;
    for (number, label) in labels.into_iter().enumerate() {
        scene.fill(Area::new(x, 27, x + 12, 36), colour::line(number));
        let label = fitted(label, TEXT, false, room.max(30));
        scene.text(label.clone(), x + 17, 25, Anchor::Left, INK);
        x += 17 + width(&label, TEXT, false) + 17;
    }
}
