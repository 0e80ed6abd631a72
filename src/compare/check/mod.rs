//! Whether new runs depart from a baseline. One engine judges, that of
//! comparing: with three or more baseline runs a new run departs when it lies
//! outside of where one more run of the baseline is to be expected (the interval
//! of `stats::moderated` for one new value is a prediction interval), and beyond
//! the band; with fewer it cannot be told what runs differ by, and only what is
//! beyond the wide band counts. Without rules every call that matters is asked
//! for its latency, rate and failures, and the time between calls for its time
//! off the processor.

mod judge;
mod rules;

use serde::Serialize;

use super::change::{
    Changes, Finding, Judgement, MANY_RUNS, Options, Role, RunSet, Verdict, What, Why,
};
use super::stats::predict;
use super::verdict::reason;
use super::{Unit, ratio_text};
use crate::event::time_text;

pub use rules::{Figure, Rule, read_rules};

/// Band of a check against three or more runs, for latencies and rates.
pub const TOLERANCE: f64 = 1.25;

/// Factor that an expectation may span, the band at both ends aside.
const WIDEST: f64 = 4.0;

/// What a check ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Nothing departs.
    Within,
    /// Something does.
    Departs,
    /// It cannot be told.
    CannotTell,
}

/// One thing that was asked.
#[derive(Clone, Debug, Serialize)]
pub struct Item {
    /// Name of the call; `time` for all calls together.
    pub call: String,
    /// Which figure of it.
    pub figure: Figure,
    /// The rule, if one was given.
    pub rule: Option<String>,
    /// The figure over the baseline's runs: ns, calls a second, bytes.
    pub base: Option<f64>,
    /// The figure over the new runs.
    pub new: Option<f64>,
    /// New over base.
    pub ratio: Option<f64>,
    /// Where the figure may lie. Without rules: what does not depart, that is where
    /// one more run of the baseline is expected, with the band, for all figures
    /// together. With a rule: where one more run is expected with 95 %.
    pub expected: Option<(f64, f64)>,
    /// The answer.
    pub answer: Answer,
    /// Why, in words.
    pub why: String,
}

/// A check.
#[derive(Clone, Debug)]
pub struct Check {
    /// The baseline against the new runs.
    pub changes: Changes,
    /// What was asked, what departs first.
    pub items: Vec<Item>,
    /// The answer to all.
    pub answer: Answer,
}

/// Checks runs against a baseline, by rules if there are any. Without rules only the
/// worse departs, unless `both_ways`.
#[must_use]
pub fn check(
    base: RunSet,
    new: RunSet,
    options: Options,
    rules: Option<&[Rule]>,
    both_ways: bool,
) -> Check {
    let changes = Changes::of(base, new, Options { new_runs: 1, ..options });
    let mut items = match rules {
        Some(rules) => judge::by_rules(&changes, rules),
        None => {
            let mut items: Vec<Item> = run_length(&changes, both_ways).into_iter().collect();
            items.extend(by_findings(&changes, both_ways));
            items
        }
    };
    let answer = match rules {
        Some(_) => by_any(&items),
        None => overall(&changes, &items),
    };
    items.sort_by_key(|item| match item.answer {
        Answer::Departs => 0,
        Answer::CannotTell => 1,
        Answer::Within => 2,
    });
    Check { changes, items, answer }
}

fn by_any(items: &[Item]) -> Answer {
    let any = |answer| items.iter().any(|item| item.answer == answer);
    match (any(Answer::Departs), any(Answer::CannotTell) || items.is_empty()) {
        (true, _) => Answer::Departs,
        (false, true) => Answer::CannotTell,
        (false, false) => Answer::Within,
    }
}

/// Without rules, a rare call of which nothing can be told leaves an answer about
/// the others; those that hold most of the time must be known.
fn overall(changes: &Changes, items: &[Item]) -> Answer {
    if items.iter().any(|item| item.answer == Answer::Departs) {
        return Answer::Departs;
    }
    if changes.base.runs.len() < MANY_RUNS {
        return Answer::CannotTell;
    }
    // of whole runs, what counts is how long they take
    if let Some(length) = items.iter().find(|item| item.figure == Figure::Duration) {
        return length.answer;
    }
    let known = |event: &str| {
        let latency = |item: &&Item| item.call == event && item.figure == Figure::Mean;
        items.iter().find(latency).is_some_and(|item| item.answer == Answer::Within)
    };
    let calls =
        || changes.rows.iter().filter(|row| row.matters && !row.pacing && !row.is_between());
    let time = |row: &super::change::CallChange| {
        row.base.time_ns().unwrap_or(0.0).max(row.new.time_ns().unwrap_or(0.0))
    };
    let all: f64 = calls().map(time).sum();
    let told: f64 = calls().filter(|row| known(&row.event)).map(time).sum();
    if all > 0.0 && told * 2.0 > all { Answer::Within } else { Answer::CannotTell }
}

