//! The figures that rules speak of, and rules held against them.

use super::rules::{Bound, Figure, Rule};
use super::{Answer, Item, expected};
use crate::compare::change::{Changes, MANY_RUNS, Pooled};
use crate::compare::ratio_text;
use crate::compare::run::{BETWEEN, Run};

/// The name that rules have for all calls together.
pub const TIME: &str = "time";
/// The name that rules have for the run itself.
pub const RUN: &str = "run";
/// Failed calls below which a rate of failures is no matter.
const FEW_ERRORS: u64 = 10;

/// A figure of one call.
fn figure(pooled: &Pooled, figure: Figure) -> Option<f64> {
    let quantile = |share| pooled.latencies.quantile(share).map(|ns| ns as f64);
    match figure {
        Figure::Mean => pooled.mean_ns(),
        Figure::P50 => quantile(0.5),
        Figure::P95 => quantile(0.95),
        Figure::P99 => quantile(0.99),
        Figure::Max => (pooled.max_ns > 0).then_some(pooled.max_ns as f64),
        Figure::Rate => pooled.rate(),
        Figure::ErrorsRate => (pooled.units > 0.0).then(|| pooled.errors as f64 / pooled.units),
        Figure::Off => pooled.mean_off_ns(),
        Figure::OffRate => pooled.off_ns(),
        Figure::Bytes => {
            (pooled.bytes > 0).then(|| pooled.bytes as f64 / pooled.calls.max(1) as f64)
        }
        Figure::Total => pooled.time_ns(),
        // of runs, not of calls pooled over them
        Figure::Duration | Figure::CallsPerRun => None,
    }
}

/// A figure over runs.
fn over(runs: &[Run], event: &str, of: Figure) -> Option<f64> {
    let whole = !runs.is_empty() && runs.iter().all(|run| run.life.is_some());
    let per_run = |sum: u64| whole.then(|| sum as f64 / runs.len() as f64);
    match of {
        Figure::Duration => return per_run(runs.iter().map(|run| run.span_ns).sum()),
        Figure::CallsPerRun => return per_run(Pooled::of(runs, event).calls),
        _ => {}
    }
    if event != TIME {
        return figure(&Pooled::of(runs, event), of);
    }
    let mut names: Vec<&str> = Vec::new();
    for (name, call) in runs.iter().flat_map(|run| &run.calls) {
        if !call.pacing && !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let times = names.iter().map(|name| Pooled::of(runs, name).time_ns());
    times.sum::<Option<f64>>().filter(|ns| *ns > 0.0)
}

/// A figure on both sides, nothing said of it yet.
pub fn item(changes: &Changes, event: &str, of: Figure) -> Item {
    let (runs, new) = (&changes.base.runs, &changes.new.runs);
    let (base, new) = (over(runs, event, of), over(new, event, of));
    let ratio = base.zip(new).map(|(base, new)| new / base).filter(|ratio| ratio.is_finite());
    let each = runs.iter().filter_map(|run| over(std::slice::from_ref(run), event, of));
    let each: Vec<f64> = each.filter(|figure| *figure > 0.0).collect();
    let expected = if each.len() == runs.len() { expected(&each) } else { None };
    Item {
        call: event.to_owned(),
        figure: of,
        rule: None,
        base,
        new,
        ratio,
        expected,
        answer: Answer::Within,
        why: String::new(),
    }
}

/// Every rule, for every call that it names.
pub fn by_rules(changes: &Changes, rules: &[Rule]) -> Vec<Item> {
    let mut items = Vec::new();
    for rule in rules {
        let before = items.len();
        if rule.is_for_all() {
            items.push(judged(changes, rule, &rule.call));
        } else {
            let calls = changes.rows.iter().filter(|row| rule.names(&row.event));
            let calls = calls.filter(|row| {
                rule.is_exact() || (row.matters && !row.pacing && row.event != BETWEEN)
            });
            items.extend(calls.map(|row| judged(changes, rule, &row.event)));
        }
        if items.len() == before {
            let mut none = item(changes, &rule.call, rule.figure);
            none.rule = Some(rule.text.clone());
            (none.answer, none.why) =
                (Answer::CannotTell, "no such call, in the baseline or now".into());
            items.push(none);
        }
    }
    items
}

fn judged(changes: &Changes, rule: &Rule, event: &str) -> Item {
    let mut found = item(changes, event, rule.figure);
    found.rule = Some(rule.text.clone());
    (found.answer, found.why) = answer(changes, rule, &found);
    found
}

fn answer(changes: &Changes, rule: &Rule, item: &Item) -> (Answer, String) {
    let Some(new) = item.new else {
        return (Answer::CannotTell, "the new runs do not tell it".into());
    };
    let ratio_bound = match rule.bound {
        Bound::Absolute(bound) => {
            let holds = rule.holds(new, bound);
            return (if holds { Answer::Within } else { Answer::Departs }, String::new());
        }
        Bound::Ratio(bound) => bound,
    };
    let few_errors = rule.figure == Figure::ErrorsRate
        && changes.row(&item.call).is_some_and(|row| row.new.errors < FEW_ERRORS);
    if few_errors {
        return (Answer::Within, format!("fewer than {FEW_ERRORS} failed calls"));
    }
    match (item.ratio, item.base) {
        (Some(ratio), _) => by_ratio(changes, rule, item, ratio, ratio_bound),
        (None, Some(_)) => {
            let holds = rule.holds(f64::INFINITY, ratio_bound);
            let answer = if holds { Answer::Within } else { Answer::Departs };
            (answer, "there was none in the baseline".into())
        }
        (None, None) => (Answer::CannotTell, "the baseline does not tell it".into()),
    }
}

/// A ratio against its bound, and against what runs differ by.
fn by_ratio(
    changes: &Changes,
    rule: &Rule,
    item: &Item,
    ratio: f64,
    bound: f64,
) -> (Answer, String) {
    let holds = rule.holds(ratio, bound);
    if changes.base.runs.len() < MANY_RUNS {
        // runs of one program differ by up to so much
        let wide = changes.options.tolerance_one_run;
        let sure = (rule.holds(ratio * wide, bound), rule.holds(ratio / wide, bound));
        return match (holds, sure) {
            (true, (true, true)) => (Answer::Within, String::new()),
            (false, _) if ratio > wide || ratio < 1.0 / wide => (Answer::Departs, String::new()),
            _ => (
                Answer::CannotTell,
                format!(
                    "the baseline has fewer than {MANY_RUNS} runs, and runs differ by up to {}",
                    ratio_text(wide)
                ),
            ),
        };
    }
    let is_expected =
        item.expected.zip(item.new).is_some_and(|((low, high), new)| (low..=high).contains(&new));
    match (holds, is_expected) {
        (true, _) => (Answer::Within, String::new()),
        (false, true) => (
            Answer::CannotTell,
            "beyond the rule, but within what runs of the baseline differ by".into(),
        ),
        (false, false) => (Answer::Departs, String::new()),
    }
}
