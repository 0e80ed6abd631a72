//! Who scans what: workers take segments one after the other, and whoever
//! hands in the scan that the joiner waits for goes on as the joiner, as far
//! as scans are there. A worker too far ahead waits, so that memory does not
//! grow with the capture.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::Tally;
use super::found::Scan;
use super::join::Joiner;
use super::scan::Tables;
use super::scanner::Scanner;
use crate::format::scap::Reader;
use crate::source::Extent;
use crate::state::capture::{Driver, Opened, read};
use crate::state::family::Places;
use crate::state::shapes::shapes;
use crate::state::summary::Summary;

/// Bytes of a segment: small enough that all processors are used to the end,
/// large enough that joining costs nothing.
const SMALLEST: u64 = 512 << 10;
const LARGEST: u64 = 16 << 20;
/// Segments for each worker, if the capture is large enough.
const ROUNDS: u64 = 8;
/// Scans that wait to be joined, besides one for each worker.
const AHEAD: usize = 2;

/// Where a plain file is cut into segments. Any cut gives the same answer.
#[derive(Clone, Debug)]
pub enum Cuts {
    /// Where it is fastest.
    Auto,
    /// Into segments of so many bytes.
    Every(u64),
    /// At these offsets into what is left of the file behind its head, ascending.
    At(Vec<u64>),
}

impl Cuts {
    /// Segment number `number` of `len` bytes, from where to where.
    pub(super) fn segment(&self, number: usize, len: u64) -> Option<(u64, u64)> {
        let (from, to) = match self {
            Cuts::Auto => return Cuts::Every(usual(len)).segment(number, len),
            Cuts::Every(step) => {
                let step = (*step).max(1);
                let from = (number as u64).checked_mul(step)?;
                (from, from.saturating_add(step))
            }
            Cuts::At(cuts) => {
                let border = |number: usize| cuts.get(number).copied();
                if number > cuts.len() {
                    return None;
                }
                let from = number.checked_sub(1).and_then(border).unwrap_or(0);
                (from, border(number).unwrap_or(len))
            }
        };
        (from < len || from == 0 && number == 0).then_some((from, to.min(len)))
    }
}

/// Bytes of a segment where nothing else is asked for.
fn usual(len: u64) -> u64 {
    (len / (rayon::current_num_threads() as u64 * ROUNDS)).clamp(SMALLEST, LARGEST)
}

/// Reads all files of a capture as [`read`](super::super::read) does, with the
/// same answer, on all threads of the current rayon pool.
pub fn read_in_segments<V: Tally + Send>(
    opened: Opened<'_>,
    visitor: &mut V,
    cuts: &Cuts,
) -> Summary {
    if opened.trace.is_some() {
        // its lines are read side by side, but put together in their order
        return read(opened, visitor);
    }
    let mut driver = Driver::new(visitor);
    for mut reader in opened.readers {
        read_file(&mut reader, &mut driver, cuts);
        driver.end_file();
        driver.close_file(&reader);
    }
    driver.finish()
}

fn read_file<V: Tally + Send>(reader: &mut Reader<'_>, driver: &mut Driver<'_, V>, cuts: &Cuts) {
    // the lists at the head, and the first event
    while !driver.calm && !driver.world.threads.is_detailed() {
        let next = reader.window().offset() + 1;
        if !reader.run_to(driver, next) {
            return;
        }
    }
    let Some(part) = driver.visitor.part() else {
        return reader.run(driver);
    };
    let tables =
        Tables { shapes: shapes(), places: Places::table(), part, spare: Mutex::default() };
    let rest = reader.window().rest();
    let scanner = Scanner::new(reader.window().offset(), &tables);
    let mut joiner = Joiner { reader, driver, scanner };
    match rest {
        None => joiner.stream(),
        Some(rest) => {
            if side_by_side(joiner, &rest, &tables, cuts) {
                // an incomplete block at the end, and what the source has to say
                reader.run(driver);
            }
        }
    }
}

