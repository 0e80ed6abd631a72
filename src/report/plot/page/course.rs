//! The time line: calls a second and their 99th percentile through both captures,
//! from the first event on, with the places where a level changes or events were lost.

use super::super::axis::{latency_text, time_step, time_tick};
use super::super::colour;
use super::super::font::{fitted, width};
use super::super::scene::{
    Anchor, Area, FRAME, GREY, GRID, GROUND, HALF, INK, Rgb, Scene, TEXT, Text,
};
use super::Course;
use super::curves::legend;
use crate::event::rate_text;

const LEFT: i32 = 72;
const TOP: i32 = 66;
const HEIGHT: i32 = 96;
const APART: i32 = 34;
const LINE: i32 = 2;
const LOST: Rgb = [200, 30, 30];

pub(super) fn scene(courses: &[Course], pixels: i32) -> Scene {
    let height = TOP + 2 * HEIGHT + APART + 30;
    let mut scene = Scene::new(pixels.unsigned_abs(), height.unsigned_abs());
    let words = "Through the captures".to_owned();
    let (size, anchor, rgb) = (TEXT, Anchor::Left, INK);
    scene.write(Text { words, x: 0, y: 4, size, bold: true, anchor, rgb });
    legend(&mut scene, courses.iter().map(|course| course.label.as_str()), pixels / 2);
    let longest = courses.iter().map(|course| course.step_ns * course.steps.len() as u64).max();
    let longest = longest.unwrap_or(1).max(1);
    let right = pixels - 16;
    let upper = Area::new(LEFT, TOP, right, TOP + HEIGHT);
    let lower = Area::new(LEFT, upper.y1 + APART, right, upper.y1 + APART + HEIGHT);
    rates(&mut scene, courses, upper, longest);
    quantiles(&mut scene, courses, lower, longest);
    marks(&mut scene, courses, (upper, lower), longest);
    let step = time_step(longest, 14);
    for number in 0..=longest / step {
        let ns = number * step;
        let x = place(lower, ns, longest);
        scene.fill(Area::new(x, lower.y1, x + 1, lower.y1 + 5), FRAME);
        scene.text(time_tick(ns, step), x.min(right - 14), lower.y1 + 9, Anchor::Middle, INK);
    }
    scene
}

fn place(plot: Area, ns: u64, longest: u64) -> i32 {
    let part = ns as f64 / longest as f64;
    plot.x0 + (part.min(1.0) * f64::from(plot.width() - 1)).round() as i32
}

fn ground(scene: &mut Scene, plot: Area, name: &str) {
    scene.fill(plot, GROUND);
    scene.frame(plot);
    scene.text(name, plot.x0, plot.y0 - 17, Anchor::Left, GREY);
}

fn rates(scene: &mut Scene, courses: &[Course], plot: Area, longest: u64) {
    ground(scene, plot, "calls a second");
    let rate = |course: &Course, calls: f64| calls * 1e9 / course.step_ns.max(1) as f64;
    let all = courses.iter().flat_map(|c| c.steps.iter().map(move |step| rate(c, step.0)));
    let most = all.fold(1.0, f64::max) * 1.06;
    let y = |rate: f64| plot.y1 - 1 - (rate / most * f64::from(plot.height() - 2)).round() as i32;
    for part in [0.0, 0.5, 1.0] {
        let (at, value) = (y(most * part / 1.06), most * part / 1.06);
        scene.fill(Area::new(plot.x0, at, plot.x1, at + 1), GRID);
        let words = if part == 0.0 { "0".to_owned() } else { rate_text(value) };
        scene.text(words, plot.x0 - 9, at - HALF, Anchor::Right, INK);
    }
    for (number, course) in courses.iter().enumerate() {
        let points = course.steps.iter().map(|step| Some(y(rate(course, step.0))));
        line(scene, course, points, (plot, longest), colour::line(number));
    }
}

