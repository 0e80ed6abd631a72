//! The one who goes through a file in order: scans are joined to what was read
//! before them, and what they leave is read the plain way.

use super::found::{Log, Logged, RunEnd, Scan, Times};
use super::scan::Tables;
use super::scanner::Scanner;
use super::{Part, Tally};
use crate::format::scap::event::RawEvent;
use crate::format::scap::{Reader, STRETCH};
use crate::source::Extent;
use crate::state::capture::Driver;
use crate::state::family::LIMIT;
use crate::state::thread::Clock;
use crate::state::visitor::Visitor;

/// Threads that one event may enter into the table: child, caller, main thread.
pub(super) const THREADS_AN_EVENT: usize = 3;

/// Goes through one file.
pub(super) struct Joiner<'j, 'v, 'p, V: Tally> {
    pub reader: &'j mut Reader<'p>,
    pub driver: &'j mut Driver<'v, V>,
    pub scanner: Scanner<'j, V::Part>,
}

impl<V: Tally> Joiner<'_, '_, '_, V> {
    fn offset(&self) -> u64 {
        self.reader.window().offset()
    }

    /// Joins the scan of a segment that ends at the first border at or behind
    /// offset `end`. False: reading is over.
    pub(super) fn join(&mut self, extent: &Extent, end: u64, scanned: Scan<V::Part>) -> bool {
        let base = self.scanner.base;
        let mut next = Some(scanned);
        while self.offset() < end {
            let here = self.offset();
            let right = next.take().filter(|scan| scan.start == here);
            let right = right.unwrap_or_else(|| self.scanner.scan(extent, here - base, end - base));
            let scanner = &mut self.scanner;
            let (tables, from, to) = (scanner.tables, right.start - base, right.end - base);
            let exactly = || scanner.scan_exactly(extent, from, to);
            let joined = Self::replay(self.driver, tables, right, exactly);
            if let Some(scan) = &joined {
                self.reader.passed(scan.end - scan.start, &scan.event_blocks);
            }
            if self.reader.is_interrupted() {
                return false;
            }
            // the block that ended the scan, and some more: there may be others
            let stop = if joined.is_some_and(|scan| !scan.is_full) {
                self.offset().saturating_add(STRETCH as u64)
            } else {
                end
            };
            if self.offset() < end && !self.reader.run_to(self.driver, stop.min(end)) {
                return false;
            }
        }
        true
    }

    /// Lets the driver look at the events in the log, gives each run's figures to
    /// its thread and leaves the thread's clock where the run did. `exactly` scans
    /// again with figures for each run. `None`: all must be seen one by one.
    fn replay(
        driver: &mut Driver<'_, V>,
        tables: &Tables<V::Part>,
        mut scan: Scan<V::Part>,
        exactly: impl FnOnce() -> Scan<V::Part>,
    ) -> Option<Scan<V::Part>> {
        let log = std::mem::take(&mut scan.log);
        if !has_room(driver, &log) || !can_add_times(driver, &scan.times) {
            tables.give_back(log);
            return None;
        }
        let before = (driver.last_ts, driver.summary.backwards);
        let mut owners = Owners::default();
        for entry in &log.entries {
            let body = log.body(*entry);
            driver.take_any(body, entry.layout);
            if let (Some(run), Some(event)) = (entry.run, RawEvent::parse(body, entry.layout))
                && let Some(run) = scan.runs.get(run as usize)
            {
                owners.add(run.group, own(driver, run, event.tid));
            }
        }
        tables.give_back(log);
        if scan.outlived {
            driver.bury();
        }
        if scan.part.is_apart() {
            if owners.differ {
                let exact = exactly();
                scan.part = exact.part;
                tables.give_back(exact.log);
            }
            let rows = if owners.differ { owners.by_run } else { owners.by_group };
            for (group, row) in (0..).zip(rows) {
                driver.visitor.add_row(&mut scan.part, group, row);
            }
        }
        driver.visitor.add_part(&mut scan.part);
        (driver.last_ts, driver.summary.backwards) = before;
        add_times(driver, &scan.times);
        for (shape, seen) in driver.shapes.iter_mut().zip(&scan.seen) {
            shape.seen += seen;
            driver.summary.events += seen;
        }
        driver.summary.unknown_events += scan.unknown;
        driver.summary.unpaired.add(&scan.unpaired);
        Some(scan)
    }

    /// Reads a stream to its end, piece by piece as it comes.
    pub(super) fn stream(&mut self) {
        loop {
            let bytes = self.reader.window().bytes();
            let all = bytes.len();
            let (scanner, offset) = (&mut self.scanner, self.reader.window().offset());
            let mut walk = scanner.walk(offset);
            let walked = walk.feed(bytes, all);
            let scan = walk.finish();
            let tables = scanner.tables;
            let exactly = || {
                let mut walk = scanner.walk(offset).exactly();
                walk.feed(bytes, walked);
                walk.finish()
            };
            let joined = Self::replay(self.driver, tables, scan, exactly);
            // a block that goes on in the next piece, or one that the scan does
            // not take, and some more: there may be others
            let more = match &joined {
                Some(scan) if scan.is_full => all - walked,
                Some(_) if all - walked > STRETCH => STRETCH,
                Some(_) => 1,
                None => all,
            };
            if let Some(scan) = joined {
                self.reader.passed(walked as u64, &scan.event_blocks);
            }
            if self.reader.is_interrupted() {
                return;
            }
            let target = self.offset().saturating_add(more.max(1) as u64);
            if !self.reader.run_to(self.driver, target) {
                return;
            }
        }
    }
}

