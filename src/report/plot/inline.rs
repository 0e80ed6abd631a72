//! A scene as SVG for a page of HTML: small, because cells of one colour are one path,
//! and in the page's own colours for ink and ground, so that it follows light and dark.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::font;
use super::scene::{Anchor, Area, FRAME, GREY, GRID, GROUND, INK, Rgb, Scene, Shape, Text};

/// Colours that belong to the page, and their class names.
const OWN: [(Rgb, &str); 5] =
    [(INK, "ink"), (GREY, "grey"), (GRID, "grid"), (FRAME, "frame"), (GROUND, "ground")];

/// Pixels that a wide picture needs to be read.
const LEGIBLE: u32 = 640;

/// Text as it may stand in HTML, in attributes, too.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

pub(super) fn svg(scene: &Scene, label: &str) -> String {
    let (width, height) = (scene.width, scene.height);
    // wide pictures scroll on narrow screens rather than become too small to read
    let least = if width > LEGIBLE { LEGIBLE } else { 0 };
    let mut out = format!(
        "<svg viewBox=\"0 0 {width} {height}\" style=\"max-width:{width}px;min-width:{least}px\" role=\"img\" aria-label=\"{}\">",
        escaped(label)
    );
    for shape in &scene.shapes {
        match shape {
            Shape::Fill(area, rgb, opacity) => fill(&mut out, *area, *rgb, *opacity),
            Shape::Cells(cells) => self::cells(&mut out, cells),
            Shape::Text(text) => self::text(&mut out, text),
        }
    }
    out.push_str("</svg>");
    out
}

/// A colour as an attribute.
fn paint(rgb: Rgb) -> String {
    match OWN.iter().find(|(known, _)| *known == rgb) {
        Some((_, class)) => format!("class=\"{class}\""),
        None => format!("fill=\"#{:02x}{:02x}{:02x}\"", rgb[0], rgb[1], rgb[2]),
    }
}

fn rectangle(out: &mut String, area: Area) {
    let (width, height) = (area.width(), area.height());
    if width > 0 && height > 0 {
        let _ = write!(out, "M{} {}h{width}v{height}h-{width}z", area.x0, area.y0);
    }
}

fn fill(out: &mut String, area: Area, rgb: Rgb, opacity: f64) {
    let mut path = String::new();
    rectangle(&mut path, area);
    if path.is_empty() {
        return;
    }
    let paint = if rgb == [255, 255, 255] { "class=\"paper\"".to_owned() } else { paint(rgb) };
    let opacity = if opacity < 1.0 { format!(" opacity=\"{opacity:.2}\"") } else { String::new() };
    let _ = write!(out, "<path {paint}{opacity} d=\"{path}\"/>");
}

fn cells(out: &mut String, cells: &[(Area, Rgb)]) {
    let mut by_colour: BTreeMap<Rgb, String> = BTreeMap::new();
    for (area, rgb) in cells {
        rectangle(by_colour.entry(*rgb).or_default(), *area);
    }
    out.push_str("<g class=\"cells\">");
    for (rgb, path) in by_colour {
        let _ = write!(
            out,
            "<path fill=\"#{:02x}{:02x}{:02x}\" d=\"{path}\"/>",
            rgb[0], rgb[1], rgb[2]
        );
    }
    out.push_str("</g>");
}

fn text(out: &mut String, text: &Text) {
    let anchor = match text.anchor {
        Anchor::Left => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::Right => " text-anchor=\"end\"",
    };
    let bold = if text.bold { " font-weight=\"bold\"" } else { "" };
    let y = text.y + (text.size as f32 * font::BASELINE).round() as i32;
    let _ = write!(
        out,
        "<text x=\"{}\" y=\"{y}\" font-size=\"{}\"{anchor}{bold} {}>{}</text>",
        text.x,
        text.size,
        paint(text.rgb),
        escaped(&text.words)
    );
}
