//! `analyze topscalls`: the ranking of one capture, or several side by side.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use super::captures::read_all;
use super::common::{CaptureArguments, SelectionArguments, listed};
use super::messages::{self, Outcome};
use super::output::{self, Colour};
use super::selected::{self, Selected};
use super::trace::{self, TraceArguments};
use crate::chisel::{GroupBy, TopScalls, TopScallsRequest};
use crate::compare::run::RunLife;
use crate::compare::{
    Basis, CaptureFacts, Comparison, Order, Side, Unit, compare, difference_words,
};
use crate::event::{several, time_text};
use crate::report::{
    TableOptions, harmless, markdown, render, topscalls_csv, topscalls_json, topscalls_table,
};

const EXAMPLES: &str = "\
Examples:
  analyze topscalls a.scap                        one capture: the ranking
  analyze topscalls a.scap b.scap                 base and new, what costs more on top
  analyze topscalls --base a1 a2 a3 --new b1 b2   sets of runs, pooled
  analyze topscalls a.scap b.scap --per clock_nanosleep
                                                  every figure per task, whole tasks only
  analyze topscalls a.scap --container worker --evt 'open*,lstat~'
  analyze topscalls a.scap b.scap -o diff.csv     numbers exactly (also .json, .md)
  analyze topscalls base.strace new.strace        text of strace -f -ttt -T, or of perf trace
  analyze topscalls base.c.txt new.c.txt          tables of strace -c -w, or of perf trace -s";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    captures: CaptureArguments,
    #[command(flatten)]
    selection: SelectionArguments,
    #[command(flatten)]
    trace: TraceArguments,
    /// Order of the rows
    #[arg(long, value_enum, default_value_t, value_name = "ORDER")]
    by: Order,
    /// Rows at most
    #[arg(long, default_value_t = 30, value_name = "N")]
    top: usize,
    /// One row for each container, process or thread
    #[arg(long, value_enum, value_name = "WHAT")]
    group_by: Option<Grouping>,
    /// What figures are divided by: `run`, `second`, or a call that ends each task, of
    /// which whole periods are counted
    #[arg(long, value_name = "run|second|EVENT")]
    per: Option<String>,
    /// Also switch, procexit, signals: events that are no system calls
    #[arg(long)]
    all_events: bool,
    /// Output format
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write to a file; its extension (csv, json, md, txt) implies the format
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// When to use colour
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    color: Colour,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Grouping {
    Container,
    Process,
    Thread,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
    Markdown,
}

/// File name extensions and what they imply.
const FORMATS: [(&str, Format); 4] = [
    ("csv", Format::Csv),
    ("json", Format::Json),
    ("md", Format::Markdown),
    ("txt", Format::Table),
];

pub fn run(arguments: &mut Arguments) -> Result<Outcome, String> {
    arguments.captures.give_filter(&mut arguments.selection)?;
    let arguments = &*arguments;
    let target = arguments.output.as_deref();
    let format = output::format(target, arguments.format, &FORMATS, Format::Table)?;
    output::check_target(target)?;
    let mut sides = arguments.captures.sides()?;
    arguments.trace.apply(&mut sides);
    let per = arguments.per.as_deref();
    let request = TopScallsRequest {
        selection: arguments.selection.selection()?,
        group_by: match arguments.group_by {
            None => GroupBy::Nothing,
            Some(Grouping::Container) => GroupBy::Container,
            Some(Grouping::Process) => GroupBy::Process,
            Some(Grouping::Thread) => GroupBy::Thread,
        },
        per: Unit::marker(per).map(str::to_owned),
    };
    let read = read_all(&sides, || TopScalls::new(request.clone()))?;
    let mut outcome = Outcome::Done;
    let (mut done, mut without) = (Vec::new(), Vec::new());
    for (side, read) in sides.iter().zip(read) {
        let mut captures = Vec::new();
        for (named, (summary, collector)) in side.captures.iter().zip(read) {
            if messages::losses(&named.label, &summary) == Outcome::Damaged {
                outcome = Outcome::Damaged;
            }
            messages::remarks(&named.label, &summary);
            messages::without_latency(&named.label, &summary, &mut without);
            let result = collector.finish(&summary);
            captures.push(CaptureFacts { label: named.label.clone(), summary, result });
        }
        done.push(Side { label: side.label.clone(), captures });
    }
    messages::no_latency(&without);
    let selected: Vec<Selected<'_>> = done
        .iter()
        .flat_map(|side| &side.captures)
        .map(|capture| Selected::of(&capture.label, &capture.summary, &capture.result))
        .collect();
    selected::check(&arguments.selection, &selected)?;
    selected::check_periods(&selected, Unit::marker(per))?;
    let captures = || done.iter().flat_map(|side| &side.captures);
    trace::mixed(captures().map(|capture| (capture.label.as_str(), &capture.summary)));
    let spans = captures().all(|capture| capture.summary.has_span());
    let lives =
        captures().all(|capture| RunLife::of(&capture.summary, capture.result.span_ns).is_some());
    let basis = match (Unit::typed(per), Unit::marker(per)) {
        (_, Some(event)) => Basis::Per(event.to_owned()),
        (Some(Unit::Run), _) => Basis::Run,
        (None, _) if lives && done.len() > 1 => Basis::Run,
        _ if spans => Basis::Second,
        _ => Basis::Whole,
    };
    let comparison = compare(done, basis, arguments.by);
    if matches!(format, Format::Table | Format::Markdown) && !arguments.all_events {
        tell_events(&comparison);
    }
    let text = text(&comparison, arguments, format);
    output::write(target, text.as_bytes())?;
    Ok(outcome)
}

