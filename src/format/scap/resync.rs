//! Where to go on after a block that cannot be right: the lowest later offset
//! where four blocks of known types chain, or where fewer do and the last ends
//! exactly where the file ends. One block can be forged by chance (twelve bytes
//! of payload that look like a frame); four in a row cannot.

use super::block::{BlockKind, FRAME, NoBlock, frame};

/// Blocks in a row that prove a place.
const PROOF: usize = 4;

/// Whether blocks chain at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// They do.
    Yes,
    /// They do not.
    No,
    /// The bytes at hand end before it can be said.
    NeedMore,
}

/// Whether four blocks chain at the start of `bytes`; `at_end`: nothing more
/// will come behind them.
#[must_use]
pub fn chains(mut bytes: &[u8], at_end: bool) -> Chain {
    for seen in 0..PROOF {
        if bytes.is_empty() && at_end && seen > 0 {
            return Chain::Yes;
        }
        match frame(bytes) {
            Ok(block) if block.trailer_ok && !matches!(block.kind, BlockKind::Unknown(_)) => {
                bytes = bytes.get(block.length..).unwrap_or_default();
            }
            Err(NoBlock::Incomplete(_)) if !at_end && known_type(bytes) => return Chain::NeedMore,
            _ => return Chain::No,
        }
    }
    Chain::Yes
}

/// The first offset from `from` at which blocks chain, or how far the search
/// got: nothing below the returned offset can begin a chain.
#[must_use]
pub fn search(bytes: &[u8], from: usize, at_end: bool) -> (usize, Chain) {
    let mut at = from;
    while let Some(rest) = bytes.get(at..) {
        if rest.len() < FRAME {
            break;
        }
        if known_type(rest) {
            match chains(rest, at_end) {
                Chain::No => {}
                found => return (at, found),
            }
        }
        at = at.saturating_add(1);
    }
    (at, if at_end { Chain::No } else { Chain::NeedMore })
}

/// Whether the first four bytes are a known block type (or too few to say).
pub(super) fn known_type(bytes: &[u8]) -> bool {
    let Some(four) = bytes.first_chunk::<4>() else {
        return true; // cannot be said yet
    };
    !matches!(BlockKind::of(u32::from_le_bytes(*four)), BlockKind::Unknown(_))
}
