//! What is kept of one kind of call while a capture is read: figures by what
//! it worked on, by how it was made and ended, by who made it, and by time. So
//! a call costs four additions, and words are made only for what is new. What
//! fills its table is put into words early, by field.

use std::collections::HashMap;
use std::hash::Hash;

use super::bounded::{Amount, Bounded, Folded, Limit, Secret};
use super::fields::{About, Aspects, CARRIER_FIELDS, CarrierField, From, Object, Who};

/// Figures by key; the key is small, and mostly the one of the call before.
#[derive(Clone, Debug)]
struct Keyed<K> {
    places: HashMap<K, u32, Secret>,
    list: Vec<(K, Amount)>,
    last: usize,
}

impl<K> Default for Keyed<K> {
    fn default() -> Self {
        Keyed { places: HashMap::with_hasher(Secret::default()), list: Vec::new(), last: 0 }
    }
}

impl<K: Hash + Eq + Copy> Keyed<K> {
    #[inline]
    fn add(&mut self, key: K, ns: u64, failed: bool) {
        if let Some((last, amount)) = self.list.get_mut(self.last)
            && *last == key
        {
            amount.add(ns, failed);
            return;
        }
        self.last = match self.places.get(&key) {
            Some(at) => *at as usize,
            None => {
                self.places.insert(key, self.list.len() as u32);
                self.list.push((key, Amount::default()));
                self.list.len() - 1
            }
        };
        self.list[self.last].1.add(ns, failed);
    }

    fn take(&mut self) -> Vec<(K, Amount)> {
        self.places.clear();
        self.last = 0;
        std::mem::take(&mut self.list)
    }
}

/// Figures by time: cells that double their width when they are too many.
#[derive(Clone, Debug, Default)]
pub(super) struct TimeCells {
    /// Width as a power of two, ns.
    shift: u32,
    cells: Vec<Amount>,
}

/// Cells of time at most.
const CELLS: usize = 1_024;
/// The width that they begin with: 2^20 ns.
const FIRST_SHIFT: u32 = 20;

impl TimeCells {
    #[inline]
    fn add(&mut self, after_ns: u64, ns: u64, failed: bool) {
        let mut at = (after_ns >> self.shift) as usize;
        if at >= self.cells.len() {
            at = self.grow(after_ns);
        }
        self.cells[at].add(ns, failed);
    }

    #[cold]
    fn grow(&mut self, after_ns: u64) -> usize {
        self.shift = self.shift.max(FIRST_SHIFT);
        while after_ns >> self.shift >= CELLS as u64 {
            self.shift += 1;
            let halves = self.cells.chunks(2).map(|two| {
                let mut both = two[0];
                two.iter().skip(1).for_each(|second| both.merge(second));
                both
            });
            self.cells = halves.collect();
        }
        let at = (after_ns >> self.shift) as usize;
        if at >= self.cells.len() {
            self.cells.resize(at + 1, Amount::default());
        }
        at
    }

    /// The same by tenths of what lies between two times.
    fn tenths(&self, from_ns: u64, until_ns: u64) -> impl Iterator<Item = (String, Amount)> {
        let span = u128::from(until_ns.saturating_sub(from_ns).max(1));
        let tenth = move |at: usize| {
            let middle = (2 * at as u128 + 1) << self.shift >> 1;
            let after = middle.saturating_sub(u128::from(from_ns));
            (after * 10 / span).min(9)
        };
        let used = self.cells.iter().enumerate().filter(|(_, cell)| cell.count > 0);
        used.map(move |(at, cell)| {
            let tenth = tenth(at);
            (format!("{}-{} % of the capture", tenth * 10, tenth * 10 + 10), *cell)
        })
    }
}

/// Figures by what a call worked on.
#[derive(Clone, Debug)]
struct Objects {
    places: HashMap<Box<[u8]>, u32, Secret>,
    list: Vec<(Object, Amount)>,
    folded: Folded,
}

impl Default for Objects {
    fn default() -> Self {
        Objects {
            places: HashMap::with_hasher(Secret::default()),
            list: Vec::new(),
            folded: Folded::default(),
        }
    }
}

/// Combinations of aspects kept; more are put into words.
const COMBINATIONS: usize = 4_096;

/// One kind of call.
#[derive(Clone, Debug, Default)]
pub(super) struct CallTable {
    pub total: Amount,
    objects: Objects,
    aspects: Keyed<Aspects>,
    rows: Keyed<u32>,
    time: TimeCells,
    /// What is in words already, by field.
    words: HashMap<CarrierField, Bounded<String>>,
}

/// A call that has ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub ns: u64,
    pub failed: bool,
    pub row: u32,
    pub aspects: Aspects,
    /// Time after the capture's first event, ns.
    pub after_ns: u64,
}

