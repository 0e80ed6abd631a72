//! Who near the worker did more (or less) of something on the new side than on
//! the base, and whether they did it while the changed call was slow. That two
//! things happen together is no proof that one makes the other, and the words
//! say so.

use serde::Serialize;

use super::change::{Changes, Finding, Kind, Role, What};
use crate::chisel::{MEASURES, Measure, Neighbour, NeighboursResult};
use crate::event::{bytes_text, rate_text, time_text};

/// Factor from which a neighbour does more of something.
const MORE: f64 = 2.0;
/// Factor by which it must do more of it while the call is slow than while it is
/// quick, where both are known.
const TOGETHER: f64 = 1.2;

/// Neighbours whose doings are listed.
const MOST: usize = 8;

/// What a neighbour must do more of, a second, to be told.
const fn floor(measure: Measure) -> f64 {
    match measure {
        Measure::Calls => 1000.0,
        Measure::FailingOpens => 100.0,
        Measure::Written => 1e6,
        Measure::Syncs => 10.0,
        Measure::CpuNs => 5e7,
    }
}

/// One thing that a neighbour did more or less of. Figures are a second.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Doing {
    /// What.
    pub what: Measure,
    /// In the base.
    pub base: f64,
    /// In the new runs.
    pub new: f64,
    /// While the call was slow.
    pub while_slow: Option<f64>,
    /// While it was quick.
    pub while_quick: Option<f64>,
    /// It differs between the sides, and between slow and quick, so much that it is
    /// told.
    pub stands_out: bool,
}

/// One neighbour.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Near {
    /// A container, or a process of the host.
    pub name: String,
    /// What it did, what stands out first.
    pub doings: Vec<Doing>,
}

impl Near {
    fn stands_out(&self) -> bool {
        self.doings.first().is_some_and(|doing| doing.stands_out)
    }
}

/// The neighbours of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NeighboursNear {
    /// The call that was slow, or quick.
    pub call: Option<String>,
    /// Latency from which it counts as slow, ns.
    pub slow_ns: u64,
    /// All of them, those that stand out first.
    pub list: Vec<Near>,
}

/// The call whose slowness neighbours are held against, and from which latency on
/// it is slow: half way, by ratio, between the means of both sides.
#[must_use]
pub fn watched(changes: &Changes) -> Option<(String, u64)> {
    let is_call = |finding: &&Finding| {
        finding.what == What::Latency && finding.role == Role::Cause && !finding.is_between()
    };
    let row = changes.row(&changes.findings.iter().find(is_call)?.event)?;
    let (base, new) = (row.base.mean_ns()?, row.new.mean_ns()?);
    Some((row.event.clone(), (base * new).sqrt() as u64))
}

/// One side: its captures together, and how long they are, seconds.
pub type NearSide<'a> = (&'a NeighboursResult, f64);

/// Holds the sides against each other.
#[must_use]
pub fn neighbours(changes: &Changes, base: NearSide<'_>, new: NearSide<'_>) -> NeighboursNear {
    let (call, slow_ns) = watched(changes).map_or((None, 0), |(call, ns)| (Some(call), ns));
    let slower = changes.findings.first().is_none_or(|finding| finding.up);
    let kind = changes.findings.first().map(|finding| finding.kind);
    let nobody = Neighbour::default();
    let mut names: Vec<&String> = base.0.neighbours.keys().chain(new.0.neighbours.keys()).collect();
    names.sort();
    names.dedup();
    let of = |name: &String| -> Near {
        let [a, b] = [base, new].map(|side| side.0.neighbours.get(name).unwrap_or(&nobody));
        let doing = |(at, what): (usize, &Measure)| {
            let weighted = |sum: f64, count: u64| (count > 0).then(|| sum / count as f64);
            let mut doing = Doing {
                what: *what,
                base: a.totals[at] as f64 / base.1,
                new: b.totals[at] as f64 / new.1,
                while_slow: weighted(a.by_slow[at] + b.by_slow[at], base.0.slow + new.0.slow),
                while_quick: weighted(a.by_quick[at] + b.by_quick[at], base.0.quick + new.0.quick),
                stands_out: false,
            };
            doing.stands_out = stands_out(&doing, slower);
            doing
        };
        let mut doings: Vec<Doing> = MEASURES.iter().enumerate().map(doing).collect();
        doings.sort_by(|x, y| weight(y, kind).total_cmp(&weight(x, kind)));
        Near { name: name.clone(), doings }
    };
    let mut list: Vec<Near> = names.into_iter().map(of).collect();
    let best = |near: &Near| near.doings.first().map_or(0.0, |doing| weight(doing, kind));
    list.sort_by(|x, y| best(y).total_cmp(&best(x)));
    NeighboursNear { call, slow_ns, list }
}

