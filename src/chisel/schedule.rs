//! On and off the processor: what the scheduler's switches say of each call and
//! of the time between calls.
//!
//! A switch event belongs to the thread that leaves the processor and names the
//! one that gets it. So a thread is off from its own switch to the next one
//! that names it, and that time belongs to the call it is in, or to the time
//! between two calls. A capture that was filtered by container often has the
//! switches of its threads only, and never those that bring them back: then
//! nothing can be said, and that is said.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::identity::{GroupBy, Rows, Who};
use super::track::Track;
use crate::event::Kind;
use crate::filter::Selection;
use crate::filter::fields::{Needs, Settings};
use crate::format::scap::event::STATE_ONLY;
use crate::state::{ContainerId, Event, Pairing, Summary, Visitor, World};

/// Share of the switches away from a thread that must have one back.
const BOTH_WAYS: f64 = 0.9;
/// Times that a thread did something without having been brought back, after
/// which a capture with hardly any switches back is known to lack them.
const MISSING: u64 = 200;
/// Different threads that ran next, kept apart.
const NEXT: usize = 256;

/// Time off the processor, of the calls of one name or of the time between calls.
#[derive(Clone, Debug, Default)]
pub struct Split {
    /// Calls, or stretches between calls.
    pub count: u64,
    /// Their time, ns.
    pub total_ns: u64,
    /// Of it, off the processor.
    pub off_ns: u64,
    /// Of them, how many were off at all.
    pub off_count: u64,
    /// Time off, by when it ended.
    pub track: Track,
}

impl Split {
    fn add(&mut self, ts_ns: u64, ns: u64, off_ns: u64) {
        self.count += 1;
        self.total_ns = self.total_ns.saturating_add(ns);
        if off_ns > 0 {
            self.off_ns = self.off_ns.saturating_add(off_ns);
            self.off_count += 1;
            self.track.add(ts_ns, off_ns);
        }
    }

    /// Adds another's.
    pub fn merge(&mut self, other: &Split) {
        self.count += other.count;
        self.total_ns = self.total_ns.saturating_add(other.total_ns);
        self.off_ns = self.off_ns.saturating_add(other.off_ns);
        self.off_count += other.off_count;
        self.track.merge(&other.track);
    }

    /// Mean time off, ns.
    #[must_use]
    pub fn mean_off_ns(&self) -> Option<f64> {
        (self.count > 0).then(|| self.off_ns as f64 / self.count as f64)
    }
}

/// Who got the processor when a thread lost it between two calls.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum NextThread {
    Idle,
    Own,
    Other(ContainerId, Arc<str>),
    Unknown,
}

/// The same for people.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "who")]
pub enum Next {
    /// Nobody: the processor was idle, the thread was not allowed to run.
    Idle,
    /// A thread of the same process.
    Own,
    /// A thread of another process.
    Other {
        /// Its container; `host` for none.
        container: String,
        /// Its command name.
        process: String,
    },
    /// A thread that is not in the capture.
    Unknown,
}

/// Which switches the capture has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Switches {
    /// None.
    #[default]
    None,
    /// Mostly those away from its threads, not those back to them.
    OneWay,
    /// Those away from its threads and those back.
    BothWays,
}

/// The answer for one capture.
#[derive(Clone, Debug, Default)]
pub struct Schedule {
    /// Which switches there are.
    pub switches: Switches,
    /// Calls by name.
    pub calls: BTreeMap<String, Split>,
    /// The time between calls.
    pub between: Split,
    /// Time that threads were off between calls, by who got the processor, ns;
    /// longest first.
    pub next: Vec<(Next, u64)>,
}

/// What a thread does.
#[derive(Clone, Copy, Debug, Default)]
enum Phase {
    #[default]
    Unknown,
    Call,
    /// Since this time, ns.
    Between(u64),
}

#[derive(Debug, Default)]
struct Doing {
    /// Whose it is: slots are used again.
    tid: i64,
    phase: Phase,
    /// Left the processor at this time for this thread.
    off: Option<(u64, i64)>,
    /// Time off in this phase, ns.
    off_ns: u64,
    /// Who got the processor in this phase.
    next: Vec<(NextThread, u64)>,
}

/// Figures of one identity.
#[derive(Debug, Default)]
struct Row {
    calls: HashMap<Kind, Split>,
    between: Split,
    next: HashMap<NextThread, u64>,
    away: u64,
    back: u64,
}

