//! What users should know of captures in text: lines that were not understood,
//! times that are missing or are no wall time, tracers that cannot be compared.

use std::collections::BTreeMap;

use clap::Args;

use super::captures::NamedSide;
use super::messages::{self, Outcome};
use crate::event::several;
use crate::format::trace::{Notice, Refusal, TraceClock, TraceFacts, TraceFormat};
use crate::state::Summary;

/// Arguments for captures in text.
#[derive(Args, Debug)]
pub struct TraceArguments {
    /// Text without times of calls (strace without -T): take the time to the
    /// thread's next line for a latency, an upper bound that holds all the
    /// thread does between two calls
    #[arg(long, value_enum, value_name = "WHAT")]
    latency_from: Option<LatencyFrom>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum LatencyFrom {
    Gaps,
}

impl TraceArguments {
    /// Notes the wish at every capture.
    pub fn apply(&self, sides: &mut [NamedSide]) {
        let gaps = self.latency_from == Some(LatencyFrom::Gaps);
        for capture in sides.iter_mut().flat_map(|side| &mut side.captures) {
            capture.gaps = gaps;
        }
    }
}

/// Tells of lines that were not understood.
pub fn lines(label: &str, summary: &Summary) -> Outcome {
    let Some(facts) = &summary.trace else {
        return Outcome::Done;
    };
    for refused in &facts.first_refused {
        let file = summary.files.get(refused.file).filter(|_| summary.files.len() > 1);
        messages::warning(&format!(
            "{}: line {}: {}: {}",
            file.map_or(label, String::as_str),
            refused.line,
            refused.why.meaning(),
            refused.text
        ));
    }
    if facts.lines.refused > facts.first_refused.len() as u64 {
        let kinds: Vec<String> = facts
            .refused
            .iter()
            .map(|(why, count)| format!("{count} {}", why.name().replace('_', " ")))
            .collect();
        messages::warning(&format!(
            "{label}: {} of {} not understood: {}",
            facts.lines.refused,
            several(facts.lines.lines, "line"),
            kinds.join(", ")
        ));
    }
    let lost = facts.refused.keys().any(|why| *why != Refusal::Foreign);
    if lost { Outcome::Damaged } else { Outcome::Done }
}

/// Tells what else matters when reading the figures.
pub fn remarks(label: &str, summary: &Summary) {
    let Some(facts) = &summary.trace else {
        return;
    };
    if facts.lines.notices.contains_key(&Notice::Lost) {
        messages::note(&format!("{label}: perf lost events; counts are too low"));
    }
    if facts.table_only {
        messages::note(&format!("{label}: {}", table_words(facts.format)));
    } else if facts.table_rows > 0 && facts.disagreements.is_empty() {
        messages::note(&format!(
            "{label}: the table behind the listing agrees with it and was not counted again"
        ));
    }
    for differs in facts.disagreements.iter().take(3) {
        let ((listed, errors), (table, table_errors)) = (differs.listed, differs.table);
        messages::note(&format!(
            "{label}: the listing has {} of {} ({errors} failed), the table behind it {table} ({table_errors} failed); the listing was counted",
            several(listed, "call"),
            differs.name
        ));
    }
    if facts.gaps > 0 {
        messages::note(&format!(
            "{label}: the latency of {} is the time to the thread's next line: an upper bound, which holds what the thread did after the call",
            several(facts.gaps, "call")
        ));
    }
    if !facts.unknown_names.is_empty() {
        let names: Vec<String> = facts
            .unknown_names
            .iter()
            .take(10)
            .map(|(name, count)| format!("{name} ({count})"))
            .collect();
        messages::note(&format!(
            "{label}: calls no table has, counted as <NA>: {}",
            names.join(", ")
        ));
    }
}

fn table_words(format: TraceFormat) -> &'static str {
    match format {
        TraceFormat::Strace => {
            "a table of totals alone: no percentiles, no rates; its times are the system's CPU \
             time, unless strace ran with -w"
        }
        TraceFormat::PerfTrace => "tables of totals alone: no percentiles, no rates",
    }
}

/// Why calls of a text have no latency, and what to do.
pub fn no_latency(label: &str, facts: &TraceFacts) {
    let remedy = match facts.format {
        TraceFormat::Strace => "record with: strace -f -ttt -T -o FILE",
        TraceFormat::PerfTrace => "record with: perf trace -T -o FILE",
    };
    let gaps = match facts.clock {
        TraceClock::None => "",
        _ => "; --latency-from gaps takes the time to the thread's next line, an upper bound",
    };
    messages::note(&format!(
        "{label}: no line tells how long its call took, so calls have no latency; {remedy}{gaps}"
    ));
}

/// Warns where captures of different tracers stand side by side.
pub fn mixed<'a>(captures: impl Iterator<Item = (&'a str, &'a Summary)>) {
    let mut tracers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (label, summary) in captures {
        let tracer = match &summary.trace {
            Some(facts) if facts.table_only && facts.format == TraceFormat::Strace => "strace -c",
            Some(facts) => facts.format.name(),
            None => "scap",
        };
        tracers.entry(tracer).or_default().push(label);
    }
    if tracers.len() < 2 {
        return;
    }
    let list: Vec<String> = tracers
        .iter()
        .map(|(tracer, labels)| format!("{} ({tracer})", labels.join(", ")))
        .collect();
    messages::warning(&format!(
        "{}: each tracer slows calls down by an amount of its own (strace by tens of microseconds a \
         call, perf trace by some ten, sysdig by less than one): compare which calls there are, and \
         their errors; latencies only between captures of one tracer",
        list.join(", ")
    ));
}

/// Why a capture has no events, if it is a table of totals.
///
/// # Errors
/// The reason.
pub fn check_events(label: &str, summary: &Summary) -> Result<(), String> {
    match &summary.trace {
        Some(facts) if facts.table_only => Err(format!(
            "{label}: a table of totals, which holds no single calls; `analyze topscalls` reads it; \
             single calls are recorded with: {}",
            match facts.format {
                TraceFormat::Strace => "strace -f -ttt -T -o FILE",
                TraceFormat::PerfTrace => "perf trace -T -o FILE",
            }
        )),
        _ => Ok(()),
    }
}
