//! Of what kind the changes are, which of them stands first, and which follow
//! from others. Everything that slowed down together comes first (the processor
//! was withheld, or shared), then the row that carries the largest part of the net
//! change of time. A change that is certain but costs next to nothing stands first
//! only where nothing else changed.

use serde::Serialize;

use super::judge::What;
use super::net::{self, Net};
use super::options::FEWEST_CALLS;
use super::row::CallChange;
use crate::chisel::Next;
use crate::compare::Unit;
use crate::compare::run::BETWEEN;
use crate::event::CallRole;

/// Built in, or following from something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Nothing else here explains it.
    Cause,
    /// Follows from the causes.
    Consequence,
}

/// Kinds of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// More (or fewer) calls fail.
    Errors,
    /// More calls fail, and more are made.
    Retries,
    /// More calls find nothing ready (EAGAIN and its like).
    NotReady,
    /// The thread was off the processor, which stood idle.
    CpuWithheld,
    /// The thread was off the processor, and others ran.
    CpuContention,
    /// The thread was off the processor, and others of its own process ran.
    OwnThreads,
    /// All calls come more or less often, by one factor.
    Rhythm,
    /// More calls for the same bytes.
    SmallRequests,
    /// Fewer calls for the same bytes.
    LargeRequests,
    /// Waiting for another thread's lock.
    LockWait,
    /// Looking paths up takes longer, on the processor.
    PathLookups,
    /// Waiting for the disk.
    DiskWait,
    /// Waiting in a read or write; for what, the files behind it say.
    FileWait,
    /// Waiting for the other end of a connection.
    SlowPeer,
    /// Longer off the processor inside the call.
    Waits,
    /// Longer on the processor, or where is not known.
    Slower,
    /// More (or fewer) calls.
    Calls,
    /// A call that the base does not make.
    NewCall,
    /// A call that only the base makes.
    GoneCall,
    /// More (or less) time on the processor between calls.
    Computing,
    /// More (or less) time between calls; whether on the processor is not known.
    OutsideCalls,
    /// Sleeps, and waits whose time is up.
    Pacing,
}

/// Which calls of a slower (or quicker) kind of call are so.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "shape")]
pub enum Shape {
    /// Every call.
    EveryCall,
    /// The slowest few.
    Tail {
        /// Share of the calls beyond all but 1 % of the base's.
        share: f64,
    },
    /// Some calls, all by about as much.
    SecondMode {
        /// Share of the calls.
        share: f64,
        /// Their median, ns.
        at_ns: u64,
    },
}

/// Something that changed.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Name of the call.
    pub event: String,
    /// What of it.
    pub what: What,
    /// More (or slower), else less.
    pub up: bool,
    /// Cause or consequence.
    pub role: Role,
    /// Kind.
    pub kind: Kind,
    /// Which of the calls, for latencies.
    pub shape: Option<Shape>,
    /// Time that it adds (or saves) per unit, ns.
    pub delta_ns: f64,
}

impl Finding {
    /// Whether this is of the time between calls.
    #[must_use]
    pub fn is_between(&self) -> bool {
        self.event == BETWEEN
    }
}

/// Ratio within which rates move by one factor.
const ONE_FACTOR: f64 = 1.1;
/// Share of the calls that must.
const MOST_CALLS: f64 = 0.8;
/// A call waits if it is off the processor for more than this share of its time.
const WAITS: f64 = 0.05;
/// Errnos that say that nothing was ready: EINTR, EAGAIN, EINPROGRESS, EALREADY,
/// and the kernel's own restarts.
const NOT_READY: [i64; 8] = [-4, -11, -115, -114, -512, -513, -514, -516];

impl Finding {
    /// Names the disk where the files behind a read or write are regular files, and
    /// where that is known; else it is a wait, for something that is not known.
    pub(super) fn settle(&mut self, added_on_files: Option<f64>) {
        if self.kind == Kind::FileWait {
            let on_files = added_on_files.is_some_and(|share| share > 0.5);
            self.kind = if on_files { Kind::DiskWait } else { Kind::Waits };
        }
    }
}