/// The collector.
#[derive(Debug)]
pub struct Scheduler {
    selection: Selection,
    rows: Rows,
    /// By slot: whose row it is, and which. The threads' clocks keep another
    /// visitor's.
    known: Vec<Option<(ContainerId, Arc<str>, u32)>>,
    figures: Vec<Row>,
    /// By slot.
    threads: Vec<Doing>,
    /// Switches back that were missing, and those that were there.
    missing: u64,
    back: u64,
    window: Option<(u64, u64)>,
    settings: Settings,
}

impl Scheduler {
    /// Prepares to look at the threads that are selected.
    #[must_use]
    pub fn new(selection: Selection) -> Scheduler {
        Scheduler {
            rows: Rows::new(&selection, GroupBy::Nothing),
            selection,
            known: Vec::new(),
            figures: Vec::new(),
            threads: Vec::new(),
            missing: 0,
            back: 0,
            window: None,
            settings: Settings::default(),
        }
    }

    fn number(&mut self, slot: u32, world: &World) -> u32 {
        let thread = world.threads.get(slot);
        let identity = &thread.identity;
        let at = slot as usize;
        if let Some(Some((container, comm, row))) = self.known.get(at)
            && *container == identity.container
            && Arc::ptr_eq(comm, &identity.comm)
        {
            return *row;
        }
        let row = self.rows.of(thread);
        if self.known.len() <= at {
            self.known.resize(at + 1, None);
        }
        self.known[at] = Some((identity.container, Arc::clone(&identity.comm), row));
        row
    }

    fn row(&mut self, slot: u32, world: &mut World) -> &mut Row {
        let row = self.number(slot, world) as usize;
        if self.figures.len() <= row {
            self.figures.resize_with(row + 1, Row::default);
        }
        &mut self.figures[row]
    }

    fn is_wanted(&mut self, event: &Event<'_>, world: &World) -> bool {
        let ts_ns = event.raw.ts_ns;
        let (since, until) = match self.window {
            Some(window) => window,
            None => *self.window.insert(self.selection.window(ts_ns)),
        };
        let filter = &mut self.selection.filter;
        ts_ns >= since
            && ts_ns <= until
            && (filter.is_empty() || filter.passes(event, world, &self.settings))
    }

    fn switch(&mut self, event: &Event<'_>, world: &mut World) {
        let raw = &event.raw;
        let Some(next) = raw.params().signed(0) else {
            return;
        };
        if raw.tid > 0 {
            self.leave(raw.tid, raw.ts_ns, next, event.slot, world);
        }
        if next > 0 {
            self.come_back(next, raw.ts_ns, world);
        }
    }

    /// What the thread in `slot` does, if it has made a call.
    fn doing(&mut self, slot: u32, tid: i64) -> Option<&mut Doing> {
        let doing = self.threads.get_mut(slot as usize)?;
        (doing.tid == tid).then_some(doing)
    }

    fn leave(&mut self, tid: i64, ts_ns: u64, next: i64, slot: Option<u32>, world: &mut World) {
        let Some(slot) = slot else { return };
        let Some(doing) = self.doing(slot, tid) else { return };
        doing.off = Some((ts_ns, next));
        self.row(slot, world).away += 1;
    }

    fn come_back(&mut self, tid: i64, ts_ns: u64, world: &mut World) {
        let Some(slot) = world.threads.find(tid) else { return };
        let Some(doing) = self.doing(slot, tid) else { return };
        let Some((left_ns, next)) = doing.off.take() else {
            return;
        };
        let off_ns = ts_ns.saturating_sub(left_ns);
        doing.off_ns += off_ns;
        if matches!(doing.phase, Phase::Between(_)) {
            let who = who(tid, next, world);
            match doing.next.iter_mut().find(|(known, _)| *known == who) {
                Some((_, ns)) => *ns += off_ns,
                None => doing.next.push((who, off_ns)),
            }
        }
        self.back += 1;
        self.row(slot, world).back += 1;
    }

