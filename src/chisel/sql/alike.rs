//! Where the cells of rows are that are alike: of events that are made of the same bytes,
//! whatever these are.

use super::index::Index;

/// No place yet.
pub(super) const NONE: u32 = u32::MAX;

/// Places by the bytes that things are made of.
#[derive(Debug, Default)]
pub(super) struct Alike {
    index: Index,
    /// The bytes, one thing's behind the other's.
    all: Vec<u8>,
    /// By number of the index.
    places: Vec<u32>,
}

impl Alike {
    /// The place of what is made of these bytes: [`NONE`] for a new thing.
    #[inline]
    pub(super) fn place(&mut self, made_of: &[u8]) -> Option<&mut u32> {
        let number = match self.index.find(&self.all, made_of) {
            Ok(number) => number,
            Err(_) => self.add(made_of),
        };
        self.places.get_mut(number as usize)
    }

    #[cold]
    fn add(&mut self, made_of: &[u8]) -> u32 {
        self.index.make_room(&self.all);
        match self.index.find(&self.all, made_of) {
            Ok(number) => number,
            Err(free) => {
                self.all.extend_from_slice(made_of);
                self.places.push(NONE);
                self.index.add(free, self.all.len())
            }
        }
    }

    /// Forgets them all, but keeps the memory.
    pub(super) fn clear(&mut self) {
        self.index.clear();
        self.all.clear();
        self.places.clear();
    }

    /// Memory that they take, bytes.
    pub(super) fn bytes(&self) -> usize {
        self.index.bytes() + self.all.len() + size_of_val(&self.places[..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_of_the_same_bytes_have_the_same_place() {
        let mut alike = Alike::default();
        let things: Vec<String> = (0..1000).map(|at| format!("thing {}", at % 300)).collect();
        for (at, thing) in things.iter().enumerate() {
            let place = alike.place(thing.as_bytes()).unwrap();
            assert_eq!(*place, if at < 300 { NONE } else { at as u32 % 300 });
            *place = at as u32 % 300;
        }
        alike.clear();
        assert_eq!(alike.place(b"thing 1"), Some(&mut { NONE }));
    }
}
