//! A check as a `JUnit` file: a test case for each figure, so that a CI shows
//! what departed as failed tests, and what cannot be told as skipped ones.

use super::{asked, check_headline, figure_text};
use crate::compare::Unit;
use crate::compare::check::{Answer, Check, Item};

/// Text in XML; characters that XML 1.0 does not know become `?`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c < ' ' || matches!(c, '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}') => {
                out.push('?');
            }
            c => out.push(c),
        }
    }
    out
}

fn case(item: &Item, unit: Unit) -> String {
    let name = item.rule.clone().unwrap_or_else(|| asked(&item.call, item.figure));
    let name = if item.rule.is_some() { format!("{name} [{}]", item.call) } else { name };
    let text = |value: Option<f64>| {
        value.map_or_else(|| "-".into(), |value| figure_text(item.figure, unit, value))
    };
    let figures = format!("{} → {}", text(item.base), text(item.new));
    let message = if item.why.is_empty() { figures.clone() } else { item.why.clone() };
    let (message, figures) = (escaped(&message), escaped(&figures));
    let inside = match item.answer {
        Answer::Within => String::new(),
        Answer::Departs => {
            format!("<failure message=\"{message}\" type=\"departs\">{figures}</failure>")
        }
        Answer::CannotTell => format!("<skipped message=\"{message}\"/>"),
    };
    format!(
        "  <testcase classname=\"analyze.check\" name=\"{}\">{inside}</testcase>\n",
        escaped(&name)
    )
}

/// The check as XML. One case stands for the check as a whole: it fails when
/// something departs, and is an error when nothing can be told.
#[must_use]
pub fn check_junit(check: &Check) -> String {
    let count = |answer| check.items.iter().filter(|item| item.answer == answer).count();
    let headline = escaped(&check_headline(check));
    let (errors, whole) = match check.answer {
        Answer::CannotTell => (1, format!("<error message=\"{headline}\" type=\"cannot-tell\"/>")),
        Answer::Departs | Answer::Within => (0, String::new()),
    };
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    text.push_str(&format!(
        "<testsuite name=\"analyze check\" tests=\"{}\" failures=\"{}\" errors=\"{errors}\" skipped=\"{}\">\n",
        check.items.len() + 1,
        count(Answer::Departs),
        count(Answer::CannotTell),
    ));
    text.push_str(&format!(
        "  <testcase classname=\"analyze.check\" name=\"answer\">{whole}<system-out>{headline}</system-out></testcase>\n"
    ));
    check.items.iter().for_each(|item| text.push_str(&case(item, check.changes.unit)));
    text.push_str("</testsuite>\n");
    text
}
