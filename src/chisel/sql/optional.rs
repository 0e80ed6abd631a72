//! Values of which some may be missing, as columns keep them: the values one behind the
//! other, and which of them are there. Millions of rows take half the memory that
//! `Option`s would, and encoders get the values as they lie.

/// Missing values that are added one by one.
const FEW: usize = 4;

/// Values, some of them missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Optional<T> {
    /// Anything where one is missing.
    values: Vec<T>,
    /// Which of them are there; empty: all.
    there: Vec<bool>,
}

impl<T: Copy + Default> Optional<T> {
    /// No values yet.
    #[must_use]
    pub fn new() -> Optional<T> {
        Optional { values: Vec::new(), there: Vec::new() }
    }

    /// Adds one, or a missing one.
    #[inline]
    pub fn push(&mut self, value: Option<T>) {
        if value.is_none() && self.there.is_empty() {
            self.there.resize(self.values.len(), true);
        }
        // the first of all may be the missing one
        if value.is_none() || !self.there.is_empty() {
            self.there.push(value.is_some());
        }
        self.values.push(value.unwrap_or_default());
    }

    /// Adds some, of which none is missing.
    pub fn extend(&mut self, values: impl Iterator<Item = T>) {
        self.values.extend(values);
        if !self.there.is_empty() {
            self.there.resize(self.values.len(), true);
        }
    }

    /// Adds missing ones, so that there are `count`; never takes any away.
    #[inline]
    pub fn fill(&mut self, count: usize) {
        let missing = count.saturating_sub(self.values.len());
        if missing <= FEW {
            (0..missing).for_each(|_| self.push(None));
        } else {
            self.there.resize(self.values.len(), true);
            self.there.resize(count, false);
            self.values.resize(count, T::default());
        }
    }

    /// Removes them all, but keeps the memory.
    pub fn clear(&mut self) {
        self.values.clear();
        self.there.clear();
    }

    /// How many there are, with the missing ones.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<T> {
        let is_there = self.there.get(at).copied().unwrap_or(true);
        self.values.get(at).copied().filter(|_| is_there)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Option<T>> {
        (0..self.values.len()).map(|at| self.get(at))
    }

    /// The values, with anything for the missing ones.
    #[must_use]
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// Which of them are there; `None`: all.
    #[must_use]
    pub fn there(&self) -> Option<&[bool]> {
        (!self.there.is_empty()).then_some(&self.there[..])
    }
}

impl<T: Copy + Default> FromIterator<Option<T>> for Optional<T> {
    fn from_iter<I: IntoIterator<Item = Option<T>>>(values: I) -> Optional<T> {
        let mut all = Optional::new();
        values.into_iter().for_each(|value| all.push(value));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(seed: u64, count: usize, missing_of_8: u64) -> Vec<Option<u64>> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state >> 40
        };
        (0..count).map(|_| (next() % 8 >= missing_of_8).then(&mut next)).collect()
    }

    #[test]
    fn what_was_added_is_there_whatever_is_missing() {
        for missing in 0..=8 {
            let values = given(7, 100, missing);
            let all: Optional<u64> = values.iter().copied().collect();
            assert_eq!(all.iter().collect::<Vec<_>>(), values);
            assert_eq!((all.len(), all.get(100)), (100, None));
            assert_eq!(all.there().is_none(), missing == 0);
        }
    }

    #[test]
    fn filled_up_ones_are_missing() {
        let mut all: Optional<u64> = [Some(1), Some(2)].into_iter().collect();
        all.fill(1);
        assert_eq!(all.iter().collect::<Vec<_>>(), [Some(1), Some(2)]);
        all.fill(3);
        all.push(Some(4));
        assert_eq!(all.iter().collect::<Vec<_>>(), [Some(1), Some(2), None, Some(4)]);
        all.extend([5, 6].into_iter());
        assert_eq!(all.iter().skip(3).collect::<Vec<_>>(), [Some(4), Some(5), Some(6)]);
        for (count, more) in [(8, 2), (30, 22)] {
            all.fill(count);
            assert_eq!(all.iter().skip(count - more).collect::<Vec<_>>(), vec![None; more]);
            assert_eq!(all.get(5), Some(6));
        }
        all.clear();
        all.fill(2);
        assert_eq!(all.iter().collect::<Vec<_>>(), [None, None]);
    }
}
