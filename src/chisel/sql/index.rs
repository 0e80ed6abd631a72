//! Pieces of bytes by number, from 0 on, found again by their hash. The pieces lie one
//! behind the other in memory that somebody else keeps, as text or as bytes.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;

/// Places of a table that holds its first pieces.
const FIRST: usize = 64;

/// Where a piece is looked for, and a part of its hash.
pub(super) type Free = (usize, u32);

/// Where each piece is in what the others keep, and its number.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// Where each piece ends.
    ends: Vec<usize>,
    /// Part of a piece's hash, and its number + 1; 0 marks a free place.
    places: Vec<(u32, u32)>,
    hasher: RandomState,
}

impl Index {
    /// The number of a piece of `all`, or where it would be.
    #[inline]
    pub(super) fn find(&self, all: &[u8], piece: &[u8]) -> Result<u32, Free> {
        let hash = self.hasher.hash_one(piece);
        let (mark, mask) = ((hash >> 32) as u32, self.places.len().wrapping_sub(1));
        let mut at = hash as usize & mask;
        while let Some((known, number)) = self.places.get(at).filter(|(_, number)| *number > 0) {
            if *known == mark && self.piece(all, number - 1) == piece {
                return Ok(number - 1);
            }
            at = (at + 1) & mask;
        }
        Err((at, mark))
    }

    /// Makes room for one more of the pieces of `all`. What was free before is not now.
    pub(super) fn make_room(&mut self, all: &[u8]) {
        if self.places.len() >= 2 * (self.ends.len() + 1) {
            return;
        }
        let length = (self.places.len() * 2).max(FIRST);
        self.places = vec![(0, 0); length];
        for number in (0u32..).take(self.ends.len()) {
            if let Err((at, mark)) = self.find(all, self.piece(all, number)) {
                self.places[at] = (mark, number + 1);
            }
        }
    }

    /// Numbers a piece that was put behind the others, which end at `end` now.
    pub(super) fn add(&mut self, (at, mark): Free, end: usize) -> u32 {
        let number = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.ends.push(end);
        if let Some(place) = self.places.get_mut(at) {
            *place = (mark, number.saturating_add(1));
        }
        number
    }

    #[inline]
    fn piece<'a>(&self, all: &'a [u8], number: u32) -> &'a [u8] {
        let (start, end) = self.bounds(number);
        all.get(start..end).unwrap_or_default()
    }

    /// Where a piece begins and ends; nothing for one that was never given.
    #[inline]
    pub(super) fn bounds(&self, number: u32) -> (usize, usize) {
        let at = number as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before));
        (start.copied().unwrap_or(0), self.ends.get(at).copied().unwrap_or(0))
    }

    /// Where each ends.
    pub(super) fn ends(&self) -> &[usize] {
        &self.ends
    }

    /// Forgets them all, but keeps the memory.
    pub(super) fn clear(&mut self) {
        self.ends.clear();
        self.places.fill((0, 0));
    }

    /// Memory that it takes, bytes, without the pieces.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&self.ends[..]) + size_of_val(&self.places[..])
    }
}
