//! The net change, which every answer begins with: how much longer a run takes, or
//! how much more time is spent in calls; and, of whole runs, what the difference
//! is made of.

use super::sentence::bounds;
use super::signed_time;
use crate::compare::change::{Changes, MANY_RUNS, RunLength, RunSet, Verdict};
use crate::compare::{Unit, ratio_text};
use crate::event::{rate_text, time_text};

/// Share of the gross change below which nothing moved on balance.
const BALANCED: f64 = 0.05;
/// Programs named at most.
const PROGRAMS: usize = 4;
/// Bytes of a command line that are printed.
const COMMAND: usize = 60;

/// The net change in one sentence.
pub(super) fn sentence(changes: &Changes) -> String {
    match &changes.length {
        Some(length) => run(changes, length),
        None => calls(changes),
    }
}

fn run(changes: &Changes, length: &RunLength) -> String {
    let times =
        format!("{} → {}", time_text(length.base_ns as u64), time_text(length.new_ns as u64));
    let bounds = bounds(length.interval);
    match length.verdict {
        Verdict::Changed => {
            format!("The run takes {} as long: {times}{bounds}.", ratio_text(length.ratio()))
        }
        Verdict::Unchanged => format!("The run takes as long as before: {times}{bounds}."),
        Verdict::Undecided if changes.has_many_runs() => {
            format!("Whether the run takes longer is undecided: {times}{bounds}.")
        }
        Verdict::Undecided => format!(
            "Whether the run takes longer needs at least {MANY_RUNS} runs per side: {times}."
        ),
    }
}

fn calls(changes: &Changes) -> String {
    let net = changes.net;
    let suffix = changes.unit.suffix();
    let mut runs = changes.base.runs.iter().chain(&changes.new.runs);
    if runs.any(|run| !run.has_span) {
        return "Some of these captures have no time span, so no net change is known.".into();
    }
    if net.calls_ns.abs() < (BALANCED * net.gross_ns).max(1.0) {
        return "Time in system calls is about the same in all.".into();
    }
    let word = if net.calls_ns > 0.0 { "up" } else { "down" };
    let amount = time_text(net.calls_ns.abs() as u64);
    let ratio = (net.base_ns + net.calls_ns) / net.base_ns;
    let factor = if net.base_ns > 0.0 && ratio > 0.0 {
        format!(" ({})", ratio_text(ratio))
    } else {
        String::new()
    };
    format!("Time in system calls is {word} {amount}{suffix}{factor}.")
}

/// What a run's difference is made of, and what else sets the runs apart.
pub(super) fn account(changes: &Changes) -> Vec<String> {
    if changes.unit != Unit::Run {
        return Vec::new();
    }
    let mut lines = Vec::new();
    lines.extend(parts(changes));
    lines.extend(processes(changes));
    lines.extend(commands(changes));
    lines
}

/// In calls, between them, and what of that is the tracer's.
fn parts(changes: &Changes) -> Option<String> {
    let (net, length) = (changes.net, changes.length?);
    if length.verdict == Verdict::Unchanged || net.gross_ns < 1.0 {
        return None;
    }
    let between = net.between_ns + net.tracer_ns;
    let whose = if children(&changes.base) + children(&changes.new) > 0.0 {
        ", over all its processes"
    } else {
        ""
    };
    let mut text = format!(
        "Per run{whose}: {} in calls, {} between calls",
        signed_time(net.calls_ns),
        signed_time(between)
    );
    if net.tracer_ns.abs() >= BALANCED * net.gross_ns {
        let more = if net.tracer_ns > 0.0 { "more" } else { "fewer" };
        text.push_str(&format!(
            "; of the latter, about {} is the tracer's own cost for {more} calls",
            signed_time(net.tracer_ns)
        ));
    }
    text.push('.');
    Some(text)
}

/// Processes per run.
fn children(set: &RunSet) -> f64 {
    let count: u64 = set.runs.iter().filter_map(|run| Some(run.life.as_ref()?.children)).sum();
    count as f64 / set.runs.len().max(1) as f64
}

/// A tree of processes that changed its shape.
fn processes(changes: &Changes) -> Option<String> {
    let (base, new) = (children(&changes.base), children(&changes.new));
    if (base - new).abs() < 1.0 || base.max(new) < 1.25 * base.min(new) {
        return None;
    }
    let set = if new > base { &changes.new } else { &changes.base };
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in set.runs.iter().flat_map(|run| &run.life).flat_map(|life| &life.programs) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.truncate(PROGRAMS);
    let which = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
    let count = |count: f64| if count == 0.0 { "none".into() } else { rate_text(count) };
    Some(format!("Processes that a run starts: {} → {}{which}.", count(base), count(new)))
}

/// Command lines, where they differ between the sides and not within them.
fn commands(changes: &Changes) -> Option<String> {
    let of = |set: &RunSet| {
        let mut all = set.runs.iter().map(|run| run.life.as_ref().map(|life| line(&life.command)));
        let first = all.next().flatten().filter(|line| !line.is_empty() && !line.contains("0x"))?;
        all.all(|line| line.as_ref() == Some(&first)).then_some(first)
    };
    let (base, new) = (of(&changes.base)?, of(&changes.new)?);
    let short = |line: &str| {
        let cut: String = line.chars().take(COMMAND).collect();
        if cut.len() < line.len() { format!("{cut}…") } else { cut }
    };
    (base != new).then(|| format!("The commands differ: `{}` → `{}`.", short(&base), short(&new)))
}

/// The words of a command from the arguments of its `execve`, without what differs in
/// every run: the address of its environment.
fn line(command: &str) -> String {
    let vector = command.split_once('[').map_or(command, |(_, vector)| vector);
    let vector = vector.split("], 0x").next().unwrap_or(vector).trim_end_matches(']');
    vector.split(", ").map(|word| word.trim_matches('"')).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn a_command_is_its_words() {
        let command = "\"/usr/bin/ls\", [\"ls\", \"-l\", \"few\"], 0x7ffd01 /* 39 vars */";
        assert_eq!(line(command), "ls -l few");
        assert_eq!(line("filename: 0x1, argv: 0x2"), "filename: 0x1 argv: 0x2");
    }
}
