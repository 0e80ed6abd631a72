//! From thread id to slot: an open-addressed table. One lookup an event is
//! the dearest thing the reading loop does, so it is a multiply, a shift and
//! mostly one compare.

/// Maps thread ids to slot numbers.
#[derive(Clone, Debug)]
pub struct Index {
    /// (tid, slot + 1); 0 marks a free place.
    places: Vec<(i64, u32)>,
    used: usize,
}

impl Default for Index {
    fn default() -> Self {
        Index { places: vec![(0, 0); 1024], used: 0 }
    }
}

impl Index {
    #[inline]
    fn home(&self, tid: i64) -> usize {
        let hash = tid.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (hash >> 40) as usize & (self.places.len() - 1)
    }

    #[inline]
    fn find(&self, tid: i64) -> Result<usize, usize> {
        let mask = self.places.len() - 1;
        let mut at = self.home(tid);
        loop {
            let (key, slot) = self.places[at];
            if slot == 0 {
                return Err(at);
            }
            if key == tid {
                return Ok(at);
            }
            at = (at + 1) & mask;
        }
    }

    /// The slot of `tid`.
    #[inline]
    #[must_use]
    pub fn get(&self, tid: i64) -> Option<u32> {
        self.find(tid).ok().map(|at| self.places[at].1 - 1)
    }

    /// Enters `tid` with `slot`, in place of an earlier one.
    pub fn insert(&mut self, tid: i64, slot: u32) {
        if self.used * 2 >= self.places.len() {
            self.grow();
        }
        match self.find(tid) {
            Ok(at) => self.places[at].1 = slot + 1,
            Err(at) => {
                self.places[at] = (tid, slot + 1);
                self.used += 1;
            }
        }
    }

    /// Removes `tid`; returns its slot.
    pub fn remove(&mut self, tid: i64) -> Option<u32> {
        let mut hole = self.find(tid).ok()?;
        let slot = self.places[hole].1 - 1;
        let mask = self.places.len() - 1;
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            let (key, mark) = self.places[at];
            if mark == 0 {
                break;
            }
            // move back what could not stand in its home because of the hole
            let home = self.home(key);
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(hole) & mask) {
                self.places[hole] = self.places[at];
                hole = at;
            }
        }
        self.places[hole] = (0, 0);
        self.used -= 1;
        Some(slot)
    }

    /// Number of threads.
    #[must_use]
    pub fn len(&self) -> usize {
        self.used
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// All (tid, slot) pairs, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (i64, u32)> + '_ {
        self.places.iter().filter(|(_, mark)| *mark != 0).map(|(tid, mark)| (*tid, mark - 1))
    }

    fn grow(&mut self) {
        let bigger = vec![(0, 0); self.places.len() * 2];
        let old = std::mem::replace(&mut self.places, bigger);
        for (tid, mark) in old.into_iter().filter(|(_, mark)| *mark != 0) {
            if let Err(at) = self.find(tid) {
                self.places[at] = (tid, mark);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn behaves_as_a_map_under_random_use() {
        let (mut index, mut model, mut seed) = (Index::default(), HashMap::new(), 1u64);
        for _ in 0..200_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let tid = i64::try_from(seed >> 33).unwrap() % 3000 - 1;
            if seed >> 62 == 0 {
                assert_eq!(index.remove(tid), model.remove(&tid));
            } else {
                let slot = u32::try_from(seed >> 40).unwrap();
                index.insert(tid, slot);
                model.insert(tid, slot);
            }
            assert_eq!(index.get(tid), model.get(&tid).copied());
        }
        assert_eq!(index.len(), model.len());
        assert!(index.iter().all(|(tid, slot)| model[&tid] == slot));
    }
}
