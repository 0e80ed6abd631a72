//! The one way to stderr, and what the exit code will be.

use std::io::Write;

use super::common::listed;
use crate::report::harmless;
use crate::state::Summary;

/// How a command ended, if it gave an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All was read.
    Done,
    /// Something could not be read: exit code 3.
    Damaged,
    /// A run departs from its baseline: exit code 1.
    Departs,
    /// A check cannot be decided: exit code 4.
    CannotTell,
}

/// Says why there is no answer.
pub fn error(message: &str) {
    let _ = writeln!(std::io::stderr(), "analyze: {}", lines(message));
}

/// Says what the reader of an answer should know.
pub fn note(message: &str) {
    let _ = writeln!(std::io::stderr(), "note: {}", lines(message));
}

/// Says what is wrong with what was read.
pub fn warning(message: &str) {
    let _ = writeln!(std::io::stderr(), "warning: {}", lines(message));
}

fn lines(message: &str) -> String {
    message.lines().map(harmless).collect::<Vec<_>>().join("\n")
}

/// Losses told one by one before they are only counted.
const TOLD: usize = 5;

/// Tells what could not be read of a capture; of one of several files each
/// place is told with its file.
pub fn losses(label: &str, summary: &Summary) -> Outcome {
    let lines = super::trace::lines(label, summary);
    let losses = &summary.losses;
    for loss in losses.listed.iter().take(TOLD) {
        let file = summary.files.get(loss.file).filter(|_| summary.files.len() > 1);
        warning(&format!(
            "{}: at byte {}: {}; {} lost; {}",
            file.map_or(label, String::as_str),
            loss.offset,
            loss.detail,
            plain(loss.bytes, "byte"),
            loss.kind.meaning()
        ));
    }
    if losses.count > TOLD as u64 {
        warning(&format!(
            "{label}: {} could not be read; {} lost in all",
            plain(losses.count - TOLD as u64, "more place"),
            plain(losses.bytes, "byte")
        ));
    }
    if summary.bad_descriptions > 0 {
        warning(&format!(
            "{label}: {} could not be read; names are missing",
            plain(summary.bad_descriptions, "container description")
        ));
    }
    if losses.damage > 0 || summary.bad_descriptions > 0 { Outcome::Damaged } else { lines }
}

/// `1 byte`, `12345 bytes`: numbers to copy have no commas.
fn plain(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// Why there are no latencies, and what to record with.
const NO_LATENCY: &str = "no enter events were recorded, so calls have no latency: writers \
since falcosecurity/libs 0.22 keep only exits; record with sysdig 0.36 or older (libs 0.21 or \
older): sysdig -w FILE";

/// Tells of a text that has no latencies; of other captures notes the label.
pub fn without_latency(label: &str, summary: &Summary, labels: &mut Vec<String>) {
    match &summary.trace {
        _ if summary.has_latency() => {}
        Some(facts) => super::trace::no_latency(label, facts),
        None => labels.push(label.to_owned()),
    }
}

/// Tells once of all captures that have no latencies.
pub fn no_latency(labels: &[String]) {
    if !labels.is_empty() {
        note(&format!("{}: {NO_LATENCY}", labels.join(", ")));
    }
}

/// Tells what else matters when reading the figures.
pub fn remarks(label: &str, summary: &Summary) {
    super::trace::remarks(label, summary);
    if summary.drops.markers > 0 {
        note(&format!(
            "{label}: the recorder dropped events ({}); counts are too low and some calls lost their partner",
            plain(summary.drops.markers, "marker")
        ));
    }
    let unpaired = &summary.unpaired;
    if let (Some(_), 1..) = (&summary.trace, unpaired.total()) {
        if summary.has_latency() {
            note(&format!(
                "{label}: calls whose line does not tell how long they took, left out of the times: {} of {}",
                unpaired.total(),
                summary.exits
            ));
        }
    } else if summary.has_latency() && unpaired.total() * 1000 > summary.exits {
        note(&format!(
            "{label}: exits without an enter of their own, left out of the times: {} of {} ({} no enter yet, {} after another call's enter, {} after a signal, {} doubled, {} stamped before their enter)",
            unpaired.total(),
            summary.exits,
            unpaired.no_enter,
            unpaired.other_enter,
            unpaired.signal,
            unpaired.doubled,
            unpaired.negative
        ));
    }
    if summary.backwards * 1000 > summary.events {
        note(&format!(
            "{label}: events stamped earlier than an event before them: {} of {}",
            summary.backwards, summary.events
        ));
    }
    if summary.unknown_events > 0 {
        note(&format!(
            "{label}: passed over, being of types that carry no call: {}",
            plain(summary.unknown_events, "event")
        ));
    }
}

/// Tells which relatives are shown for names that do not occur.
pub fn stand_ins(label: &str, stand_ins: &[(String, Vec<&'static str>)]) {
    for (name, relatives) in stand_ins {
        note(&format!(
            "{label}: no {name}; shown is {}, which newer C libraries and kernels use for it ({name}~ takes the whole family)",
            listed(relatives.iter().copied())
        ));
    }
}
