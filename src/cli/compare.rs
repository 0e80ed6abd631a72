//! `analyze compare`: what changed between two sets of runs, how sure that is,
//! of what kind, and where.

use std::path::PathBuf;

use clap::Args;

use super::captures::NamedSide;
use super::common::{CaptureArguments, SelectionArguments};
use super::messages::Outcome;
use super::output::{self, Colour};
use super::run_sets::{SideRequest, read_runs, tell};
use super::second_look;
use super::trace::TraceArguments;
use crate::compare::Surroundings;
use crate::compare::change::{Changes, Options, RunSet};
use crate::compare::run::Run;
use crate::compare::verdict::verdict;
use crate::event::{several, time_text};
use crate::filter::{ContainerMatch, Selection, TimeBound};
use crate::report::{
    compare_csv, compare_details, compare_json, compare_table, harmless, markdown, render,
};

const EXAMPLES: &str = "\
Examples:
  analyze compare a.scap b.scap                       two runs
  analyze compare --base a1 a2 a3 --new b1 b2 b3      sets of runs: a sharper answer
  analyze compare a.scap b.scap --container worker    one container; others are its neighbours
  analyze compare a.scap b.scap --per clock_nanosleep every figure per task
  analyze compare one.scap --base-container x --new-container y
  analyze compare one.scap --base-window 0s..10s --new-window 20s..30s
  analyze compare --base worker.baseline --new today.scap    runs kept by analyze baseline
  analyze compare a.scap b.scap --format json         all figures";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
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
    /// Figures per call of EVENT (a task), counting whole periods only
    #[arg(long, value_name = "EVENT")]
    per: Option<String>,
    /// All that is known of every call that matters
    #[arg(short, long)]
    verbose: bool,
    /// Do not read the captures again to tell where the changes lie
    #[arg(long)]
    no_where: bool,
    /// Output format
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write to a file; its extension (json, md, csv, txt) implies the format
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// When to use colour
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    color: Colour,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
    Markdown,
}

const FORMATS: [(&str, Format); 4] = [
    ("json", Format::Json),
    ("csv", Format::Csv),
    ("md", Format::Markdown),
    ("txt", Format::Table),
];

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

pub fn run(arguments: &mut Arguments) -> Result<Outcome, String> {
    arguments.captures.give_filter(&mut arguments.selection)?;
    let sides = sides(arguments)?;
    let arguments = &*arguments;
    let target = arguments.output.as_deref();
    let format = output::format(target, arguments.format, &FORMATS, Format::Table)?;
    output::check_target(target)?;
    let options = arguments.bands.options()?;
    let read = read_runs(&sides, arguments.per.as_deref())?;
    let (sets, outcome) = tell(&sides, read, &arguments.selection, arguments.per.as_deref())?;
    let [base, new] = <[RunSet; 2]>::try_from(sets).map_err(|_| "two sides".to_owned())?;
    let mut changes = Changes::of(base, new, options);
    let around = if arguments.no_where {
        Surroundings::default()
    } else {
        second_look::look(&sides, &changes)?
    };
    for places in &around.places {
        let groups: Vec<_> = places.groups.iter().map(|group| [group.base, group.new]).collect();
        changes.regroup(&places.call, &groups);
    }
    let text = match format {
        Format::Json => format!("{:#}\n", compare_json(&changes, &around)),
        Format::Csv => compare_csv(&changes),
        Format::Markdown => in_markdown(arguments, &changes, &around),
        Format::Table => in_text(arguments, &changes, &around),
    };
    output::write(target, text.as_bytes())?;
    Ok(outcome)
}

/// Words first, then the table.
fn in_text(arguments: &Arguments, changes: &Changes, around: &Surroundings) -> String {
    let to_file = arguments.output.is_some();
    let colour = !to_file && arguments.color.wanted();
    let width = if to_file { usize::MAX } else { output::terminal_width() };
    let mut text = String::new();
    for (at, line) in verdict(changes, around).iter().enumerate() {
        let line = wrapped(&harmless(line), width);
        if at == 0 && colour {
            text.push_str(&format!("\x1b[1m{line}\x1b[0m\n"));
        } else {
            text.push_str(&format!("{line}\n"));
        }
    }
    text.push('\n');
    for line in header(arguments, changes) {
        text.push_str(&format!("{}\n", harmless(&line)));
    }
    text.push('\n');
    let (columns, paint, hidden) = compare_table(changes);
    text.push_str(&render(&columns, width, &paint, colour));
    if let Some(hidden) = hidden {
        text.push_str(&format!("{hidden}\n"));
    }
    if arguments.verbose {
        text.push('\n');
        for line in compare_details(changes, around) {
            text.push_str(&format!("{}\n", wrapped(&harmless(&line), width)));
        }
    }
    text
}

