//! One run as a comparison sees it: for each call its totals, its latencies,
//! twenty blocks that say how steady it was, and time off the processor. Small,
//! whatever the capture's size, so a baseline can keep it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::stats::Blocks;
use crate::chisel::{
    CallFigures, Histogram, Next, Outcome, Schedule, Split, Switches, TopScallsResult, Track,
    TrackCell,
};
use crate::event::{Class, class_of};
use crate::state::Summary;

/// Blocks of equal call count, or of equal time.
pub const BLOCKS: usize = 20;
/// Calls per cell of the reduced track.
const LEVELS: usize = 200;
/// The name of the row of the time between calls.
pub const BETWEEN: &str = "(between calls)";

/// Calls of one outcome.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Part {
    /// Calls.
    pub calls: u64,
    /// Their time, ns.
    pub total_ns: u64,
    /// Blocks of about equal call count, in order of time.
    pub blocks: Vec<Blocks>,
}

/// Time off the processor.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Off {
    /// Calls (or stretches) of which it is known.
    pub calls: u64,
    /// Their time, ns.
    pub total_ns: u64,
    /// Of it, off the processor.
    pub off_ns: u64,
    /// Of them, how many were off at all.
    pub off_calls: u64,
    /// Time off in each twentieth of the span, ns.
    pub by_time_ns: Vec<u64>,
}

/// One call in one run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CallRun {
    /// What it is for.
    pub class: Class,
    /// Waits whose time was up, or sleeps: a change there is a consequence.
    pub pacing: bool,
    /// All its calls.
    pub all: Part,
    /// Those that failed.
    pub failed: Part,
    /// Those that succeeded; empty if none failed.
    pub succeeded: Part,
    /// Negative results and their number, most frequent first.
    pub errnos: Vec<(i64, u64)>,
    /// Bytes read or written.
    pub bytes: u64,
    /// Latencies.
    pub latencies: Histogram,
    /// Longest, ns.
    pub max_ns: u64,
    /// The longest time without such a call between two of them, ns.
    pub pause_ns: u64,
    /// Of calls that come in bursts, with pauses of a tenth of the span or more,
    /// how many bursts there are.
    pub bursts: Option<u64>,
    /// Calls in each twentieth of the span.
    pub by_time: Vec<u64>,
    /// Sum over the whole periods of their squared number of calls.
    pub period_squares: f64,
    /// Time off the processor, where it is known.
    pub off: Option<Off>,
    /// The course of the figures: begin (ns since the epoch), width (ns), and
    /// calls and time of each cell. Baselines do not keep it.
    #[serde(skip)]
    pub course: Option<(u64, u64, Vec<TrackCell>)>,
}

/// One run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// What the capture is called.
    pub label: String,
    /// First time stamp that was counted, ns since the epoch.
    pub first_ns: u64,
    /// Time counted, ns.
    pub span_ns: u64,
    /// Whole periods, where figures are per occurrence of a call.
    pub periods: Option<u64>,
    /// `scap`, `strace`, `perf trace`.
    pub format: String,
    /// Events read.
    pub events: u64,
    /// Drop markers in the capture.
    pub drops: u64,
    /// Whether something of it could not be read.
    pub damaged: bool,
    /// Whether calls have latencies.
    pub has_latency: bool,
    /// Whether it is known how long the capture was.
    pub has_span: bool,
    /// Whether all kinds of calls were counted: the time between them is known.
    pub whole: bool,
    /// Which switches there are.
    pub switches: Switches,
    /// Calls by name.
    pub calls: BTreeMap<String, CallRun>,
    /// The time between calls.
    pub between: Option<CallRun>,
    /// Who ran while a thread was off between calls, ns.
    pub next: Vec<(Next, u64)>,
    /// What is known of the command, where the capture holds its whole life.
    #[serde(default)]
    pub life: Option<RunLife>,
    /// Whether figures are per run; the comparison decides that for all runs.
    #[serde(skip)]
    pub per_run: bool,
}

/// A command whose whole life a capture holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunLife {
    /// Arguments of its `execve` as the tracer prints them, shortened.
    pub command: String,
    /// Processes that it made; threads are not counted.
    pub children: u64,
    /// Programs that these processes started, most often first.
    pub programs: Vec<(String, u64)>,
}

