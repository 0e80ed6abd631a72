//! The file descriptors of one thread, as they stood when the capture began.
//!
//! ```text
//! u64 tid, then entries: [V2: u32 length] i64 fd, u64 inode, u8 type, payload
//! ```

use super::cursor::{Cursor, Entry, Short};

/// One file descriptor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fd<'a> {
    /// Number.
    pub fd: i64,
    /// Inode.
    pub inode: u64,
    /// Type number of the format (1 file, 2 directory, 3 IPv4 socket, ...).
    pub kind: u8,
    /// Name, for the types that carry one.
    pub name: &'a [u8],
    /// Addresses, for sockets: as stored; flags of opening, for files (type 16).
    pub address: &'a [u8],
    /// Device of a file; 0 where the writer did not say.
    pub device: u32,
}

/// Calls `each` for every entry; returns the thread they belong to.
///
/// # Errors
/// [`Short`] at the first entry that does not fit or whose type is unknown to
/// a version 1 list (there the payload's length cannot be known).
pub fn parse<'a>(body: &'a [u8], version: u8, mut each: impl FnMut(Fd<'a>)) -> Result<u64, Short> {
    let mut cursor = Cursor::new(body);
    let tid = cursor.u64()?;
    while cursor.remaining() >= 4 {
        match cursor.entry(version >= 2)? {
            Entry::Open => each(entry(&mut cursor, false)?),
            Entry::Closed(mut own) => each(entry(&mut own, true)?),
        }
    }
    Ok(tid)
}

fn entry<'a>(cursor: &mut Cursor<'a>, delimited: bool) -> Result<Fd<'a>, Short> {
    let fd = cursor.i64()?;
    let inode = cursor.u64()?;
    let at = cursor.position();
    let kind = cursor.u8()?;
    let (address, name): (&[u8], &[u8]) = match kind {
        0 => (&[], &[]),
        3 => (cursor.take(13)?, &[]),
        4 => (cursor.take(37)?, &[]),
        5 => (cursor.take(7)?, &[]),
        6 => (cursor.take(19)?, &[]),
        8 => (cursor.take(16)?, cursor.string()?),
        16 => (cursor.take(4)?, cursor.string()?),
        1 | 2 | 7 | 9..=15 | 17..=21 => (&[], cursor.string()?),
        _ if delimited => (&[], &[]),
        _ => {
            return Err(Short { at, need: usize::MAX });
        }
    };
    let has_device = delimited && kind == 16 && cursor.remaining() >= 4;
    let device = if has_device { cursor.u32()? } else { 0 };
    Ok(Fd { fd, inode, kind, name, address, device })
}
