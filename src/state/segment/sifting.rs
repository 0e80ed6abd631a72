//! Reading with details: threads beside the walk leave out of each segment what nobody
//! looks at (see `sieve`), and the walk goes over what remains, in order. The visitor
//! stays with the caller, on its thread.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::join::{THREADS_AN_EVENT, add_times, can_add_times};
use super::runs::Runs;
use super::sieve::{How, Mesh, Passed, Room, Sieve, Sifted};
use super::workers::Cuts;
use crate::format::scap::block::MAX_SMALL;
use crate::format::scap::event::RawEvent;
use crate::format::scap::{Chain, Reader, STRETCH, search};
use crate::source::Extent;
use crate::state::capture::Driver;
use crate::state::family::LIMIT;
use crate::state::visitor::Visitor;

/// Bytes of a segment.
const SEGMENT: u64 = 1 << 20;
/// Sifted segments that wait for the walk, for each worker.
const AHEAD: usize = 2;
/// Events between two looks at whether the visitor has seen enough.
const LOOK: usize = 4096;

/// Reads one file; false: it has not begun, because nothing is won by it.
pub(in crate::state) fn sift<V: Visitor>(
    reader: &mut Reader<'_>,
    driver: &mut Driver<'_, V>,
    cuts: &Cuts,
) -> bool {
    let threads = rayon::current_num_threads();
    if threads < 2 || !driver.world.threads.is_detailed() {
        return false;
    }
    let Some(mesh) = Mesh::of(driver.visitor, driver.plans()) else { return false };
    if reader.window().rest().is_none() {
        return false;
    }
    // the lists at the head, and the first events
    while !driver.calm {
        let next = reader.window().offset() + 1;
        if !reader.run_to(driver, next) {
            return true;
        }
    }
    let Some(extent) = reader.window().rest() else { return false };
    let pieces = match cuts {
        Cuts::Auto => &Cuts::Every(SEGMENT),
        other => other,
    };
    let hall = Hall {
        extent: &extent,
        base: reader.window().offset(),
        cuts: pieces,
        mesh: &mesh,
        ahead: threads * AHEAD,
        next: AtomicUsize::new(0),
        shelf: Mutex::default(),
        moved: Condvar::new(),
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| hall.work());
        }
        let _leaving = Leaving { hall: &hall, walks: true };
        if hall.walk(reader, driver) {
            // an incomplete block at the end, and what the source has to say
            reader.run(driver);
        }
    });
    true
}

/// Segments that were sifted, on their way to the walk.
#[derive(Default)]
struct Shelf {
    sifted: BTreeMap<usize, Sifted>,
    /// Segments that the walk is through with.
    walked: usize,
    /// Reading has ended.
    over: bool,
    /// Memory of segments that the walk is through with.
    spare: Vec<Room>,
}

struct Hall<'h> {
    extent: &'h Extent,
    /// Offset of the first byte of `extent`.
    base: u64,
    cuts: &'h Cuts,
    mesh: &'h Mesh,
    /// How many segments a worker may be ahead of the walk.
    ahead: usize,
    next: AtomicUsize,
    shelf: Mutex<Shelf>,
    /// Somebody has put something on the shelf, or taken it.
    moved: Condvar,
}

/// Lets the others go when the walk ends, or when a worker panics.
struct Leaving<'c, 'h> {
    hall: &'c Hall<'h>,
    walks: bool,
}

impl Drop for Leaving<'_, '_> {
    fn drop(&mut self) {
        if self.walks || std::thread::panicking() {
            self.hall.shelf().over = true;
            self.hall.moved.notify_all();
        }
    }
}