fn quantiles(scene: &mut Scene, courses: &[Course], plot: Area, longest: u64) {
    ground(scene, plot, "99th percentile of the latency");
    let all = || courses.iter().flat_map(|course| course.steps.iter().filter_map(|step| step.1));
    let (Some(low), Some(high)) = (all().min(), all().max()) else { return };
    let (low, high) = ((low.max(1) as f64 * 0.8).ln(), (high.max(2) as f64 * 1.25).ln());
    let y = |ns: u64| {
        let part = ((ns.max(1) as f64).ln() - low) / (high - low).max(1e-9);
        plot.y1 - 1 - (part.clamp(0.0, 1.0) * f64::from(plot.height() - 2)).round() as i32
    };
    let mut last = i32::MAX;
    for (ns, _) in (0..=13).flat_map(|power| [1, 2, 5].map(|step| (step * 10u64.pow(power), step)))
    {
        let inside = (low..=high).contains(&(ns as f64).ln());
        if inside && last - y(ns) >= 18 {
            last = y(ns);
            scene.fill(Area::new(plot.x0, last, plot.x1, last + 1), GRID);
            scene.text(latency_text(ns), plot.x0 - 9, last - HALF, Anchor::Right, INK);
        }
    }
    for (number, course) in courses.iter().enumerate() {
        let points = course.steps.iter().map(|step| step.1.map(y));
        line(scene, course, points, (plot, longest), colour::line(number));
    }
}

/// A line of steps, broken where there is nothing.
fn line(
    scene: &mut Scene,
    course: &Course,
    points: impl Iterator<Item = Option<i32>>,
    (plot, longest): (Area, u64),
    rgb: Rgb,
) {
    let mut last: Option<i32> = None;
    for (number, y) in (0u64..).zip(points) {
        let from = place(plot, number * course.step_ns, longest);
        let to = place(plot, (number + 1) * course.step_ns, longest).max(from + 1);
        if let Some(y) = y {
            scene.fill(Area::new(from, y - 1, to, y - 1 + LINE), rgb);
            if let Some(before) = last {
                let (top, end) = (before.min(y), before.max(y));
                scene.fill(Area::new(from, top - 1, from + 1, end + 1), rgb);
            }
        }
        last = y;
    }
}

fn marks(scene: &mut Scene, courses: &[Course], (upper, lower): (Area, Area), longest: u64) {
    let mut free = upper.x0 + 120;
    let mut turns: Vec<(usize, &(u64, String))> = courses
        .iter()
        .enumerate()
        .flat_map(|(number, course)| course.turns.iter().map(move |turn| (number, turn)))
        .collect();
    turns.sort_by_key(|(_, turn)| turn.0);
    for (number, (ns, words)) in turns {
        let x = place(upper, *ns, longest);
        dashed(scene, x, upper.y0 - 4, lower.y1, colour::line(number));
        let x = x.max(free);
        let words = fitted(words, 12, false, upper.x1 - x);
        free = x + width(&words, 12, false) + 14;
        let (size, anchor, rgb) = (12, Anchor::Left, INK);
        scene.write(Text { words, x, y: upper.y0 - 17, size, bold: false, anchor, rgb });
    }
    let mut any = false;
    for ns in courses.iter().flat_map(|course| &course.drops) {
        let x = place(lower, *ns, longest);
        scene.fill(Area::new(x, lower.y1 - 8, x + 1, lower.y1), LOST);
        scene.fill(Area::new(x, upper.y1 - 8, x + 1, upper.y1), LOST);
        any = true;
    }
    if any {
        scene.text("red: events were dropped", lower.x1, lower.y0 - 17, Anchor::Right, LOST);
    }
}

fn dashed(scene: &mut Scene, x: i32, top: i32, bottom: i32, rgb: Rgb) {
    let mut y = top;
    while y < bottom {
        scene.fill(Area::new(x, y, x + 1, (y + 5).min(bottom)), rgb);
        y += 9;
    }
}
