//! What a spectrogram's picture shows: which latencies, which time step, what
//! is written on it. How it is painted is the business of [`super::plot`].

use super::plot::{Difference, Panel, Picture, PlotError, Row, render_png, render_svg};
use crate::compare::{SpectrogramSide, same_interval, used_columns};
use crate::event::{count_text, several, time_text};

/// What was asked of the picture.
#[derive(Clone, Debug, Default)]
pub struct PictureOptions {
    /// Which calls, for the title.
    pub what: String,
    /// Pixels; 0: as usual.
    pub width: u32,
    /// Pixels; 0: by the number of captures and their length.
    pub height: u32,
    /// Latencies to show, ns; those that occur when `None`.
    pub latency_range: Option<(u64, u64)>,
    /// The time step was given: leave it.
    pub fixed_interval: bool,
    /// Also draw each further side minus the first.
    pub difference: bool,
}

/// A picture that can be painted.
#[derive(Clone, Debug)]
pub struct SpectrogramPicture {
    /// What it shows.
    pub picture: Picture,
}

impl SpectrogramPicture {
    /// The picture as PNG.
    ///
    /// # Errors
    /// When it cannot be painted in that size.
    pub fn png(&self) -> Result<Vec<u8>, PlotError> {
        render_png(&self.picture)
    }

    /// The picture as SVG.
    ///
    /// # Errors
    /// When it cannot be painted in that size.
    pub fn svg(&self) -> Result<String, PlotError> {
        render_svg(&self.picture)
    }
}

/// Rows of the longest capture, unless a time step was given.
const ROWS: u64 = 120;
/// Latency buckets at most.
const BUCKETS: usize = 160;
/// Columns of margin on both sides of the latencies that occur.
const MARGIN: usize = 8;

/// Which columns of the scale are shown, and how they are joined to buckets.
struct View {
    first: usize,
    joined: usize,
    buckets: usize,
    /// Edges of the buckets, ns.
    bounds_ns: Vec<u64>,
}

/// The view on a scale; near 1 ns several columns begin at the same latency,
/// and those that hold none are left out.
fn view(sides: &[SpectrogramSide], range: Option<(u64, u64)>) -> Option<View> {
    let scale = &sides.first()?.runs.first()?.spectrogram.scale;
    let (low, high) = match range {
        Some((from, to)) => (scale.column(from), scale.column(to.saturating_sub(1).max(1))),
        None => {
            let (low, high) = used_columns(sides)?;
            (low.saturating_sub(MARGIN), high + MARGIN)
        }
    };
    let (low, high) = (low.min(scale.columns() - 1), high.min(scale.columns() - 1));
    let joined = (high + 1 - low).div_ceil(BUCKETS);
    let buckets = (high + 1 - low).div_ceil(joined);
    let last = scale.columns();
    let bounds_ns = (0..=buckets).map(|at| scale.bounds()[(low + at * joined).min(last)]).collect();
    Some(View { first: low, joined, buckets, bounds_ns })
}

impl View {
    /// The bucket's number when those without width are left out.
    fn number(&self, bucket: usize) -> usize {
        self.bounds_ns[..=bucket].windows(2).filter(|pair| pair[0] < pair[1]).count()
    }

    fn edges(&self) -> Vec<u64> {
        let mut edges = self.bounds_ns.clone();
        edges.dedup();
        edges
    }
}

/// The picture of these sides.
///
/// # Errors
/// When there is nothing to draw.
pub fn spectrogram_picture(
    mut sides: Vec<SpectrogramSide>,
    options: &PictureOptions,
) -> Result<SpectrogramPicture, PlotError> {
    let rows = if options.fixed_interval { u64::MAX } else { ROWS };
    let interval_ns = same_interval(&mut sides, rows);
    let view = view(&sides, options.latency_range).ok_or(PlotError::NothingToDraw)?;
    let panels = sides.iter().map(|side| panel(side, &view)).collect();
    let further = if options.difference { 1..sides.len() } else { 0..0 };
    let differences = further
        .map(|new| Difference {
            label: format!("{} minus {}", sides[new].label, sides[0].label),
            base: 0,
            new,
        })
        .collect();
    Ok(SpectrogramPicture {
        picture: Picture {
            title: format!("Latency of {}", options.what),
            subtitle: subtitle(&sides),
            bounds_ns: view.edges(),
            interval_ns,
            panels,
            differences,
            width: options.width,
            height: options.height,
        },
    })
}

fn runs(side: &SpectrogramSide) -> String {
    match side.runs.as_slice() {
        [one] if one.label == side.label => side.label.clone(),
        runs => {
            let labels: Vec<&str> = runs.iter().map(|run| run.label.as_str()).collect();
            format!("{} ({})", side.label, labels.join(", "))
        }
    }
}

fn subtitle(sides: &[SpectrogramSide]) -> String {
    let side = |side: &SpectrogramSide| {
        format!(
            "{}: {} in {}",
            runs(side),
            several(side.calls(), "call"),
            time_text(side.span_ns())
        )
    };
    sides.iter().map(side).collect::<Vec<_>>().join("  ·  ")
}

fn panel(side: &SpectrogramSide, view: &View) -> Panel {
    let pooled = side.pooled(view.first, view.joined, view.buckets);
    let latencies = side.latencies();
    let mut histogram = vec![0; view.edges().len() - 1];
    for (bucket, count) in pooled.rows.values().flatten() {
        if let Some(total) = histogram.get_mut(view.number(*bucket)) {
            *total += count;
        }
    }
    let quantile = |share| latencies.quantile(share);
    let text = |share| quantile(share).map_or_else(|| "-".into(), time_text);
    let mut caption = format!(
        "{} · p50 {} · p95 {} · p99 {}",
        several(side.calls(), "call"),
        text(0.5),
        text(0.95),
        text(0.99)
    );
    if pooled.outside > 0 {
        caption.push_str(&format!(" · {} outside the range", count_text(pooled.outside)));
    }
    let row = |(index, cells): (&u64, &std::collections::BTreeMap<usize, u64>)| Row {
        index: *index,
        cells: cells.iter().map(|(bucket, count)| (view.number(*bucket) as u16, *count)).collect(),
    };
    Panel {
        label: runs(side),
        caption,
        rows: pooled.rows.iter().map(row).collect(),
        row_count: pooled.row_count,
        median_ns: quantile(0.5),
        p99_ns: quantile(0.99),
        histogram,
        calls: side.calls(),
    }
}
