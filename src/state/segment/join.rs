//! The one who goes through a file in order: scans are joined to what was read
//! before them, and what they leave is read the plain way.

use super::runs::Runs;
use super::scan::{Logged, Scan, Tables, scan};
use super::{Owner, Tally};
use crate::event::Role;
use crate::format::scap::block::usual_event;
use crate::format::scap::event::RawEvent;
use crate::format::scap::{Reader, STRETCH};
use crate::state::capture::Driver;
use crate::state::family::LIMIT;
use crate::state::thread::Clock;

/// Threads that one event may enter into the table: child, caller, main thread.
const THREADS_AN_EVENT: usize = 3;

/// Goes through one file.
pub(super) struct Joiner<'j, 'v, 'p, V: Tally> {
    pub reader: &'j mut Reader<'p>,
    pub driver: &'j mut Driver<'v, V>,
    pub tables: &'j Tables<V::Part>,
    pub runs: Runs,
}

impl<V: Tally> Joiner<'_, '_, '_, V> {
    fn offset(&self) -> u64 {
        self.reader.window().offset()
    }

    /// Joins the scan of a segment of `bytes` that ends at the first border at
    /// or behind `end`; `base` is the offset of `bytes`. False: reading is over.
    pub(super) fn join(
        &mut self,
        bytes: &[u8],
        base: u64,
        end: usize,
        scanned: Scan<V::Part>,
    ) -> bool {
        let target = base.saturating_add(end as u64);
        let mut next = Some(scanned);
        while self.offset() < target {
            let here = usize::try_from(self.offset() - base).unwrap_or(usize::MAX);
            let right = next.take().filter(|scan| scan.start == here);
            let right =
                right.unwrap_or_else(|| scan(bytes, here, end, self.tables, &mut self.runs));
            let joined = replay(self.driver, bytes, right);
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
                target
            };
            if self.offset() < target && !self.reader.run_to(self.driver, stop.min(target)) {
                return false;
            }
        }
        true
    }

    /// Reads a stream to its end, piece by piece as it comes.
    pub(super) fn stream(&mut self) {
        loop {
            let bytes = self.reader.window().bytes();
            let all = bytes.len();
            let scan = scan(bytes, 0, all, self.tables, &mut self.runs);
            let joined = replay(self.driver, bytes, scan);
            // a block that goes on in the next piece, or one that the scan does
            // not take, and some more: there may be others
            let more = match &joined {
                Some(scan) if scan.is_full => all - scan.end,
                Some(scan) if all - scan.end > STRETCH => STRETCH,
                Some(_) => 1,
                None => all,
            };
            if let Some(scan) = joined {
                self.reader.passed(scan.end, &scan.event_blocks);
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

/// Lets the driver look at the events in the log, gives each run's figures to
/// its thread and leaves the thread's clock where the run did. `None`: the
/// table of threads may become full, so that events must be seen one by one.
fn replay<V: Tally>(
    driver: &mut Driver<'_, V>,
    bytes: &[u8],
    mut scan: Scan<V::Part>,
) -> Option<Scan<V::Part>> {
    if !has_room(driver, bytes, &scan) {
        return None;
    }
    let before = (driver.last_ts, driver.summary.backwards);
    let log = std::mem::take(&mut scan.log);
    for logged in &log {
        let Some(event) = event(bytes, scan.start, *logged) else {
            continue;
        };
        driver.take_any(event.body, event.layout);
        let Some(run) = logged.run else {
            continue;
        };
        own(driver, &mut scan, run, event.tid);
    }
    if driver.has_ended()
        && let Some(last) = log.last()
        && events(bytes, scan.start + last.at as usize, scan.end)
            .skip(1)
            .any(|event| driver.role(event.code).is_some())
    {
        driver.bury();
    }
    driver.visitor.add_part(&mut scan.part);
    (driver.last_ts, driver.summary.backwards) = before;
    add_times(driver, bytes, &scan);
    for (shape, seen) in driver.shapes.iter_mut().zip(&scan.seen) {
        shape.seen += seen;
        driver.summary.events += seen;
    }
    driver.summary.unknown_events += scan.unknown;
    driver.summary.unpaired.add(&scan.unpaired);
    Some(scan)
}

/// A run has begun: its figures and its last clock go to the thread `tid`.
fn own<V: Tally>(driver: &mut Driver<'_, V>, scan: &mut Scan<V::Part>, run: u32, tid: i64) {
    let Some(end) = scan.runs.get(run as usize).copied() else {
        return;
    };
    let (world, visitor) = (&mut driver.world, &mut *driver.visitor);
    let owner = Owner { run, slot: world.threads.find(tid) };
    visitor.add_run(&mut scan.part, owner, world);
    let Some(slot) = owner.slot else {
        return;
    };
    let clock = world.threads.clock_mut(slot);
    let ns = u128::from(end.repeats) * u128::from(clock.latency_ns);
    if let Some(last) = end.clock {
        *clock = Clock { row: clock.row, ..last };
    }
    if ns > 0 {
        visitor.add_repeated(end.repeated, ns, owner, world);
    }
}

fn event(bytes: &[u8], start: usize, logged: Logged) -> Option<RawEvent<'_>> {
    let (layout, body, _) = usual_event(bytes.get(start + logged.at as usize..)?)?;
    RawEvent::parse(body, layout)
}

/// Whether the table of threads takes all that the log may enter. A scan takes
/// it for granted that a thread which makes a call is known.
fn has_room<V: Tally>(driver: &Driver<'_, V>, bytes: &[u8], scan: &Scan<V::Part>) -> bool {
    let threads = &driver.world.threads;
    if threads.len() + scan.log.len() * THREADS_AN_EVENT < LIMIT {
        return true;
    }
    let entered = |logged: &Logged| match event(bytes, scan.start, *logged) {
        Some(event) if logged.run.is_some() => usize::from(threads.find(event.tid).is_none()),
        _ => THREADS_AN_EVENT,
    };
    threads.len() + scan.log.iter().map(entered).sum::<usize>() < LIMIT
}

/// Counts the time stamps that run backwards, now that the largest before the
/// segment is known.
fn add_times<V: Tally>(driver: &mut Driver<'_, V>, bytes: &[u8], scan: &Scan<V::Part>) {
    let times = &scan.times;
    match times.first_ns {
        None => {}
        Some(first_ns) if driver.last_ts <= first_ns => {
            driver.summary.backwards += times.backwards;
            driver.last_ts = times.last_ns;
        }
        Some(_) if driver.last_ts > times.last_ns => driver.summary.backwards += times.events,
        Some(_) => {
            for event in events(bytes, scan.start, scan.end) {
                // container descriptions are no moment of the capture
                if driver.role(event.code).is_some_and(|role| role != Role::Container) {
                    driver.time(event.ts_ns);
                }
            }
        }
    }
}

/// The events of a stretch that a scan took.
fn events(bytes: &[u8], start: usize, end: usize) -> impl Iterator<Item = RawEvent<'_>> {
    let mut at = start;
    std::iter::from_fn(move || {
        let (layout, body, length) = usual_event(bytes.get(at..end)?)?;
        at += length;
        RawEvent::parse(body, layout)
    })
}
