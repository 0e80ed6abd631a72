//! What there is to say about captures as wholes: as text for people, as JSON
//! (`analyze.info/1`) for programs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::columns::harmless;
use super::info_trace::{format_text, stamp_json, trace_json, trace_lines, undated};
use crate::compare::CaptureFacts;
use crate::event::{bytes_text, count_text, several, time_text};
use crate::format::scap::processes::written_by;
use crate::state::Summary;

/// Events of each type, enters and exits together, the most frequent first.
fn types(capture: &CaptureFacts) -> Vec<(&str, u64)> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for row in &capture.result.rows {
        *counts.entry(&row.event).or_default() += row.stats.sysdig_events();
    }
    let mut types: Vec<_> = counts.into_iter().collect();
    types.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    types
}

/// Events of each container, the most frequent first.
fn containers(capture: &CaptureFacts) -> Vec<(&str, u64)> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for row in &capture.result.rows {
        if let Some(group) = &row.group {
            *counts.entry(group).or_default() += row.stats.sysdig_events();
        }
    }
    for (_, container) in capture.summary.containers.iter() {
        if !container.id.is_empty() {
            counts.entry(container.label()).or_default();
        }
    }
    let mut containers: Vec<_> = counts.into_iter().collect();
    containers.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    containers
}

/// A time stamp in UTC with nanoseconds.
fn stamp(ns: Option<u64>) -> String {
    let time = ns.and_then(|ns| Timestamp::from_nanosecond(i128::from(ns)).ok());
    time.map_or_else(|| "-".into(), |time| format!("{time:.9}"))
}

fn version(summary: &Summary) -> String {
    let versions: Vec<String> = summary
        .sections
        .iter()
        .map(|section| format!("{}.{}", section.major, section.minor))
        .collect();
    match versions.len() {
        1 => versions.concat(),
        count => format!("{} ({count} sections)", versions.join(", ")),
    }
}

fn yes(condition: bool, text: String) -> String {
    if condition { text } else { "no".into() }
}

/// All captures as text, one block each.
#[must_use]
pub fn info_text(captures: &[CaptureFacts], top: usize) -> String {
    captures.iter().map(|capture| block(capture, top)).collect::<Vec<_>>().join("\n")
}

fn block(capture: &CaptureFacts, top: usize) -> String {
    let mut text = format!("{}\n", harmless(&capture.label));
    for (name, value) in lines(capture, top) {
        text.push_str(&format!("  {name:<12} {}\n", harmless(&value)));
    }
    text
}

fn lines(capture: &CaptureFacts, top: usize) -> Vec<(&'static str, String)> {
    let summary = &capture.summary;
    let mut lines = vec![("files", summary.files.join(", "))];
    let when = |ns: Option<u64>| {
        let trace = summary.trace.as_ref();
        trace.and_then(|trace| undated(trace, ns)).unwrap_or_else(|| stamp(ns))
    };
    match &summary.trace {
        Some(trace) => lines.extend([("format", format_text(trace)), ("size", size(summary))]),
        None => lines.extend([
            ("format", format!("scap {}{}", version(summary), written(summary))),
            ("size", size(summary)),
            ("machine", machine(summary)),
        ]),
    }
    if let Some(trace) = &summary.trace {
        lines.extend(trace_lines(trace));
    }
    lines.extend([
        ("first event", when(summary.first_ns)),
        ("last event", when(summary.last_ns)),
        ("span", if summary.has_span() { time_text(summary.span_ns()) } else { "-".into() }),
        ("events", count_text(summary.events)),
    ]);
    if summary.unknown_events > 0 {
        lines.push(("", format!("{} of unknown types", count_text(summary.unknown_events))));
    }
    let joined = |counts: Vec<(&str, u64)>, most: usize| {
        let more = counts.len().saturating_sub(most);
        let list: Vec<String> = counts
            .iter()
            .take(most)
            .map(|(name, count)| format!("{name} {}", count_text(*count)))
            .collect();
        let more = if more > 0 { format!(", {more} more") } else { String::new() };
        if list.is_empty() { "none".into() } else { format!("{}{more}", list.join(", ")) }
    };
    let blocks: Vec<(&str, u64)> =
        summary.blocks.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    if summary.trace.is_none() {
        lines.push(("blocks", joined(blocks, usize::MAX)));
    }
    lines.push(("top types", joined(types(capture), top)));
    lines.push(("containers", joined(containers(capture), 20)));
    lines.push(("threads", count_text(summary.threads)));
    let latency = if summary.is_table() {
        "totals alone".into()
    } else if summary.has_latency() {
        latency(summary)
    } else if summary.trace.is_some() {
        "no: no line tells how long its call took".into()
    } else {
        "no: only exits were recorded".into()
    };
    lines.push(("latency", latency));
    let switches = format!("yes, {}", count_text(summary.switches));
    lines.push(("switches", yes(summary.switches > 0, switches)));
    let drops = format!("yes, {}", several(summary.drops.markers, "marker"));
    lines.push(("drops", yes(summary.drops.markers > 0, drops)));
    let losses = &summary.losses;
    let damage = format!(
        "{}, {} lost (see stderr)",
        several(losses.count, "place"),
        several(losses.bytes, "byte")
    );
    lines.push(("damage", yes(losses.count > 0, damage)));
    lines
}

