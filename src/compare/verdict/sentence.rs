//! One change in words.

use crate::chisel::Next;
use crate::compare::change::{CallChange, Changes, Finding, Interval, Kind, Pooled, Shape, What};
use crate::compare::ratio_text;
use crate::event::{bytes_text, rate_text, result_name, time_text};

/// What a change is about, in a few words.
pub(super) fn topic(finding: &Finding) -> &'static str {
    match (finding.kind, finding.up) {
        (Kind::Errors, true) => "More calls fail",
        (Kind::Errors, false) => "Fewer calls fail",
        (Kind::Retries, true) => "More calls fail, and more are made",
        (Kind::Retries, false) => "Fewer calls fail, and fewer are made",
        (Kind::NotReady, true) => "More calls find nothing ready",
        (Kind::NotReady, false) => "Fewer calls find nothing ready",
        (Kind::CpuWithheld, true) => "The CPU was withheld",
        (Kind::CpuContention, true) => "The CPU was busy with other work",
        (Kind::OwnThreads, true) => "Its own threads compete for the CPU",
        (Kind::CpuWithheld | Kind::CpuContention | Kind::OwnThreads, false) => {
            "Waits for the CPU got shorter"
        }
        (Kind::Rhythm, true) => "All calls come more often, by one factor",
        (Kind::Rhythm, false) => "All calls come less often, by one factor",
        (Kind::SmallRequests, _) => "Smaller requests",
        (Kind::LargeRequests, _) => "Larger requests",
        (Kind::LockWait, true) => "Lock waits got longer",
        (Kind::LockWait, false) => "Lock waits got shorter",
        (Kind::PathLookups, true) => "Path lookups got slower",
        (Kind::PathLookups, false) => "Path lookups got quicker",
        (Kind::DiskWait, true) => "Disk waits got longer",
        (Kind::DiskWait, false) => "Disk waits got shorter",
        (Kind::SlowPeer, true) => "The peer answers later",
        (Kind::SlowPeer, false) => "The peer answers sooner",
        (Kind::Waits | Kind::FileWait, true) => "A call waits longer",
        (Kind::Waits | Kind::FileWait, false) => "A call waits less",
        (Kind::Slower, true) => "A call got slower",
        (Kind::Slower, false) => "A call got quicker",
        (Kind::Calls, true) => "More calls are made",
        (Kind::Calls, false) => "Fewer calls are made",
        (Kind::NewCall, _) => "A call is new",
        (Kind::GoneCall, _) => "A call is no longer made",
        (Kind::Computing, true) => "More time on the CPU outside calls",
        (Kind::Computing, false) => "Less time on the CPU outside calls",
        (Kind::OutsideCalls, true) => "More time passes outside calls",
        (Kind::OutsideCalls, false) => "Less time passes outside calls",
        (Kind::Pacing, _) => "Only the pauses changed",
    }
}

/// What changed, with its figures and how sure they are.
pub(super) fn sentence(changes: &Changes, finding: &Finding, row: &CallChange) -> String {
    match finding.what {
        What::Latency => latency(finding, row),
        What::Count => count(changes, finding, row),
        What::Errors => errors(changes, row),
        What::OffCpu => off_cpu(changes, row),
    }
}

fn time(ns: Option<f64>) -> String {
    ns.map_or_else(|| "-".into(), |ns| time_text(ns.round() as u64))
}

/// ` (95 % CI 3.5x–4.5x)`.
pub(super) fn bounds(interval: Option<Interval>) -> String {
    let known = interval.filter(|i| i.low.is_finite() && i.high.is_finite());
    known.map_or_else(String::new, |i| {
        let (low, high) = (ratio_text(i.low), ratio_text(i.high));
        if low == high { String::new() } else { format!(" (95 % CI {low}–{high})") }
    })
}

fn latency(finding: &Finding, row: &CallChange) -> String {
    let interval = row.judgement(What::Latency).and_then(|judgement| judgement.interval);
    let ratio = row.ratio_mean().unwrap_or(f64::NAN);
    let means = format!("{} → {}", time(row.base.mean_ns()), time(row.new.mean_ns()));
    if row.is_between() {
        let place = if row.on_off().is_some() { ", on the CPU" } else { "" };
        return format!(
            "time outside system calls: {} as long per pause, {means}{}{place}",
            ratio_text(ratio),
            bounds(interval)
        );
    }
    if row.pacing {
        return format!("{} takes {} as long: {means}", row.event, ratio_text(ratio));
    }
    let (factor, bounds) = (ratio_text(ratio), bounds(interval));
    let mut text = format!("{} takes {factor} as long per call: {means}{bounds}", row.event);
    match finding.shape {
        Some(Shape::Tail { share }) if share < MANY => {
            text.push_str(&format!(", in its slowest {} of calls", percent(share)));
        }
        Some(Shape::Tail { share }) => {
            text.push_str(&format!(", in {} of the calls", percent(share)));
        }
        Some(Shape::SecondMode { share, at_ns }) => {
            text.push_str(&format!(
                ", {} of the calls at about {}",
                percent(share),
                time_text(at_ns)
            ));
        }
        Some(Shape::EveryCall) | None => {}
    }
    match row.on_off() {
        Some(split) if split.is_off() => text.push_str(", waiting off the CPU"),
        Some(_) => text.push_str(", on the CPU"),
        None => {}
    }
    text
}

