//! What there is to say of a capture in text: its lines, its times, its calls.

use serde_json::{Value, json};

use crate::event::{count_text, several};
use crate::format::trace::{ORIGIN_NS, TraceClock, TraceFacts};
use crate::state::Summary;

const SECOND_NS: u64 = 1_000_000_000;
const DAY_S: u64 = 86_400;

/// A time of a trace that has no date; `None`: it has one, and reads as others.
#[must_use]
pub fn undated(facts: &TraceFacts, ns: Option<u64>) -> Option<String> {
    let since = ns.map_or(0, |ns| ns.saturating_sub(ORIGIN_NS));
    let (seconds, below) = (since / SECOND_NS, since % SECOND_NS);
    Some(match facts.clock {
        TraceClock::Epoch => return None,
        _ if ns.is_none() => "-".into(),
        TraceClock::Day => {
            let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
            let day = match seconds / DAY_S {
                0 => String::new(),
                days => format!(", {} later", several(days, "day")),
            };
            format!("{hour:02}:{minute:02}:{second:02}.{below:09} of a day not told{day}")
        }
        TraceClock::Relative => format!("{seconds}.{below:09}s after the first line"),
        TraceClock::Start => {
            format!("{seconds}.{below:09}s after the start of the trace or machine")
        }
        TraceClock::None => "-".into(),
    })
}

/// A time stamp in JSON: since the epoch, or since what the clock says.
#[must_use]
pub fn stamp_json(summary: &Summary, ns: Option<u64>) -> Value {
    let undated = summary.trace.as_ref().is_some_and(|facts| facts.clock != TraceClock::Epoch);
    let origin = if undated { ORIGIN_NS } else { 0 };
    json!(ns.map(|ns| ns.saturating_sub(origin).to_string()))
}

/// What its times are.
fn clock(facts: &TraceFacts) -> &'static str {
    match facts.clock {
        TraceClock::None => "no times",
        TraceClock::Epoch => "times since the epoch",
        TraceClock::Day => "times of the day, without a date",
        TraceClock::Relative => "times since the line before",
        TraceClock::Start => "times since the start of the trace or of the machine",
    }
}

/// Its format, for people.
#[must_use]
pub fn format_text(facts: &TraceFacts) -> String {
    let what = if facts.table_only { "table of totals" } else { "text" };
    let clock = if facts.table_only { String::new() } else { format!(", {}", clock(facts)) };
    format!("{} {what}{clock}", facts.format.name())
}

/// Names and values of its own.
#[must_use]
pub fn trace_lines(facts: &TraceFacts) -> Vec<(&'static str, String)> {
    let lines = &facts.lines;
    let told =
        |count: u64, what: &str| (count > 0).then(|| format!("{} {what}", count_text(count)));
    let parts = [
        told(lines.calls, "whole calls"),
        told(lines.begun, "begun"),
        told(lines.resumed, "resumed"),
        told(lines.signals, "signals"),
        told(lines.noticed(), "notices"),
        told(lines.refused, "not understood"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let mut all = vec![("lines", format!("{}: {}", count_text(lines.lines), parts.join(", ")))];
    if facts.table_rows > 0 {
        all.push(("table", several(facts.table_rows, "row")));
    }
    if !facts.table_only {
        let open = told(facts.unended, "begun and never ended").map(|text| format!(", {text}"));
        all.push((
            "calls",
            format!(
                "{} with a result, {} with a time, {} that never returned{}",
                count_text(facts.returned),
                count_text(facts.timed),
                count_text(facts.never_returned),
                open.unwrap_or_default()
            ),
        ));
    }
    all
}

/// The same as JSON; `null` for what is no text.
#[must_use]
pub fn trace_json(summary: &Summary) -> Value {
    let Some(facts) = &summary.trace else {
        return Value::Null;
    };
    let lines = &facts.lines;
    let notices: Vec<Value> = lines
        .notices
        .iter()
        .map(|(notice, count)| json!({"kind": notice.name(), "lines": count}))
        .collect();
    let refused: Vec<Value> = facts
        .refused
        .iter()
        .map(|(why, count)| json!({"kind": why.name(), "lines": count}))
        .collect();
    let first: Vec<Value> = facts
        .first_refused
        .iter()
        .map(|refused| {
            json!({
                "file": refused.file, "line": refused.line,
                "kind": refused.why.name(), "text": refused.text,
            })
        })
        .collect();
    let disagreements: Vec<Value> = facts
        .disagreements
        .iter()
        .map(|differs| {
            json!({
                "event": differs.name,
                "listed": {"calls": differs.listed.0, "errors": differs.listed.1},
                "table": {"calls": differs.table.0, "errors": differs.table.1},
            })
        })
        .collect();
    json!({
        "clock": facts.clock.name(),
        "lines": {
            "total": lines.lines,
            "events": lines.events(),
            "calls": lines.calls,
            "begun": lines.begun,
            "resumed": lines.resumed,
            "signals": lines.signals,
            "notices": lines.noticed(),
            "refused": lines.refused,
        },
        "notices": notices,
        "refused": refused,
        "first_refused": first,
        "returned": facts.returned,
        "timed": facts.timed,
        "latency_from_gaps": facts.gaps,
        "never_returned": facts.never_returned,
        "unended": facts.unended,
        "unknown_names": facts.unknown_names,
        "table_rows": facts.table_rows,
        "table_only": facts.table_only,
        "table_differs": disagreements,
    })
}
