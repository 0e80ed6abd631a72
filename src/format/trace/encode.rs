//! Writes the events of a call the way the scap format has them, so that what
//! follows reads them with the same code.
//!
//! ```text
//! body: u16 cpu (0), u32 dump flags, u64 time, i64 tid, u32 length, u16 type,
//!       u32 nparams, nparams x u16 lengths, values
//! exit: the type's parameters, [the arguments as printed], i64 result
//! ```
//!
//! Every exit has the result as its last parameter, whatever its type; those
//! whose first parameter is the result have it there, too (where nobody looks
//! at parameters, both are one).

use super::super::scap::block::EventLayout;
use super::super::scap::event::{RawEvent, UNTIMED};
use crate::event::Call;

/// Whose event, when, and whether the tracer told how long the call took.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// Thread.
    pub tid: i64,
    /// Time, ns.
    pub ts_ns: u64,
    /// Whether the call has a latency.
    pub timed: bool,
}

/// Bytes of a parameter at most: lengths are 16 bits.
const LONGEST: usize = 60_000;
/// Bytes of the event's header.
const HEADER: usize = 26;

/// Builds one event after the other in the same memory.
#[derive(Debug, Default)]
pub struct Encoder {
    body: Vec<u8>,
    lengths: Vec<u8>,
    values: Vec<u8>,
}

impl Encoder {
    /// Forgets the parameters.
    pub fn clear(&mut self) {
        self.lengths.clear();
        self.values.clear();
    }

    /// Adds a parameter; what is too long is cut off.
    pub fn param(&mut self, value: &[u8]) {
        let value = value.get(..LONGEST).unwrap_or(value);
        let length = u16::try_from(value.len()).unwrap_or(0);
        self.lengths.extend_from_slice(&length.to_le_bytes());
        self.values.extend_from_slice(value);
    }

    /// Adds a parameter that `write` writes; says what that says. One that it
    /// does not understand stays empty.
    pub fn param_by(&mut self, write: impl FnOnce(&mut Vec<u8>) -> bool) -> bool {
        let start = self.values.len();
        let done = write(&mut self.values);
        if !done {
            self.values.truncate(start);
        }
        self.values.truncate(start.saturating_add(LONGEST));
        let length = u16::try_from(self.values.len().saturating_sub(start)).unwrap_or(0);
        self.lengths.extend_from_slice(&length.to_le_bytes());
        done
    }

    /// The event with the parameters so far.
    pub fn event(&mut self, stamp: Stamp, code: u16) -> Option<RawEvent<'_>> {
        let whole = HEADER.saturating_add(self.lengths.len()).saturating_add(self.values.len());
        let count = u32::try_from(self.lengths.len() / 2).unwrap_or(0);
        self.head(stamp, code, u32::try_from(whole).unwrap_or(0), count);
        self.body.extend_from_slice(&self.lengths);
        self.body.extend_from_slice(&self.values);
        RawEvent::parse(&self.body, EventLayout::TRACED)
    }

    #[inline]
    fn head(&mut self, stamp: Stamp, code: u16, length: u32, count: u32) {
        let flags = if stamp.timed { 0 } else { UNTIMED };
        let mut head = [0u8; 32];
        head[2..6].copy_from_slice(&flags.to_le_bytes());
        head[6..14].copy_from_slice(&stamp.ts_ns.to_le_bytes());
        head[14..22].copy_from_slice(&stamp.tid.to_le_bytes());
        head[22..26].copy_from_slice(&length.to_le_bytes());
        head[26..28].copy_from_slice(&code.to_le_bytes());
        head[28..32].copy_from_slice(&count.to_le_bytes());
        self.body.clear();
        self.body.extend_from_slice(&head);
    }

    /// The enter event of a call, with no more than must be.
    pub fn bare_enter(&mut self, stamp: Stamp, call: Call) -> Option<RawEvent<'_>> {
        match call.id {
            Some(id) => {
                self.head(stamp, call.enter, 26 + 4, 1);
                self.body.extend_from_slice(&2u16.to_le_bytes());
                self.body.extend_from_slice(&id.to_le_bytes());
            }
            None => self.head(stamp, call.enter, 26, 0),
        }
        RawEvent::parse(&self.body, EventLayout::TRACED)
    }

    /// The exit event of a call, with no more than must be.
    pub fn bare_exit(&mut self, stamp: Stamp, call: Call, result: i64) -> Option<RawEvent<'_>> {
        match call.id {
            Some(id) => {
                self.head(stamp, call.exit(), 26 + 14, 2);
                self.body.extend_from_slice(&2u16.to_le_bytes());
                self.body.extend_from_slice(&8u16.to_le_bytes());
                self.body.extend_from_slice(&id.to_le_bytes());
            }
            None => {
                self.head(stamp, call.exit(), 26 + 10, 1);
                self.body.extend_from_slice(&8u16.to_le_bytes());
            }
        }
        self.body.extend_from_slice(&result.to_le_bytes());
        RawEvent::parse(&self.body, EventLayout::TRACED)
    }
}
