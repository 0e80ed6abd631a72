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
}

/// Says why there is no answer.
pub fn error(message: &str) {
    let _ = writeln!(std::io::stderr(), "analyze: {}", lines(message));
}

/// Says what the reader of an answer should know.
pub fn note(message: &str) {
    let _ = writeln!(std::io::stderr(), "note: {}", lines(message));
}

fn warning(message: &str) {
    let _ = writeln!(std::io::stderr(), "warning: {}", lines(message));
}

fn lines(message: &str) -> String {
    message.lines().map(harmless).collect::<Vec<_>>().join("\n")
}

/// Losses told one by one before they are only counted.
const TOLD: usize = 5;

/// Tells what could not be read of a capture.
pub fn losses(label: &str, summary: &Summary) -> Outcome {
    let losses = &summary.losses;
    for loss in losses.listed.iter().take(TOLD) {
        warning(&format!(
            "{label}: at byte {}: {}; {} bytes lost; {}",
            loss.offset,
            loss.detail,
            loss.bytes,
            loss.kind.meaning()
        ));
    }
    if losses.count > TOLD as u64 {
        warning(&format!(
            "{label}: {} more places could not be read; {} bytes lost in all",
            losses.count - TOLD as u64,
            losses.bytes
        ));
    }
    if summary.bad_descriptions > 0 {
        warning(&format!(
            "{label}: {} container descriptions could not be read; their names are missing",
            summary.bad_descriptions
        ));
    }
    if losses.damage > 0 || summary.bad_descriptions > 0 { Outcome::Damaged } else { Outcome::Done }
}

/// Why there are no latencies, and what to record with.
pub const NO_LATENCY: &str = "no enter events were recorded, so calls have no latency: writers \
since falcosecurity/libs 0.22 keep only exits; record with sysdig 0.36 or older (libs 0.21 or \
older): sysdig -w FILE, or trace with: strace -f -ttt -T -o FILE, perf trace -T";

/// Tells what else matters when reading the figures.
pub fn remarks(label: &str, summary: &Summary) {
    if !summary.has_latency() {
        note(&format!("{label}: {NO_LATENCY}"));
    }
    if summary.drops.markers > 0 {
        note(&format!(
            "{label}: the recorder dropped events ({} markers); counts are too low and some calls lost their partner",
            summary.drops.markers
        ));
    }
    let unpaired = &summary.unpaired;
    if summary.has_latency() && unpaired.total() * 1000 > summary.exits {
        note(&format!(
            "{label}: {} of {} exits have no enter of their own and are left out of the times ({} no enter yet, {} after another call's enter, {} after a signal, {} doubled, {} stamped before their enter)",
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
            "{label}: {} of {} events are stamped earlier than an event before them",
            summary.backwards, summary.events
        ));
    }
    if summary.unknown_events > 0 {
        note(&format!(
            "{label}: {} events of types that carry no call were passed over",
            summary.unknown_events
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
