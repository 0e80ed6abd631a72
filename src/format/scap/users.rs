//! Users and groups of the machine.
//!
//! ```text
//! [V2: u32 length] u8 type; 0: u32 uid, gid, str name, home, shell
//!                           else: u32 gid, str name
//! ```

use super::cursor::{Cursor, Entry, Short};

/// A user or a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account<'a> {
    /// A user: id, main group, name.
    User {
        /// Number of the user.
        uid: u32,
        /// Number of the main group.
        gid: u32,
        /// Name.
        name: &'a [u8],
        /// Home directory.
        home: &'a [u8],
        /// Login shell.
        shell: &'a [u8],
    },
    /// A group: id, name.
    Group {
        /// Number of the group.
        gid: u32,
        /// Name.
        name: &'a [u8],
    },
}

/// Calls `each` for every entry of a user list of `version`.
///
/// # Errors
/// [`Short`] at the first entry that does not fit.
pub fn parse<'a>(
    body: &'a [u8],
    version: u8,
    mut each: impl FnMut(Account<'a>),
) -> Result<(), Short> {
    let mut cursor = Cursor::new(body);
    while cursor.remaining() >= 4 {
        match cursor.entry(version >= 2)? {
            Entry::Open => each(entry(&mut cursor)?),
            Entry::Closed(mut own) => each(entry(&mut own)?),
        }
    }
    Ok(())
}

fn entry<'a>(cursor: &mut Cursor<'a>) -> Result<Account<'a>, Short> {
    if cursor.u8()? != 0 {
        return Ok(Account::Group { gid: cursor.u32()?, name: cursor.string()? });
    }
    let (uid, gid, name) = (cursor.u32()?, cursor.u32()?, cursor.string()?);
    let (home, shell) = (cursor.string()?, cursor.string()?);
    Ok(Account::User { uid, gid, name, home, shell })
}