    fn call(&mut self, event: &Event<'_>, slot: u32, world: &mut World) {
        let (raw, wanted) = (&event.raw, self.is_wanted(event, world));
        let at = slot as usize;
        if self.threads.len() <= at {
            self.threads.resize_with(at + 1, Doing::default);
        }
        let doing = &mut self.threads[at];
        if doing.tid != raw.tid {
            *doing = Doing { tid: raw.tid, ..Doing::default() };
        }
        // a thread that does something is on a processor: the switch back is missing
        self.missing += u64::from(doing.off.take().is_some());
        let off_ns = std::mem::take(&mut doing.off_ns);
        let before = doing.phase;
        doing.phase = if event.is_exit() { Phase::Between(raw.ts_ns) } else { Phase::Call };
        let next = std::mem::take(&mut doing.next);
        if !wanted {
            return;
        }
        match before {
            Phase::Between(since_ns) if !event.is_exit() && event.since_exit_ns.is_some() => {
                let row = self.row(slot, world);
                row.between.add(raw.ts_ns, raw.ts_ns.saturating_sub(since_ns), off_ns);
                for (who, ns) in next {
                    if row.next.len() < NEXT || row.next.contains_key(&who) {
                        *row.next.entry(who).or_default() += ns;
                    }
                }
            }
            Phase::Call if event.pairing == Pairing::Paired => {
                let row = self.row(slot, world);
                let split = row.calls.entry(event.kind).or_default();
                split.add(raw.ts_ns, event.latency_ns, off_ns.min(event.latency_ns));
            }
            _ => {}
        }
    }

    /// Names what was found.
    #[must_use]
    pub fn finish(self, summary: &Summary) -> Schedule {
        let mut schedule = Schedule::default();
        let (mut away, mut back) = (0, 0);
        let mut next: BTreeMap<Next, u64> = BTreeMap::new();
        for (who, row) in self.rows.list().iter().zip(self.figures) {
            if !selected(&self.selection, who, summary) {
                continue;
            }
            (away, back) = (away + row.away, back + row.back);
            for (kind, split) in row.calls {
                schedule.calls.entry(kind.name().to_owned()).or_default().merge(&split);
            }
            schedule.between.merge(&row.between);
            for (who, ns) in row.next {
                *next.entry(named(who, summary)).or_default() += ns;
            }
        }
        schedule.switches = match (away, back) {
            (0, _) => Switches::None,
            _ if back as f64 >= BOTH_WAYS * away as f64 => Switches::BothWays,
            _ => Switches::OneWay,
        };
        schedule.next = next.into_iter().collect();
        schedule.next.sort_by_key(|(_, ns)| std::cmp::Reverse(*ns));
        schedule
    }
}

/// Who got the processor when thread `tid` lost it.
fn who(tid: i64, next: i64, world: &World) -> NextThread {
    if next == 0 {
        return NextThread::Idle;
    }
    let identity = |tid| world.threads.find(tid).map(|slot| &world.threads.get(slot).identity);
    match (identity(tid), identity(next)) {
        (Some(own), Some(other)) if own.pid == other.pid => NextThread::Own,
        (_, Some(other)) if !other.is_placeholder() => {
            NextThread::Other(other.container, Arc::clone(&other.comm))
        }
        _ => NextThread::Unknown,
    }
}

fn named(who: NextThread, summary: &Summary) -> Next {
    match who {
        NextThread::Idle => Next::Idle,
        NextThread::Own => Next::Own,
        NextThread::Unknown => Next::Unknown,
        NextThread::Other(container, process) => Next::Other {
            container: summary.containers.get(container).label().to_owned(),
            process: process.to_string(),
        },
    }
}

fn selected(selection: &Selection, who: &Who, summary: &Summary) -> bool {
    let container = summary.containers.get(who.container);
    (selection.containers.is_empty() || who.known && selection.containers.matches(container))
        && (selection.processes.is_empty()
            || who.known && selection.processes.matches(&who.process))
}

impl Visitor for Scheduler {
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        if event.hidden || event.raw.dump_flags & STATE_ONLY != 0 || event.raw.is_untimed() {
            return;
        }
        if event.kind == Kind::SWITCH || event.kind == Kind::OLD_SWITCH {
            return self.switch(event, world);
        }
        if let Some(slot) = event.slot.filter(|_| event.kind.is_syscall()) {
            self.call(event, slot, world);
        }
    }

    /// Without switches back there is nothing to find.
    fn done(&self) -> bool {
        self.missing >= MISSING && self.back * 10 < self.missing
    }

    fn wants_details(&self) -> bool {
        self.selection.filter.needs() > Needs::Params
    }
}
