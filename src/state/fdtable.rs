//! The open files of one process. A close takes two events, and a number may
//! be given out again between them; sysdig's rules for that are kept.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::fd::Fd;

/// Files a process may have open here; further ones are not added.
const LIMIT: usize = 65_536;
/// Where an entry waits whose number was taken again while it was closing.
pub(crate) const PARKED: i64 = i64::MIN;

/// File descriptors by number.
#[derive(Clone, Debug, Default)]
pub struct FdTable {
    entries: HashMap<i64, Fd, RandomState>,
}

impl FdTable {
    /// The entry of a number.
    #[must_use]
    pub fn get(&self, number: i64) -> Option<&Fd> {
        self.entries.get(&number)
    }

    /// The entry of a number.
    pub fn get_mut(&mut self, number: i64) -> Option<&mut Fd> {
        self.entries.get_mut(&number)
    }

    /// Enters a file under its number, over an earlier one.
    pub fn add(&mut self, number: i64, mut fd: Fd) {
        if let Some(old) = self.entries.get_mut(&number) {
            if old.closing {
                fd.closing = false;
                fd.close_cancelled = true;
                let old = std::mem::replace(old, fd);
                self.entries.insert(PARKED, old);
            } else {
                *old = fd;
            }
        } else if self.entries.len() < LIMIT {
            self.entries.insert(number, fd);
        }
    }

    /// Removes a number.
    pub fn remove(&mut self, number: i64) {
        self.entries.remove(&number);
    }

    /// All entries, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (i64, &Fd)> {
        let real = |(number, fd): (&i64, _)| (*number != PARKED).then_some((*number, fd));
        self.entries.iter().filter_map(real)
    }

    /// All entries, in no order.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Fd> {
        self.entries.values_mut()
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
