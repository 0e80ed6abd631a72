//! A check in words and as a table.

use super::{asked, figure_text};
use crate::compare::change::MANY_RUNS;
use crate::compare::check::{Answer, Check, Item};
use crate::compare::{Unit, ratio_text};
use crate::event::several;
use crate::report::columns::{Align, Column, Paint};

/// The answer in one line.
#[must_use]
pub fn check_headline(check: &Check) -> String {
    let count = |answer| check.items.iter().filter(|item| item.answer == answer).count() as u64;
    let asked = several(check.items.len() as u64, "figure");
    let runs = several(check.changes.base.runs.len() as u64, "run");
    match check.answer {
        Answer::Departs => {
            format!("Departs from the baseline of {runs}: {} of {asked}.", count(Answer::Departs))
        }
        Answer::Within => format!("Within the baseline of {runs}: {asked}."),
        Answer::CannotTell if check.changes.base.runs.len() < MANY_RUNS => format!(
            "Cannot tell: the baseline has {runs}, and what runs differ by is known from {MANY_RUNS} on; nothing is beyond {}.",
            ratio_text(check.changes.options.tolerance_one_run)
        ),
        Answer::CannotTell => {
            format!("Cannot tell: {} of {asked} could not be judged.", count(Answer::CannotTell))
        }
    }
}

/// Why, a line for each figure that departs or cannot be told.
#[must_use]
pub fn check_lines(check: &Check) -> Vec<String> {
    let told = check.items.iter().filter(|item| item.answer != Answer::Within);
    let unit = check.changes.unit;
    let line = |item: &Item| {
        let name = asked(&item.call, item.figure);
        match (item.answer, &item.rule) {
            // the reason has the figures
            (Answer::Departs, None) => format!("departs: {name}: {}", item.why),
            (answer, rule) => {
                let word = if answer == Answer::Departs { "departs" } else { "cannot tell" };
                let rule = rule.as_deref().map_or_else(String::new, |rule| format!(" ({rule})"));
                let why =
                    if item.why.is_empty() { String::new() } else { format!(": {}", item.why) };
                format!("{word}: {name}{rule}{}{why}", figures(item, unit))
            }
        }
    };
    told.map(line).collect()
}

/// ` 2.1us → 8.4us, 4.0x`.
fn figures(item: &Item, unit: Unit) -> String {
    let text = |value: Option<f64>| {
        value.map_or_else(|| "-".into(), |value| figure_text(item.figure, unit, value))
    };
    let ratio = item.ratio.map_or_else(String::new, |ratio| format!(", {}", ratio_text(ratio)));
    format!(" {} → {}{ratio}", text(item.base), text(item.new))
}

/// All figures that were asked.
#[must_use]
pub fn check_table(check: &Check) -> (Vec<Column>, Vec<Paint>) {
    let (items, unit) = (&check.items, check.changes.unit);
    let mut columns = Vec::new();
    let mut add = |title: &str, align, give_way, cell: &dyn Fn(&Item) -> String| {
        let cells = items.iter().map(cell).collect();
        columns.push(Column { title: title.into(), align, give_way, cells });
    };
    let value = |item: &Item, value: Option<f64>| {
        value.map_or_else(|| "-".into(), |value| figure_text(item.figure, unit, value))
    };
    add("FIGURE", Align::Left, 0, &|item| asked(&item.call, item.figure));
    add("BASELINE", Align::Right, 1, &|item| value(item, item.base));
    add("EXPECTED", Align::Right, 3, &|item| {
        let text = |(low, high)| {
            format!(
                "{}–{}",
                figure_text(item.figure, unit, low),
                figure_text(item.figure, unit, high)
            )
        };
        item.expected.map_or_else(|| "-".into(), text)
    });
    add("NOW", Align::Right, 1, &|item| value(item, item.new));
    add("×", Align::Right, 0, &|item| item.ratio.map_or_else(|| "-".into(), ratio_text));
    add("", Align::Left, 0, &|item| {
        let word = match item.answer {
            Answer::Departs => "departs",
            Answer::CannotTell => "cannot tell",
            Answer::Within => "within",
        };
        item.rule.as_deref().map_or_else(|| word.into(), |rule| format!("{word} ({rule})"))
    });
    let paint = |item: &Item| match item.answer {
        Answer::Departs if item.ratio.is_some_and(|ratio| ratio < 1.0) => Paint::Better,
        Answer::Departs => Paint::Worse,
        Answer::CannotTell => Paint::Dim,
        Answer::Within => Paint::Plain,
    };
    (columns, items.iter().map(paint).collect())
}