impl CallTable {
    /// Counts a call; all but what it worked on.
    #[inline]
    pub fn add(&mut self, ended: &Ended, about: About<'_>) {
        let Ended { ns, failed, .. } = *ended;
        self.total.add(ns, failed);
        self.aspects.add(ended.aspects, ns, failed);
        if self.aspects.list.len() >= COMBINATIONS {
            self.fold_aspects(about);
        }
        self.rows.add(ended.row, ns, failed);
        self.time.add(ended.after_ns, ns, failed);
    }

    /// Counts what it worked on; `make` is asked when it is new. Gives how many
    /// more objects are kept than before.
    #[inline]
    pub fn add_object(
        &mut self,
        key: &[u8],
        ended: &Ended,
        limit: Limit,
        make: impl FnOnce() -> Object,
    ) -> isize {
        if let Some(at) = self.objects.places.get(key) {
            self.objects.list[*at as usize].1.add(ended.ns, ended.failed);
            return 0;
        }
        let before = self.objects.list.len();
        if before >= limit.0 {
            self.fold_objects();
        }
        let mut amount = Amount::default();
        amount.add(ended.ns, ended.failed);
        let at = self.objects.list.len();
        self.objects.places.insert(key.into(), at as u32);
        self.objects.list.push((make(), amount));
        (at + 1).cast_signed() - before.cast_signed()
    }

    /// Folds the half of the objects with the least time. All that is said of
    /// many of them stays exact.
    #[cold]
    fn fold_objects(&mut self) {
        let objects = &mut self.objects;
        let mut order: Vec<u32> = (0..objects.list.len() as u32).collect();
        order.sort_unstable_by_key(|at| (objects.list[*at as usize].1.total_ns, *at));
        let gone = order.len() / 2 + 1;
        let mut kept = vec![u32::MAX; order.len()];
        let mut list = Vec::with_capacity(order.len());
        for (rank, at) in order.iter().enumerate() {
            let (object, amount) = std::mem::take(&mut objects.list[*at as usize]);
            if rank >= gone {
                kept[*at as usize] = list.len() as u32;
                list.push((object, amount));
                continue;
            }
            objects.folded.others.merge(&amount);
            if rank + 1 == gone {
                let missed = &mut objects.folded.missed_ns;
                *missed = missed.saturating_add(amount.total_ns);
            }
            put_object(&mut self.words, &object, &amount, false);
        }
        objects.list = list;
        objects.places.retain(|_, at| {
            *at = kept[*at as usize];
            *at != u32::MAX
        });
    }

    #[cold]
    fn fold_aspects(&mut self, about: About<'_>) {
        for (aspects, amount) in self.aspects.take() {
            for info in &CARRIER_FIELDS {
                if let From::Aspect(value) = info.from
                    && let Some(value) = value(&aspects, &about)
                {
                    put(&mut self.words, info.field, value, &amount);
                }
            }
        }
    }

    /// Everything in words, by field.
    pub fn finish(
        mut self,
        about: About<'_>,
        who: Who<'_>,
        (from_ns, until_ns): (u64, u64),
    ) -> HashMap<CarrierField, Bounded<String>> {
        self.fold_aspects(about);
        for (object, amount) in std::mem::take(&mut self.objects.list) {
            put_object(&mut self.words, &object, &amount, true);
        }
        let rows = self.rows.take();
        for info in &CARRIER_FIELDS {
            let (field, words) = (info.field, &mut self.words);
            match info.from {
                From::Object(_, true) if self.objects.folded.any() => {
                    words.entry(field).or_default().add_folded(&self.objects.folded);
                }
                From::Row(value) => rows.iter().for_each(|(row, amount)| {
                    if let Some(value) = value(*row, &who) {
                        put(words, field, value, amount);
                    }
                }),
                From::Time => self.time.tenths(from_ns, until_ns).for_each(|(value, amount)| {
                    put(words, field, value, &amount);
                }),
                _ => {}
            }
        }
        self.words
    }
}

type Words = HashMap<CarrierField, Bounded<String>>;

fn put(words: &mut Words, field: CarrierField, value: String, amount: &Amount) {
    words.entry(field).or_default().add(value, amount, Limit::USUAL);
}

/// Adds an object to its fields; to those that are as many as there are objects
/// only at the end.
fn put_object(words: &mut Words, object: &Object, amount: &Amount, own: bool) {
    for info in &CARRIER_FIELDS {
        if let From::Object(value, one_each) = info.from
            && (own || !one_each)
            && let Some(value) = value(object)
        {
            put(words, info.field, value, amount);
        }
    }
}
