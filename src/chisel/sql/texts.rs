//! Texts by number: each is kept once, one behind the other in one piece of memory, and
//! found again by its hash. So millions of rows cost their numbers, and what is written
//! of them (Parquet's dictionaries) is there as it is wanted.

use std::borrow::Cow;

use super::index::Index;

/// Texts by number, from 0 on.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    all: String,
    index: Index,
}

impl Texts {
    /// The number of a text, which may be new. Bytes that are no UTF-8 are kept as U+FFFD.
    #[inline]
    pub fn number_of(&mut self, text: &[u8]) -> u32 {
        match self.index.find(self.all.as_bytes(), text) {
            Ok(number) => number,
            Err(_) => self.add(text),
        }
    }

    #[cold]
    fn add(&mut self, text: &[u8]) -> u32 {
        let text = match std::str::from_utf8(text) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(text),
        };
        self.index.make_room(self.all.as_bytes());
        // one that was no UTF-8 is another text now, and may be known
        let free = match self.index.find(self.all.as_bytes(), text.as_bytes()) {
            Ok(number) => return number,
            Err(free) => free,
        };
        self.all.push_str(&text);
        self.index.add(free, self.all.len())
    }

    /// The text of a number; nothing for one that was never given.
    #[must_use]
    pub fn text(&self, number: u32) -> &str {
        let (start, end) = self.index.bounds(number);
        self.all.get(start..end).unwrap_or_default()
    }

    /// All of them, by number.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.index.ends().len()).map(|number| self.text(number as u32))
    }

    /// Forgets them all, but keeps the memory.
    pub fn clear(&mut self) {
        self.all.clear();
        self.index.clear();
    }

    /// All texts one behind the other, and where each ends.
    #[must_use]
    pub fn parts(&self) -> (&str, &[usize]) {
        (&self.all, self.index.ends())
    }

    /// Memory that they take, bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.all.len() + self.index.bytes()
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
