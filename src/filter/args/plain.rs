//! The plain text of one parameter: what its bytes alone say, by type.
//!
//! Numbers are written as signed decimals of their width (so an unsigned 2^32-1
//! is `-1`), but those of one or two bytes by their own sign; hexadecimals are
//! upper case without prefix. Flags are unsigned decimals.

use super::buffer;
use super::digits::{decimal, lower_hex, octal, upper_hex};
use super::{Buffer, Surroundings};
use crate::event::{Param, ParamType, PrintFormat, signal_name};
use crate::format::scap::Cursor;
use crate::format::scap::sockets::{Address, Tuple, write_ipv4, write_ipv6};
use crate::state::path::{push_printable, until_nul};

/// For a number that was not recorded.
const MISSING: &[u8] = b"<NA>";

/// Writes the plain text of a parameter.
pub fn plain<S: Surroundings + ?Sized>(
    param: &Param,
    bytes: &[u8],
    around: &S,
    how: Buffer,
    out: &mut Vec<u8>,
) {
    match unwrap(param, bytes) {
        Some((kind, bytes)) => plain_as(kind, param.format, bytes, around, how, out),
        None => out.extend_from_slice(b"INVALID DYNAMIC PARAMETER"),
    }
}

/// The type of a value and its bytes: those of the alternative that a value of
/// type DYN says it is. `None`: it says none that exists.
pub fn unwrap<'a>(param: &Param, bytes: &'a [u8]) -> Option<(ParamType, &'a [u8])> {
    if param.kind != ParamType::Dyn {
        return Some((param.kind, bytes));
    }
    let (index, rest) = bytes.split_first()?;
    Some((*param.alternatives.get(usize::from(*index))?, rest))
}

/// The first `width` bytes (at most eight) as a number; `None` if there are
/// fewer.
pub fn unsigned(bytes: &[u8], width: usize) -> Option<u64> {
    let mut wide = [0; 8];
    wide.get_mut(..width)?.copy_from_slice(bytes.get(..width)?);
    Some(u64::from_le_bytes(wide))
}

fn plain_as<S: Surroundings + ?Sized>(
    kind: ParamType,
    format: PrintFormat,
    bytes: &[u8],
    around: &S,
    how: Buffer,
    out: &mut Vec<u8>,
) {
    match kind {
        ParamType::Charbuf => out.extend_from_slice(until_nul(bytes)),
        ParamType::Bytebuf => buffer::write(bytes, how, out),
        ParamType::Fspath | ParamType::Fsrelpath => push_printable(bytes, out),
        ParamType::Sockaddr => Address::parse(bytes).write(out),
        ParamType::Socktuple => Tuple::parse(bytes).write(out),
        ParamType::Fdlist => fd_list(bytes, around, out),
        ParamType::Charbufarray | ParamType::CharbufPairArray => joined(bytes, out),
        ParamType::Ipv6 => match bytes.first_chunk() {
            Some(ip) => write_ipv6(*ip, out),
            None => out.extend_from_slice(MISSING),
        },
        ParamType::Dyn | ParamType::Unknown => out.extend_from_slice(b"(n.a.)"),
        _ => match kind.width().and_then(|width| unsigned(bytes, width)) {
            Some(value) => number(kind, format, value, out),
            None => out.extend_from_slice(MISSING),
        },
    }
}

/// A value of fixed width; `value` has no more bits than the type.
fn number(kind: ParamType, format: PrintFormat, value: u64, out: &mut Vec<u8>) {
    use ParamType as P;
    match kind {
        // most results and descriptors
        P::Errno | P::Fd | P::Pid | P::Fd32 | P::Pid32 if value < 10 => {
            out.push(b'0' + value as u8);
        }
        P::Int8 => formatted(i64::from(value as i8), 32, format, out),
        P::Int16 => formatted(i64::from(value as i16), 32, format, out),
        P::Uint8 | P::Uint16 => formatted(value.cast_signed(), 32, format, out),
        P::Int32 | P::Uint32 => {
            formatted(i64::from(value as i32), 32, format, out);
        }
        P::Mode => formatted(i64::from(value as i32), 32, format, out),
        P::Int64 | P::Uint64 => formatted(value.cast_signed(), 64, format, out),
        P::Errno | P::Fd | P::Pid => decimal(value.cast_signed(), out),
        P::Uid | P::Gid | P::Fd32 | P::Pid32 => {
            decimal(value as i32, out);
        }
        P::Reltime if value == u64::MAX => out.extend_from_slice(b"none"),
        P::Sigset => signals(value, out),
        P::Ipv4 => write_ipv4((value as u32).to_le_bytes(), out),
        _ => decimal(value, out),
    }
}

/// C promotes what is shorter to 32 bits, with its sign.
fn formatted(value: i64, bits: u32, format: PrintFormat, out: &mut Vec<u8>) {
    let unsigned = if bits == 32 { u64::from(value as u32) } else { value.cast_unsigned() };
    match format {
        PrintFormat::Decimal => decimal(value, out),
        PrintFormat::Hex => upper_hex(unsigned, out),
        PrintFormat::Octal => octal(unsigned, out),
    }
}

/// The names of signals 1 to 32 whose bits are set.
fn signals(set: u64, out: &mut Vec<u8>) {
    let names = (0..32u8).filter(|bit| set >> bit & 1 == 1).filter_map(|bit| signal_name(bit + 1));
    for (index, name) in names.enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(name.as_bytes());
    }
}

/// `3:f1 4:?5`: descriptor, type, flags.
fn fd_list<S: Surroundings + ?Sized>(bytes: &[u8], around: &S, out: &mut Vec<u8>) {
    let mut cursor = Cursor::new(bytes);
    let Ok(count) = cursor.u16() else {
        return;
    };
    for index in 0..count {
        let (Ok(fd), Ok(flags)) = (cursor.i64(), cursor.u16()) else {
            return;
        };
        if index > 0 {
            out.push(b' ');
        }
        decimal(fd.cast_unsigned(), out);
        out.push(b':');
        out.push(around.fd(fd).map_or(b'?', |fd| fd.kind));
        lower_hex(u64::from(i32::from(flags.cast_signed()).cast_unsigned()), out);
    }
}

/// Texts that end in NUL, with dots between them.
fn joined(bytes: &[u8], out: &mut Vec<u8>) {
    let bytes = bytes.strip_suffix(&[0]).unwrap_or(bytes);
    out.extend(bytes.iter().map(|byte| if *byte == 0 { b'.' } else { *byte }));
}
