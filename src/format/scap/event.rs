//! The event inside an event block.
//!
//! ```text
//! body: u16 cpu, [u32 dump flags], header, nparams lengths, values, padding
//! header: u64 time, i64 tid, u32 length, u16 type, [u32 nparams]
//! ```
//!
//! Version 1 blocks do not say how many parameters an event has; it is the
//! largest number up to the table's for which header, lengths and values add
//! up to the event's length.

use super::block::{EventLayout, MAX_SMALL, USUAL_TYPE};
use crate::event::event_type;

/// Bytes from the begin of a block of the usual layout to the first parameter.
const USUAL_HEAD: usize = 36;

/// Dump flag: feed the event to the state tables, never show it.
pub const STATE_ONLY: u32 = 1;

/// Dump flag of events made from text alone: the tracer did not say how long
/// the call took, so neither of its events touches the thread's clock.
pub const UNTIMED: u32 = 2;

/// An event as it stands in the file; borrows its parameters.
#[derive(Clone, Copy, Debug)]
pub struct RawEvent<'a> {
    /// Time in ns since the epoch.
    pub ts_ns: u64,
    /// Thread that made the event; -1: none.
    pub tid: i64,
    /// Event type; even: enter, odd: exit.
    pub code: u16,
    /// Processor.
    pub cpu: u16,
    /// [`STATE_ONLY`] and others; 0 in blocks without flags.
    pub dump_flags: u32,
    /// Number of parameters as the file says; `None` in version 1 blocks.
    count: Option<u32>,
    payload: &'a [u8],
    /// The body of its block, and how that is laid out.
    pub body: &'a [u8],
    /// See `body`.
    pub layout: EventLayout,
}

#[inline]
fn part<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// The body of a block of the usual layout with an event that never happened, without
/// parameters: for questions that are asked of an event.
#[must_use]
pub fn made_up(ts_ns: u64, tid: i64, code: u16) -> [u8; 28] {
    const LENGTH: u32 = 26;
    let mut body = [0; 28];
    let parts: [&[u8]; 5] = [
        &[0; 2], // processor
        &ts_ns.to_le_bytes(),
        &tid.to_le_bytes(),
        &LENGTH.to_le_bytes(),
        &code.to_le_bytes(),
    ];
    for (to, from) in body.iter_mut().zip(parts.into_iter().flatten()) {
        *to = *from;
    }
    body
}

impl<'a> RawEvent<'a> {
    /// Reads the header of the event in an event block's body. `None`: the
    /// event does not fit its block.
    #[inline]
    #[must_use]
    pub fn parse(body: &'a [u8], layout: EventLayout) -> Option<Self> {
        if layout != EventLayout::USUAL {
            return Self::parse_older(body, layout);
        }
        let head = body.first_chunk::<28>()?;
        let end = usize::try_from(u32::from_le_bytes(part(head, 18)?)).ok()?.checked_add(2)?;
        Some(RawEvent {
            ts_ns: u64::from_le_bytes(part(head, 2)?),
            tid: i64::from_le_bytes(part(head, 10)?),
            code: u16::from_le_bytes(part(head, 22)?),
            cpu: u16::from_le_bytes(part(head, 0)?),
            dump_flags: 0,
            count: Some(u32::from_le_bytes(part(head, 24)?)),
            payload: body.get(28..end)?,
            body,
            layout,
        })
    }

    /// The event in the block at the start of `bytes`, and the block's length, if
    /// it is a sound block as nearly all are: of the usual layout and small. The
    /// same as [`usual_event`](super::block::usual_event) and [`Self::parse`], in
    /// fewer steps.
    #[inline(always)]
    #[must_use]
    pub fn usual(bytes: &'a [u8]) -> Option<(Self, usize)> {
        let head = bytes.first_chunk::<USUAL_HEAD>()?;
        let word = |at: usize| part(head, at).map_or(0, u32::from_le_bytes);
        // a length that is no multiple of 4 becomes a very large one
        let length = word(4);
        if word(0) != USUAL_TYPE || length.rotate_right(2) > MAX_SMALL / 4 {
            return None;
        }
        let length = length as usize;
        let (body, trailer) = bytes.get(8..length)?.split_last_chunk::<4>()?;
        let end = (word(26) as usize).checked_add(2)?;
        let payload = body.get(28..end)?;
        let event = RawEvent {
            ts_ns: u64::from_le_bytes(part(head, 10)?),
            tid: i64::from_le_bytes(part(head, 18)?),
            code: u16::from_le_bytes(part(head, 30)?),
            cpu: u16::from_le_bytes(part(head, 8)?),
            dump_flags: 0,
            count: Some(word(32)),
            payload,
            body,
            layout: EventLayout::USUAL,
        };
        (u32::from_le_bytes(*trailer) as usize == length).then_some((event, length))
    }

