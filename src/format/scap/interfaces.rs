//! Network interfaces of the machine.
//!
//! ```text
//! [V2: u32 length of what follows] u16 type, u16 name length, addresses, name
//! type 1: IPv4 address, mask, broadcast, u64 speed   (24 bytes)
//! type 2: IPv6, the same                             (56 bytes)
//! types 3, 4: the same without speed (oldest)        (12, 48 bytes)
//! ```
//! Unlike all other lists, a version 2 length does not count itself.

use super::cursor::{Cursor, Short};

/// One address of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface<'a> {
    /// Interface name.
    pub name: &'a [u8],
    /// Address, mask and broadcast address as stored: 4 or 16 bytes each.
    pub addresses: &'a [u8],
}

/// Calls `each` for every entry of an interface list of `version`.
///
/// # Errors
/// [`Short`] at the first entry that does not fit or whose type is unknown.
pub fn parse<'a>(
    body: &'a [u8],
    version: u8,
    mut each: impl FnMut(Interface<'a>),
) -> Result<(), Short> {
    let mut cursor = Cursor::new(body);
    while cursor.remaining() >= 4 {
        if version >= 2 {
            let length = usize::try_from(cursor.u32()?).unwrap_or(usize::MAX);
            each(entry(&mut cursor.nested(length)?)?);
        } else {
            each(entry(&mut cursor)?);
        }
    }
    Ok(())
}

fn entry<'a>(cursor: &mut Cursor<'a>) -> Result<Interface<'a>, Short> {
    let at = cursor.position();
    let kind = cursor.u16()?;
    let name_length = usize::from(cursor.u16()?);
    let (addresses, speed) = match kind {
        1 => (12, 8),
        2 => (48, 8),
        3 => (12, 0),
        4 => (48, 0),
        _ => {
            return Err(Short { at, need: usize::MAX });
        }
    };
    let addresses = cursor.take(addresses)?;
    cursor.take(speed)?;
    Ok(Interface { addresses, name: cursor.take(name_length)? })
}
