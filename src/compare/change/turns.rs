//! What begins or ends inside a capture: a neighbour that starts in its middle
//! must not be smeared over the whole.

use super::kind::Finding;
use super::row::CallChange;
use crate::compare::run::Run;
use crate::compare::stats::{Cell, change_point};

/// A level that changes once inside a capture.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Turn {
    /// Name of the call.
    pub event: String,
    /// The run.
    pub run: String,
    /// When, after the capture's first event, ns.
    pub after_ns: u64,
    /// The mean from then on over the mean before.
    pub ratio: f64,
    /// p of so clear a change in a level that stays.
    pub p: f64,
}

/// Of every call that matters, in every run; those among the findings first, in
/// their order.
pub(super) fn turns<'r>(
    rows: &[CallChange],
    findings: &[Finding],
    runs: impl Iterator<Item = &'r Run>,
) -> Vec<Turn> {
    let matters =
        |name: &str| rows.iter().any(|row| row.event == name && row.matters && !row.pacing);
    let mut turns: Vec<Turn> = Vec::new();
    for run in runs {
        let calls = run.calls.iter().filter(|(name, _)| matters(name));
        turns.extend(calls.filter_map(|(name, call)| {
            let (start_ns, width_ns, cells) = call.course.as_ref()?;
            let cells: Vec<Cell> = cells
                .iter()
                .map(|cell| Cell { count: cell.count, sum: cell.total_ns as f64 })
                .collect();
            let point = change_point(&cells)?;
            let at_ns = start_ns + point.at_cell as u64 * width_ns;
            Some(Turn {
                event: name.clone(),
                run: run.label.clone(),
                after_ns: at_ns.saturating_sub(run.first_ns),
                ratio: point.ratio,
                p: point.p,
            })
        }));
    }
    let place = |turn: &Turn| {
        let found = findings.iter().position(|finding| finding.event == turn.event);
        found.unwrap_or(findings.len())
    };
    turns.sort_by(|a, b| {
        let size = b.ratio.ln().abs().total_cmp(&a.ratio.ln().abs());
        place(a).cmp(&place(b)).then(size)
    });
    turns
}