/// Tells why a table is empty that has no rows but of events.
fn tell_events(comparison: &Comparison) {
    let names: BTreeSet<&str> = comparison.rows.iter().map(|row| row.event.as_str()).collect();
    if !names.is_empty() && comparison.rows.iter().all(|row| !row.syscall) {
        messages::note(&format!(
            "only events that are no system calls match ({}): --all-events shows them",
            listed(names)
        ));
    }
}

fn text(comparison: &Comparison, arguments: &Arguments, format: Format) -> String {
    let options = TableOptions { top: arguments.top, all_events: arguments.all_events };
    match format {
        Format::Json => format!("{:#}\n", topscalls_json(comparison)),
        Format::Csv => topscalls_csv(comparison),
        Format::Markdown => {
            let (columns, _, _) = topscalls_table(comparison, options);
            let empty = none_failed(comparison);
            let mut text = empty.map_or_else(|| markdown(&columns), |text| format!("{text}\n"));
            for line in header(comparison, arguments).iter().chain(&words(comparison)) {
                text.push_str(&format!("\n{}\n", harmless(line)));
            }
            text
        }
        Format::Table => {
            let (columns, paint, hidden) = topscalls_table(comparison, options);
            let colour = arguments.output.is_none() && arguments.color.wanted();
            let width =
                if arguments.output.is_some() { usize::MAX } else { output::terminal_width() };
            let mut text = String::new();
            for line in header(comparison, arguments) {
                text.push_str(&format!("{}\n", harmless(&line)));
            }
            text.push('\n');
            match none_failed(comparison) {
                Some(empty) => text.push_str(&format!("{empty}\n")),
                None => text.push_str(&render(&columns, width, &paint, colour)),
            }
            if let Some(hidden) = hidden {
                text.push_str(&format!("{hidden}\n"));
            }
            for line in words(comparison) {
                text.push_str(&format!("\n{}\n", harmless(&line)));
            }
            text
        }
    }
}

/// The answer where failed calls were asked for, and none failed.
fn none_failed(comparison: &Comparison) -> Option<&'static str> {
    let mut captures = comparison.sides.iter().flat_map(|side| &side.captures);
    let none = comparison.rows.is_empty() && captures.any(|c| c.result.did_not_fail > 0);
    none.then_some("no failed calls")
}

/// Which captures, over what time, divided by what.
fn header(comparison: &Comparison, arguments: &Arguments) -> Vec<String> {
    let side_by_side = comparison.sides.len() > 1;
    let mut lines: Vec<String> = comparison
        .sides
        .iter()
        .enumerate()
        .map(|(at, side)| {
            let name = match (side_by_side, at, comparison.sides.len()) {
                (false, ..) => String::new(),
                (true, 0, _) => "base: ".into(),
                (true, _, 2) => "new:  ".into(),
                (true, at, _) => format!("#{at}:   "),
            };
            let runs: Vec<&str> = side.captures.iter().map(|c| c.label.as_str()).collect();
            let events: u64 = side.captures.iter().map(|c| c.summary.events).sum();
            let whole: u64 = side.captures.iter().map(|c| c.summary.span_ns()).sum();
            let mut span = time_text(whole);
            if side.span_ns() != whole {
                span.push_str(&format!(", {} of it selected", time_text(side.span_ns())));
            }
            let runs = match runs.len() {
                1 => side.label.clone(),
                _ if name.trim_end() == format!("{}:", side.label) => runs.join(", "),
                _ => format!("{} ({})", side.label, runs.join(", ")),
            };
            let periods = match (&comparison.basis, side.periods()) {
                (Basis::Per(event), Some(count)) => {
                    format!(", {} of {event}", several(count, "whole period"))
                }
                _ => String::new(),
            };
            let spans = side.captures.iter().all(|capture| capture.summary.has_span());
            let over = if spans { format!(" in {span}") } else { String::new() };
            if events == 0 && !spans {
                return format!("{name}{runs}: a table of totals");
            }
            format!("{name}{runs}: {}{over}{periods}", several(events, "event"))
        })
        .collect();
    let per = matches!(comparison.basis, Basis::Per(_) | Basis::Run);
    if side_by_side || per {
        lines.push(match &comparison.basis {
            Basis::Second => {
                "times and calls are per second of capture (first to last event)".into()
            }
            Basis::Whole => {
                "times and calls are totals of a capture: not every one tells how long it was"
                    .into()
            }
            Basis::Run => "times and calls are per run".into(),
            Basis::Per(event) => {
                format!("times and calls are per {event}, from the first to the last of them")
            }
        });
    }
    if let Some(filter) = arguments.selection.filter.as_deref().filter(|text| !text.is_empty()) {
        lines.push(format!("only events that pass: {filter}"));
    }
    lines
}

fn words(comparison: &Comparison) -> Vec<String> {
    if none_failed(comparison).is_some() {
        return Vec::new();
    }
    (1..comparison.sides.len())
        .map(|side| {
            let text = difference_words(comparison, side);
            if comparison.sides.len() > 2 {
                format!("{}: {text}", comparison.sides[side].label)
            } else {
                text
            }
        })
        .collect()
}