    /// The same for blocks with flags, or without a number of parameters.
    #[inline]
    fn parse_older(body: &'a [u8], layout: EventLayout) -> Option<Self> {
        let cpu = u16::from_le_bytes(part(body, 0)?);
        let (dump_flags, at) =
            if layout.has_flags() { (u32::from_le_bytes(part(body, 2)?), 6) } else { (0, 2) };
        let event = body.get(at..)?;
        let header = event.first_chunk::<22>()?;
        let code = u16::from_le_bytes(part(header, 20)?);
        let (count, header_length) = if layout.is_counted() {
            (Some(u32::from_le_bytes(part(event, 22)?)), 26)
        } else {
            (None, 22)
        };
        let claimed = usize::try_from(u32::from_le_bytes(part(header, 16)?)).ok()?;
        let length = if count.is_none() && matches!(code, 280 | 286) {
            claimed.checked_sub(3)? // old writers stored three too many for these
        } else {
            claimed
        };
        Some(RawEvent {
            ts_ns: u64::from_le_bytes(part(header, 0)?),
            tid: i64::from_le_bytes(part(header, 8)?),
            code,
            cpu,
            dump_flags,
            count,
            payload: event.get(header_length..length)?,
            body,
            layout,
        })
    }

    /// Its type and parameters, with their number and lengths, as they lie in the file.
    #[inline]
    #[must_use]
    pub fn told(&self) -> Option<&'a [u8]> {
        // behind processor, flags, time, thread and length
        let start: usize = if self.layout.has_flags() { 26 } else { 22 };
        let head = if self.layout.is_counted() { 6 } else { 2 };
        self.body.get(start..start.checked_add(head)?.checked_add(self.payload.len())?)
    }

    /// The event's parameters. For a version 1 block this is where their
    /// number is found; events that do not add up have none.
    #[must_use]
    pub fn params(&self) -> Params<'a> {
        Params::of(self.code, self.count, self.payload)
    }

    /// The first parameter of an event whose lengths are 16 bits wide, read as
    /// a signed number: the result of a call. Cheaper than [`Self::params`].
    #[inline(always)]
    #[must_use]
    pub fn result(self) -> Option<i64> {
        let Some(count) = self.count else {
            return uncounted_result(self.code, self.payload);
        };
        if count == 0 {
            return None;
        }
        let at = usize::try_from(count).ok()?.checked_mul(2)?;
        match u16::from_le_bytes(part(self.payload, 0)?) {
            8 => Some(i64::from_le_bytes(part(self.payload, at)?)),
            4 => Some(i64::from(i32::from_le_bytes(part(self.payload, at)?))),
            _ => None,
        }
    }

    /// Whether it was made from the text of a tracer which did not say how long
    /// the call took.
    #[inline]
    #[must_use]
    pub fn is_untimed(self) -> bool {
        self.layout.is_traced() && self.dump_flags & UNTIMED != 0
    }

    /// The result of an exit that was made from the text of a tracer: it has
    /// one whatever its type, as its last parameter.
    #[inline]
    #[must_use]
    pub fn traced_result(self) -> Option<i64> {
        if !self.layout.is_traced() || self.code & 1 == 0 {
            return None;
        }
        Some(i64::from_le_bytes(*self.payload.last_chunk()?))
    }

    /// The arguments of an exit that was made from the text of a tracer, as it
    /// printed them: the last parameter but one, behind all that its type has.
    #[must_use]
    pub fn traced_arguments(&self) -> Option<&'a [u8]> {
        if !self.layout.is_traced() || self.code & 1 == 0 {
            return None;
        }
        let known = event_type(self.code)?.params.len();
        self.params().get(known).filter(|_| self.params().len() == known.saturating_add(2))
    }

    /// The system call number of a generic event.
    #[inline]
    #[must_use]
    pub fn syscall_id(self) -> Option<u16> {
        match self.count {
            Some(count) => {
                let at = usize::try_from(count).ok()?.checked_mul(2)?;
                Some(u16::from_le_bytes(part(self.payload, at)?))
            }
            None => uncounted_syscall_id(self.code, self.payload),
        }
    }
}