/// What changed and matters, most important first.
pub(super) fn findings(
    rows: &[CallChange],
    next: &[(Next, f64, f64)],
    unit: Unit,
    net: Net,
) -> Vec<Finding> {
    let syncs = rows.iter().any(|row| row.is_slower() && row.role() == Some(CallRole::Sync));
    let mut findings: Vec<Finding> = rows.iter().flat_map(|row| of_row(row, syncs)).collect();
    if findings.is_empty() {
        return findings;
    }
    if unit != Unit::Run {
        gaps_follow(rows, &mut findings);
    }
    let withheld = processor(rows, next);
    let lead = lead(rows, &mut findings, withheld, (unit, net));
    findings.sort_by(|a, b| {
        let first = |finding: &Finding| {
            Some((finding.event.as_str(), finding.what))
                != lead.as_ref().map(|(e, w)| (e.as_str(), *w))
        };
        first(a)
            .cmp(&first(b))
            .then(a.role.cmp(&b.role))
            .then(cost(rows, b).abs().total_cmp(&cost(rows, a).abs()))
            .then(b.delta_ns.abs().total_cmp(&a.delta_ns.abs()))
            .then_with(|| (&a.event, a.what).cmp(&(&b.event, b.what)))
    });
    findings
}

/// What the row of a finding costs, ns per unit.
fn cost(rows: &[CallChange], finding: &Finding) -> f64 {
    let row = rows.iter().find(|row| row.event == finding.event);
    row.map_or(0.0, CallChange::cost_ns)
}

fn of_row(row: &CallChange, syncs: bool) -> Vec<Finding> {
    let mut found = Vec::new();
    let follows = row.pacing || row.child_wait;
    let role = if follows { Role::Consequence } else { Role::Cause };
    let mut add = |what, up, kind, delta_ns| {
        let event = row.event.clone();
        let shape = (what == What::Latency).then(|| shape(row)).flatten();
        found.push(Finding { event, what, up, role, kind, shape, delta_ns });
    };
    if row.changed(What::Errors) {
        let up = errors_per_unit(row) > 0.0;
        let mix_ns = row.parts.as_ref().map_or(0.0, |parts| parts.mix_ns);
        add(What::Errors, up, error_kind(row, up), mix_ns);
    }
    if row.changed(What::Latency) && !explained_off(row) {
        let up = row.ratio_mean().is_some_and(|ratio| ratio > 1.0);
        let kind = match count_kind(row) {
            kind @ (Kind::SmallRequests | Kind::LargeRequests) if row.changed(What::Count) => kind,
            _ => latency_kind(row, syncs),
        };
        add(What::Latency, up, kind, row.added_ns());
    }
    if row.changed(What::Count) {
        let up = row.new.rate() > row.base.rate();
        let rate_ns = row.parts.as_ref().map_or(0.0, |parts| parts.rate_ns);
        add(What::Count, up, count_kind(row), rate_ns);
    }
    if row.changed(What::OffCpu) {
        let delta = row.new.off_ns().unwrap_or(0.0) - row.base.off_ns().unwrap_or(0.0);
        add(What::OffCpu, delta > 0.0, Kind::CpuContention, delta);
    }
    found
}

/// Gaps between calls that are shorter because some calls are made more often
/// (or longer because they are made less) follow from that. If all calls' rates
/// moved by one factor, it is the other way round.
fn gaps_follow(rows: &[CallChange], findings: &mut [Finding]) {
    if one_factor(rows).is_some() {
        return;
    }
    let counts: Vec<bool> = findings
        .iter()
        .filter(|f| f.what == What::Count && f.role == Role::Cause)
        .map(|f| f.up)
        .collect();
    for gap in findings.iter_mut().filter(|f| f.is_between() && f.what == What::Latency) {
        if counts.contains(&!gap.up) {
            gap.role = Role::Consequence;
        }
    }
}

