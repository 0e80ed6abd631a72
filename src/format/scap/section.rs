//! The section header: begins a capture, and each capture that was appended
//! to another.
//!
//! ```text
//! u32 magic 0x1A2B3C4D, u16 major, u16 minor, u64 section length, options
//! option: u16 code, u16 length, value padded to 4; code 0 ends
//! ```

use super::cursor::{Cursor, Short, text};

/// Magic number in the byte order of the writer.
pub const MAGIC: u32 = 0x1A2B_3C4D;

/// One section header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Major version; 1.
    pub major: u16,
    /// Minor version: 0 up to sysdig 0.20, 1 up to 0.22, 2 since 0.23.
    pub minor: u16,
    /// pcapng options that another tool added: code and text.
    pub options: Vec<(u16, String)>,
}

/// Reads a section header's body.
///
/// # Errors
/// [`Short`] when it is cut off.
pub fn parse(body: &[u8]) -> Result<Section, Short> {
    let mut cursor = Cursor::new(body);
    cursor.u32()?;
    let (major, minor) = (cursor.u16()?, cursor.u16()?);
    cursor.u64()?;
    let mut options = Vec::new();
    while cursor.remaining() >= 4 {
        let (code, length) = (cursor.u16()?, usize::from(cursor.u16()?));
        if code == 0 {
            break;
        }
        options.push((code, text(cursor.take(length)?)));
        cursor.take(length.next_multiple_of(4).saturating_sub(length).min(cursor.remaining()))?;
    }
    Ok(Section { major, minor, options })
}
