//! The process list: one entry a thread, as they stood when the capture began.
//! Nine versions, each with fields more than the one before; version 9 entries
//! carry their length, and a tail whose fields depend on the writer.
//!
//! ```text
//! V9: u32 length | i64 tid, pid, ptid | V6: i64 sid | V8: i64 vpgid
//! str comm, exe | V7: str exepath | str args, cwd | i64 fdlimit
//! u32 flags, uid, gid | V2: 3 x u32 memory, 2 x u64 faults | V3: str env
//! V4: i64 vtid, vpid, str cgroups | V5: str root | V9: tail
//! tail <= 29 bytes: [u32 loginuid][u8 exe_writable][3 x u64 capabilities]
//! tail > 29 bytes (libs 0.10): u64 pid namespace start, u32 tty, then those
//! ```

use super::cursor::{Cursor, Entry, Short};

/// One thread of the process list; text fields borrow from the capture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Process<'a> {
    /// Thread id.
    pub tid: i64,
    /// Process id.
    pub pid: i64,
    /// Parent's thread id.
    pub ptid: i64,
    /// Session id; -1 when unknown.
    pub sid: i64,
    /// Process group in its own pid namespace; -1 when unknown.
    pub vpgid: i64,
    /// Command name.
    pub comm: &'a [u8],
    /// argv[0].
    pub exe: &'a [u8],
    /// Path of the executable.
    pub exepath: &'a [u8],
    /// argv[1..], each followed by NUL.
    pub args: &'a [u8],
    /// Working directory.
    pub cwd: &'a [u8],
    /// Limit of open files.
    pub fdlimit: i64,
    /// Flags `PPM_CL_*`.
    pub flags: u32,
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
    /// Virtual, resident and swapped memory, kB.
    pub memory_kb: [u32; 3],
    /// Major and minor page faults.
    pub faults: [u64; 2],
    /// Environment: `K=V`, each followed by NUL.
    pub env: &'a [u8],
    /// Thread id in its own pid namespace; -1 when unknown.
    pub vtid: i64,
    /// Process id in its own pid namespace; -1 when unknown.
    pub vpid: i64,
    /// `subsystem=path`, each followed by NUL.
    pub cgroups: &'a [u8],
    /// Root directory.
    pub root: &'a [u8],
    /// Controlling terminal; 0 when unknown.
    pub tty: u32,
    /// Whether the user may write the executable.
    pub exe_writable: bool,
    /// Login user id; `u32::MAX` when unknown.
    pub loginuid: u32,
    /// Bytes of a version 9 tail (tells the writer's age).
    pub tail: usize,
}

/// What wrote a capture, by the version of its process list and the bytes of
/// the tail of a version 9 entry (which tell the age of the writer).
#[must_use]
pub fn written_by(version: u8, tail: Option<usize>) -> Option<&'static str> {
    Some(match (version, tail?) {
        (9, 0) => "sysdig 0.23",
        (9, 4) => "sysdig 0.24 to 0.27",
        (9, 5) => "sysdig 0.29 (libs of 2021)",
        (9, 29) => "falcosecurity/libs 0.5 to 0.9",
        (9, 66) => "falcosecurity/libs 0.10 or 0.11",
        (9, 67) => "falcosecurity/libs 0.12 to 0.17",
        (9, 68) => "falcosecurity/libs 0.18",
        (9, 76) => "falcosecurity/libs 0.19 or newer",
        (8, _) => "sysdig 0.21 or 0.22",
        (7, _) => "sysdig 0.18 to 0.20",
        (6, _) => "sysdig 0.10 to 0.17",
        (5, _) => "sysdig 0.8 or 0.9",
        (4, _) => "sysdig 0.1.98 to 0.7",
        (1..=3, _) => "sysdig 0.1",
        _ => return None,
    })
}

/// Calls `each` for every entry of a process list of `version`.
///
/// # Errors
/// [`Short`] at the first entry that does not fit; those before it were given.
pub fn parse<'a>(
    body: &'a [u8],
    version: u8,
    mut each: impl FnMut(Process<'a>),
) -> Result<(), Short> {
    let mut cursor = Cursor::new(body);
    while cursor.remaining() >= 4 {
        match cursor.entry(version >= 9)? {
            Entry::Open => each(entry(&mut cursor, version)?),
            Entry::Closed(mut own) => each(entry(&mut own, version)?),
        }
    }
    Ok(())
}

fn entry<'a>(cursor: &mut Cursor<'a>, version: u8) -> Result<Process<'a>, Short> {
    let mut process = Process {
        sid: -1,
        vpgid: -1,
        vtid: -1,
        vpid: -1,
        loginuid: u32::MAX,
        ..Process::default()
    };
    process.tid = cursor.i64()?;
    process.pid = cursor.i64()?;
    process.ptid = cursor.i64()?;
    if version >= 6 {
        process.sid = cursor.i64()?;
    }
    if version >= 8 {
        process.vpgid = cursor.i64()?;
    }
    process.comm = cursor.string()?;
    process.exe = cursor.string()?;
    if version >= 7 {
        process.exepath = cursor.string()?;
    }
    process.args = cursor.string()?;
    process.cwd = cursor.string()?;
    process.fdlimit = cursor.i64()?;
    process.flags = cursor.u32()?;
    process.uid = cursor.u32()?;
    process.gid = cursor.u32()?;
    if version >= 2 {
        process.memory_kb = [cursor.u32()?, cursor.u32()?, cursor.u32()?];
        process.faults = [cursor.u64()?, cursor.u64()?];
    }
    if version >= 3 {
        process.env = cursor.string()?;
    }
    if version >= 4 {
        process.vtid = cursor.i64()?;
        process.vpid = cursor.i64()?;
        process.cgroups = cursor.string()?;
    }
    if version >= 5 {
        process.root = cursor.string()?;
    }
    if version >= 9 {
        process.tail = cursor.remaining();
        tail(cursor, &mut process)?;
    }
    Ok(process)
}

fn tail(rest: &mut Cursor<'_>, process: &mut Process<'_>) -> Result<(), Short> {
    if rest.remaining() > 29 {
        rest.take(8)?; // libs 0.10 put two fields in front
        process.tty = rest.u32()?;
    }
    if rest.remaining() >= 4 {
        process.loginuid = rest.u32()?;
    }
    if rest.remaining() >= 1 {
        process.exe_writable = rest.u8()? != 0;
    }
    Ok(())
}