fn stands_out(doing: &Doing, slower: bool) -> bool {
    let (less, more) = if slower { (doing.base, doing.new) } else { (doing.new, doing.base) };
    let together = match (doing.while_slow, doing.while_quick) {
        (Some(slow), Some(quick)) => slow >= TOGETHER * quick,
        _ => true,
    };
    more - less >= floor(doing.what) && more >= MORE * less && together
}

/// What comes first: what fits the kind of change, then what differs most.
fn weight(doing: &Doing, kind: Option<Kind>) -> f64 {
    let fits = match kind {
        Some(Kind::PathLookups) => doing.what == Measure::FailingOpens,
        Some(Kind::DiskWait) => matches!(doing.what, Measure::Written | Measure::Syncs),
        Some(Kind::CpuContention | Kind::CpuWithheld | Kind::OutsideCalls) => {
            doing.what == Measure::CpuNs
        }
        _ => false,
    };
    let far = (doing.new - doing.base).abs() / floor(doing.what);
    let stands_out = if doing.stands_out { 1e9 } else { 0.0 };
    // below any that stand out, and by no more than what a measure can reach
    (far.min(1e8) + stands_out) * if fits { 1000.0 } else { 1.0 }
}

/// Nothing, or next to nothing.
const NONE: &str = "none";

/// A figure with what it counts.
fn figure(what: Measure, value: f64) -> String {
    match what {
        _ if value < 0.005 => NONE.into(),
        Measure::Written => bytes_text(value.round() as u64),
        Measure::CpuNs => time_text(value.round() as u64),
        _ => rate_text(value),
    }
}

/// `makes 16,180 failing path lookups a second, none in the base`, and how many
/// while the call is slow and quick.
fn words(doing: &Doing, call: Option<&str>) -> String {
    let (what, unit, nothing) = match doing.what {
        Measure::Calls => ("makes", " calls", "makes no calls"),
        Measure::FailingOpens => {
            ("makes", " failing path lookups", "makes no failing path lookups")
        }
        Measure::Written => ("writes", "", "writes nothing"),
        Measure::Syncs => ("syncs files", " times", "syncs no files"),
        Measure::CpuNs => ("is on the CPU for", "", "is not on the CPU"),
    };
    let figure = |value: f64| figure(doing.what, value);
    let mut text = match figure(doing.new) {
        none if none == NONE => nothing.to_owned(),
        new => format!("{what} {new}{unit} per second"),
    };
    match figure(doing.base) {
        none if none == NONE => text.push_str(", none in the base"),
        base if text == nothing => text.push_str(&format!(", {base} per second in the base")),
        base => text.push_str(&format!(", {base} in the base")),
    }
    if let (Some(call), Some(slow), Some(quick)) = (call, doing.while_slow, doing.while_quick) {
        let (slow, quick) = (figure(slow), figure(quick));
        text.push_str(&format!(" ({slow} while {call} is slow, {quick} while it is quick)"));
    }
    text
}

/// The neighbours that stand out, a line each; at most `most`.
#[must_use]
pub fn neighbour_lines(near: &NeighboursNear, most: usize) -> Vec<String> {
    let line = |neighbour: &Near| {
        let told = neighbour.doings.iter().filter(|doing| doing.stands_out);
        // that it makes calls says nothing beside what they do
        let told = told.enumerate().filter(|(at, doing)| *at == 0 || doing.what != Measure::Calls);
        let told: Vec<String> = told
            .take(2)
            .map(|(at, doing)| words(doing, near.call.as_deref().filter(|_| at == 0)))
            .collect();
        format!(
            "Near it, {} {}. The two go together; that is no proof.",
            neighbour.name,
            told.join("; it ")
        )
    };
    near.list.iter().filter(|near| near.stands_out()).take(most).map(line).collect()
}

/// What each of the first few neighbours did, for those who want all of it.
#[must_use]
pub fn neighbour_details(near: &NeighboursNear) -> Vec<String> {
    let told = near.list.iter().take(MOST);
    let mut lines: Vec<String> = told
        .filter_map(|neighbour| {
            let done = neighbour.doings.iter().filter(|doing| doing.base.max(doing.new) >= 0.005);
            let done: Vec<String> = done.map(|doing| words(doing, near.call.as_deref())).collect();
            (!done.is_empty()).then(|| format!("  {} {}", neighbour.name, done.join("; it ")))
        })
        .collect();
    if !lines.is_empty() {
        lines.insert(0, "Near the worker:".into());
    }
    lines
}

impl NeighboursNear {
    /// How much more of something the neighbour that does most more of it does, a
    /// second; `None` where the captures have no neighbours.
    #[must_use]
    pub fn more(&self, what: Measure) -> Option<f64> {
        let more = self.list.iter().flat_map(|near| &near.doings);
        let more = more.filter(|doing| doing.what == what);
        more.map(|doing| doing.new - doing.base).reduce(f64::max)
    }
}
