//! Turns the raw input into the bytes of the capture: a copy, gzip members or
//! Zstandard frames. The low-level decoders are used rather than their `Read`
//! wrappers because those drop what they decoded right before an error, and a
//! damaged capture should still give everything up to the damage.

use std::io;

use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{Decoder as ZstdDecoder, InBuffer, Operation, OutBuffer};

use super::input::Input;
use super::magic::Compression;

/// log2 of the largest window of deflate, in bytes.
const GZIP_WINDOW_BITS: u8 = 15;
/// Bytes of the header in front of each Zstandard block.
const ZSTD_BLOCK_HEADER: usize = 3;

/// What one step of decoding gave.
pub(super) enum Step {
    /// So many bytes (never 0), and there may be more.
    Bytes(usize),
    /// The clean end of the stream.
    End,
    /// So many bytes (maybe 0), and then the stream broke, with the reason.
    Broken(usize, String),
}

/// The decoder of one stream.
pub(super) struct Decoder {
    input: Input,
    codec: Codec,
    ignored_tail: u64,
}

enum Codec {
    Plain,
    Gzip {
        state: Decompress,
        /// True inside a member, false between two.
        inside: bool,
    },
    Zstd {
        state: ZstdDecoder<'static>,
        /// How many bytes the decoder wants next; 0 is between two frames.
        wanted: usize,
    },
}

impl Decoder {
    /// Decodes `input`, which is compressed as `compression` says.
    pub(super) fn new(input: Input, compression: Compression) -> io::Result<Self> {
        let codec = match compression {
            Compression::None => Codec::Plain,
            Compression::Gzip => {
                Codec::Gzip { state: Decompress::new_gzip(GZIP_WINDOW_BITS), inside: false }
            }
            Compression::Zstd => Codec::Zstd { state: ZstdDecoder::new()?, wanted: 0 },
        };
        Ok(Self { input, codec, ignored_tail: 0 })
    }

    /// Bytes of the raw input used so far.
    pub(super) fn input_bytes(&self) -> u64 {
        self.input.taken()
    }

    /// Bytes after the last member or frame that begin no new one.
    pub(super) fn ignored_tail(&self) -> u64 {
        self.ignored_tail
    }

    /// Decodes into `out`, which must not be empty.
    pub(super) fn step(&mut self, out: &mut [u8]) -> Step {
        let step = match &mut self.codec {
            Codec::Plain => plain(&mut self.input, out),
            Codec::Gzip { state, inside } => {
                gzip(&mut self.input, state, inside, &mut self.ignored_tail, out)
            }
            Codec::Zstd { state, wanted } => {
                zstd(&mut self.input, state, wanted, &mut self.ignored_tail, out)
            }
        };
        step.unwrap_or_else(|error| {
            let at = self.input.taken();
            Step::Broken(0, format!("reading failed at byte {at}: {error}"))
        })
    }
}

fn plain(input: &mut Input, out: &mut [u8]) -> io::Result<Step> {
    Ok(match input.read_into(out)? {
        0 => Step::End,
        n => Step::Bytes(n),
    })
}

/// Between two members or frames: true if another one of this kind follows.
/// If not, the rest of the input is read and counted.
fn another(input: &mut Input, kind: Compression, ignored_tail: &mut u64) -> io::Result<bool> {
    if Compression::of(input.peek()?) == kind {
        return Ok(true);
    }
    // Counted first as what is there, so that an error later keeps the count.
    *ignored_tail = input.available().len() as u64;
    *ignored_tail = input.skip_to_end()?.max(*ignored_tail);
    Ok(false)
}

fn gzip(
    input: &mut Input,
    state: &mut Decompress,
    inside: &mut bool,
    ignored_tail: &mut u64,
    out: &mut [u8],
) -> io::Result<Step> {
    loop {
        if !*inside {
            if !another(input, Compression::Gzip, ignored_tail)? {
                return Ok(Step::End);
            }
            *state = Decompress::new_gzip(GZIP_WINDOW_BITS);
            *inside = true;
        }
        input.fill()?;
        let at_end = input.available().is_empty();
        let (in_before, out_before) = (state.total_in(), state.total_out());
        let result = state.decompress(input.available(), out, FlushDecompress::None);
        input.take(difference(state.total_in(), in_before));
        let written = difference(state.total_out(), out_before);
        match result {
            Err(error) => {
                let reason = error.message().unwrap_or("not valid deflate data");
                return Ok(damaged("gzip", input, written, reason));
            }
            Ok(Status::StreamEnd) => *inside = false,
            Ok(Status::Ok | Status::BufError) if at_end && written == 0 => {
                return Ok(cut_off("gzip", input));
            }
            Ok(Status::Ok | Status::BufError) => {}
        }
        if written > 0 {
            return Ok(Step::Bytes(written));
        }
    }
}

fn zstd(
    input: &mut Input,
    state: &mut ZstdDecoder<'static>,
    wanted: &mut usize,
    ignored_tail: &mut u64,
    out: &mut [u8],
) -> io::Result<Step> {
    loop {
        if *wanted == 0 {
            if !another(input, Compression::Zstd, ignored_tail)? {
                return Ok(Step::End);
            }
            state.reinit()?;
            *wanted = 1;
        }
        input.fill()?;
        let at_end = input.available().is_empty();
        // One block body or one header at a time: on an error the decoder
        // forgets the output of the whole call, so a call must not hold a good
        // block and a bad one. The hint counts the header of the next block.
        let bite = match wanted.saturating_sub(ZSTD_BLOCK_HEADER) {
            0 => *wanted,
            body => body,
        };
        let ready = input.available();
        let mut from = InBuffer::around(ready.get(..bite).unwrap_or(ready));
        let mut to = OutBuffer::around(&mut *out);
        let result = state.run(&mut from, &mut to);
        let (used, written) = (from.pos(), to.pos());
        input.take(used);
        match result {
            Err(error) => return Ok(damaged("zstd", input, written, &error.to_string())),
            Ok(0) => *wanted = 0,
            Ok(_) if at_end && written == 0 => return Ok(cut_off("zstd", input)),
            Ok(hint) => *wanted = hint,
        }
        if written > 0 {
            return Ok(Step::Bytes(written));
        }
    }
}

fn damaged(kind: &str, input: &Input, written: usize, reason: &str) -> Step {
    let at = input.taken();
    let text = format!("{kind} data is damaged at compressed byte {at}: {reason}");
    Step::Broken(written, text)
}

fn cut_off(kind: &str, input: &Input) -> Step {
    let at = input.taken();
    Step::Broken(0, format!("{kind} stream is cut off (at compressed byte {at})"))
}

/// How far a counter of a decoder moved in one call.
fn difference(after: u64, before: u64) -> usize {
    usize::try_from(after.saturating_sub(before)).unwrap_or(usize::MAX)
}
