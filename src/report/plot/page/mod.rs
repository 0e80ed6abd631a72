//! The page one pastes into an incident review: who was compared, what changed, and
//! the pictures that prove it, one under the other. Each picture is a scene of its
//! own, so that the HTML report shows the same ones.

mod bars;
mod course;
mod curves;
mod flow;
mod shift;
mod split;

use flow::Flow;

use super::scene::Scene;
use super::{DrawnCell, Picture, PlotError, draw, font, png};
use crate::report::topscalls_table::signed_time;

/// Pixels of a page, and of the space at its sides.
const WIDTH: i32 = 1600;
const MARGIN: i32 = 40;
/// Pixels of a spectrogram, and of what stands beside it.
const PICTURE: i32 = 1010;
const BESIDE: i32 = WIDTH - 2 * MARGIN - PICTURE - GAP;
const GAP: i32 = 30;
/// A picture is not higher than this times the scale.
const MOST_HEIGHT: i32 = 20_000;

/// All that a page says.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// In bold on top.
    pub title: String,
    /// What changed, in sentences; the first in bold.
    pub headline: Vec<String>,
    /// Who was compared: a head and a row for each side.
    pub compared: Vec<Vec<String>>,
    /// What a reader wrote.
    pub note: Vec<String>,
    /// Change of time by call.
    pub bars: Bars,
    /// The calls that changed most.
    pub calls: Vec<CallPage>,
    /// Where the changes lie, who was near, what that fits: headings and lines.
    pub around: Vec<(String, Vec<String>)>,
    /// How it was made.
    pub footer: Vec<String>,
}

/// Change of time by call.
#[derive(Clone, Debug, Default)]
pub struct Bars {
    /// What it is a second of, or a period.
    pub unit: String,
    /// The most first.
    pub list: Vec<Bar>,
}

impl Bars {
    /// The same for who cannot see bars.
    #[must_use]
    pub fn in_words(&self) -> String {
        let one = |bar: &Bar| format!("{} {}", bar.name, signed_time(bar.delta_ns));
        let all: Vec<String> = self.list.iter().map(one).collect();
        format!("Change of time in calls, per {}: {}", self.unit, all.join(", "))
    }
}

/// One call's change of time.
#[derive(Clone, Debug, Default)]
pub struct Bar {
    /// The call.
    pub name: String,
    /// By more or fewer calls, by slower or quicker ones, by another mix: ns.
    pub parts_ns: [f64; 3],
    /// All of it, ns.
    pub delta_ns: f64,
    /// From where to where it may lie, for the uncertainty of the latency, ns.
    pub interval_ns: Option<(f64, f64)>,
    /// What is known of it, in a few words.
    pub state: String,
}

/// One call.
#[derive(Clone, Debug, Default)]
pub struct CallPage {
    /// Its name.
    pub name: String,
    /// What is known of it, in a line.
    pub about: String,
    /// Spectrograms; nothing where the captures cannot be read again.
    pub picture: Option<Picture>,
    /// Cumulative distributions: label, and latency (ns) with the share of the calls
    /// that take no longer, ascending.
    pub curves: Vec<(String, Vec<(u64, f64)>)>,
    /// Quantiles of base and new, ns.
    pub shift: Vec<(f64, u64, u64)>,
    /// Mean time on and off the processor of base and new, ns, where it is known.
    pub split: Option<[(f64, f64); 2]>,
    /// Calls and 99th percentile by time.
    pub course: Vec<Course>,
}

impl CallPage {
    /// Whether there is anything to show of it: of a table of totals there is not.
    fn has_pictures(&self) -> bool {
        self.picture.is_some() || !self.curves.is_empty() || !self.course.is_empty()
    }
}

/// One side's calls by time.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// The side.
    pub label: String,
    /// Width of a step, ns.
    pub step_ns: u64,
    /// For each step, calls (of one run on average) and their 99th percentile (ns).
    pub steps: Vec<(f64, Option<u64>)>,
    /// Times, after the first event, at which the level changes, ns, with words.
    pub turns: Vec<(u64, String)>,
    /// Times at which events were dropped, ns.
    pub drops: Vec<u64>,
}