fn written(summary: &Summary) -> String {
    let by = written_by(summary.process_list_version, summary.process_tail);
    let mut text = by.map_or(String::new(), |by| format!(", written by {by}"));
    let options = summary.sections.iter().flat_map(|section| &section.options);
    for (_, value) in options.filter(|(_, value)| !value.is_empty()) {
        text.push_str(&format!(", \"{value}\""));
    }
    text
}

fn size(summary: &Summary) -> String {
    let bytes = bytes_text(summary.bytes);
    match summary.compression {
        "none" => bytes,
        how => format!("{bytes}, {how} ({} on disk)", bytes_text(summary.input_bytes)),
    }
}

fn machine(summary: &Summary) -> String {
    let machine = &summary.machine;
    if machine.cpus == 0 && machine.host.is_empty() {
        return "not told".into();
    }
    let boot = match machine.boot_ns {
        0 => String::new(),
        ns => format!(", booted {}", stamp(Some(ns))),
    };
    let cpus = several(machine.cpus.into(), "CPU");
    format!("{}, {cpus}, {}{boot}", machine.host, bytes_text(machine.memory_bytes))
}

fn latency(summary: &Summary) -> String {
    let unpaired = summary.unpaired.total();
    format!(
        "yes, {}{}",
        several(summary.exits, "exit"),
        if unpaired > 0 {
            format!(", {} without an enter of their own", count_text(unpaired))
        } else {
            String::new()
        }
    )
}

/// All captures as JSON, schema `analyze.info/1`.
#[must_use]
pub fn info_json(captures: &[CaptureFacts]) -> Value {
    json!({
        "schema": "analyze.info/1",
        "captures": captures.iter().map(capture_json).collect::<Vec<_>>(),
    })
}

/// Times since the epoch as strings: they exceed 2^53.
fn capture_json(capture: &CaptureFacts) -> Value {
    let summary = &capture.summary;
    let pairs = |pairs: Vec<(&str, u64)>, key: &str| {
        pairs.iter().map(|(name, count)| json!({key: name, "events": count})).collect::<Vec<_>>()
    };
    let known = summary.containers.iter().filter(|(_, container)| !container.id.is_empty());
    let sections: Vec<Value> = summary
        .sections
        .iter()
        .map(|section| {
            json!({
                "version": format!("{}.{}", section.major, section.minor),
                "options": section.options.iter().map(|(_, text)| text).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "label": capture.label,
        "files": summary.files,
        "format": summary.format_name(),
        "trace": trace_json(summary),
        "sections": sections,
        "written_by": written_by(summary.process_list_version, summary.process_tail),
        "compression": summary.compression,
        "bytes": summary.bytes,
        "input_bytes": summary.input_bytes,
        "machine": {
            "host": summary.machine.host,
            "cpus": summary.machine.cpus,
            "memory_bytes": summary.machine.memory_bytes,
            "boot_ns": summary.machine.boot_ns.to_string(),
        },
        "first_ns": stamp_json(summary, summary.first_ns),
        "last_ns": stamp_json(summary, summary.last_ns),
        "span_ns": summary.span_ns(),
        "events": summary.events,
        "unknown_events": summary.unknown_events,
        "backwards": summary.backwards,
        "blocks": summary.blocks,
        "listed": summary.listed,
        "types": pairs(types(capture), "event"),
        "containers": pairs(containers(capture), "container"),
        "container_details": known.map(|(_, container)| container).collect::<Vec<_>>(),
        "threads": summary.threads,
        "has_latency": summary.has_latency(),
        "unpaired": summary.unpaired,
        "switches": summary.switches,
        "drops": summary.drops.markers,
        "losses": summary.losses,
    })
}
