//! A check in Prometheus' text format, for the node exporter's textfile
//! collector: what to alert on, and the figures themselves. Seconds and bytes,
//! as Prometheus wants base units.

use crate::compare::Unit;
use crate::compare::check::{Answer, Check, Figure, Item};

/// A label's value: backslash, quotation mark and line feed are escaped.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// In the base unit.
fn in_base_unit(figure: Figure, value: f64) -> f64 {
    if figure.is_time() { value / 1e9 } else { value }
}

fn unit(figure: Figure, of: Unit) -> &'static str {
    match figure {
        Figure::Bytes => "bytes",
        Figure::CallsPerRun => "per_run",
        Figure::Rate | Figure::ErrorsRate if of == Unit::Run => "per_run",
        Figure::Rate | Figure::ErrorsRate => "per_second",
        _ => "seconds",
    }
}

fn family(
    text: &mut String,
    (name, help): (&str, &str),
    rows: impl Iterator<Item = (String, f64)>,
) {
    let rows: Vec<(String, f64)> = rows.collect();
    if rows.is_empty() {
        return;
    }
    text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} gauge\n"));
    for (labels, value) in rows {
        text.push_str(&format!("{name}{labels} {value}\n"));
    }
}

fn labels(baseline: &str, item: &Item) -> String {
    let rule = item
        .rule
        .as_deref()
        .map_or_else(String::new, |rule| format!(",rule=\"{}\"", escaped(rule)));
    format!(
        "{{baseline=\"{}\",call=\"{}\",figure=\"{}\"{rule}}}",
        escaped(baseline),
        escaped(&item.call),
        item.figure.name()
    )
}

fn number(answer: Answer) -> f64 {
    match answer {
        Answer::Within => 0.0,
        Answer::Departs => 1.0,
        Answer::CannotTell => 2.0,
    }
}

/// The check as metrics. `baseline` is a label of all of them, so that the files of
/// several checks stand beside each other.
#[must_use]
pub fn check_prometheus(check: &Check, baseline: &str) -> String {
    let whole = format!("{{baseline=\"{}\"}}", escaped(baseline));
    let labels = |item: &Item| labels(baseline, item);
    let mut text = String::new();
    family(
        &mut text,
        ("analyze_check_answer", "What the check ended with: 0 within, 1 departs, 2 cannot tell."),
        std::iter::once((whole.clone(), number(check.answer))),
    );
    let end =
        |run: &crate::compare::run::Run| run.first_ns.saturating_add(run.span_ns) as f64 / 1e9;
    family(
        &mut text,
        ("analyze_check_capture_end_timestamp_seconds", "When the last checked capture ended."),
        check.changes.new.runs.iter().map(end).reduce(f64::max).map(|at| (whole, at)).into_iter(),
    );
    family(
        &mut text,
        (
            "analyze_check_figure_answer",
            "The same of one figure: 0 within, 1 departs, 2 cannot tell.",
        ),
        check.items.iter().map(|item| (labels(item), number(item.answer))),
    );
    family(
        &mut text,
        ("analyze_check_figure_ratio", "The figure now over the baseline's."),
        check.items.iter().filter_map(|item| Some((labels(item), item.ratio?))),
    );
    for of in ["seconds", "per_second", "per_run", "bytes"] {
        for (side, help) in [
            ("baseline", "The figure over the baseline."),
            ("now", "The figure in the checked runs."),
        ] {
            let name = format!("analyze_check_{side}_{of}");
            let value = |item: &Item| if side == "now" { item.new } else { item.base };
            let rows =
                check.items.iter().filter(|item| unit(item.figure, check.changes.unit) == of);
            family(
                &mut text,
                (&name, help),
                rows.filter_map(|item| {
                    Some((labels(item), in_base_unit(item.figure, value(item)?)))
                }),
            );
        }
    }
    text
}