/// Number of parameters of a version 1 event: the largest up to `known` for
/// which lengths and values fill the payload exactly.
fn infer_count(payload: &[u8], known: usize, width: usize) -> Option<usize> {
    (0..=known).rev().find(|count| {
        let lengths = count.saturating_mul(width);
        let Some(table) = payload.get(..lengths) else {
            return false;
        };
        let total = sizes(table, width).fold(lengths, usize::saturating_add);
        total == payload.len()
    })
}

fn sizes(table: &[u8], width: usize) -> impl Iterator<Item = usize> + '_ {
    table.chunks_exact(width).map(|bytes| {
        let mut wide = [0u8; 4];
        for (to, from) in wide.iter_mut().zip(bytes) {
            *to = *from;
        }
        usize::try_from(u32::from_le_bytes(wide)).unwrap_or(usize::MAX)
    })
}

/// The parameters of one event.
#[derive(Clone, Copy, Debug)]
pub struct Params<'a> {
    lengths: &'a [u8],
    values: &'a [u8],
    width: usize,
}

// For version 1 blocks. Not methods, and never inlined: the reading loop
// passes them what they need in registers, and need not put whole events into
// memory for their sake.

#[inline(never)]
fn uncounted_result(code: u16, payload: &[u8]) -> Option<i64> {
    Params::of(code, None, payload).signed(0)
}

#[inline(never)]
fn uncounted_syscall_id(code: u16, payload: &[u8]) -> Option<u16> {
    Some(u16::from_le_bytes(part(Params::of(code, None, payload).get(0)?, 0)?))
}

impl<'a> Params<'a> {
    fn of(code: u16, count: Option<u32>, payload: &'a [u8]) -> Params<'a> {
        let kind = event_type(code);
        let wide = kind.is_some_and(|kind| kind.flags.large_payload);
        let width = if wide { 4 } else { 2 };
        let known = kind.map_or(0, |kind| kind.params.len());
        let count = match count {
            Some(count) => usize::try_from(count).unwrap_or(usize::MAX),
            None => infer_count(payload, known, width).unwrap_or(0),
        };
        let lengths = count.saturating_mul(width);
        match (payload.get(..lengths), payload.get(lengths..)) {
            (Some(lengths), Some(values)) => Params { lengths, values, width },
            _ => Params { lengths: &[], values: &[], width },
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lengths.len().checked_div(self.width).unwrap_or(0)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lengths.is_empty()
    }

    fn sizes(&self) -> impl Iterator<Item = usize> + 'a {
        sizes(self.lengths, self.width)
    }

    /// The bytes of parameter `index`, if the event has it.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        if self.width == 2 {
            let (lengths, _) = self.lengths.as_chunks::<2>();
            let length = |bytes: &[u8; 2]| usize::from(u16::from_le_bytes(*bytes));
            let own = length(lengths.get(index)?);
            let start: usize = lengths.iter().take(index).map(length).sum();
            return self.values.get(start..start.checked_add(own)?);
        }
        let mut start: usize = 0;
        for (position, size) in self.sizes().enumerate() {
            let end = start.checked_add(size)?;
            if position == index {
                return self.values.get(start..end);
            }
            start = end;
        }
        None
    }

    /// The bytes of each, one after the other; ends at one that the event has not whole.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + 'a {
        let Params { lengths, mut values, width } = *self;
        sizes(lengths, width).map_while(move |size| {
            let (own, rest) = values.split_at_checked(size)?;
            values = rest;
            Some(own)
        })
    }

    /// Parameter `index` as a signed number of 1, 2, 4 or 8 bytes.
    #[must_use]
    pub fn signed(&self, index: usize) -> Option<i64> {
        let bytes = self.get(index)?;
        Some(match bytes.len() {
            8 => i64::from_le_bytes(part(bytes, 0)?),
            4 => i64::from(i32::from_le_bytes(part(bytes, 0)?)),
            2 => i64::from(i16::from_le_bytes(part(bytes, 0)?)),
            1 => i64::from(i8::from_le_bytes(part(bytes, 0)?)),
            _ => return None,
        })
    }

    /// Parameter `index` as 32 unsigned bits.
    #[must_use]
    pub fn u32(&self, index: usize) -> Option<u32> {
        Some(u32::from_le_bytes(part(self.get(index)?, 0)?))
    }
}
