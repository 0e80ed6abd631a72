//! What `compare` and `report` have in common: two sides, of sets of runs or of two
//! parts of one capture, when a difference counts, and what was read of them.

use clap::Args;

use super::captures::NamedSide;
use super::common::{CaptureArguments, SelectionArguments};
use super::messages::Outcome;
use super::run_sets::{SideRequest, SideSummary, read_runs, tell};
use super::trace::TraceArguments;
use crate::compare::Unit;
use crate::compare::change::{Changes, Options, RunSet};
use crate::compare::run::Run;
use crate::event::{several, time_text};
use crate::filter::{ContainerMatch, Selection, TimeBound};

/// Two sides, and when they differ.
#[derive(Args, Debug)]
pub struct Compared {
    #[command(flatten)]
    captures: CaptureArguments,
    #[command(flatten)]
    selection: SelectionArguments,
    #[command(flatten)]
    trace: TraceArguments,
    #[command(flatten)]
    halves: HalfArguments,
    #[command(flatten)]
    bands: BandArguments,
    /// What figures are divided by: `run`, `second`, or a call that ends each task, of
    /// which whole periods are counted. Default: the run where every capture holds a
    /// command from its start to its exit, else the second
    #[arg(long, value_name = "run|second|EVENT")]
    per: Option<String>,
}

/// What was read of both sides.
pub struct Read {
    /// What changed.
    pub changes: Changes,
    /// What is known of the captures of each side.
    pub summaries: Vec<SideSummary>,
    /// Whether all of them could be read.
    pub outcome: Outcome,
}

/// What sets the sides apart, where one capture holds both.
#[derive(Args, Debug)]
struct HalfArguments {
    /// Container of the base side
    #[arg(long, value_name = "NAME,…")]
    base_container: Vec<String>,
    /// Container of the new side
    #[arg(long, value_name = "NAME,…")]
    new_container: Vec<String>,
    /// Time of the base side: 0s..10s after the first event
    #[arg(long, value_name = "FROM..TO", value_parser = window)]
    base_window: Option<Window>,
    /// Time of the new side
    #[arg(long, value_name = "FROM..TO", value_parser = window)]
    new_window: Option<Window>,
}

/// When a difference counts.
#[derive(Args, Debug)]
struct BandArguments {
    /// Ratio within which nothing has changed: rates, and latencies with three or
    /// more runs a side
    #[arg(long, value_name = "RATIO", default_value_t = 1.05)]
    tolerance: f64,
    /// The same for latencies with one or two runs a side
    #[arg(long, value_name = "RATIO", default_value_t = 1.4)]
    tolerance_one_run: f64,
    /// Share of the time in calls, in percent, below which a call does not matter
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0)]
    min_share: f64,
}

/// A stretch of a capture's time.
#[derive(Clone, Debug)]
struct Window {
    typed: String,
    since: TimeBound,
    until: TimeBound,
}

fn window(text: &str) -> Result<Window, String> {
    let (from, to) = text
        .split_once("..")
        .ok_or_else(|| format!("'{text}' is no stretch of time; write 0s..10s"))?;
    let from = if from.is_empty() { "0s" } else { from };
    let (since, until) = (TimeBound::parse(from)?, TimeBound::parse(to)?);
    Ok(Window { typed: text.to_owned(), since, until })
}

impl Compared {
    /// Reads the sides and compares them.
    ///
    /// # Errors
    /// When a capture cannot be read, or nothing is selected.
    pub fn read(&self, sides: &[SideRequest]) -> Result<Read, String> {
        let unit = Unit::typed(self.per.as_deref());
        let options = Options { unit, ..self.bands.options()? };
        let read = read_runs(sides, self.per.as_deref())?;
        let summaries = read
            .iter()
            .zip(sides)
            .map(|(runs, side)| SideSummary::of(runs, &side.selection))
            .collect();
        let (sets, outcome) = tell(sides, read, &self.selection, self.per.as_deref())?;
        let [base, new] = <[RunSet; 2]>::try_from(sets).map_err(|_| "two sides".to_owned())?;
        Ok(Read { changes: Changes::of(base, new, options), summaries, outcome })
    }

