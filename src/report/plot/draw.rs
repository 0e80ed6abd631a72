//! Puts a picture together: checks what is given, finds the place of every
//! part, paints them in order.

use super::axis::LatencyAxis;
use super::cells::{Columns, DrawnCell, check, counts, on_pixels};
use super::font::{fitted, ready};
use super::layout::Layout;
use super::scene::{Anchor, GREY, INK, Scene, TEXT, Text};
use super::{MAX_PANELS, Picture, PlotError, difference, distribution, legend, panel};

/// A picture in shapes, and its cells.
pub(super) struct Drawn {
    pub scene: Scene,
    pub cells: Vec<DrawnCell>,
}

/// Pixels left of title and subtitle.
const MARGIN: i32 = 14;

pub(super) fn compose(picture: &Picture) -> Result<Drawn, PlotError> {
    check_all(picture)?;
    if !ready() {
        return Err(PlotError::Paint("the embedded font cannot be read".into()));
    }
    let layout = Layout::new(picture)?;
    let mut scene = Scene::new(layout.width, layout.height);
    titles(&mut scene, picture);
    let plot = layout.distribution;
    let axis = LatencyAxis::new(&picture.bounds_ns, plot.x0, plot.x1);
    let columns = Columns::new(&picture.bounds_ns, &axis);
    let mut cells = panels(&mut scene, picture, &layout, &axis, &columns);
    for number in 0..picture.differences.len() {
        cells.extend(difference::draw(&mut scene, picture, number, &layout, &axis, &columns)?);
    }
    distribution::draw(&mut scene, &picture.panels, plot, &axis, &columns);
    Ok(Drawn { scene, cells })
}

fn check_all(picture: &Picture) -> Result<(), PlotError> {
    if picture.panels.is_empty() || picture.bounds_ns.len() < 2 {
        return Err(PlotError::NothingToDraw);
    }
    if picture.panels.len() > MAX_PANELS || picture.differences.len() > MAX_PANELS {
        return Err(PlotError::TooManyPanels(picture.panels.len().max(picture.differences.len())));
    }
    if !picture.bounds_ns.is_sorted_by(|a, b| a < b) {
        return Err(PlotError::Inconsistent("the edges of the buckets do not ascend"));
    }
    let buckets = picture.bounds_ns.len() - 1;
    if buckets > usize::from(u16::MAX) {
        return Err(PlotError::Inconsistent("there are too many buckets"));
    }
    picture.panels.iter().try_for_each(|panel| check(panel, buckets))
}

fn titles(scene: &mut Scene, picture: &Picture) {
    let room = scene.width.cast_signed() - 2 * MARGIN;
    scene.write(Text {
        words: fitted(&picture.title, 19, true, room),
        x: MARGIN,
        y: 12,
        size: 19,
        bold: true,
        anchor: Anchor::Left,
        rgb: INK,
    });
    scene.text(fitted(&picture.subtitle, TEXT, false, room), MARGIN, 40, Anchor::Left, GREY);
}

/// All panels, on one scale of counts.
fn panels(
    scene: &mut Scene,
    picture: &Picture,
    layout: &Layout,
    axis: &LatencyAxis,
    columns: &Columns,
) -> Vec<DrawnCell> {
    let plots = picture.panels.iter().zip(&layout.panels);
    let placed: Vec<_> = plots
        .map(|(panel, plot)| on_pixels(counts(panel), columns, layout.time(plot.y0)))
        .collect();
    let most = placed.iter().flatten().map(|cell| cell.amount).max().unwrap_or(1);
    let mut drawn = Vec::new();
    for (number, (cells, plot)) in placed.iter().zip(&layout.panels).enumerate() {
        let time = layout.time(plot.y0);
        drawn.extend(panel::draw(scene, picture, number, *plot, axis, time, (cells, most)));
        if layout.has_ticks(number) {
            panel::latency_ticks(scene, *plot, axis);
        }
    }
    if let Some(first) = layout.panels.first() {
        legend::counts(scene, *first, most, picture.interval_ns);
    }
    drawn
}