/// Whose the runs of a segment are, as rows of the visitor.
#[derive(Default)]
struct Owners {
    by_run: Vec<u32>,
    by_group: Vec<u32>,
    /// There is a group whose runs are not all of one owner.
    differ: bool,
}

impl Owners {
    /// The next run and its group; groups begin one after the other.
    fn add(&mut self, group: u32, row: u32) {
        self.by_run.push(row);
        match self.by_group.get(group as usize) {
            Some(known) => self.differ |= *known != row,
            None => self.by_group.push(row),
        }
    }
}

/// A run of the thread `tid` has begun, whose clock goes on where it ends.
/// Returns the row of its figures.
fn own<V: Tally>(driver: &mut Driver<'_, V>, run: &RunEnd, tid: i64) -> u32 {
    let (world, visitor) = (&mut driver.world, &mut *driver.visitor);
    let slot = world.threads.find(tid);
    let row = visitor.row_of(slot, world);
    let Some(slot) = slot else {
        return row;
    };
    let clock = world.threads.clock_mut(slot);
    let ns = u128::from(run.repeats) * u128::from(clock.latency_ns);
    if let Some(last) = run.clock {
        *clock = Clock { row: clock.row, ..last };
    }
    if ns > 0 {
        visitor.add_repeated(run.repeated, ns, row);
    }
    row
}

/// Whether the table of threads takes all that the log may enter. A scan takes
/// it for granted that a thread which makes a call is known.
fn has_room<V: Tally>(driver: &Driver<'_, V>, log: &Log) -> bool {
    let threads = &driver.world.threads;
    if threads.len() + log.entries.len() * THREADS_AN_EVENT < LIMIT {
        return true;
    }
    let entered = |entry: &Logged| match RawEvent::parse(log.body(*entry), entry.layout) {
        Some(event) if entry.run.is_some() => usize::from(threads.find(event.tid).is_none()),
        _ => THREADS_AN_EVENT,
    };
    threads.len() + log.entries.iter().map(entered).sum::<usize>() < LIMIT
}

/// Whether the stamps that run backwards can be counted without a look at each:
/// the largest before the segment must lie before its first or behind its last.
pub(super) fn can_add_times<V: Visitor>(driver: &Driver<'_, V>, times: &Times) -> bool {
    let before = driver.last_ts;
    times.first_ns.is_none_or(|first_ns| before <= first_ns || before > times.last_ns)
}

pub(super) fn add_times<V: Visitor>(driver: &mut Driver<'_, V>, times: &Times) {
    match times.first_ns {
        None => {}
        Some(first_ns) if driver.last_ts <= first_ns => {
            driver.summary.backwards += times.backwards;
            driver.last_ts = times.last_ns;
        }
        Some(_) => driver.summary.backwards += times.events,
    }
}
