//! What `topscalls` does for each event: cells by row and kind. The collector
//! counts with it, and so does each segment of a capture that is read side by
//! side; only whose row it is, they find out in their own ways.

use super::TopScallsRequest;
use crate::chisel::cells::{Cell, Sample, Sense};
use crate::event::{KINDS, Kind, event_type};
use crate::filter::fields::{Needs, Settings};
use crate::filter::{Lane, Names, Selection};
use crate::format::scap::event::STATE_ONLY;
use crate::format::trace::TableRow;
use crate::state::{Event, World};

/// Cells of one identity, sparse by kind.
#[derive(Clone, Debug, Default)]
pub(super) struct RowCells<C> {
    places: Vec<u32>,
    pub cells: Vec<(Kind, C)>,
    /// The time between the calls.
    pub between: C,
}

impl<C: Cell> RowCells<C> {
    #[inline(always)]
    fn cell(&mut self, dense: u16, kind: Kind) -> &mut C {
        // where all kinds occur they stand in the order of their numbers
        let at = usize::from(dense);
        let at = match self.cells.get(at) {
            Some((found, _)) if *found == kind => at,
            _ => self.find_cell(dense, kind),
        };
        &mut self.cells[at].1
    }

    #[inline(never)]
    fn find_cell(&mut self, dense: u16, kind: Kind) -> usize {
        let at = self.places.get(usize::from(dense)).copied().unwrap_or(u32::MAX);
        let at = if at == u32::MAX { self.add_cell(dense, kind) } else { at };
        at as usize
    }

    #[cold]
    fn add_cell(&mut self, dense: u16, kind: Kind) -> u32 {
        let dense = usize::from(dense);
        if self.places.len() <= dense {
            self.places.resize(dense + 1, u32::MAX);
        }
        self.places[dense] = u32::try_from(self.cells.len()).unwrap_or(0);
        self.cells.push((kind, C::default()));
        self.places[dense]
    }

    fn clear(&mut self) {
        *self = RowCells::default();
    }
}

/// One identity: what is counted for good, and what waits for the period's end.
#[derive(Clone, Debug, Default)]
pub(super) struct Row<C> {
    pub done: RowCells<C>,
    pending: RowCells<C>,
    pub markers: u64,
    pub did_not_fail: u64,
    /// Whether there was anything to count.
    pub touched: bool,
}

/// What is to be done with a kind of event; enters and exits apart.
#[derive(Clone, Copy, Debug, Default)]
struct Plan {
    /// Number among the kinds seen: keeps the rows small.
    dense: u16,
    seen: bool,
    wanted: bool,
    /// Ends a period.
    marks: bool,
    syscall: bool,
    /// Its exits say whether they failed.
    has_result: bool,
    sense: Sense,
}

/// What the results of a kind's calls mean.
fn sense_of(kind: Kind) -> Sense {
    let moves = event_type(kind.code(true))
        .is_some_and(|kind| kind.has_result && (kind.flags.reads_fd || kind.flags.writes_fd));
    match kind.name() {
        "poll" | "ppoll" | "select" | "pselect6" | "epoll_wait" | "epoll_pwait" => Sense::Wait,
        "futex" => Sense::TimedWait,
        _ if moves => Sense::Bytes,
        _ => Sense::Plain,
    }
}

/// More than there are kinds, and a power of two.
const PLANS: usize = KINDS.next_power_of_two();

impl Plan {
    #[inline(always)]
    fn sample(self, event: &Event<'_>) -> Sample {
        let exit = event.is_exit();
        let result = match event.raw.traced_result() {
            Some(result) => result,
            None if exit && self.has_result => event.raw.result().unwrap_or(0),
            None => 0,
        };
        let failed = exit && result < 0;
        let (ns, pairing, ts_ns) = (event.latency_ns, event.pairing, event.raw.ts_ns);
        let Plan { syscall, sense, .. } = self;
        Sample { ns, pairing, exit, failed, syscall, result, ts_ns, sense }
    }
}

/// Cells by row, and what goes into them.
#[derive(Clone, Debug)]
pub(super) struct Counting<C> {
    selection: Selection,
    rows: Vec<Row<C>>,
    plans: Box<[Plan; PLANS]>,
    kinds_seen: u16,
    /// An event that is wanted and passes counts, at once.
    direct: bool,
    /// Periods are counted.
    per: bool,
    /// Neither a window of time nor periods: every event counts at once.
    simple: bool,
    /// A filter is to be asked about every event.
    filtered: bool,
    settings: Settings,
    window: Option<(u64, u64)>,
}

