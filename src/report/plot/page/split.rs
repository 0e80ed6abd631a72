//! A call's mean time on and off the processor: what it computed, and what it waited
//! for something else.

use super::super::font::width;
use super::super::scene::{Anchor, Area, GREY, INK, Rgb, Scene, TEXT, Text};
use crate::event::time_text;

const ON: Rgb = [86, 140, 190];
const OFF: Rgb = [230, 159, 0];
const ROW: i32 = 28;
const TOP: i32 = 54;

pub(super) fn scene(split: [(f64, f64); 2], pixels: i32) -> Scene {
    let mut scene = Scene::new(pixels.unsigned_abs(), (TOP + 2 * ROW + 8).unsigned_abs());
    let words = "Mean time of a call".to_owned();
    let (size, anchor, rgb) = (TEXT, Anchor::Left, INK);
    scene.write(Text { words, x: 0, y: 4, size, bold: true, anchor, rgb });
    let mut x = 0;
    for (name, rgb) in [("on the CPU", ON), ("off the CPU", OFF)] {
        scene.fill(Area::new(x, 27, x + 12, 36), rgb);
        scene.text(name, x + 17, 25, Anchor::Left, INK);
        x += 17 + width(name, TEXT, false) + 20;
    }
    let most = split.iter().map(|(on, off)| on + off).fold(1.0, f64::max);
    let (left, room) = (54, f64::from(pixels - 54 - 190));
    for (at, (name, (on, off))) in (0..).zip(["base", "new"].into_iter().zip(split)) {
        let y = TOP + at * ROW;
        scene.text(name, left - 8, y + 3, Anchor::Right, GREY);
        let end = |ns: f64| left + (ns / most * room).round() as i32;
        scene.fill(Area::new(left, y, end(on), y + 16), ON);
        scene.fill(Area::new(end(on), y, end(on + off), y + 16), OFF);
        let text = |ns: f64| time_text(ns.round() as u64);
        let words = format!("{} on, {} off", text(on), text(off));
        scene.text(words, pixels - 4, y + 3, Anchor::Right, INK);
    }
    scene
}