/// Scans the segments of `extent`; false: reading is over before its end.
fn side_by_side<V: Tally + Send>(
    joiner: Joiner<'_, '_, '_, V>,
    extent: &Extent,
    tables: &Tables<V::Part>,
    cuts: &Cuts,
) -> bool {
    let len = extent.len();
    let threads = 0..rayon::current_num_threads();
    let workers = threads.take_while(|number| cuts.segment(*number, len).is_some()).count();
    let base = joiner.scanner.base;
    let crew = Crew {
        extent,
        base,
        cuts,
        tables,
        ahead: workers + AHEAD,
        next: AtomicUsize::new(0),
        inbox: Mutex::new(Inbox { scans: BTreeMap::new(), joined: 0, joins: false, over: false }),
        moved: Condvar::new(),
        joiner: Mutex::new(joiner),
    };
    rayon::scope(|scope| {
        for _ in 1..workers {
            scope.spawn(|_| crew.work());
        }
        crew.work();
    });
    let inbox = crew.inbox.into_inner().unwrap_or_else(PoisonError::into_inner);
    !inbox.over
}

/// Scans that were handed in.
struct Inbox<P> {
    scans: BTreeMap<usize, Scan<P>>,
    /// Segments joined so far.
    joined: usize,
    /// Somebody joins right now.
    joins: bool,
    /// Reading has ended before the last segment.
    over: bool,
}

struct Crew<'c, 'j, 'v, 'p, V: Tally> {
    extent: &'c Extent,
    /// Offset of the first byte of `extent`.
    base: u64,
    cuts: &'c Cuts,
    tables: &'c Tables<V::Part>,
    /// How many segments a worker may be ahead of the joiner.
    ahead: usize,
    next: AtomicUsize,
    inbox: Mutex<Inbox<V::Part>>,
    /// The joiner has moved on.
    moved: Condvar,
    joiner: Mutex<Joiner<'j, 'v, 'p, V>>,
}

/// Lets the others go, should a worker panic with a segment in its hands.
struct Leaving<'c, P> {
    inbox: &'c Mutex<Inbox<P>>,
    moved: &'c Condvar,
}

impl<P> Drop for Leaving<'_, P> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.inbox.lock().unwrap_or_else(PoisonError::into_inner).over = true;
            self.moved.notify_all();
        }
    }
}

impl<V: Tally + Send> Crew<'_, '_, '_, '_, V> {
    fn inbox(&self) -> MutexGuard<'_, Inbox<V::Part>> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let _leaving = Leaving { inbox: &self.inbox, moved: &self.moved };
        let mut scanner = Scanner::new(self.base, self.tables);
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let Some((from, to)) = self.cuts.segment(number, self.extent.len()) else {
                return;
            };
            if !self.may_go_on(number) {
                return;
            }
            let scan = scanner.guess(self.extent, from, to);
            self.hand_in(number, scan);
        }
    }

    /// Waits until segment `number` is near enough; false: reading is over.
    fn may_go_on(&self, number: usize) -> bool {
        let mut inbox = self.inbox();
        while !inbox.over && number >= inbox.joined + self.ahead {
            inbox = self.moved.wait(inbox).unwrap_or_else(PoisonError::into_inner);
        }
        !inbox.over
    }

    /// Hands a scan in, and joins all that can be, unless somebody else does.
    fn hand_in(&self, number: usize, scan: Scan<V::Part>) {
        let mut inbox = self.inbox();
        inbox.scans.insert(number, scan);
        if std::mem::replace(&mut inbox.joins, true) {
            return;
        }
        loop {
            let number = inbox.joined;
            let Some(scan) = inbox.scans.remove(&number).filter(|_| !inbox.over) else {
                inbox.joins = false;
                return;
            };
            drop(inbox);
            let goes_on = self.join(number, scan);
            inbox = self.inbox();
            inbox.joined += 1;
            inbox.over |= !goes_on;
            self.moved.notify_all();
        }
    }

    fn join(&self, number: usize, scan: Scan<V::Part>) -> bool {
        let Some((_, to)) = self.cuts.segment(number, self.extent.len()) else {
            return true;
        };
        let mut joiner = self.joiner.lock().unwrap_or_else(PoisonError::into_inner);
        joiner.join(self.extent, self.base + to, scan)
    }
}
