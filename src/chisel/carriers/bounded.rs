//! Figures by value, of values that may be without number: at most
//! [`Limit`] of them are kept.
//!
//! When a table is full, the half with the least time is folded into *others*.
//! Nothing is lost from the sum. A value that was folded and comes again starts
//! anew, so its figures may be short; by no more than the sum, over the times
//! that the table was folded, of the largest time that was folded
//! (`missed_ns`), because it was among those each time. A value whose time is
//! larger than that is in the table for certain.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use serde::{Deserialize, Serialize};

/// Count and time of calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amount {
    /// Calls with enter and exit.
    pub count: u64,
    /// Their time, ns.
    pub total_ns: u64,
    /// Those that failed.
    pub failed: u64,
    /// The longest, ns.
    pub max_ns: u64,
}

impl Amount {
    /// Counts a call.
    #[inline]
    pub fn add(&mut self, ns: u64, failed: bool) {
        self.count += 1;
        self.total_ns = self.total_ns.saturating_add(ns);
        self.failed += u64::from(failed);
        self.max_ns = self.max_ns.max(ns);
    }

    /// Takes in others.
    pub fn merge(&mut self, other: &Amount) {
        self.count += other.count;
        self.total_ns = self.total_ns.saturating_add(other.total_ns);
        self.failed += other.failed;
        self.max_ns = self.max_ns.max(other.max_ns);
    }

    /// Mean time of a call, ns.
    #[must_use]
    pub fn mean_ns(&self) -> Option<f64> {
        (self.count > 0).then(|| self.total_ns as f64 / self.count as f64)
    }
}

/// Values that a table keeps: one that is full keeps half of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(pub usize);

impl Limit {
    /// Of every table.
    pub const USUAL: Limit = Limit(16_384);
    /// Of every table once all together hold many.
    pub const TIGHT: Limit = Limit(2_048);
}

/// A hash of eight bytes at a time, with a secret that is another one in every
/// process: nobody can write a capture whose values collide.
#[derive(Clone, Copy, Debug)]
pub struct Secret(u64);

impl Default for Secret {
    fn default() -> Self {
        Secret(RandomState::new().hash_one(0u8))
    }
}

impl BuildHasher for Secret {
    type Hasher = Words;

    fn build_hasher(&self) -> Words {
        Words { state: self.0, secret: self.0 | 1 }
    }
}

/// The hash itself.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    state: u64,
    secret: u64,
}

impl Words {
    #[inline]
    fn mix(&mut self, word: u64) {
        let left = self.state ^ word;
        let right = self.secret.rotate_left(23) ^ word.rotate_left(32);
        let wide = u128::from(left) * u128::from(right | 1);
        self.state = (wide as u64) ^ (wide >> 64) as u64;
    }
}

impl Hasher for Words {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.mix(u64::from_le_bytes(last));
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }

    #[inline]
    fn write_usize(&mut self, word: usize) {
        self.mix(word as u64);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.state
    }
}

/// What was folded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    /// Figures of all values that are not kept.
    pub others: Amount,
    /// Most that the time of a value may be short, ns.
    pub missed_ns: u64,
}

impl Folded {
    /// Whether anything was.
    pub fn any(&self) -> bool {
        self.others.count > 0
    }
}

/// Figures by value.
#[derive(Clone, Debug)]
pub struct Bounded<K> {
    values: HashMap<K, Amount, Secret>,
    folded: Folded,
}

impl<K> Default for Bounded<K> {
    fn default() -> Self {
        Bounded { values: HashMap::with_hasher(Secret::default()), folded: Folded::default() }
    }
}

impl<K: Hash + Eq + Ord + Clone> Bounded<K> {
    /// Adds to a value's figures.
    pub fn add(&mut self, key: K, amount: &Amount, limit: Limit) {
        if let Some(known) = self.values.get_mut(&key) {
            known.merge(amount);
            return;
        }
        if self.values.len() >= limit.0 {
            self.fold();
        }
        self.values.insert(key, *amount);
    }

    /// Folds the half with the least time.
    pub fn fold(&mut self) {
        let mut by_time: Vec<(u64, K)> =
            self.values.iter().map(|(key, amount)| (amount.total_ns, key.clone())).collect();
        by_time.sort_unstable();
        let half = by_time.len() / 2;
        for (_, key) in by_time.iter().take(half + 1) {
            if let Some(amount) = self.values.remove(key) {
                self.folded.others.merge(&amount);
            }
        }
        let largest = by_time.get(half).map_or(0, |(ns, _)| *ns);
        self.folded.missed_ns = self.folded.missed_ns.saturating_add(largest);
    }

    /// Takes in what another did not keep.
    pub fn add_folded(&mut self, folded: &Folded) {
        self.folded.others.merge(&folded.others);
        self.folded.missed_ns = self.folded.missed_ns.saturating_add(folded.missed_ns);
    }

    /// What was folded.
    pub fn folded(&self) -> Folded {
        self.folded
    }

    /// Values with their figures, the most time first.
    pub fn into_sorted(self) -> Vec<(K, Amount)> {
        let mut values: Vec<(K, Amount)> = self.values.into_iter().collect();
        values.sort_unstable_by(|a, b| (b.1.total_ns, &a.0).cmp(&(a.1.total_ns, &b.0)));
        values
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.values.len()
    }
}