impl RunLife {
    /// Of a capture that was counted from its first event to its last and lost none.
    #[must_use]
    pub fn of(summary: &Summary, span_ns: u64) -> Option<RunLife> {
        let life =
            summary.trace.as_ref().map(|trace| &trace.life).filter(|life| life.is_whole())?;
        let complete = summary.has_span()
            && span_ns == summary.span_ns()
            && summary.losses.damage == 0
            && summary.drops.markers == 0;
        let mut programs: Vec<(String, u64)> = life.programs.clone().into_iter().collect();
        programs.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let (command, children) = (life.command.clone(), life.children);
        complete.then_some(RunLife { command, children, programs })
    }
}

/// The name of the row of waits whose time was up.
#[must_use]
pub fn timed_out_name(event: &str) -> String {
    format!("{event} (timed out)")
}

impl Run {
    /// Puts together what was found in a capture. `whole`: no kind of call was
    /// left out.
    #[must_use]
    pub fn new(
        label: &str,
        summary: &Summary,
        result: &TopScallsResult<CallFigures>,
        schedule: Option<&Schedule>,
        whole: bool,
    ) -> Run {
        let first_ns = summary.first_ns.unwrap_or(0);
        let window = Window { first_ns, span_ns: result.span_ns.max(1) };
        let mut run = Run {
            label: label.to_owned(),
            first_ns,
            span_ns: result.span_ns,
            periods: result.periods,
            format: summary.format_name().to_owned(),
            events: summary.events,
            drops: summary.drops.markers,
            damaged: summary.losses.damage > 0,
            has_latency: summary.has_latency(),
            has_span: summary.has_span(),
            whole,
            switches: schedule.map_or(Switches::None, |schedule| schedule.switches),
            calls: BTreeMap::new(),
            between: None,
            next: schedule.map(|schedule| schedule.next.clone()).unwrap_or_default(),
            life: RunLife::of(summary, result.span_ns),
            per_run: false,
        };
        let both_ways = schedule.filter(|schedule| schedule.switches == Switches::BothWays);
        for row in result.rows.iter().filter(|row| row.syscall) {
            let off = both_ways.and_then(|schedule| schedule.calls.get(&row.event));
            run.add(&row.event, &row.stats, off, window);
        }
        if whole && run.has_latency && result.between.stats.paired > 0 {
            let off = both_ways.map(|schedule| &schedule.between);
            run.between = Some(call(Class::Work, &result.between, off, window));
        }
        run
    }

    fn add(&mut self, event: &str, figures: &CallFigures, off: Option<&Split>, window: Window) {
        let class = class_of(event);
        if let Some(timed_out) = figures.timed_out() {
            let name = timed_out_name(event);
            self.calls.insert(name, waited(class, timed_out, window));
        }
        if figures.stats.calls() > figures.timed_out().map_or(0, |out| out.count) {
            self.calls.insert(event.to_owned(), call(class, figures, off, window));
        }
    }

    /// Seconds, runs or whole periods that figures are divided by, in billionths.
    #[must_use]
    pub fn billionths(&self) -> u128 {
        match self.periods {
            Some(periods) => u128::from(periods) * 1_000_000_000,
            None if self.per_run => 1_000_000_000,
            None => u128::from(self.span_ns),
        }
    }

    /// Seconds, runs or whole periods, rounded.
    #[must_use]
    pub fn units(&self) -> f64 {
        self.billionths() as f64 / 1e9
    }
}

/// The time that was counted.
#[derive(Clone, Copy)]
struct Window {
    first_ns: u64,
    span_ns: u64,
}

impl Window {
    /// Which twentieth a time falls into.
    fn place(self, ts_ns: u64) -> usize {
        let since = u128::from(ts_ns.saturating_sub(self.first_ns));
        let at = since * BLOCKS as u128 / u128::from(self.span_ns);
        (at as usize).min(BLOCKS - 1)
    }

    /// Stretches between pauses of a tenth of the span; `None` without a pause.
    fn bursts(self, track: &Track) -> Option<u64> {
        let (start, width, cells) = track.cells();
        let long = self.span_ns / 10;
        let (mut until, mut bursts, mut pauses) = (self.first_ns, 0, 0u64);
        for (number, _) in (0u64..).zip(&cells).filter(|(_, cell)| cell.count > 0) {
            let from = start.saturating_add(number.saturating_mul(width));
            let is_pause = from.saturating_sub(until) >= long;
            pauses += u64::from(is_pause);
            bursts += u64::from(is_pause || bursts == 0);
            until = from.saturating_add(width);
        }
        let rest = self.first_ns.saturating_add(self.span_ns).saturating_sub(until);
        (pauses > 0 || rest >= long).then_some(bursts)
    }