/// Whether the time between calls moved because the thread was off the processor.
fn explained_off(row: &CallChange) -> bool {
    row.is_between() && row.on_off().is_some_and(super::row::OnOff::is_off)
}

fn errors_per_unit(row: &CallChange) -> f64 {
    let rate = |side: &super::Pooled| side.errors as f64 / side.units.max(f64::MIN_POSITIVE);
    rate(&row.new) - rate(&row.base)
}

fn error_kind(row: &CallChange, up: bool) -> Kind {
    let side = if up { &row.new } else { &row.base };
    let all: u64 = side.errnos.iter().map(|(_, count)| count).sum();
    let unready = side.errnos.iter().filter(|(errno, _)| NOT_READY.contains(errno));
    if unready.map(|(_, count)| count).sum::<u64>() * 2 > all.max(1) {
        return Kind::NotReady;
    }
    if row.changed(What::Count) && up == (row.new.rate() > row.base.rate()) {
        Kind::Retries
    } else {
        Kind::Errors
    }
}

fn count_kind(row: &CallChange) -> Kind {
    if row.pacing {
        return Kind::Pacing;
    }
    if row.base.calls == 0 {
        return Kind::NewCall;
    }
    if row.new.calls == 0 {
        return Kind::GoneCall;
    }
    match (row.ratio_bytes(), row.ratio_succeeded()) {
        (Some(bytes), Some(rate)) if same_factor(bytes * rate, 1.0, 1.25) && rate > 1.25 => {
            Kind::SmallRequests
        }
        (Some(bytes), Some(rate)) if same_factor(bytes * rate, 1.0, 1.25) && rate < 0.8 => {
            Kind::LargeRequests
        }
        _ => Kind::Calls,
    }
}

fn same_factor(a: f64, b: f64, within: f64) -> bool {
    a > 0.0 && b > 0.0 && (a / b).ln().abs() <= within.ln()
}

fn latency_kind(row: &CallChange, syncs: bool) -> Kind {
    if row.pacing {
        return Kind::Pacing;
    }
    if row.is_between() {
        return if row.on_off().is_some() { Kind::Computing } else { Kind::OutsideCalls };
    }
    let off = row.on_off().map(super::row::OnOff::is_off);
    match (row.role(), off) {
        (Some(CallRole::Lock), _) => Kind::LockWait,
        (Some(CallRole::Path), Some(false) | None) => Kind::PathLookups,
        // a read or write waits for the disk only if the files behind it are on one
        (Some(CallRole::Sync), _) => Kind::DiskWait,
        (Some(CallRole::Read | CallRole::Write), Some(true)) => Kind::FileWait,
        (Some(CallRole::Read | CallRole::Write), None) if syncs => Kind::FileWait,
        (Some(CallRole::Receive | CallRole::Poll), _) => Kind::SlowPeer,
        (_, Some(true)) => Kind::Waits,
        _ => Kind::Slower,
    }
}

/// Which of the calls are slower: by medians, and by what lies beyond the base's
/// slowest hundredth.
fn shape(row: &CallChange) -> Option<Shape> {
    let (base, new) = (&row.base.latencies, &row.new.latencies);
    let ratio =
        |quantile| Some(new.quantile(quantile)? as f64 / base.quantile(quantile)?.max(1) as f64);
    let up = row.ratio_mean()? > 1.0;
    let (slow, quick) = if up { (new, base) } else { (base, new) };
    let factor = |quantile| ratio(quantile).map(|ratio| if up { ratio } else { 1.0 / ratio });
    let tail = factor(0.95)?.max(factor(0.99)?);
    if factor(0.5)? >= 1.1 || tail <= 2.0 {
        return Some(Shape::EveryCall);
    }
    let border = quick.quantile(0.99)?;
    let beyond = slow.above(border);
    let share = beyond.count() as f64 / slow.count().max(1) as f64;
    let (low, at_ns, high) =
        (beyond.quantile(0.25)?, beyond.quantile(0.5)?, beyond.quantile(0.75)?);
    // a mode is narrow and holds more than the tail of the other side
    if share > 0.02 && (high as f64) < 2.0 * low as f64 {
        Some(Shape::SecondMode { share, at_ns })
    } else {
        Some(Shape::Tail { share })
    }
}

