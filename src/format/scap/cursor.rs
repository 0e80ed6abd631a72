//! The one way to read numbers and strings from a capture: every read is
//! checked against what is there, and what is missing is an error with the
//! position and the count.

use std::fmt;

/// Fewer bytes than a value needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    /// Offset in the block's body where the value begins.
    pub at: usize,
    /// Bytes the value needs.
    pub need: usize,
}

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes needed at offset {} of the block's body", self.need, self.at)
    }
}

/// A position in borrowed bytes.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    pos: usize,
}

impl<'a> Cursor<'a> {
    /// Starts at the first of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Cursor { bytes, pos: 0 }
    }

    /// Offset of the next byte.
    #[must_use]
    pub fn position(&self) -> usize {
        self.pos
    }

    /// Bytes not read yet.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.bytes.len().saturating_sub(self.pos)
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// [`Short`] when there are fewer.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Short> {
        let end = self.pos.saturating_add(count);
        let taken = self.bytes.get(self.pos..end).ok_or(Short { at: self.pos, need: count })?;
        self.pos = end;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Short> {
        let at = self.pos;
        self.take(N)?.try_into().map_err(|_| Short { at, need: N })
    }

    /// The next byte.
    ///
    /// # Errors
    /// [`Short`] when there is none; the same for the other reads.
    pub fn u8(&mut self) -> Result<u8, Short> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    /// The next 16 bits, little endian.
    ///
    /// # Errors
    /// [`Short`].
    pub fn u16(&mut self) -> Result<u16, Short> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    /// The next 32 bits, little endian.
    ///
    /// # Errors
    /// [`Short`].
    pub fn u32(&mut self) -> Result<u32, Short> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// The next 64 bits, little endian.
    ///
    /// # Errors
    /// [`Short`].
    pub fn u64(&mut self) -> Result<u64, Short> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// The next 64 bits, little endian, signed.
    ///
    /// # Errors
    /// [`Short`].
    pub fn i64(&mut self) -> Result<i64, Short> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    /// A string: its length in 16 bits, then its bytes.
    ///
    /// # Errors
    /// [`Short`].
    pub fn string(&mut self) -> Result<&'a [u8], Short> {
        let length = self.u16()?;
        self.take(usize::from(length))
    }

    /// The next `length` bytes as a cursor of their own.
    ///
    /// # Errors
    /// [`Short`].
    pub fn nested(&mut self, length: usize) -> Result<Cursor<'a>, Short> {
        Ok(Cursor::new(self.take(length)?))
    }

    /// An entry of a list: in newer blocks (`prefixed`) a 32 bit length that
    /// counts itself comes first; the entry ends there whatever is known of it.
    ///
    /// # Errors
    /// [`Short`]; a length below its own four bytes counts as short too.
    pub fn entry(&mut self, prefixed: bool) -> Result<Entry<'a>, Short> {
        if !prefixed {
            return Ok(Entry::Open);
        }
        let at = self.pos;
        let length = usize::try_from(self.u32()?).unwrap_or(usize::MAX);
        let body = length.checked_sub(4).ok_or(Short { at, need: 4 })?;
        Ok(Entry::Closed(self.nested(body)?))
    }
}

/// Where a list entry's fields are read from.
pub enum Entry<'a> {
    /// The list itself: the entry ends where its last field ends.
    Open,
    /// Bytes of its own, delimited by the entry's length.
    Closed(Cursor<'a>),
}

/// Text of a captured name: bytes that are not UTF-8 are replaced.
#[must_use]
pub(crate) fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..end).unwrap_or(bytes)).into_owned()
}
