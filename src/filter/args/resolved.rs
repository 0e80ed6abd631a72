//! The resolved text of one parameter: the name of what the number is.

use super::digits::general;
use super::plain::{unsigned, unwrap};
use super::{FdText, Surroundings};
use crate::event::{Param, ParamType, result_name, signal_name, syscall_name, write_flags};
use crate::state::path::{join_any, push_printable};

/// The descriptor that stands for the working directory.
pub(super) const AT_FDCWD: i64 = -100;

/// Writes the resolved text of a parameter and says whether it has one.
/// `directory`: value of the parameter that a path is relative to, if the
/// type has one.
pub fn resolved<S: Surroundings + ?Sized>(
    param: &Param,
    bytes: &[u8],
    directory: Option<i64>,
    around: &S,
    out: &mut Vec<u8>,
) -> bool {
    let Some((kind, bytes)) = unwrap(param, bytes) else {
        return false;
    };
    if matches!(kind, ParamType::Fspath | ParamType::Fsrelpath) {
        return path(bytes, directory, around, out);
    }
    match kind.width().and_then(|width| unsigned(bytes, width)) {
        Some(value) => number(kind, param, value, around, out),
        None => false,
    }
}

fn number<S: Surroundings + ?Sized>(
    kind: ParamType,
    param: &Param,
    value: u64,
    around: &S,
    out: &mut Vec<u8>,
) -> bool {
    match kind {
        ParamType::Errno => push(result_name(value.cast_signed()), out),
        ParamType::Fd => file(value.cast_signed(), around, out),
        ParamType::Fd32 => file(i64::from(value as i32), around, out),
        ParamType::Pid => push(around.comm(value.cast_signed()), out),
        ParamType::Pid32 => push(around.comm(i64::from(value as i32)), out),
        ParamType::Flags8 | ParamType::Flags16 | ParamType::Flags32 | ParamType::Mode => {
            write_flags(param.flags, value as u32, out);
            true
        }
        ParamType::Uid => owner(value as u32, around.user(value as u32), out),
        ParamType::Gid => owner(value as u32, around.group(value as u32), out),
        ParamType::Syscallid => push(Some(syscall_name(value as u16)), out),
        ParamType::Sigtype => push(signal_name(value as u8), out),
        ParamType::Reltime if value != u64::MAX => {
            general(value as f64 / 1e9, out);
            out.push(b's');
            true
        }
        _ => false,
    }
}

fn push(name: Option<impl AsRef<[u8]>>, out: &mut Vec<u8>) -> bool {
    let Some(name) = name else {
        return false;
    };
    out.extend_from_slice(name.as_ref());
    true
}

fn owner(id: u32, name: Option<&[u8]>, out: &mut Vec<u8>) -> bool {
    match name {
        _ if id == u32::MAX => out.extend_from_slice(b"<NONE>"),
        Some(name) => push_printable(name, out),
        None => out.extend_from_slice(b"<NA>"),
    }
    true
}

fn file<S: Surroundings + ?Sized>(fd: i64, around: &S, out: &mut Vec<u8>) -> bool {
    if !around.has_thread() {
        return false;
    }
    if fd == AT_FDCWD {
        return push(Some("AT_FDCWD"), out);
    }
    if fd < 0 {
        return push(result_name(fd), out);
    }
    match around.fd(fd) {
        Some(file) => write_fd(&file, out),
        None => return false,
    }
    true
}

/// Writes an open file: `<f>/etc/passwd`, `<4t>1.2.3.4:56->5.6.7.8:80`.
pub fn write_fd(file: &FdText<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(&[b'<', file.kind]);
    out.extend(file.l4);
    out.push(b'>');
    push_printable(file.name, out);
}

/// A relative path from the root. Absolute ones have no resolved text.
fn path<S: Surroundings + ?Sized>(
    path: &[u8],
    directory: Option<i64>,
    around: &S,
    out: &mut Vec<u8>,
) -> bool {
    let is_absolute = path.first().is_none_or(|first| *first == b'/');
    if is_absolute || !around.has_thread() || path.starts_with(b"<NA>") {
        return false;
    }
    match directory {
        None | Some(AT_FDCWD) => join_any(around.cwd(), path, out),
        Some(fd) => {
            let mut base = Vec::new();
            if let Some(file) = around.fd(fd).filter(|file| !file.name.is_empty()) {
                push_printable(file.name, &mut base);
                base.push(b'/');
            }
            join_any(&base, path, out);
        }
    }
    true
}
