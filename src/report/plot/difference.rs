//! Two panels against each other: in each cell the share of the new one's
//! calls minus the share of the base's. A strip on top has the whole runs.

use super::axis::LatencyAxis;
use super::cells::{Columns, DrawnCell, counts, on_pixels};
use super::colour;
use super::distribution::shares;
use super::layout::Layout;
use super::legend;
use super::panel::{Header, ground, header, latency_ticks, time_ticks};
use super::scene::{Anchor, Area, GREY, Scene};
use super::{Difference, Panel, Picture, PlotError};

/// The two panels of a difference.
fn panels<'a>(
    picture: &'a Picture,
    difference: &Difference,
) -> Result<(&'a Panel, &'a Panel), PlotError> {
    match (picture.panels.get(difference.base), picture.panels.get(difference.new)) {
        (Some(base), Some(new)) => Ok((base, new)),
        _ => Err(PlotError::Inconsistent("a difference is of a panel that is not there")),
    }
}

/// Shares of a panel's calls by row and bucket, times `sign`.
fn signed(panel: &Panel, sign: f64) -> impl Iterator<Item = (u64, u16, f64)> + '_ {
    let calls = panel.calls.max(1) as f64;
    counts(panel).map(move |(row, bucket, count)| (row, bucket, sign * count as f64 / calls))
}

pub(super) fn draw(
    scene: &mut Scene,
    picture: &Picture,
    number: usize,
    layout: &Layout,
    axis: &LatencyAxis,
    columns: &Columns,
) -> Result<Vec<DrawnCell>, PlotError> {
    let (Some(difference), Some((strip, plot))) =
        (picture.differences.get(number), layout.differences.get(number))
    else {
        return Ok(Vec::new());
    };
    let (base, new) = panels(picture, difference)?;
    let (strip, plot) = (*strip, *plot);
    let time = layout.time(plot.y0);
    let cells = on_pixels(signed(base, -1.0).chain(signed(new, 1.0)), columns, time);
    let most = cells.iter().map(|cell| cell.amount.abs()).fold(0.0, f64::max);
    let whole = whole_run(scene, (base, new), strip, axis, columns);
    let caption = format!(
        "share of the calls: blue less, orange more; strip: whole run, up to ±{}",
        legend::percent(whole).trim_start_matches('+')
    );
    let label = &difference.label;
    header(scene, strip, 0, &Header { label, line: None, caption: &caption });
    ground(scene, plot, axis);
    let mut drawn = Vec::new();
    for cell in &cells {
        let rgb = colour::change(cell.amount, most);
        let Area { x0, y0, x1, y1 } = cell.area;
        drawn.push(DrawnCell {
            panel: number,
            difference: true,
            row: cell.row,
            bucket: cell.bucket,
            count: 0,
            share: cell.amount,
            rgb,
            x0,
            y0,
            x1,
            y1,
            covered: false,
        });
    }
    let painted = |cell: &DrawnCell| (Area::new(cell.x0, cell.y0, cell.x1, cell.y1), cell.rgb);
    scene.cells(drawn.iter().map(painted).collect());
    time_ticks(scene, plot, time, picture.interval_ns);
    latency_ticks(scene, plot, axis);
    legend::changes(scene, plot, most);
    Ok(drawn)
}

/// The whole runs' difference by bucket; gives the largest.
fn whole_run(
    scene: &mut Scene,
    (base, new): (&Panel, &Panel),
    strip: Area,
    axis: &LatencyAxis,
    columns: &Columns,
) -> f64 {
    let changes: Vec<f64> =
        shares(new).into_iter().zip(shares(base)).map(|(new, base)| new - base).collect();
    let most = changes.iter().map(|change| change.abs()).fold(0.0, f64::max);
    ground(scene, strip, axis);
    for (bucket, change) in changes.iter().enumerate().filter(|(_, change)| **change != 0.0) {
        let (x0, x1) = columns.span(bucket);
        scene.fill(Area::new(x0, strip.y0, x1, strip.y1), colour::change(*change, most));
    }
    scene.text("whole", strip.x0 - 9, strip.y0 + 2, Anchor::Right, GREY);
    most
}
