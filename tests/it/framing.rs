//! Our walk over the blocks against two others: a bare one written here, and
//! pcap-file's. All must see the same blocks in every capture.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;

use analyze::format::scap::block::{BlockKind, NoBlock, frame, usual_event};
use pcap_file::pcapng::RawBlock;

use crate::shared::{cases, fixtures};

/// A block by the bare walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    pub offset: usize,
    pub length: usize,
    pub number: u32,
}

impl Block {
    pub fn end(&self) -> usize {
        self.offset + self.length
    }

    pub fn is_event(&self) -> bool {
        matches!(self.number, 0x204 | 0x208 | 0x216 | 0x217 | 0x221 | 0x222 | 0x8010_ABCD)
    }
}

/// The bytes of a capture, unpacked by other means than ours.
pub fn inflated(stored: &[u8]) -> Vec<u8> {
    if !stored.starts_with(&[0x1f, 0x8b]) {
        return stored.to_vec();
    }
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(stored).read_to_end(&mut bytes).unwrap();
    bytes
}

/// All complete blocks: type, length, and so on to the next.
pub fn blocks(bytes: &[u8]) -> Vec<Block> {
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let mut blocks = Vec::new();
    let mut offset = 0;
    while offset + 12 <= bytes.len() {
        let (number, length) = (word(offset), word(offset + 4) as usize);
        if length < 12 || offset + length > bytes.len() {
            break;
        }
        blocks.push(Block { offset, length, number });
        offset += length;
    }
    blocks
}

/// All captures at hand.
fn captures() -> Vec<(String, std::path::PathBuf)> {
    let mut captures = fixtures();
    captures.extend(cases().into_iter().map(|case| (case.name, case.capture)));
    captures
}

#[test]
fn all_walks_see_the_same_blocks() {
    let mut compared = 0;
    for (name, path) in captures() {
        let bytes = inflated(&fs::read(path).unwrap());
        let walked = blocks(&bytes);
        assert!(walked.len() > 3, "{name}: {} blocks", walked.len());
        for block in &walked {
            let rest = &bytes[block.offset..];
            let ours = frame(rest).unwrap_or_else(|why| panic!("{name}: {block:?}: {why:?}"));
            let (_, theirs) = RawBlock::from_slice::<byteorder::LittleEndian>(rest).unwrap();
            assert_eq!(ours.length, block.length, "{name}: {block:?}");
            assert_eq!(ours.kind, BlockKind::of(block.number), "{name}: {block:?}");
            assert_eq!(ours.body, &bytes[block.offset + 8..block.end() - 4], "{name}: {block:?}");
            assert_eq!((theirs.type_, theirs.initial_len as usize), (block.number, block.length));
            assert_eq!(ours.body, &*theirs.body, "{name}: {block:?}");
            if let Some((layout, body, length)) = usual_event(rest) {
                assert_eq!(BlockKind::Event(layout), ours.kind, "{name}: {block:?}");
                assert_eq!((body, length), (ours.body, ours.length), "{name}: {block:?}");
            } else {
                let odd = !block.is_event() || block.number == 0x8010_ABCD || length_is_odd(block);
                assert!(odd, "{name}: {block:?} is not taken the short way");
            }
        }
        compared += walked.len();
    }
    println!("{compared} blocks compared");
}

/// Large events go the long way.
fn length_is_odd(block: &Block) -> bool {
    block.length > 65_536 + 8
}

#[test]
fn a_block_is_incomplete_wrong_or_whole() {
    let whole = [0x16, 2, 0, 0, 16, 0, 0, 0, 1, 2, 3, 4, 16, 0, 0, 0];
    assert_eq!(frame(&whole).unwrap().body, &[1, 2, 3, 4]);
    for length in 0..whole.len() {
        let need = if length < 12 { 12 } else { 16 };
        assert_eq!(frame(&whole[..length]).unwrap_err(), NoBlock::Incomplete(need));
        assert!(usual_event(&whole[..length]).is_none());
    }
    for claimed in [0u32, 8, 13, 15, u32::MAX] {
        let mut bytes = whole;
        bytes[4..8].copy_from_slice(&claimed.to_le_bytes());
        assert_eq!(frame(&bytes).unwrap_err(), NoBlock::BadLength(claimed));
        assert!(usual_event(&bytes).is_none());
    }
    let mut bytes = whole;
    bytes[12] = 20;
    assert!(!frame(&bytes).unwrap().trailer_ok, "events may have a wrong trailer");
    assert!(usual_event(&bytes).is_none());
    bytes[0] = 1; // machine info
    assert_eq!(frame(&bytes).unwrap_err(), NoBlock::BadTrailer);
}

#[test]
fn block_numbers_mean_what_the_format_says() {
    let mut names: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let pre_release = [0, 1, 2, 0x10, 0x11, 0x12, 0x13, 0x14].map(|at| 0x8000_ABCD + (at << 16));
    for number in (0x201..=0x222).chain(pre_release).chain([0x0A0D_0D0A]) {
        match BlockKind::of(number) {
            BlockKind::Unknown(_) => {
                let gap = [0x20A..=0x20F, 0x21A..=0x21F].iter().any(|gap| gap.contains(&number));
                assert!(gap, "{number:x} is unknown");
            }
            known => names.entry(known.name()).or_default().push(number),
        }
    }
    let of = |name: &str| names.get(name).cloned().unwrap_or_default();
    assert_eq!(of("event (EV_V2)"), [0x216]);
    assert_eq!(of("event (EVF_V2_LARGE)"), [0x222]);
    assert_eq!(of("event (EV)"), [0x204, 0x8010_ABCD]);
    assert_eq!(of("process list V1"), [0x202, 0x8000_ABCD]);
    assert_eq!(of("process list V9"), [0x215]);
    assert_eq!(of("fd list V2"), [0x218]);
    assert_eq!(names.len(), 23, "{names:?}");
}
