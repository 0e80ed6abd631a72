//! The machine that was captured.
//!
//! ```text
//! u32 cpus, u64 memory, u64 highest pid, char[128] host name, u64 boot time
//! (ns since the epoch; 0 before libs 0.10), u64 flags, 2 x u64 reserved
//! ```

use super::cursor::{Cursor, Short, text};

/// Machine information.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Number of processors.
    pub cpus: u32,
    /// Physical memory in bytes.
    pub memory_bytes: u64,
    /// Host name.
    pub host: String,
    /// Boot time in ns since the epoch; 0 when the writer did not say.
    pub boot_ns: u64,
}

/// Reads a machine block's body.
///
/// # Errors
/// [`Short`] when it is cut off.
pub fn parse(body: &[u8]) -> Result<Machine, Short> {
    let mut cursor = Cursor::new(body);
    let cpus = cursor.u32()?;
    let memory_bytes = cursor.u64()?;
    cursor.u64()?;
    let host = text(cursor.take(128)?);
    let boot_ns = cursor.u64()?;
    Ok(Machine { cpus, memory_bytes, host, boot_ns })
}