impl Hall<'_> {
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn segment(&self, number: usize) -> Option<(u64, u64)> {
        self.cuts.segment(number, self.extent.len())
    }

    /// Sifts segments until there are none left.
    fn work(&self) {
        let _leaving = Leaving { hall: self, walks: false };
        let (mut runs, mut bytes) = (Runs::new(), Vec::new());
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let Some((from, to)) = self.segment(number) else { return };
            let mut shelf = self.shelf();
            while !shelf.over && number >= shelf.walked + self.ahead {
                shelf = self.moved.wait(shelf).unwrap_or_else(PoisonError::into_inner);
            }
            if shelf.over {
                return;
            }
            let room = shelf.spare.pop().unwrap_or_default();
            drop(shelf);
            let sifted = self.sift(&mut runs, &mut bytes, room, (from, to), from > 0);
            self.shelf().sifted.insert(number, sifted);
            self.moved.notify_all();
        }
    }

    /// Reads a segment and sifts it, from its first byte on or from a border that is
    /// guessed: the first place where blocks chain.
    fn sift(
        &self,
        runs: &mut Runs,
        bytes: &mut Vec<u8>,
        room: Room,
        (from, to): (u64, u64),
        guess: bool,
    ) -> Sifted {
        let length = usize::try_from(to - from).unwrap_or(usize::MAX);
        bytes.resize(length + MAX_SMALL as usize, 0);
        // a file that cannot be read ends here: the walk will meet the same
        let have = self.extent.read(from, bytes).unwrap_or(0);
        let bytes = bytes.get(..have).unwrap_or_default();
        let at_end = from + have as u64 >= self.extent.len();
        let border = match guess.then(|| search(bytes, 0, at_end)) {
            None => 0,
            Some((at, Chain::Yes)) => at,
            Some(_) => length, // the walk will see
        };
        let start = self.base + from + border as u64;
        Sieve::new(start, self.mesh, runs, bytes, room).walk(border, length)
    }

    /// Goes through the file; false: reading is over before its end.
    fn walk<V: Visitor>(&self, reader: &mut Reader<'_>, driver: &mut Driver<'_, V>) -> bool {
        let (mut runs, mut bytes) = (Runs::new(), Vec::new());
        for number in 0.. {
            let Some((_, to)) = self.segment(number) else { return true };
            let Some(sifted) = self.take(number) else { return false };
            if !self.walk_one(reader, driver, (&mut runs, &mut bytes), sifted, self.base + to) {
                return false;
            }
            self.shelf().walked += 1;
            self.moved.notify_all();
        }
        true
    }

    /// Waits for a segment.
    fn take(&self, number: usize) -> Option<Sifted> {
        let mut shelf = self.shelf();
        loop {
            if let Some(sifted) = shelf.sifted.remove(&number) {
                return Some(sifted);
            }
            if shelf.over {
                return None;
            }
            shelf = self.moved.wait(shelf).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Goes through a segment up to the first border at or behind offset `end`.
    fn walk_one<V: Visitor>(
        &self,
        reader: &mut Reader<'_>,
        driver: &mut Driver<'_, V>,
        (runs, bytes): (&mut Runs, &mut Vec<u8>),
        sifted: Sifted,
        end: u64,
    ) -> bool {
        let mut next = Some(sifted);
        while reader.window().offset() < end {
            let here = reader.window().offset();
            let right = next.take().filter(|sifted| sifted.start == here);
            let right = right.unwrap_or_else(|| {
                self.sift(runs, bytes, Room::default(), (here - self.base, end - self.base), false)
            });
            let is_replayed = replay(driver, &right);
            if is_replayed {
                reader.passed(right.end - right.start, &right.event_blocks);
            }
            if driver.visitor.done() || reader.is_interrupted() {
                return false;
            }
            let offset = reader.window().offset();
            // the block that ended the walk, and some more: there may be others
            let stop = if is_replayed { offset.saturating_add(STRETCH as u64) } else { end };
            if offset < end && !reader.run_to(driver, stop.min(end)) {
                return false;
            }
            let mut shelf = self.shelf();
            if shelf.spare.len() < self.ahead {
                let (mut bodies, mut passed) = (right.bodies, right.passed);
                bodies.clear();
                passed.clear();
                shelf.spare.push((bodies, passed));
            }
        }
        true
    }
}

/// Shows the driver what was passed. False: all must be seen one by one.
fn replay<V: Visitor>(driver: &mut Driver<'_, V>, sifted: &Sifted) -> bool {
    // a sieve takes it for granted that a thread which makes a call is known
    let threads = driver.world.threads.len() + sifted.passed.len() * THREADS_AN_EVENT;
    if threads >= LIMIT || !can_add_times(driver, &sifted.times) {
        return false;
    }
    let before = (driver.last_ts, driver.summary.backwards);
    let mut bodies = &sifted.bodies[..];
    for some in sifted.passed.chunks(LOOK) {
        if driver.visitor.done() {
            break;
        }
        let mut some = some.iter();
        while let Some(passed) = some.next() {
            let Some(raw) = next_event(&mut bodies, passed) else { continue };
            driver.summary.events += u64::from(passed.left_out);
            let next = match passed.how {
                How::WithNext | How::CountedWithNext => some.as_slice().first(),
                How::Alone | How::Silently => None,
            };
            let counted = matches!(passed.how, How::Silently | How::CountedWithNext);
            match next {
                Some(next) => {
                    some.next();
                    let Some(exit) = next_event(&mut bodies, next) else { continue };
                    driver.take_call(&raw, counted, &exit, next.left_out);
                }
                None if counted => driver.take_silently(&raw),
                None => driver.take_known(&raw),
            }
        }
    }
    driver.summary.events += u64::from(sifted.left_out);
    (driver.last_ts, driver.summary.backwards) = before;
    add_times(driver, &sifted.times);
    for (shape, seen) in driver.shapes.iter_mut().zip(&sifted.seen) {
        shape.seen += seen;
    }
    driver.summary.unpaired.add(&sifted.unpaired);
    true
}

/// The event at the begin of `bodies`, which then begin with the next one.
#[inline(always)]
fn next_event<'b>(bodies: &mut &'b [u8], passed: &Passed) -> Option<RawEvent<'b>> {
    RawEvent::parse(bodies.split_off(..passed.length as usize)?, passed.layout)
}
