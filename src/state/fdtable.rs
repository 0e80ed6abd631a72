//! The open files of one process. A close takes two events, and a number may
//! be given out again between them; sysdig's rules for that are kept.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::fd::Fd;

/// Files a process may have open here; further ones are not added.
const LIMIT: usize = 65_536;
/// Where an entry waits whose number was taken again while it was closing.
pub(crate) const PARKED: i64 = i64::MIN;

/// Numbers below this have a place of their own: nearly all that there are, because a
/// process is given the lowest number that is free.
const LOW: usize = 1024;

/// File descriptors by number.
#[derive(Clone, Debug, Default)]
pub struct FdTable {
    low: Vec<Option<Fd>>,
    /// How many of them are entries.
    used: usize,
    others: HashMap<i64, Fd, RandomState>,
    /// How many changes there were.
    version: u64,
}

/// The place of a number, if it has one of its own.
#[inline]
fn place(number: i64) -> Option<usize> {
    usize::try_from(number).ok().filter(|at| *at < LOW)
}

impl FdTable {
    /// The entry of a number.
    #[inline]
    #[must_use]
    pub fn get(&self, number: i64) -> Option<&Fd> {
        match place(number) {
            Some(at) => self.low.get(at)?.as_ref(),
            None => self.others.get(&number),
        }
    }

    /// The entry of a number, to change it.
    #[inline]
    pub fn get_mut(&mut self, number: i64) -> Option<&mut Fd> {
        self.version += 1;
        let version = self.version;
        let fd = self.silently(number)?;
        fd.version = version;
        Some(fd)
    }

    /// The entry of a number, to change what nobody sees of it.
    #[inline]
    pub(crate) fn silently(&mut self, number: i64) -> Option<&mut Fd> {
        match place(number) {
            Some(at) => self.low.get_mut(at)?.as_mut(),
            None => self.others.get_mut(&number),
        }
    }

    /// Enters a file under its number, over an earlier one.
    pub fn add(&mut self, number: i64, mut fd: Fd) {
        self.version += 1;
        fd.version = self.version;
        if let Some(old) = self.silently(number) {
            if old.closing {
                fd.closing = false;
                fd.close_cancelled = true;
                let old = std::mem::replace(old, fd);
                self.others.insert(PARKED, old);
            } else {
                *old = fd;
            }
        } else if self.used + self.others.len() < LIMIT {
            self.insert(number, fd);
        }
    }

    /// Enters a file under a number that has none.
    fn insert(&mut self, number: i64, fd: Fd) {
        let Some(at) = place(number) else {
            self.others.insert(number, fd);
            return;
        };
        if self.low.len() <= at {
            self.low.resize_with(at + 1, || None);
        }
        self.low[at] = Some(fd);
        self.used += 1;
    }

    /// Removes a number.
    pub fn remove(&mut self, number: i64) {
        match place(number) {
            Some(at) => {
                let removed = self.low.get_mut(at).and_then(Option::take);
                self.used -= usize::from(removed.is_some());
            }
            None => {
                self.others.remove(&number);
            }
        }
    }

    /// All entries, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (i64, &Fd)> {
        let low = (0..).zip(&self.low).filter_map(|(number, fd)| Some((number, fd.as_ref()?)));
        let real = |(number, fd): (&i64, _)| (*number != PARKED).then_some((*number, fd));
        low.chain(self.others.iter().filter_map(real))
    }

    /// How many are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::super::fd::FdKind;
    use super::*;

    #[test]
    fn low_and_high_numbers_are_kept_alike() {
        let mut table = FdTable::default();
        for number in [3, 0, 1023, 1024, 70_000] {
            table.add(number, Fd::new(FdKind::File, format!("/{number}")));
        }
        let mut all: Vec<i64> = table.iter().map(|(number, _)| number).collect();
        all.sort_unstable();
        assert_eq!(all, [0, 3, 1023, 1024, 70_000]);
        assert!(table.iter().all(|(number, fd)| fd.name == format!("/{number}").as_bytes()));
        for number in [3, 3, 1024, 5] {
            table.remove(number);
        }
        assert_eq!((table.len(), table.used, table.others.len()), (3, 2, 1));
        assert!(table.get(3).is_none() && table.get(1024).is_none() && table.get(-1).is_none());
    }

    #[test]
    fn a_number_taken_again_while_it_closes_parks_the_old_file() {
        let mut table = FdTable::default();
        table.add(3, Fd::new(FdKind::File, "/old"));
        table.get_mut(3).unwrap().closing = true;
        table.add(3, Fd::new(FdKind::File, "/new"));
        assert_eq!(table.get(3).unwrap().name, b"/new");
        assert!(table.get(3).unwrap().close_cancelled);
        assert_eq!(table.get(PARKED).unwrap().name, b"/old");
        table.remove(PARKED);
        assert_eq!(table.len(), 1);
        table.remove(3);
        assert!(table.is_empty());
    }
}