    /// What was compared, over what time, divided by what.
    pub fn header(&self, changes: &Changes) -> Vec<String> {
        let side = |name: &str, set: &RunSet| {
            let runs: Vec<&str> = set.runs.iter().map(|run| run.label.as_str()).collect();
            let events: u64 = set.runs.iter().map(|run| run.events).sum();
            let span: u64 = set.runs.iter().map(|run| run.span_ns).sum();
            let periods: Option<u64> = set.runs.iter().map(|run| run.periods).sum();
            let periods = periods
                .map_or_else(String::new, |count| format!(", {}", several(count, "whole period")));
            // of a part of a capture it is not counted how many events it holds
            let events = if self.halves.base_window.is_some() {
                String::new()
            } else {
                format!("{} in ", several(events, "event"))
            };
            format!("{name} {}: {events}{}{periods}", runs.join(", "), time_text(span))
        };
        let mut lines = vec![side("base:", &changes.base), side("new: ", &changes.new)];
        let event = Unit::marker(self.per.as_deref()).unwrap_or("period");
        lines.push(match changes.unit {
            Unit::Run => "times and calls are per run".into(),
            Unit::Period => {
                format!("times and calls are per {event}, from the first to the last of them")
            }
            Unit::Second => {
                "times and calls are per second of capture (first to last event)".into()
            }
        });
        let lives = |set: &RunSet| set.runs.iter().all(|run| run.life.is_some());
        if changes.unit == Unit::Second && lives(&changes.base) != lives(&changes.new) {
            lines.push("one side holds whole runs of a command, the other does not".into());
        }
        if let Some(filter) = self.selection.filter.as_deref().filter(|text| !text.is_empty()) {
            lines.push(format!("only events that pass: {filter}"));
        }
        lines
    }

    /// The two sides: two captures, two sets, or two parts of one capture.
    ///
    /// # Errors
    /// When there are not two.
    pub fn sides(&mut self) -> Result<Vec<SideRequest>, String> {
        self.captures.give_filter(&mut self.selection)?;
        let mut named = self.captures.sides()?;
        self.trace.apply(&mut named);
        let halves = &self.halves;
        let windows = (halves.base_window.is_some(), halves.new_window.is_some());
        let containers = (!halves.base_container.is_empty(), !halves.new_container.is_empty());
        for ((base, new), what) in [(windows, "window"), (containers, "container")] {
            if base != new {
                return Err(format!("--base-{what} and --new-{what} go together"));
            }
        }
        if named.len() == 1 && (windows.0 || containers.0) {
            let mut again = self.captures.sides()?;
            self.trace.apply(&mut again);
            named.append(&mut again);
            for (side, label) in named.iter_mut().zip(["base", "new"]) {
                side.label = label.into();
            }
        }
        if named.len() != 2 {
            return Err(format!(
                "two sides are needed, {} given; name two captures, --base A… --new B…, or one capture with --base-window and --new-window or --base-container and --new-container",
                named.len()
            ));
        }
        let kept = baselines(&mut named, &mut self.selection, &mut self.per)?;
        let halves = &self.halves;
        if kept.iter().any(|kept| !kept.is_empty()) && (windows.0 || containers.0) {
            return Err(
                "a baseline's runs are counted already: no window or container of it can be taken"
                    .into(),
            );
        }
        let bounds = [&halves.base_window, &halves.new_window];
        let containers = [&halves.base_container, &halves.new_container];
        let mut sides = Vec::new();
        for (((mut side, kept), window), container) in
            named.into_iter().zip(kept).zip(bounds).zip(containers)
        {
            let mut selection: Selection = self.selection.selection()?;
            let mut part = String::new();
            if let Some(Window { typed, since, until }) = window {
                (selection.since, selection.until) = (Some(*since), Some(*until));
                part.push_str(&format!(" {typed}"));
            }
            if !container.is_empty() {
                part.push_str(&format!(" {}", container.join(",")));
                selection.containers = ContainerMatch::parse(container)?;
            }
            side.captures.iter_mut().for_each(|named| named.label.push_str(&part));
            sides.push(SideRequest { side, selection, kept });
        }
        Ok(sides)
    }
}

impl BandArguments {
    fn options(&self) -> Result<Options, String> {
        options(self.tolerance, self.tolerance_one_run, self.min_share)
    }
}

/// When a difference counts: bands as ratios, and a share in percent.
///
/// # Errors
/// Which of them cannot be.
pub fn options(tolerance: f64, tolerance_one_run: f64, min_share: f64) -> Result<Options, String> {
    for (name, value) in [("--tolerance", tolerance), ("--tolerance-one-run", tolerance_one_run)] {
        if !(value >= 1.0 && value.is_finite()) {
            return Err(format!("{name} {value}: write a ratio of 1 or more, such as 1.05"));
        }
    }
    if !(0.0..=100.0).contains(&min_share) {
        return Err(format!("--min-share {min_share}: write a percentage"));
    }
    let min_share = min_share / 100.0;
    Ok(Options { tolerance, tolerance_one_run, min_share, ..Options::default() })
}

/// The runs that baselines among the captures have kept, side by side; the
/// captures beside them are read as those were.
fn baselines(
    named: &mut [NamedSide],
    selection: &mut SelectionArguments,
    per: &mut Option<String>,
) -> Result<Vec<Vec<Run>>, String> {
    let mut sides = Vec::new();
    for side in named {
        let mut runs = Vec::new();
        for (name, baseline) in super::kept::take(side)? {
            super::kept::adopt((&name, &baseline.kept), selection, per)?;
            runs.extend(baseline.runs.into_iter().map(|recorded| recorded.run));
        }
        sides.push(runs);
    }
    Ok(sides)
}
