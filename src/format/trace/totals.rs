//! The rows of tables of totals, summed by name: the answer, where they are all
//! there is; else compared with the listing before them.

use std::collections::BTreeMap;

use super::facts::{Disagreement, TraceFacts};
use super::recognise::TraceFormat;
use super::sink::{TableRow, TraceSink};
use super::stage::makes_threads;
use super::table::TableFigures;
use crate::event::{Call, KINDS, call_named};

/// Sums of the rows of one name.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    calls: u64,
    errors: u64,
    total_ns: Option<u64>,
    shortest_ns: Option<u64>,
    longest_ns: Option<u64>,
}

/// Calls of one kind in the listing.
#[derive(Clone, Copy, Debug, Default)]
struct Listed {
    returned: u64,
    errors: u64,
}

/// Names kept of tables.
const NAMES: usize = 4096;

/// All rows, and what the listing has.
#[derive(Debug)]
pub struct Totals {
    format: TraceFormat,
    rows: BTreeMap<Vec<u8>, Sums>,
    listed: Vec<Listed>,
}

impl Totals {
    /// Nothing so far.
    #[must_use]
    pub fn new(format: TraceFormat) -> Totals {
        Totals { format, rows: BTreeMap::new(), listed: vec![Listed::default(); KINDS] }
    }

    /// A call of the listing.
    #[inline]
    pub fn listed(&mut self, call: Call, failed: bool) {
        if let Some(listed) = self.listed.get_mut(call.kind.index()) {
            listed.returned = listed.returned.saturating_add(1);
            listed.errors = listed.errors.saturating_add(u64::from(failed));
        }
    }

    /// A row of a table.
    pub fn add(&mut self, figures: TableFigures<'_>) {
        if self.rows.len() >= NAMES && !self.rows.contains_key(figures.name) {
            return;
        }
        let sum = |a: Option<u64>, b: Option<u64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (a, b) => a.or(b),
        };
        let calls = figures.calls.unwrap_or(0);
        let by_mean = figures.mean_ns.map(|mean| mean.saturating_mul(calls));
        let sums = self.rows.entry(figures.name.to_vec()).or_default();
        sums.calls = sums.calls.saturating_add(calls);
        sums.errors = sums.errors.saturating_add(figures.errors);
        sums.total_ns = sum(sums.total_ns, figures.total_ns.or(by_mean));
        sums.shortest_ns = [sums.shortest_ns, figures.shortest_ns].into_iter().flatten().min();
        sums.longest_ns = sums.longest_ns.max(figures.longest_ns);
    }

    /// No more will come.
    pub fn finish<S: TraceSink>(&self, facts: &mut TraceFacts, sink: &mut S) {
        facts.table_only = facts.lines.events() == 0 && facts.table_rows > 0;
        for (name, sums) in &self.rows {
            let call = call_named(name);
            if !facts.table_only {
                facts.disagreements.extend(self.differs(name, *sums));
                continue;
            }
            if call.is_none() {
                facts.unknown(name);
            }
            sink.row(TableRow {
                call: call.unwrap_or_else(Call::unknown),
                calls: sums.calls,
                errors: sums.errors,
                total_ns: sums.total_ns,
                shortest_ns: sums.shortest_ns,
                longest_ns: sums.longest_ns,
            });
        }
    }

    /// How a row differs from the listing. perf's table leaves out calls whose
    /// begin it did not see, and threads that had no name yet; it counts the new
    /// thread's side of clone, too.
    fn differs(&self, name: &[u8], sums: Sums) -> Option<Disagreement> {
        let kind = call_named(name).unwrap_or_else(Call::unknown).kind;
        let listed = self.listed.get(kind.index())?;
        let (listed, table) = ((listed.returned, listed.errors), (sums.calls, sums.errors));
        let agree = match self.format {
            TraceFormat::Strace => table == listed,
            TraceFormat::PerfTrace => {
                makes_threads(name) || table.0 <= listed.0 && table.1 <= listed.1
            }
        };
        let name = String::from_utf8_lossy(name).into_owned();
        (!agree).then_some(Disagreement { name, listed, table })
    }
}