/// One picture of a page, with its cells if it is a spectrogram.
pub struct Figure {
    pub(super) scene: Scene,
    /// The cells as painted.
    pub cells: Vec<DrawnCell>,
}

impl Figure {
    fn of(scene: Scene) -> Figure {
        Figure { scene, cells: Vec::new() }
    }

    /// The picture as SVG with the class names of a stylesheet instead of colours
    /// for what is ink and ground, so that it follows light and dark.
    #[must_use]
    pub fn inline_svg(&self, label: &str) -> String {
        super::inline::svg(&self.scene, label)
    }
}

/// The change of time by call.
#[must_use]
pub fn bars_figure(bars: &Bars) -> Figure {
    Figure::of(bars::scene(bars, WIDTH - 2 * MARGIN))
}

/// The spectrograms of a call.
///
/// # Errors
/// [`PlotError`] says what does not fit.
pub fn picture_figure(picture: &Picture) -> Result<Figure, PlotError> {
    let drawn = draw::compose(picture)?;
    Ok(Figure { scene: drawn.scene, cells: drawn.cells })
}

/// What stands beside the spectrograms of a call: distributions, quantiles, and time
/// on and off the processor.
#[must_use]
pub fn beside_figure(call: &CallPage) -> Figure {
    let mut scene = Scene::new(BESIDE.unsigned_abs(), 0);
    let mut y = 0;
    let parts = [
        (!call.curves.is_empty()).then(|| curves::scene(&call.curves, BESIDE)),
        (!call.shift.is_empty()).then(|| shift::scene(&call.shift, BESIDE)),
        call.split.map(|split| split::scene(split, BESIDE)),
    ];
    for part in parts.into_iter().flatten() {
        scene.place(&part, 0, y);
        y += part.height.cast_signed() + 14;
    }
    scene.height = y.unsigned_abs();
    Figure::of(scene)
}

/// The calls and their 99th percentile by time.
#[must_use]
pub fn course_figure(call: &CallPage) -> Figure {
    Figure::of(course::scene(&call.course, WIDTH - 2 * MARGIN))
}

/// The page as PNG, `scale` times as large as on a screen.
///
/// # Errors
/// [`PlotError`] says what does not fit.
pub fn page_png(page: &Page, scale: u32) -> Result<Vec<u8>, PlotError> {
    let scene = compose(page)?;
    let scale = scale.max(1);
    if scene.height.saturating_mul(scale) > MOST_HEIGHT.unsigned_abs() {
        return Err(PlotError::TooLarge(MOST_HEIGHT.unsigned_abs()));
    }
    png::encode(&if scale == 1 { scene } else { scene.enlarged(scale) })
}

/// The page as SVG.
///
/// # Errors
/// [`PlotError`] says what does not fit.
pub fn page_svg(page: &Page) -> Result<String, PlotError> {
    compose(page)?.svg()
}

pub(super) fn compose(page: &Page) -> Result<Scene, PlotError> {
    if !font::ready() {
        return Err(PlotError::Paint("the embedded font cannot be read".into()));
    }
    let mut flow = Flow::new(WIDTH, MARGIN);
    flow.title(&page.title);
    for (at, sentence) in page.headline.iter().enumerate() {
        flow.sentence(sentence, at == 0);
    }
    flow.table(&page.compared);
    flow.lines(&page.note);
    if !page.bars.list.is_empty() {
        flow.scene(&bars_figure(&page.bars).scene);
    }
    for call in page.calls.iter().filter(|call| call.has_pictures()) {
        flow.heading(&call.name, &call.about);
        let beside = beside_figure(call).scene;
        match &call.picture {
            Some(picture) => {
                let width = PICTURE.unsigned_abs();
                let picture = Picture { width, ..picture.clone() };
                flow.beside(&picture_figure(&picture)?.scene, &beside, PICTURE + GAP);
            }
            None => flow.scene(&beside),
        }
        if !call.course.is_empty() {
            flow.scene(&course_figure(call).scene);
        }
    }
    for (heading, lines) in &page.around {
        flow.heading(heading, "");
        flow.lines(lines);
    }
    flow.footer(&page.footer);
    Ok(flow.scene)
}
