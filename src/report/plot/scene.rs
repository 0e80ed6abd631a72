//! A picture as a list of shapes in pixels, in the order in which they are
//! painted. Only this file knows the painter.

use plotters::backend::{BitMapBackend, SVGBackend};
use plotters::prelude::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color, FontDesc, FontFamily, FontStyle, IntoTextStyle, RGBColor, ShapeStyle,
};

use super::PlotError;
use super::font;

/// A colour: red, green, blue.
pub(super) type Rgb = [u8; 3];

/// Which part of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Left,
    Middle,
    Right,
}

/// Pixels of the usual text.
pub(super) const TEXT: i32 = 13;
/// From the upper edge of a text of that size to its middle.
pub(super) const HALF: i32 = 4;

/// A rectangle; right and bottom edge do not belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub x0: i32,
    pub y0: i32,
    pub x1: i32,
    pub y1: i32,
}

impl Area {
    pub fn new(x0: i32, y0: i32, x1: i32, y1: i32) -> Area {
        Area { x0, y0, x1, y1 }
    }

    pub fn width(self) -> i32 {
        self.x1 - self.x0
    }

    pub fn height(self) -> i32 {
        self.y1 - self.y0
    }

    pub fn holds(self, x: i32, y: i32) -> bool {
        (self.x0..self.x1).contains(&x) && (self.y0..self.y1).contains(&y)
    }
}

/// One line of text.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub words: String,
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    pub size: i32,
    pub bold: bool,
    pub anchor: Anchor,
    pub rgb: Rgb,
}

impl Text {
    /// Where its letters will be.
    pub fn area(&self) -> Area {
        let width = font::width(&self.words, self.size, self.bold);
        let x0 = match self.anchor {
            Anchor::Left => self.x,
            Anchor::Middle => self.x - width / 2,
            Anchor::Right => self.x - width,
        };
        Area::new(x0, self.y - 1, x0 + width, self.y + self.size - 2)
    }
}

#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// A filled rectangle; opacity from 0 to 1.
    Fill(Area, Rgb, f64),
    /// Filled rectangles that do not touch each other's inside: their order is free.
    Cells(Vec<(Area, Rgb)>),
    Text(Text),
}

impl Shape {
    /// The same elsewhere, and `times` as large.
    fn moved(&self, times: i32, x: i32, y: i32) -> Shape {
        let place = |area: Area| {
            Area::new(
                area.x0 * times + x,
                area.y0 * times + y,
                area.x1 * times + x,
                area.y1 * times + y,
            )
        };
        match self {
            Shape::Fill(area, rgb, opacity) => Shape::Fill(place(*area), *rgb, *opacity),
            Shape::Cells(cells) => {
                Shape::Cells(cells.iter().map(|(area, rgb)| (place(*area), *rgb)).collect())
            }
            Shape::Text(text) => Shape::Text(Text {
                x: text.x * times + x,
                y: text.y * times + y,
                size: text.size * times,
                ..text.clone()
            }),
        }
    }
}

/// All of a picture.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub width: u32,
    pub height: u32,
    pub shapes: Vec<Shape>,
}

pub(super) const INK: Rgb = [38, 38, 38];
pub(super) const GREY: Rgb = [105, 105, 105];
pub(super) const GRID: Rgb = [226, 226, 226];
pub(super) const FRAME: Rgb = [150, 150, 150];
/// The ground that cells stand on.
pub(super) const GROUND: Rgb = [250, 250, 250];

impl Scene {
    pub fn new(width: u32, height: u32) -> Scene {
        Scene { width, height, shapes: Vec::new() }
    }

    pub fn fill(&mut self, area: Area, rgb: Rgb) {
        self.shapes.push(Shape::Fill(area, rgb, 1.0));
    }

    pub fn tint(&mut self, area: Area, rgb: Rgb, opacity: f64) {
        self.shapes.push(Shape::Fill(area, rgb, opacity));
    }

    /// Rectangles that do not lie over each other.
    pub fn cells(&mut self, cells: Vec<(Area, Rgb)>) {
        self.shapes.push(Shape::Cells(cells));
    }

    /// Puts another scene into this one, its upper left corner at `x`, `y`.
    pub fn place(&mut self, other: &Scene, x: i32, y: i32) {
        self.shapes.extend(other.shapes.iter().map(|shape| shape.moved(1, x, y)));
    }

    /// The same, `times` as large: lines and letters, too.
    pub fn enlarged(&self, times: u32) -> Scene {
        let by = times.cast_signed();
        Scene {
            width: self.width * times,
            height: self.height * times,
            shapes: self.shapes.iter().map(|shape| shape.moved(by, 0, 0)).collect(),
        }
    }

