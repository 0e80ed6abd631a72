//! What did not change, what cannot be told, and why not.

use std::collections::BTreeMap;

use crate::chisel::Switches;
use crate::compare::change::{CallChange, Changes, MANY_RUNS, Turn, Verdict, What, Why};
use crate::compare::{Unit, ratio_text};
use crate::event::{several, time_text};

/// Names told before they are only counted.
const NAMES: usize = 6;

/// `lstat, openat and 4 more`.
fn names(names: &[&str]) -> String {
    let told = names.len().min(NAMES);
    let mut text = names[..told].join(", ");
    if names.len() > told {
        text.push_str(&format!(" and {} more", names.len() - told));
    }
    text
}

fn is_open(row: &CallChange) -> bool {
    let open = |what: What| {
        row.judgement(what).is_some_and(|judgement| judgement.verdict == Verdict::Undecided)
    };
    open(What::Latency) || open(What::Count) || open(What::OffCpu)
}

fn looked_at(changes: &Changes) -> impl Iterator<Item = &CallChange> {
    let changed = |row: &CallChange| changes.findings.iter().any(|f| f.event == row.event);
    changes.rows.iter().filter(move |row| row.matters && !row.pacing && !changed(row))
}

/// The headline of a comparison without a change.
pub(super) fn nothing_changed(changes: &Changes) -> String {
    let still = looked_at(changes).filter(|row| !is_open(row)).count() as u64;
    let open = looked_at(changes).filter(|row| is_open(row)).count() as u64;
    let band = ratio_text_fine(if changes.has_many_runs() {
        changes.options.tolerance
    } else {
        changes.options.tolerance_one_run
    });
    let rates = ratio_text_fine(changes.options.tolerance);
    match (still, open) {
        (0, 0) => "There is nothing to compare: no call is on both sides.".into(),
        (_, 0) => format!(
            "Nothing changed: all {} that matter take as long (within {band}) and are as frequent (within {rates}).",
            several(still, "call")
        ),
        _ => format!("No significant change{}.", most(changes).unwrap_or_default()),
    }
}

/// What a change that was not found can be at most, of the call of which least
/// is known.
fn most(changes: &Changes) -> Option<String> {
    let calls = looked_at(changes).filter(|row| !row.is_between());
    let reach = calls.filter_map(|row| {
        let interval = row.judgement(What::Latency)?.interval?;
        interval.high.is_finite().then_some((interval.high, row.event.as_str()))
    });
    let (high, event) = reach.max_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(format!(
        ". Any slowdown is below {} for the calls that could be judged (widest: {event})",
        ratio_text(high)
    ))
}

/// `1.05x`: bands need their digits.
fn ratio_text_fine(ratio: f64) -> String {
    format!("{ratio}x")
}

/// What is unchanged and what is undecided, and what would decide it.
pub(super) fn undecided(changes: &Changes) -> Vec<String> {
    let still: Vec<&str> =
        looked_at(changes).filter(|row| !is_open(row)).map(|row| row.event.as_str()).collect();
    let mut by_why: BTreeMap<Why, Vec<&str>> = BTreeMap::new();
    for row in looked_at(changes) {
        let open = |j: &&crate::compare::change::Judgement| j.verdict == Verdict::Undecided;
        for judgement in row.judgements.iter().filter(open) {
            let names = by_why.entry(judgement.why.unwrap_or(Why::Wide)).or_default();
            if !names.contains(&row.event.as_str()) {
                names.push(&row.event);
            }
        }
    }
    let mut lines = Vec::new();
    if !still.is_empty() && !changes.findings.is_empty() {
        lines.push(format!("Unchanged: {}.", names(&still)));
    }
    let open: Vec<String> = by_why
        .iter()
        .map(|(why, rows)| format!("{} ({})", names(rows), decides(*why, changes)))
        .collect();
    if !open.is_empty() {
        lines.push(format!("Undecided: {}.", open.join("; ")));
    }
    lines
}

fn decides(why: Why, changes: &Changes) -> String {
    match why {
        Why::FewCalls if changes.unit == Unit::Run => "too few calls; record more runs".into(),
        Why::FewCalls => "too few calls; record longer".into(),
        Why::FewBursts if changes.unit == Unit::Run => {
            "calls in fewer than three bursts; record more runs".into()
        }
        Why::FewBursts => "calls in fewer than three bursts; record longer".into(),
        Why::Wide if changes.has_many_runs() => {
            "too much run-to-run variation; record more runs".into()
        }
        Why::Wide => format!("needs at least {MANY_RUNS} runs per side"),
        Why::Rhythm => {
            "rate; record longer, or give the call that ends each task with --per".into()
        }
        Why::FewPeriods => "fewer than three whole periods; record longer".into(),
        Why::NoLatency => "no latencies were recorded".into(),
    }
}

/// Factor from which a level that changes inside a capture is told of a call that
/// has not changed between the sides: one of many calls may seem to by chance.
const CLEAR: f64 = 2.0;

/// Levels that change inside a capture.
pub(super) fn courses(changes: &Changes) -> Vec<String> {
    let is_slower =
        |event: &str| changes.findings.iter().any(|f| f.event == event && f.what == What::Latency);
    let clear = |turn: &&Turn| is_slower(&turn.event) || turn.ratio.ln().abs() >= CLEAR.ln();
    let told = changes.turns.iter().filter(clear).take(2).map(|turn| {
        let (word, ratio) =
            if turn.ratio >= 1.0 { ("slower", turn.ratio) } else { ("faster", 1.0 / turn.ratio) };
        format!(
            "Inside {}, {} is {} {word} from {} on.",
            turn.run,
            turn.event,
            ratio_text(ratio),
            time_text(turn.after_ns)
        )
    });
    told.collect()
}

/// What the captures cannot tell, and how to record what would.
pub(super) fn cautions(changes: &Changes) -> Vec<String> {
    let mut lines = Vec::new();
    let runs = changes.base.runs.len().min(changes.new.runs.len());
    if !changes.findings.is_empty() && !changes.has_many_runs() {
        let recordings =
            if runs == 1 { "These two recordings differ" } else { "These recordings differ" };
        lines.push(format!(
            "{recordings}; runs of one program have differed by up to 40 %. At least {MANY_RUNS} runs per side tell more."
        ));
    }
    let texts = changes.base.runs.iter().chain(&changes.new.runs).any(|run| run.format != "scap");
    let slower = changes.findings.iter().any(|finding| finding.what == What::Latency);
    match changes.switches {
        _ if !slower || texts => {}
        Switches::BothWays => {}
        Switches::OneWay => lines.push(
            "On-CPU vs off-CPU is unknown: these captures hold only the switches away from the worker. Record with `container.name=X or evt.type=switch`, or without a filter.".into(),
        ),
        Switches::None => lines.push(
            "On-CPU vs off-CPU is unknown: there are no scheduler switches in the captures. Record with `container.name=X or evt.type=switch`.".into(),
        ),
    }
    lines
}