/// Whether the threads were kept off the processor between calls more than
/// before: the time per second, and whether it stood idle meanwhile.
fn processor(rows: &[CallChange], next: &[(Next, f64, f64)]) -> Option<(f64, Kind)> {
    let row = rows.iter().find(|row| row.is_between())?;
    let delta = row.new.off_ns()? - row.base.off_ns()?;
    if !row.changed(What::OffCpu) || delta <= 0.0 {
        return None;
    }
    let moved = |of: &dyn Fn(&Next) -> bool| -> f64 {
        next.iter().filter(|n| of(&n.0)).map(|n| n.2 - n.1).sum()
    };
    let (idle, own) = (moved(&|next| *next == Next::Idle), moved(&|next| *next == Next::Own));
    let others = moved(&|next| matches!(next, Next::Other { .. } | Next::Unknown));
    let kind = if idle > own.max(others) {
        Kind::CpuWithheld
    } else if own > others {
        Kind::OwnThreads
    } else {
        Kind::CpuContention
    };
    Some((delta, kind))
}

/// By how much all calls' rates moved, if by one factor.
fn one_factor(rows: &[CallChange]) -> Option<f64> {
    let calls: Vec<&CallChange> = rows
        .iter()
        .filter(|row| !row.pacing && !row.is_between() && row.matters)
        .filter(|row| row.base.calls.max(row.new.calls) >= FEWEST_CALLS)
        .collect();
    let mut ratios: Vec<f64> = calls.iter().filter_map(|row| row.ratio_rate()).collect();
    ratios.sort_by(f64::total_cmp);
    let factor = *ratios.get(ratios.len() / 2)?;
    let near = calls
        .iter()
        .filter(|row| row.ratio_rate().is_some_and(|r| same_factor(r, factor, ONE_FACTOR)));
    let enough = |count: usize| calls.len() >= 3 && count as f64 >= MOST_CALLS * calls.len() as f64;
    (enough(near.count()) && !same_factor(factor, 1.0, ONE_FACTOR)).then_some(factor)
}

/// Which finding stands first, and what follows from it.
fn lead(
    rows: &[CallChange],
    findings: &mut [Finding],
    processor: Option<(f64, Kind)>,
    (unit, net): (Unit, Net),
) -> Option<(String, What)> {
    if let Some((_, kind)) = processor {
        let between = findings.iter_mut().filter(|finding| finding.what == What::OffCpu);
        between.for_each(|finding| finding.kind = kind);
    }
    let name = |finding: &Finding| (finding.event.clone(), finding.what);
    let slower =
        |f: &Finding| f.what == What::Latency && f.up && !f.is_between() && f.role == Role::Cause;
    if unit != Unit::Run {
        let factor = one_factor(rows).filter(|_| !findings.iter().any(slower));
        if let Some(found) = factor.and_then(|f| all_together(rows, findings, processor, f)) {
            return Some(found);
        }
    }
    if processor.is_some_and(|(off_ns, _)| waits_explain(rows, off_ns)) {
        follow(rows, findings);
        return findings.iter().find(|f| f.what == What::OffCpu).map(name);
    }
    let causes = || findings.iter().filter(|finding| finding.role == Role::Cause);
    let carriers = causes().filter(|finding| {
        let row = rows.iter().find(|row| row.event == finding.event);
        row.is_some_and(|row| net::carries(row, net, unit))
    });
    let first = carriers
        .max_by(|a, b| by_cost(rows, a, b))
        .or_else(|| causes().filter(|f| !f.is_between()).max_by(|a, b| by_cost(rows, a, b)))
        .or_else(|| causes().max_by(|a, b| by_cost(rows, a, b)))
        .or_else(|| findings.first())?;
    Some((first.event.clone(), telling(first, rows, findings)))
}