/// The length of the run, where the captures hold whole runs.
fn run_length(changes: &Changes, both_ways: bool) -> Option<Item> {
    let length = changes.length?;
    let mut item = judge::item(changes, judge::RUN, Figure::Duration);
    item.expected = length.interval.map(|interval| {
        let (base, band) = (length.new_ns / interval.ratio, changes.options.tolerance);
        let (down, up) = (interval.ratio / interval.high, interval.ratio / interval.low);
        (base * down / band, base * up * band)
    });
    let up = length.delta_ns() > 0.0;
    let times = format!(
        "the run takes {} as long: {} → {}",
        ratio_text(length.ratio()),
        time_text(length.base_ns.round() as u64),
        time_text(length.new_ns.round() as u64)
    );
    (item.answer, item.why) = match length.verdict {
        Verdict::Changed if up || both_ways => (Answer::Departs, times),
        Verdict::Changed => (Answer::Within, times),
        _ => still(changes, length.verdict, None),
    };
    too_wide(&mut item, changes.options.tolerance);
    Some(item)
}

/// An expectation that nearly everything meets says nothing. `band`: by how much it
/// was widened at either end.
fn too_wide(item: &mut Item, band: f64) {
    let Some((low, high)) = item.expected.filter(|_| item.answer == Answer::Within) else {
        return;
    };
    if high > WIDEST * band * band * low {
        item.answer = Answer::CannotTell;
        item.why = format!(
            "runs of the baseline differ too much: the expectation spans a factor of {:.0}; \
             record more runs",
            high / low
        );
    }
}

fn by_findings(changes: &Changes, both_ways: bool) -> Vec<Item> {
    let mut items = Vec::new();
    for row in changes.rows.iter().filter(|row| !row.pacing) {
        for judgement in &row.judgements {
            let found =
                changes.findings.iter().find(|f| f.event == row.event && f.what == judgement.what);
            if !row.matters && found.is_none() {
                continue;
            }
            let figure = Figure::of(judgement.what);
            let mut item = judge::item(changes, &row.event, figure);
            item.expected = accepted(changes, judgement, item.new);
            (item.answer, item.why) = match found {
                Some(finding) if finding.role == Role::Cause => {
                    let answer = if both_ways || is_worse(changes, finding) {
                        Answer::Departs
                    } else {
                        Answer::Within
                    };
                    (answer, reason(changes, finding))
                }
                Some(finding) => (Answer::Within, format!("follows: {}", reason(changes, finding))),
                None => still(changes, judgement.verdict, judgement.why),
            };
            if found.is_none() && judgement.what == What::Latency {
                too_wide(&mut item, changes.options.tolerance);
            }
            items.push(item);
        }
    }
    items
}

/// Whether a change is for the worse: slower, more failures, more calls per run. Per
/// second, fewer calls may mean that less was done, and are no improvement.
fn is_worse(changes: &Changes, finding: &Finding) -> bool {
    finding.up || (finding.what == What::Count && changes.unit == Unit::Second)
}

/// What is said of something that has not departed.
fn still(changes: &Changes, verdict: Verdict, why: Option<Why>) -> (Answer, String) {
    let few = changes.base.runs.len() < MANY_RUNS;
    match (verdict, why) {
        (_, Some(Why::NoLatency)) => (Answer::CannotTell, "no latencies were recorded".into()),
        (_, Some(Why::FewCalls)) => (Answer::CannotTell, "fewer than 40 calls".into()),
        (_, Some(Why::FewBursts)) if few => {
            (Answer::CannotTell, "the calls come in too few bursts".into())
        }
        (_, Some(Why::FewPeriods)) => (Answer::CannotTell, "fewer than three whole periods".into()),
        (Verdict::Unchanged, _) if !few => (Answer::Within, "as in the baseline".into()),
        _ if few => (
            Answer::CannotTell,
            format!(
                "the baseline has fewer than {MANY_RUNS} runs: what they differ by is not known"
            ),
        ),
        _ => (Answer::Within, "within what runs of the baseline differ by".into()),
    }
}

/// What would not have departed: outside of it the interval lies wholly beyond
/// the band.
fn accepted(changes: &Changes, judgement: &Judgement, new: Option<f64>) -> Option<(f64, f64)> {
    if changes.base.runs.len() < MANY_RUNS {
        return None;
    }
    let (interval, new) = (judgement.interval?, new?);
    let (base, band) = (new / interval.ratio, changes.options.tolerance);
    let down = interval.ratio / interval.high / band;
    let up = interval.ratio / interval.low * band;
    Some((base * down, base * up)).filter(|(low, high)| low.is_finite() && high.is_finite())
}

/// Where one more run is expected, from the runs' own figures.
fn expected(figures: &[f64]) -> Option<(f64, f64)> {
    if figures.len() < MANY_RUNS {
        return None;
    }
    let logs: Vec<f64> = figures.iter().map(|figure| figure.ln()).collect();
    let found = predict(&logs, &[], 0.95)?;
    Some((found.low.exp(), found.high.exp()))
}

impl Figure {
    fn of(what: What) -> Figure {
        match what {
            What::Latency => Figure::Mean,
            What::Count => Figure::Rate,
            What::Errors => Figure::ErrorsRate,
            What::OffCpu => Figure::OffRate,
        }
    }
}