/// Share of the calls beyond which it is no tail.
const MANY: f64 = 0.1;

fn percent(share: f64) -> String {
    let share = share * 100.0;
    if share < 1.0 { format!("{share:.1} %") } else { format!("{share:.0} %") }
}

fn count(changes: &Changes, finding: &Finding, row: &CallChange) -> String {
    let rate = |rate: Option<f64>| rate_text(rate.unwrap_or(0.0));
    let unit = changes.unit.suffix();
    let (base, new) = (row.base.rate(), row.new.rate());
    let event = &row.event;
    match finding.kind {
        Kind::NewCall => {
            format!(
                "{event}, none before: {} calls{unit}, {} each",
                rate(new),
                time(row.new.mean_ns())
            )
        }
        Kind::GoneCall => {
            format!(
                "{event}, none now: {} calls{unit} before, {} each",
                rate(base),
                time(row.base.mean_ns())
            )
        }
        _ => {
            let ratio = row.ratio_rate().unwrap_or(f64::NAN);
            let interval = row.judgement(What::Count).and_then(|judgement| judgement.interval);
            let mut text = format!(
                "{event} is called {} as often: {} → {}{unit}{}",
                ratio_text(ratio),
                rate(base),
                rate(new),
                bounds(interval)
            );
            if matches!(finding.kind, Kind::SmallRequests | Kind::LargeRequests) {
                let size = |side: &Pooled| bytes_text(side.request_bytes().unwrap_or(0.0) as u64);
                text.push_str(&format!(", {} → {} each", size(&row.base), size(&row.new)));
            }
            text
        }
    }
}

fn errors(changes: &Changes, row: &CallChange) -> String {
    let per_unit = |side: &Pooled| side.errors as f64 / side.units.max(f64::MIN_POSITIVE);
    let more = if per_unit(&row.new) >= per_unit(&row.base) { &row.new } else { &row.base };
    let most = more.errnos.first().map_or_else(String::new, |(errno, count)| {
        format!(
            ", {} {}",
            result_name(*errno).unwrap_or("an unknown error"),
            percent(*count as f64 / more.errors.max(1) as f64)
        )
    });
    format!(
        "{} failures: {} → {}{} ({} → {} of its calls{most})",
        row.event,
        rate_text(per_unit(&row.base)),
        rate_text(per_unit(&row.new)),
        changes.unit.suffix(),
        percent(row.base.failed_share()),
        percent(row.new.failed_share()),
    )
}

fn off_cpu(changes: &Changes, row: &CallChange) -> String {
    let off = |side: &Pooled| time(side.off_ns());
    let mut text = format!(
        "off the CPU between calls: {} → {}{}",
        off(&row.base),
        off(&row.new),
        changes.unit.suffix()
    );
    let added: f64 = changes.next.iter().map(|n| (n.2 - n.1).max(0.0)).sum();
    let who: Vec<String> = changes
        .next
        .iter()
        .filter(|n| added > 0.0 && (n.2 - n.1) >= 0.1 * added)
        .take(3)
        .map(|n| format!("{} {}", who(&n.0), percent((n.2 - n.1) / added)))
        .collect();
    if !who.is_empty() {
        text.push_str(&format!("; of that then ran: {}", who.join(", ")));
    }
    text
}

/// Who had the processor.
#[must_use]
pub fn who(next: &Next) -> String {
    match next {
        Next::Idle => "nobody (idle)".into(),
        Next::Own => "its own threads".into(),
        Next::Other { container, process } if container == process => container.clone(),
        Next::Other { container, process } => format!("{process} ({container})"),
        Next::Unknown => "not in the capture".into(),
    }
}

/// A change alone, as a reason: what it is about, and its figures.
#[must_use]
pub fn reason(changes: &Changes, finding: &Finding) -> String {
    let row = changes.row(&finding.event);
    row.map_or_else(String::new, |row| {
        format!("{}: {}", topic(finding), sentence(changes, finding, row))
    })
}