    /// Sums over twentieths; a cell's figures go where its middle lies.
    fn spread(self, track: &Track, of: impl Fn(&TrackCell) -> u64) -> Vec<u64> {
        let (start, width, cells) = track.cells();
        let mut sums = vec![0u64; BLOCKS];
        for (number, cell) in (0u64..).zip(&cells) {
            let middle =
                start.saturating_add(number.saturating_mul(width)).saturating_add(width / 2);
            sums[self.place(middle)] += of(cell);
        }
        sums
    }
}

fn call(class: Class, figures: &CallFigures, off: Option<&Split>, window: Window) -> CallRun {
    let (mut track, mut latencies) = (figures.track.clone(), figures.stats.latencies.clone());
    let (mut calls, mut total) = (figures.stats.calls(), figures.stats.total_ns);
    if let Some(out) = figures.timed_out() {
        (track, latencies) = (track.without(&out.track), latencies.without(&out.latencies));
        (calls, total) = (calls - out.count, total.saturating_sub(u128::from(out.total_ns)));
    }
    let all = part(calls, u64::try_from(total).unwrap_or(u64::MAX), &track);
    let failed = figures.failed().map(|failed| part(failed.count, failed.total_ns, &failed.track));
    let succeeded = figures.failed().map(|failed| {
        let rest = track.without(&failed.track);
        part(calls - failed.count, all.total_ns.saturating_sub(failed.total_ns), &rest)
    });
    let failed = failed.unwrap_or_else(|| {
        // exits of captures without latencies
        Part { calls: figures.stats.errors(), ..Part::default() }
    });
    CallRun {
        class,
        pacing: class == Class::Idle,
        failed,
        succeeded: succeeded.unwrap_or_default(),
        errnos: figures.errnos(),
        bytes: figures.bytes,
        period_squares: figures.period_squares,
        max_ns: figures.stats.max_ns().unwrap_or(0),
        off: off.map(|split| off_of(split, window)),
        ..course_of(all, latencies, &track, window)
    }
}

fn waited(class: Class, out: &Outcome, window: Window) -> CallRun {
    let all = part(out.count, out.total_ns, &out.track);
    CallRun { class, pacing: true, ..course_of(all, out.latencies.clone(), &out.track, window) }
}

/// What follows from a track.
fn course_of(all: Part, latencies: Histogram, track: &Track, window: Window) -> CallRun {
    CallRun {
        class: Class::Work,
        pacing: false,
        max_ns: latencies.quantile(1.0).unwrap_or(0),
        pause_ns: longest_pause(track),
        bursts: window.bursts(track),
        by_time: window.spread(track, |cell| cell.count),
        period_squares: 0.0,
        course: Some(track.cells()),
        all,
        failed: Part::default(),
        succeeded: Part::default(),
        errnos: Vec::new(),
        bytes: 0,
        latencies,
        off: None,
    }
}

fn off_of(split: &Split, window: Window) -> Off {
    Off {
        calls: split.count,
        total_ns: split.total_ns,
        off_ns: split.off_ns,
        off_calls: split.off_count,
        by_time_ns: window.spread(&split.track, |cell| cell.total_ns),
    }
}

fn part(calls: u64, total_ns: u64, track: &Track) -> Part {
    Part { calls, total_ns, blocks: blocks(&track.cells().2, BLOCKS) }
}

/// Neighbouring cells together, so that each block holds about as many calls.
#[must_use]
pub fn blocks(cells: &[TrackCell], most: usize) -> Vec<Blocks> {
    let all: u64 = cells.iter().map(|cell| cell.count).sum();
    let mut blocks = vec![Blocks { count: 0, sum: 0.0 }; most];
    let mut before = 0;
    for cell in cells.iter().filter(|cell| cell.count > 0) {
        let middle = u128::from(before * 2 + cell.count);
        let at = middle * most as u128 / (2 * u128::from(all.max(1)));
        if let Some(block) = blocks.get_mut(at as usize) {
            block.count += cell.count;
            block.sum += cell.total_ns as f64;
        }
        before += cell.count;
    }
    blocks.retain(|block| block.count > 0);
    blocks
}

/// The longest stretch of empty cells, with one of its neighbours: no more than
/// the longest pause and two cells.
fn longest_pause(track: &Track) -> u64 {
    let (_, width, cells) = track.cells();
    let empty = cells.split(|cell| cell.count > 0).map(<[TrackCell]>::len).max().unwrap_or(0);
    (empty as u64 + 1).saturating_mul(width)
}

/// The course in at most [`LEVELS`] steps of equal call count: for change points.
#[must_use]
pub fn levels(course: &[TrackCell]) -> Vec<Blocks> {
    blocks(course, LEVELS)
}
