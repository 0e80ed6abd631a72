//! What a file is when it is no capture, in one line, and what to do.

use std::fmt;

use super::block::SECTION;
use super::section::MAGIC;

/// Why a file is not read as a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotACapture {
    /// No bytes at all.
    Empty,
    /// A capture's first block is not complete.
    TooShort(usize),
    /// Written on a big-endian machine.
    BigEndian,
    /// A major version that nobody has written yet.
    Version(u16),
    /// Recognised as something else: what, and what to do.
    Other(&'static str, &'static str),
    /// Not recognised; the first bytes.
    Unknown(Vec<u8>),
}

impl fmt::Display for NotACapture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotACapture::Empty => write!(
                f,
                "the file is empty; the recorder wrote nothing (record with: sysdig -w FILE)"
            ),
            NotACapture::TooShort(bytes) => write!(
                f,
                "the file ends after {bytes} bytes, inside the first block; record it again"
            ),
            NotACapture::BigEndian => write!(
                f,
                "a scap capture of a big-endian machine; read it with sysdig on such a machine"
            ),
            NotACapture::Version(major) => {
                write!(f, "a scap capture of format version {major}; this tool reads version 1")
            }
            NotACapture::Other(what, todo) => write!(f, "this is {what}; {todo}"),
            NotACapture::Unknown(start) => {
                write!(f, "no capture: it begins with ")?;
                for byte in start {
                    write!(f, "{byte:02x} ")?;
                }
                write!(
                    f,
                    "where a scap section header (0a 0d 0d 0a) was expected; record with: sysdig -w FILE"
                )
            }
        }
    }
}

/// Checks that `bytes` begin a capture; `at_end`: there are no more.
///
/// # Errors
/// [`NotACapture`] says what they are instead.
pub fn check_start(bytes: &[u8], at_end: bool) -> Result<(), NotACapture> {
    if bytes.is_empty() {
        return Err(NotACapture::Empty);
    }
    if word(bytes, 0) == Some(SECTION) {
        return check_section(bytes, at_end);
    }
    Err(recognise(bytes))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}

fn check_section(bytes: &[u8], at_end: bool) -> Result<(), NotACapture> {
    let length = word(bytes, 4).unwrap_or(0);
    match word(bytes, 8) {
        Some(MAGIC) => {}
        Some(magic) if magic == MAGIC.swap_bytes() => return Err(big_endian(bytes)),
        None => return Err(NotACapture::TooShort(bytes.len())),
        Some(_) => return Err(unknown(bytes)),
    }
    let major = bytes.get(12..14).and_then(|two| two.try_into().ok()).map_or(0, u16::from_le_bytes);
    if major > 1 {
        return Err(NotACapture::Version(major));
    }
    let next = usize::try_from(length).ok().and_then(|length| word(bytes, length));
    match next {
        Some(1..=10) => Err(PCAPNG),
        None if at_end && bytes.len() < 28 => Err(NotACapture::TooShort(bytes.len())),
        _ => Ok(()),
    }
}

const PCAPNG: NotACapture = NotACapture::Other(
    "a pcapng capture of network packets",
    "system calls are recorded with: sysdig -w FILE",
);

fn big_endian(bytes: &[u8]) -> NotACapture {
    let length = word(bytes, 4).map_or(0, u32::swap_bytes);
    let next = usize::try_from(length).ok().and_then(|length| word(bytes, length));
    match next.map(u32::swap_bytes) {
        Some(1..=10) => PCAPNG,
        _ => NotACapture::BigEndian,
    }
}

fn unknown(bytes: &[u8]) -> NotACapture {
    NotACapture::Unknown(bytes.iter().take(8).copied().collect())
}

fn recognise(bytes: &[u8]) -> NotACapture {
    const RECORD: &str = "system calls are recorded with: sysdig -w FILE";
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let other = NotACapture::Other;
    if starts(b"PERFILE2") {
        return other(
            "a perf.data file",
            "the text that comes out of it can be read: perf trace -i FILE -o FILE.txt (if perf \
             trace record made it)",
        );
    }
    if starts(b"\x17\x08\x44tracing") {
        return other(
            "a trace.dat file of trace-cmd",
            "it cannot be read; text to read by yourself comes out of it with: trace-cmd report FILE",
        );
    }
    if [
        [0xd4, 0xc3, 0xb2, 0xa1],
        [0xa1, 0xb2, 0xc3, 0xd4],
        [0x4d, 0x3c, 0xb2, 0xa1],
        [0xa1, 0xb2, 0x3c, 0x4d],
    ]
    .iter()
    .any(|magic| starts(magic))
    {
        return other("a pcap capture of network packets", RECORD);
    }
    if starts(b"\x1f\x8b") || starts(b"\x28\xb5\x2f\xfd") {
        return other("compressed twice", "decompress it once and try again");
    }
    if starts(b"\x7fELF") {
        return other("a program", RECORD);
    }
    if starts(b"BZh") || starts(b"\xfd7zXZ\x00") || starts(b"PK\x03\x04") {
        return other("an archive this tool does not open (bzip2, xz or zip)", "unpack it first");
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return other("a tar archive", "unpack it first");
    }
    if is_text(bytes) {
        return other(
            "a text file, but none of strace or perf trace",
            "captures are recorded with: sysdig -w FILE, or strace -f -ttt -T -o FILE",
        );
    }
    unknown(bytes)
}

fn is_text(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(512)).unwrap_or(bytes);
    head.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e | 0x80..))
}
