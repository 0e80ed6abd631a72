//! Whether anything was selected, and what to say where nothing was.

use std::collections::BTreeSet;

use super::common::{SelectionArguments, listed};
use super::messages;
use crate::chisel::{Cell, TopScallsResult};
use crate::state::Summary;

/// What the selection found in one capture.
pub struct Selected<'a> {
    label: &'a str,
    summary: &'a Summary,
    has_rows: bool,
    none_failed: bool,
    periods: Option<u64>,
    containers: &'a BTreeSet<String>,
    processes: &'a BTreeSet<String>,
    names: &'a BTreeSet<&'static str>,
    stand_ins: &'a [(String, Vec<&'static str>)],
}

impl<'a> Selected<'a> {
    /// Of a capture that was read.
    pub fn of<C: Cell>(
        label: &'a str,
        summary: &'a Summary,
        result: &'a TopScallsResult<C>,
    ) -> Selected<'a> {
        Selected {
            label,
            summary,
            has_rows: !result.rows.is_empty(),
            none_failed: result.did_not_fail > 0,
            periods: result.periods,
            containers: &result.containers,
            processes: &result.processes,
            names: &result.names,
            stand_ins: &result.stand_ins,
        }
    }

    fn is_answered(&self) -> bool {
        self.has_rows || self.none_failed
    }

    fn is_empty(&self) -> bool {
        self.summary.events == 0 && !self.summary.is_table()
    }

    fn has_no_period(&self) -> bool {
        self.periods == Some(0) && !self.names.is_empty()
    }
}

/// Containers, processes or events that do not occur anywhere are an error that
/// lists what does; relatives of an event that only one capture has are told.
pub fn check(typed: &SelectionArguments, captures: &[Selected<'_>]) -> Result<(), String> {
    let empty_capture = captures.iter().all(Selected::is_empty);
    if captures.iter().any(Selected::is_answered) || empty_capture {
        for capture in captures {
            messages::stand_ins(capture.label, capture.stand_ins);
        }
        for capture in captures.iter().filter(|capture| !capture.has_rows) {
            let why = match capture.summary.events {
                0 => "no events",
                _ if capture.none_failed && captures.len() == 1 => continue,
                _ if capture.none_failed => "no failed calls",
                _ => "nothing matches",
            };
            messages::note(&format!("{}: {why} there", capture.label));
        }
        return Ok(());
    }
    if captures.iter().any(Selected::has_no_period) {
        return Ok(()); // check_periods says more
    }
    Err(typed.nothing_matches(
        captures.iter().flat_map(|c| c.containers).map(String::as_str).collect(),
        captures.iter().flat_map(|c| c.processes).map(String::as_str).collect(),
        captures.iter().flat_map(|c| c.names).copied().collect(),
        captures.iter().map(|c| c.summary.span_ns()).max().unwrap_or(0),
    ))
}

/// `--per EVENT` without a whole period is an error.
pub fn check_periods(captures: &[Selected<'_>], per: Option<&str>) -> Result<(), String> {
    let Some(event) = per else {
        return Ok(());
    };
    match captures.iter().find(|capture| capture.periods == Some(0)) {
        None => Ok(()),
        Some(capture) => Err(format!(
            "{}: no whole period: --per {event} needs two {event} calls; present are {}",
            capture.label,
            listed(capture.names.iter().copied())
        )),
    }
}