impl<C: Cell> Counting<C> {
    /// Prepares to count; `lanes` are the selection's.
    ///
    /// # Errors
    /// When the marker's name cannot be read.
    pub fn new(request: &TopScallsRequest, lanes: &[Lane]) -> Result<Self, String> {
        let marker = match &request.per {
            Some(name) => Names::parse(std::slice::from_ref(name))?.kinds(),
            None => vec![false; KINDS],
        };
        let mut plans = Box::new([Plan::default(); PLANS]);
        for (at, (plan, lane)) in plans.iter_mut().zip(lanes).enumerate() {
            let kind = Kind(at as u16);
            plan.wanted = *lane != Lane::No;
            plan.marks = marker[at];
            plan.syscall = kind.is_syscall();
            plan.has_result = event_type(kind.code(true)).is_some_and(|kind| kind.has_result);
            plan.sense = sense_of(kind);
        }
        let selection = request.selection.clone();
        let windowed = selection.has_window();
        let (simple, filtered) = (!windowed && request.per.is_none(), !selection.filter.is_empty());
        Ok(Counting {
            rows: Vec::new(),
            plans,
            kinds_seen: 0,
            direct: simple && !selection.errors,
            per: request.per.is_some(),
            simple,
            filtered,
            settings: Settings::default(),
            window: (!windowed).then_some((0, u64::MAX)),
            selection,
        })
    }

    /// The window of time, once the first event was seen.
    pub fn window(&self) -> Option<(u64, u64)> {
        self.window
    }

    /// Whether an event's place among the others matters.
    pub fn is_ordered(&self) -> bool {
        self.per || self.window.is_none() || self.selection.filter.is_ordered()
    }

    /// The same with nothing counted and nothing seen.
    pub fn empty(&self) -> Counting<C> {
        let mut empty = Counting { rows: Vec::new(), kinds_seen: 0, ..self.clone() };
        for plan in empty.plans.iter_mut() {
            (plan.seen, plan.dense) = (false, 0);
        }
        empty
    }

    /// Whether an event's kind alone decides if it counts.
    pub fn is_by_kind(&self) -> bool {
        self.direct && !self.filtered && !C::EACH_ENTER
    }

    /// Counts enter events, or events of no call, in the first row.
    pub fn add_bulk(&mut self, kind: Kind, count: u64) {
        let mut plan = self.plans[kind.index()];
        if !plan.seen {
            plan = self.number(kind);
        }
        if plan.wanted {
            let stats = self.cell(0, kind).stats();
            *(if plan.syscall { &mut stats.enters } else { &mut stats.others }) += count;
        }
    }

    /// Whether an event's latency decides if it is counted.
    pub fn reads_latency(&self) -> bool {
        self.selection.filter.needs() >= Needs::Clock
    }

    /// All rows, by number.
    pub fn take_rows(&mut self) -> Vec<Row<C>> {
        std::mem::take(&mut self.rows)
    }

