//! Block types and framing.
//!
//! ```text
//! 0     u32  block type
//! 4     u32  total length L: these 8 bytes, body, padding to 4, trailer
//! 8     ..   body
//! L-4   u32  L again
//! ```
//!
//! The numbers are those of libscap's writer at every release; `_INT` numbers
//! stem from before the first release and have the layout of version 1.

use pcap_file::pcapng::RawBlock;

/// Length of a block's type, length and trailer.
pub const FRAME: usize = 12;
/// Largest event block of the kinds that are not LARGE: readers refuse more.
pub const MAX_SMALL: u32 = 65_536 + 8;
/// Largest block that is read at all; the largest known writers make are a
/// few MiB. A stream would have to be held in memory up to this size.
pub const MAX_BLOCK: u32 = 64 << 20;
/// Type of the section header.
pub const SECTION: u32 = 0x0A0D_0D0A;

/// How an event block is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventLayout {
    /// Dump flags (32 bits) follow the cpu id.
    pub flags: bool,
    /// The event header carries its number of parameters (26 bytes, not 22).
    pub counted: bool,
    /// May be longer than [`MAX_SMALL`].
    pub large: bool,
}

impl EventLayout {
    /// How many there are.
    pub const COUNT: usize = 8;

    /// All of them, in order of [`Self::index`].
    #[must_use]
    pub fn all() -> [EventLayout; Self::COUNT] {
        std::array::from_fn(|at| EventLayout {
            flags: at & 1 != 0,
            counted: at & 2 != 0,
            large: at & 4 != 0,
        })
    }

    /// Position in a table of all layouts.
    #[inline]
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.flags) | usize::from(self.counted) << 1 | usize::from(self.large) << 2
    }
}

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// Section header.
    Section,
    /// Machine information.
    Machine,
    /// Process list, version 1 to 9.
    Processes(u8),
    /// File descriptors of one thread, version 1 or 2.
    Fds(u8),
    /// Network interfaces, version 1 or 2.
    Interfaces(u8),
    /// Users and groups, version 1 or 2.
    Users(u8),
    /// An event.
    Event(EventLayout),
    /// A type these tables do not know: counted and passed over.
    Unknown(u32),
}

const fn event(flags: bool, counted: bool, large: bool) -> BlockKind {
    BlockKind::Event(EventLayout { flags, counted, large })
}

impl BlockKind {
    /// What a block type number means.
    #[inline]
    #[must_use]
    pub fn of(number: u32) -> BlockKind {
        match number {
            0x216 => event(false, true, false),
            0x217 => event(true, true, false),
            0x221 => event(false, true, true),
            0x222 => event(true, true, true),
            0x204 | 0x8010_ABCD => event(false, false, false),
            0x208 => event(true, false, false),
            SECTION => BlockKind::Section,
            0x201 | 0x8002_ABCD => BlockKind::Machine,
            0x202 | 0x8000_ABCD => BlockKind::Processes(1),
            0x207 | 0x8013_ABCD => BlockKind::Processes(2),
            0x209 | 0x8014_ABCD => BlockKind::Processes(3),
            0x210 => BlockKind::Processes(4),
            0x211 => BlockKind::Processes(5),
            0x212 => BlockKind::Processes(6),
            0x213 => BlockKind::Processes(7),
            0x214 => BlockKind::Processes(8),
            0x215 => BlockKind::Processes(9),
            0x203 | 0x8001_ABCD => BlockKind::Fds(1),
            0x218 => BlockKind::Fds(2),
            0x205 | 0x8011_ABCD => BlockKind::Interfaces(1),
            0x219 => BlockKind::Interfaces(2),
            0x206 | 0x8012_ABCD => BlockKind::Users(1),
            0x220 => BlockKind::Users(2),
            other => BlockKind::Unknown(other),
        }
    }

    /// Short name for people: `event (EV_V2)`, `process list V9`.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            BlockKind::Section => "section header".into(),
            BlockKind::Machine => "machine info".into(),
            BlockKind::Processes(version) => format!("process list V{version}"),
            BlockKind::Fds(version) => format!("fd list V{version}"),
            BlockKind::Interfaces(version) => format!("interface list V{version}"),
            BlockKind::Users(version) => format!("user list V{version}"),
            BlockKind::Event(layout) => format!(
                "event (EV{}{}{})",
                if layout.flags { "F" } else { "" },
                if layout.counted { "_V2" } else { "" },
                if layout.large { "_LARGE" } else { "" }
            ),
            BlockKind::Unknown(number) => format!("unknown block 0x{number:X}"),
        }
    }

    /// Largest total length that a block of this kind may have.
    #[inline]
    #[must_use]
    pub fn max_length(self) -> u32 {
        match self {
            BlockKind::Event(layout) if !layout.large => MAX_SMALL,
            _ => MAX_BLOCK,
        }
    }
}

/// A block found in a slice.
#[derive(Clone, Copy, Debug)]
pub struct Framed<'a> {
    /// What it is.
    pub kind: BlockKind,
    /// Total length in bytes, as its header says.
    pub length: usize,
    /// Everything between header and trailer.
    pub body: &'a [u8],
    /// Whether the trailer repeats the length.
    pub trailer_ok: bool,
}

/// Why no block begins here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoBlock {
    /// It may, but this many bytes are needed in all.
    Incomplete(usize),
    /// The length cannot be right.
    BadLength(u32),
    /// The trailer of a block that is no event differs from its length.
    BadTrailer,
}

/// Number at `at`, zero where the slice is too short (callers check lengths).
#[inline]
fn word(bytes: &[u8], at: usize) -> u32 {
    bytes
        .get(at..at.saturating_add(4))
        .and_then(|four| four.try_into().ok())
        .map_or(0, u32::from_le_bytes)
}

/// Frames the block at the start of `bytes` without copying: the bare walk,
/// for event blocks. All others go through pcap-file, which sees the same
/// blocks (a test says so); event blocks may carry a wrong trailer, which
/// libscap reads and never checks, and pcap-file refuses.
///
/// # Errors
/// [`NoBlock`] says how many bytes are missing or what is wrong.
#[inline]
pub fn frame(bytes: &[u8]) -> Result<Framed<'_>, NoBlock> {
    if bytes.len() < FRAME {
        return Err(NoBlock::Incomplete(FRAME));
    }
    let kind = BlockKind::of(word(bytes, 0));
    let claimed = word(bytes, 4);
    if claimed < 12 || !claimed.is_multiple_of(4) || claimed > kind.max_length() {
        return Err(NoBlock::BadLength(claimed));
    }
    let length = usize::try_from(claimed).unwrap_or(usize::MAX);
    if bytes.len() < length {
        return Err(NoBlock::Incomplete(length));
    }
    if !matches!(kind, BlockKind::Event(_)) {
        return frame_by_pcap_file(bytes, kind, length);
    }
    let end = length.saturating_sub(4);
    let body = bytes.get(8..end).unwrap_or_default();
    Ok(Framed { kind, length, body, trailer_ok: word(bytes, end) == claimed })
}

fn frame_by_pcap_file(bytes: &[u8], kind: BlockKind, length: usize) -> Result<Framed<'_>, NoBlock> {
    let (_, raw) =
        RawBlock::from_slice::<byteorder::LittleEndian>(bytes).map_err(|_| NoBlock::BadTrailer)?;
    let std::borrow::Cow::Borrowed(body) = raw.body else {
        return Err(NoBlock::BadTrailer);
    };
    Ok(Framed { kind, length, body, trailer_ok: true })
}