fn by_cost(rows: &[CallChange], a: &Finding, b: &Finding) -> std::cmp::Ordering {
    cost(rows, a).abs().total_cmp(&cost(rows, b).abs())
}

/// Which of a row's findings says most of it: failures that grew with the calls,
/// else the part that carries most of the row's change.
fn telling(first: &Finding, rows: &[CallChange], findings: &[Finding]) -> What {
    let own = || findings.iter().filter(|finding| finding.event == first.event);
    let failures = |f: &&Finding| f.up && matches!(f.kind, Kind::Errors | Kind::Retries);
    if let Some(found) = own().find(failures) {
        return found.what;
    }
    let direction = cost(rows, first);
    let parts = own().filter(|finding| finding.delta_ns * direction > 0.0);
    let most = parts.max_by(|a, b| a.delta_ns.abs().total_cmp(&b.delta_ns.abs()));
    most.map_or(first.what, |finding| finding.what)
}

/// All calls come more or less often by one factor and none is slower: the
/// processor was withheld or shared, or the whole rhythm is another.
fn all_together(
    rows: &[CallChange],
    findings: &mut [Finding],
    processor: Option<(f64, Kind)>,
    factor: f64,
) -> Option<(String, What)> {
    if processor.is_some() && factor < 1.0 {
        for finding in findings.iter_mut().filter(|finding| finding.what == What::Count) {
            finding.role = Role::Consequence;
        }
        let found = findings.iter().find(|finding| finding.what == What::OffCpu)?;
        return Some((found.event.clone(), found.what));
    }
    let calls = rows.iter().filter(|row| !row.pacing && !row.is_between() && row.matters);
    let sure = calls.clone().filter(|row| row.changed(What::Count)).count();
    if (sure as f64) < MOST_CALLS * calls.count() as f64 {
        return None;
    }
    for finding in findings.iter_mut().filter(|f| f.what == What::Count && f.role == Role::Cause) {
        finding.kind = Kind::Rhythm;
    }
    let counts = findings.iter().filter(|finding| finding.kind == Kind::Rhythm);
    let most = counts.max_by(|a, b| a.delta_ns.abs().total_cmp(&b.delta_ns.abs()))?;
    Some((most.event.clone(), most.what))
}

/// Whether a call did not wait before and is slower for being off the processor.
fn is_interrupted(row: &CallChange) -> bool {
    row.base.off_share().is_some_and(|share| share < WAITS)
        && row.on_off().is_some_and(super::row::OnOff::is_off)
}

/// Whether time off the processor, between calls and in calls that did not wait
/// before, exceeds what every other slower call adds.
fn waits_explain(rows: &[CallChange], off_ns: f64) -> bool {
    let slower = || rows.iter().filter(|row| row.is_slower() && !row.pacing && !row.is_between());
    let interrupted: f64 =
        slower().filter(|row| is_interrupted(row)).map(CallChange::added_ns).sum();
    let others = slower().filter(|row| !is_interrupted(row)).map(CallChange::added_ns);
    others.fold(0.0, f64::max) < off_ns + interrupted
}

/// Calls that are slower for being interrupted follow from that.
fn follow(rows: &[CallChange], findings: &mut [Finding]) {
    for finding in findings.iter_mut().filter(|finding| finding.what == What::Latency) {
        if rows.iter().any(|row| row.event == finding.event && is_interrupted(row)) {
            finding.role = Role::Consequence;
        }
    }
}