    /// Kinds of events seen, wanted or not.
    pub fn seen(&self) -> impl Iterator<Item = Kind> + '_ {
        (0..KINDS).filter(|at| self.plans[*at].seen).map(|at| Kind(at as u16))
    }

    /// Counts an event in the row that `row_of` finds; false: it is not counted.
    #[inline(always)]
    pub fn count(
        &mut self,
        event: &Event<'_>,
        world: &mut World,
        row_of: impl FnOnce(&Event<'_>, &mut World) -> u32,
    ) -> bool {
        if event.hidden || event.raw.dump_flags & STATE_ONLY != 0 {
            return false;
        }
        if event.raw.is_untimed() && !event.is_exit() {
            return false; // as good as not recorded
        }
        if !self.direct {
            // a copy, made here alone: the reading loop keeps its event in registers
            // as long as nobody holds a reference to it
            let copy = *event;
            return self.count_if(&copy, world, row_of);
        }
        let passes = !self.filtered || self.selection.filter.passes(event, world, &self.settings);
        let kind = event.kind;
        let mut plan = self.plans[kind.index() % PLANS];
        if !plan.seen {
            plan = self.number(kind);
        }
        let wanted = plan.wanted && passes;
        if wanted {
            let row = row_of(event, world) as usize;
            let sample = plan.sample(event);
            if row >= self.rows.len() {
                self.add_row(row);
            }
            let row = &mut self.rows[row];
            row.touched = true;
            row.done.cell(plan.dense, kind).add(sample);
            if C::EACH_ENTER
                && plan.syscall
                && let Some(ns) = event.since_exit_ns
            {
                row.done.between.add_between(event.raw.ts_ns, ns);
            }
        }
        wanted
    }

    /// The same where more than an event's kind decides.
    #[inline(never)]
    fn count_if(
        &mut self,
        event: &Event<'_>,
        world: &mut World,
        row_of: impl FnOnce(&Event<'_>, &mut World) -> u32,
    ) -> bool {
        let passes = !self.filtered || self.selection.filter.passes(event, world, &self.settings);
        if !self.simple && self.outside(event.raw.ts_ns) {
            return false;
        }
        let kind = event.kind;
        let mut plan = self.plans[kind.index()];
        if !plan.seen {
            plan = self.number(kind);
        }
        let sample = plan.sample(event);
        let wanted = plan.wanted && passes;
        let counted = wanted && (sample.failed || !self.selection.errors);
        if !wanted && !plan.marks {
            return false;
        }
        let row = row_of(event, world) as usize;
        if row >= self.rows.len() {
            self.add_row(row);
        }
        let row = &mut self.rows[row];
        row.touched = true;
        if wanted && !counted {
            row.did_not_fail += 1;
        }
        if C::EACH_ENTER
            && counted
            && plan.syscall
            && let Some(ns) = event.since_exit_ns
        {
            let cells = if self.per { &mut row.pending } else { &mut row.done };
            cells.between.add_between(event.raw.ts_ns, ns);
        }
        if !self.simple {
            let counted = counted.then_some(sample);
            row.in_periods(kind, plan, counted, event.is_exit(), self.per);
        } else if counted {
            row.done.cell(plan.dense, kind).add(sample);
        }
        counted
    }

    #[cold]
    #[inline(never)]
    fn add_row(&mut self, row: usize) {
        self.rows.resize_with(row + 1, Row::default);
    }

    #[cold]
    fn number(&mut self, kind: Kind) -> Plan {
        let plan = &mut self.plans[kind.index()];
        *plan = Plan { seen: true, dense: self.kinds_seen, ..*plan };
        self.kinds_seen += 1;
        *plan
    }

    fn outside(&mut self, ts_ns: u64) -> bool {
        let (since, until) = match self.window {
            Some(window) => window,
            None => *self.window.insert(self.selection.window(ts_ns)),
        };
        ts_ns < since || ts_ns > until
    }

    /// Whether there is something in the first row.
    pub fn has_first_row(&self) -> bool {
        self.rows.first().is_some_and(|row| row.touched)
    }

    /// Takes the kinds that another has seen.
    pub fn add_seen(&mut self, other: &Counting<C>) {
        for kind in other.seen() {
            if !self.plans[kind.index()].seen {
                self.number(kind);
            }
        }
    }

    /// Adds time to events of no call that are counted already.
    pub fn add_repeated(&mut self, kind: Kind, ns: u128, row: u32) {
        self.cell(row as usize, kind).stats().other_ns += ns;
    }

    fn cell(&mut self, row: usize, kind: Kind) -> &mut C {
        if row >= self.rows.len() {
            self.add_row(row);
        }
        let mut plan = self.plans[kind.index()];
        if !plan.seen {
            plan = self.number(kind);
        }
        let row = &mut self.rows[row];
        row.touched = true;
        row.done.cell(plan.dense, kind)
    }

    /// Adds a row of a table of totals to row `row`.
    pub fn add_table_row(&mut self, totals: &TableRow, row: u32) {
        let kind = totals.call.kind;
        if !self.plans[kind.index()].seen {
            self.number(kind);
        }
        let left_out = self.selection.errors && totals.errors == 0;
        if self.plans[kind.index()].wanted && !left_out {
            self.cell(row as usize, kind).stats().add_totals(totals);
        }
    }

    /// Adds row `from` of another that counts without periods to row `to`.
    pub fn add_row_of(&mut self, other: &Counting<C>, from: u32, to: u32) {
        let Some(from) = other.rows.get(from as usize).filter(|row| row.touched) else {
            return;
        };
        let to = to as usize;
        for (kind, stats) in &from.done.cells {
            self.cell(to, *kind).merge(stats);
        }
        if to >= self.rows.len() {
            self.add_row(to);
        }
        let row = &mut self.rows[to];
        row.touched = true;
        row.did_not_fail += from.did_not_fail;
        if C::EACH_ENTER {
            row.done.between.merge(&from.done.between);
        }
    }
}

impl<C: Cell> Row<C> {
    /// Counts where periods may matter.
    #[inline(never)]
    fn in_periods(
        &mut self,
        kind: Kind,
        plan: Plan,
        counted: Option<Sample>,
        exit: bool,
        periods: bool,
    ) {
        let cells = if periods { &mut self.pending } else { &mut self.done };
        if let Some(sample) = counted {
            cells.cell(plan.dense, kind).add(sample);
        }
        if plan.marks && exit {
            self.turn();
        }
    }

    /// A marker: the period behind it is whole, unless it is the first.
    fn turn(&mut self) {
        if self.markers > 0 {
            if C::EACH_ENTER {
                self.done.between.merge(&self.pending.between);
            }
            for (kind, stats) in &mut self.pending.cells {
                stats.end_period();
                match self.done.cells.iter_mut().find(|(known, _)| known == kind) {
                    Some((_, done)) => done.merge(stats),
                    None => self.done.cells.push((*kind, stats.clone())),
                }
            }
        }
        self.markers += 1;
        self.pending.clear();
    }
}