    /// The one-pixel frame just outside `area`.
    pub fn frame(&mut self, area: Area) {
        let Area { x0, y0, x1, y1 } = area;
        for side in [
            Area::new(x0 - 1, y0 - 1, x1 + 1, y0),
            Area::new(x0 - 1, y1, x1 + 1, y1 + 1),
            Area::new(x0 - 1, y0, x0, y1),
            Area::new(x1, y0, x1 + 1, y1),
        ] {
            self.fill(side, FRAME);
        }
    }

    /// Plain text of the usual size.
    pub fn text(&mut self, text: impl Into<String>, x: i32, y: i32, anchor: Anchor, rgb: Rgb) {
        self.write(Text { words: text.into(), x, y, size: TEXT, bold: false, anchor, rgb });
    }

    pub fn write(&mut self, text: Text) {
        if !text.words.is_empty() {
            self.shapes.push(Shape::Text(text));
        }
    }

    /// The pixels, three bytes each, row by row.
    pub fn pixels(&self) -> Result<Vec<u8>, PlotError> {
        let mut pixels = vec![255; self.width as usize * self.height as usize * 3];
        let backend = BitMapBackend::with_buffer(&mut pixels, (self.width, self.height));
        self.paint(backend, paint_letters)?;
        Ok(pixels)
    }

    pub fn svg(&self) -> Result<String, PlotError> {
        let mut text = String::new();
        self.paint(SVGBackend::with_string(&mut text, (self.width, self.height)), write_text)?;
        Ok(text)
    }

    fn paint<B: DrawingBackend>(
        &self,
        mut backend: B,
        paint_text: impl Fn(&mut B, &Text) -> Result<(), PlotError>,
    ) -> Result<(), PlotError> {
        if !font::ready() {
            return Err(PlotError::Paint("the embedded font cannot be read".into()));
        }
        let white = style([255, 255, 255], 1.0);
        let all = (self.width.cast_signed(), self.height.cast_signed());
        backend.draw_rect((0, 0), all, &white, true).map_err(failed)?;
        for shape in &self.shapes {
            match shape {
                Shape::Fill(area, rgb, opacity) => fill(&mut backend, *area, *rgb, *opacity)?,
                Shape::Cells(cells) => {
                    for (area, rgb) in cells {
                        fill(&mut backend, *area, *rgb, 1.0)?;
                    }
                }
                Shape::Text(text) => paint_text(&mut backend, text)?,
            }
        }
        backend.present().map_err(failed)
    }
}

fn fill<B: DrawingBackend>(
    backend: &mut B,
    area: Area,
    rgb: Rgb,
    opacity: f64,
) -> Result<(), PlotError> {
    if area.width() <= 0 || area.height() <= 0 {
        return Ok(());
    }
    let style = style(rgb, opacity);
    backend.draw_rect((area.x0, area.y0), (area.x1, area.y1), &style, true).map_err(failed)
}

fn style(rgb: Rgb, opacity: f64) -> ShapeStyle {
    ShapeStyle::from(RGBColor(rgb[0], rgb[1], rgb[2]).mix(opacity)).filled()
}

/// Text in SVG, whose letters the viewer draws.
fn write_text(backend: &mut SVGBackend<'_>, text: &Text) -> Result<(), PlotError> {
    let [red, green, blue] = text.rgb;
    let horizontal = match text.anchor {
        Anchor::Left => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::Right => HPos::Right,
    };
    let colour = RGBColor(red, green, blue);
    let weight = if text.bold { FontStyle::Bold } else { FontStyle::Normal };
    let style = FontDesc::new(FontFamily::Name(font::FAMILY), f64::from(text.size), weight)
        .into_text_style(&(1u32, 1u32))
        .color(&colour)
        .pos(Pos::new(horizontal, VPos::Top));
    backend.draw_text(&text.words, &style, (text.x, text.y)).map_err(failed)
}

/// Text in pixels.
fn paint_letters(backend: &mut BitMapBackend<'_>, text: &Text) -> Result<(), PlotError> {
    let [red, green, blue] = text.rgb;
    let mut done = Ok(());
    font::letters(&text.words, text.size, text.bold, (text.area().x0, text.y), |x, y, cover| {
        let colour = RGBColor(red, green, blue).mix(cover).to_backend_color();
        if done.is_ok() {
            done = backend.draw_pixel((x, y), colour).map_err(failed);
        }
    });
    done
}

fn failed(error: impl std::fmt::Debug) -> PlotError {
    PlotError::Paint(format!("{error:?}"))
}
