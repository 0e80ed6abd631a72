//! Texts by number: each is kept once, one behind the other in one piece of memory, and
//! found again by its hash. So millions of rows cost their numbers, and what is written
//! of them (Parquet's dictionaries) is there as it is wanted.

use std::borrow::Cow;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;

/// Texts by number, from 0 on.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    all: String,
    /// Where each text ends in `all`.
    ends: Vec<usize>,
    /// Part of a text's hash, and its number + 1; 0 marks a free place.
    places: Vec<(u32, u32)>,
    hasher: RandomState,
}

/// Places of a table that holds its first texts.
const FIRST: usize = 64;

impl Texts {
    /// The number of a text, which may be new. Bytes that are no UTF-8 are kept as U+FFFD.
    #[inline]
    pub fn number_of(&mut self, text: &[u8]) -> u32 {
        match self.find(text) {
            Ok(number) => number,
            Err(_) => self.add(text),
        }
    }

    /// The number of a text, or the place and the mark that it would have.
    #[inline]
    fn find(&self, text: &[u8]) -> Result<u32, (usize, u32)> {
        let hash = self.hasher.hash_one(text);
        let (mark, mask) = ((hash >> 32) as u32, self.places.len().wrapping_sub(1));
        let mut at = hash as usize & mask;
        while let Some((known, number)) = self.places.get(at).filter(|(_, number)| *number > 0) {
            if *known == mark && self.bytes_of(number - 1) == text {
                return Ok(number - 1);
            }
            at = (at + 1) & mask;
        }
        Err((at, mark))
    }

    #[cold]
    fn add(&mut self, text: &[u8]) -> u32 {
        let text = match std::str::from_utf8(text) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(text),
        };
        if self.places.len() < 2 * (self.ends.len() + 1) {
            self.grow();
        }
        // one that was no UTF-8 is another text now, and may be known
        let (at, mark) = match self.find(text.as_bytes()) {
            Ok(number) => return number,
            Err(free) => free,
        };
        let number = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.all.push_str(&text);
        self.ends.push(self.all.len());
        if let Some(place) = self.places.get_mut(at) {
            *place = (mark, number.saturating_add(1));
        }
        number
    }

    fn grow(&mut self) {
        let length = (self.places.len() * 2).max(FIRST);
        self.places = vec![(0, 0); length];
        for number in (0u32..).take(self.ends.len()) {
            if let Err((at, mark)) = self.find(self.bytes_of(number)) {
                self.places[at] = (mark, number + 1);
            }
        }
    }

    #[inline]
    fn bytes_of(&self, number: u32) -> &[u8] {
        let (start, end) = self.bounds(number);
        self.all.as_bytes().get(start..end).unwrap_or_default()
    }

    #[inline]
    fn bounds(&self, number: u32) -> (usize, usize) {
        let at = number as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before));
        (start.copied().unwrap_or(0), self.ends.get(at).copied().unwrap_or(0))
    }

    /// The text of a number; nothing for one that was never given.
    #[must_use]
    pub fn text(&self, number: u32) -> &str {
        let (start, end) = self.bounds(number);
        self.all.get(start..end).unwrap_or_default()
    }

    /// All of them, by number.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.ends.len()).map(|number| self.text(number as u32))
    }

    /// Forgets them all, but keeps the memory.
    pub fn clear(&mut self) {
        self.all.clear();
        self.ends.clear();
        self.places.fill((0, 0));
    }

    /// All texts one behind the other, and where each ends.
    #[must_use]
    pub fn parts(&self) -> (&str, &[usize]) {
        (&self.all, &self.ends)
    }

    /// Memory that they take, bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.all.len() + size_of_val(&self.ends[..]) + size_of_val(&self.places[..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_number_however_many_there_are() {
        let mut texts = Texts::default();
        let numbers = |texts: &mut Texts| {
            (0..5000).map(|n| texts.number_of(format!("text {n}").as_bytes())).collect::<Vec<_>>()
        };
        let first = numbers(&mut texts);
        assert_eq!(first, (0..5000).collect::<Vec<u32>>());
        assert_eq!(numbers(&mut texts), first);
        assert_eq!((texts.iter().count(), texts.text(4321)), (5000, "text 4321"));
        assert_eq!(texts.iter().nth(17), Some("text 17"));
        assert_eq!(texts.text(5000), "");
    }

    #[test]
    fn an_empty_text_is_one_and_what_is_no_text_becomes_one() {
        let mut texts = Texts::default();
        let odd: [&[u8]; 5] = [b"", b"a\xffb", "a\u{fffd}b".as_bytes(), b"a\xffb", b""];
        let numbers = odd.map(|text| texts.number_of(text));
        assert_eq!(numbers, [0, 1, 1, 1, 0]);
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["", "a\u{fffd}b"]);
    }
}
