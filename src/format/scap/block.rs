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

/// Type of event blocks of the [usual](EventLayout::USUAL) layout.
pub const USUAL_TYPE: u32 = 0x216;

/// How an event block is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventLayout(u8);

impl EventLayout {
    /// How many there are.
    pub const COUNT: usize = 8;

    /// What all of today's writers use, but for large events.
    pub const USUAL: EventLayout = EV_V2;

    /// Events made from the text of a tracer: flags, counted, and in every
    /// exit's last parameter the result. No file has it.
    pub const TRACED: EventLayout =
        EventLayout(EventLayout::COUNTED | EventLayout::FLAGS | EventLayout::TEXT);

    const TEXT: u8 = 8;
    const FLAGS: u8 = 1;
    const COUNTED: u8 = 2;
    const LARGE: u8 = 4;

    /// Dump flags (32 bits) follow the cpu id.
    #[inline]
    #[must_use]
    pub fn has_flags(self) -> bool {
        self.0 & Self::FLAGS != 0
    }

    /// The event header carries its number of parameters (26 bytes, not 22).
    #[inline]
    #[must_use]
    pub fn is_counted(self) -> bool {
        self.0 & Self::COUNTED != 0
    }

    /// May be longer than [`MAX_SMALL`].
    #[inline]
    #[must_use]
    pub fn is_large(self) -> bool {
        self.0 & Self::LARGE != 0
    }

    /// Made from the text of a tracer.
    #[inline]
    #[must_use]
    pub fn is_traced(self) -> bool {
        self.0 & Self::TEXT != 0
    }

    /// All of files, in order of [`Self::index`].
    #[must_use]
    pub fn all() -> [EventLayout; Self::COUNT] {
        [0, 1, 2, 3, 4, 5, 6, 7].map(EventLayout)
    }

    /// Position in a table of all layouts.
    #[inline]
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0 & 7)
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

const EV: EventLayout = EventLayout(0);
const EVF: EventLayout = EventLayout(EventLayout::FLAGS);
const EV_V2: EventLayout = EventLayout(EventLayout::COUNTED);
const EVF_V2: EventLayout = EventLayout(EventLayout::COUNTED | EventLayout::FLAGS);
const EV_V2_LARGE: EventLayout = EventLayout(EventLayout::COUNTED | EventLayout::LARGE);
const EVF_V2_LARGE: EventLayout =
    EventLayout(EventLayout::COUNTED | EventLayout::FLAGS | EventLayout::LARGE);

impl BlockKind {
    /// What a block type number means.
    #[inline]
    #[must_use]
    pub fn of(number: u32) -> BlockKind {
        match number {
            USUAL_TYPE => BlockKind::Event(EV_V2),
            0x217 => BlockKind::Event(EVF_V2),
            0x221 => BlockKind::Event(EV_V2_LARGE),
            0x222 => BlockKind::Event(EVF_V2_LARGE),
            0x204 | 0x8010_ABCD => BlockKind::Event(EV),
            0x208 => BlockKind::Event(EVF),
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
                if layout.has_flags() { "F" } else { "" },
                if layout.is_counted() { "_V2" } else { "" },
                if layout.is_large() { "_LARGE" } else { "" }
            ),
            BlockKind::Unknown(number) => format!("unknown block 0x{number:X}"),
        }
    }

    /// Largest total length that a block of this kind may have.
    #[inline]
    #[must_use]
    pub fn max_length(self) -> u32 {
        match self {
            BlockKind::Event(layout) if !layout.is_large() => MAX_SMALL,
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

/// Layouts of the event blocks whose numbers lie from [`FIRST_USUAL`] on: all
/// but the pre-release one.
const USUAL: [EventLayout; 31] = {
    let mut table = [NO_EVENT; 31];
    table[0] = EV; // 0x204
    table[0x208 - 0x204] = EVF;
    table[0x216 - 0x204] = EV_V2;
    table[0x217 - 0x204] = EVF_V2;
    table[0x221 - 0x204] = EV_V2_LARGE;
    table[0x222 - 0x204] = EVF_V2_LARGE;
    table
};
const NO_EVENT: EventLayout = EventLayout(u8::MAX);
const FIRST_USUAL: u32 = 0x204;

/// The event block at the start of `bytes`, if it is a complete one with
/// nothing odd about it: its layout and body, and all its bytes. What this
/// does not take, [`frame`] looks at more closely.
#[inline]
#[must_use]
pub fn usual_event(bytes: &[u8]) -> Option<(EventLayout, &[u8], usize)> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    let (claimed, _) = rest.split_first_chunk::<4>()?;
    let (number, claimed) = (u32::from_le_bytes(*number), u32::from_le_bytes(*claimed));
    let at = usize::try_from(number.wrapping_sub(FIRST_USUAL)).ok()?;
    let layout = *USUAL.get(at)?;
    if claimed & 3 != 0 || claimed > MAX_SMALL || layout == NO_EVENT {
        return None;
    }
    let length = usize::try_from(claimed).ok()?;
    let (body, trailer) = bytes.get(8..length)?.split_last_chunk::<4>()?;
    (u32::from_le_bytes(*trailer) == claimed).then_some((layout, body, length))
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
