//! The runs of a segment by thread id: one open-addressed table that holds the
//! clocks themselves, because finding a thread is the dearest thing that the
//! loop does for an event. A clock's `row` is the number of its thread's group of
//! runs here.

use crate::state::thread::Clock;

/// A run that has met no enter event yet: its past is not known.
pub(super) const FRESH: u32 = u32::MAX;
/// The thread id of a place without a thread. A scan stops at an event that
/// has it.
pub(super) const VACANT: i64 = i64::MIN;
/// Places to begin with.
const SMALL: usize = 1024;

#[derive(Clone, Copy, Debug)]
struct Place {
    tid: i64,
    clock: Clock,
}

const EMPTY: Place = Place { tid: VACANT, clock: Clock { row: FRESH, ..Clock::NEW } };

/// Clocks of the current run of every thread id.
#[derive(Debug)]
pub(super) struct Runs {
    places: Vec<Place>,
    used: usize,
}

impl Runs {
    pub(super) fn new() -> Runs {
        Runs { places: vec![EMPTY; SMALL], used: 0 }
    }

    /// Forgets all; the memory of an unusual number of threads is given back.
    pub(super) fn clear(&mut self) {
        self.places.truncate(SMALL.max(self.used.next_power_of_two() * 4));
        self.places.fill(EMPTY);
        self.used = 0;
    }

    #[inline(always)]
    fn home(&self, tid: i64) -> usize {
        let hash = tid.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (hash >> 40) as usize & (self.places.len() - 1)
    }

    /// The place of `tid`, or the vacant one where it would stand.
    fn find(&self, tid: i64) -> usize {
        let mut at = self.home(tid);
        while self.places[at].tid != tid && self.places[at].tid != VACANT {
            at = (at + 1) & (self.places.len() - 1);
        }
        at
    }

    /// The clock of a thread's run; a fresh one for a new thread.
    #[inline(always)]
    pub(super) fn clock(&mut self, tid: i64) -> &mut Clock {
        let mut at = self.home(tid);
        if self.places[at].tid != tid {
            at = self.find_or_add(tid);
        }
        &mut self.places[at].clock
    }

    #[inline(never)]
    fn find_or_add(&mut self, tid: i64) -> usize {
        let at = self.find(tid);
        if self.places[at].tid == tid { at } else { self.add(tid) }
    }

    #[cold]
    #[inline(never)]
    fn add(&mut self, tid: i64) -> usize {
        if (self.used + 1) * 2 > self.places.len() {
            let bigger = vec![EMPTY; self.places.len() * 2];
            let old = std::mem::replace(&mut self.places, bigger);
            for place in old.into_iter().filter(|place| place.tid != VACANT) {
                let at = self.find(place.tid);
                self.places[at] = place;
            }
        }
        let at = self.find(tid);
        self.places[at] = Place { tid, clock: Clock { row: FRESH, ..Clock::NEW } };
        self.used += 1;
        at
    }

    /// Ends the run of `tid`: its group and last clock, if there was one. The
    /// group is kept for the next run.
    pub(super) fn end(&mut self, tid: i64) -> Option<(u32, Clock)> {
        let at = self.find(tid);
        let clock = &mut self.places[at].clock;
        if clock.row == FRESH {
            return None;
        }
        let kept = u64::from(clock.row) + 1;
        let last = std::mem::replace(clock, Clock { row: FRESH, latency_ns: kept, ..Clock::NEW });
        Some((last.row, last))
    }

    /// The group of the last run of a thread that has none now.
    pub(super) fn group_before(&mut self, tid: i64) -> Option<u32> {
        self.clock(tid).latency_ns.checked_sub(1).and_then(|group| u32::try_from(group).ok())
    }

    /// The group and last clock of all runs that go on.
    pub(super) fn all(&self) -> impl Iterator<Item = (u32, Clock)> + '_ {
        let clocks = self.places.iter().map(|place| place.clock);
        clocks.filter(|clock| clock.row != FRESH).map(|clock| (clock.row, clock))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn behaves_as_a_map_under_random_use() {
        let (mut runs, mut model) = (Runs::new(), HashMap::new());
        let mut seed = 1u64;
        for round in 0..3 {
            for number in 0..100_000u32 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let tid = i64::try_from(seed >> 33).unwrap() % (100 << (4 * round)) - 1;
                if seed >> 62 == 0 {
                    let last = runs.end(tid).map(|(number, _)| number);
                    assert_eq!(last, model.remove(&tid));
                    assert!(last.is_none() || runs.group_before(tid) == last);
                } else if runs.clock(tid).row == FRESH {
                    runs.clock(tid).row = number;
                    assert_eq!(model.insert(tid, number), None);
                } else {
                    assert_eq!(model.get(&tid), Some(&runs.clock(tid).row));
                }
            }
            let mut all: Vec<u32> = runs.all().map(|(number, _)| number).collect();
            let mut expected: Vec<u32> = model.values().copied().collect();
            all.sort_unstable();
            expected.sort_unstable();
            assert_eq!(all, expected);
            runs.clear();
            model.clear();
            assert_eq!(runs.all().count(), 0);
        }
    }
}