fn in_markdown(arguments: &Arguments, changes: &Changes, around: &Surroundings) -> String {
    let mut text = String::new();
    for line in verdict(changes, around) {
        text.push_str(&format!("{}\n\n", escaped(&line)));
    }
    for line in header(arguments, changes) {
        text.push_str(&format!("* {}\n", escaped(&line)));
    }
    text.push('\n');
    text.push_str(&markdown(&compare_table(changes).0));
    if arguments.verbose {
        text.push('\n');
        for line in compare_details(changes, around) {
            let line = escaped(&line);
            let item = line.strip_prefix("  ").map(|rest| format!("  * {rest}"));
            text.push_str(&format!("{}\n", item.unwrap_or_else(|| format!("* {line}"))));
        }
    }
    text
}

fn escaped(line: &str) -> String {
    harmless(line).replace('<', "&lt;").replace('*', "\\*").replace('_', "\\_")
}

/// A line folded at spaces to the width; what follows is indented as it is.
fn wrapped(line: &str, width: usize) -> String {
    let indent = line.len() - line.trim_start().len();
    let hang = " ".repeat(indent + 2);
    let mut text = String::new();
    let mut column = 0;
    // a number stays with its percent sign
    let line = line.trim_start().replace(" %", "\u{a0}%");
    for word in line.split(' ') {
        let word = word.replace('\u{a0}', " ");
        let length = word.chars().count();
        if column == 0 {
            text.push_str(&" ".repeat(indent));
            column = indent;
        } else if column + 1 + length > width {
            text.push_str(&format!("\n{hang}"));
            column = hang.len();
        } else {
            text.push(' ');
            column += 1;
        }
        text.push_str(&word);
        column += length;
    }
    text
}

/// What was compared, over what time, divided by what.
fn header(arguments: &Arguments, changes: &Changes) -> Vec<String> {
    let side = |name: &str, set: &RunSet| {
        let runs: Vec<&str> = set.runs.iter().map(|run| run.label.as_str()).collect();
        let events: u64 = set.runs.iter().map(|run| run.events).sum();
        let span: u64 = set.runs.iter().map(|run| run.span_ns).sum();
        let periods: Option<u64> = set.runs.iter().map(|run| run.periods).sum();
        let periods = periods
            .map_or_else(String::new, |count| format!(", {}", several(count, "whole period")));
        // of a part of a capture it is not counted how many events it holds
        let events = if arguments.halves.base_window.is_some() {
            String::new()
        } else {
            format!("{} in ", several(events, "event"))
        };
        format!("{name} {}: {events}{}{periods}", runs.join(", "), time_text(span))
    };
    let mut lines = vec![side("base:", &changes.base), side("new: ", &changes.new)];
    lines.push(match &arguments.per {
        Some(event) => {
            format!("times and calls are per {event}, from the first to the last of them")
        }
        None => "times and calls are per second of capture (first to last event)".into(),
    });
    if let Some(filter) = arguments.selection.filter.as_deref().filter(|text| !text.is_empty()) {
        lines.push(format!("only events that pass: {filter}"));
    }
    lines
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

/// The two sides: two captures, two sets, or two parts of one capture.
fn sides(arguments: &mut Arguments) -> Result<Vec<SideRequest>, String> {
    let mut named = arguments.captures.sides()?;
    arguments.trace.apply(&mut named);
    let halves = &arguments.halves;
    let windows = (halves.base_window.is_some(), halves.new_window.is_some());
    let containers = (!halves.base_container.is_empty(), !halves.new_container.is_empty());
    for ((base, new), what) in [(windows, "window"), (containers, "container")] {
        if base != new {
            return Err(format!("--base-{what} and --new-{what} go together"));
        }
    }
    if named.len() == 1 && (windows.0 || containers.0) {
        let mut again = arguments.captures.sides()?;
        arguments.trace.apply(&mut again);
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
    let kept = baselines(&mut named, &mut arguments.selection, &mut arguments.per)?;
    let halves = &arguments.halves;
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
        let mut selection: Selection = arguments.selection.selection()?;
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
