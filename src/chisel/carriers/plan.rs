//! Where events of each type keep what fields are made of: the path, the file,
//! the size asked for, the number that says which of its jobs a call does. An
//! exit's own parameter comes first; where it has none, its enter's.

use crate::event::{EventType, KINDS, Kind, ParamType, event_types};

/// What a call's file is known by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum FileAt {
    /// It works on none.
    #[default]
    None,
    /// The state knows it.
    Call,
    /// A parameter has its number.
    Param(usize),
}

/// A path, and the directory that it is seen from.
#[derive(Clone, Copy, Debug)]
pub(super) struct PathAt {
    pub path: usize,
    pub directory: Option<usize>,
}

/// The number that splits a call's meaning.
#[derive(Clone, Copy, Debug)]
pub(super) struct OperationAt {
    pub at: usize,
    /// It is a time to wait for, in units of so many ns.
    pub timeout: Option<u64>,
}

/// The places in events of one type.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Places {
    pub path: Option<PathAt>,
    pub size: Option<usize>,
    pub operation: Option<OperationAt>,
    pub file: FileAt,
}

/// What the results of a kind of call mean.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Results {
    /// It reads or writes: results are sizes.
    pub moves: bool,
    /// It waits for a number of events: 0 says that its time was over.
    pub waits: bool,
    /// Exits say how it went.
    pub told: bool,
}

/// Calls whose paths are plain texts in the tables.
const PLAIN_PATHS: [(&str, &str, Option<&str>); 4] = [
    ("openat", "name", Some("dirfd")),
    ("unlinkat", "name", Some("dirfd")),
    ("linkat", "oldpath", Some("olddir")),
    ("chdir", "path", None),
];

/// Parameters that say how much is to be moved or mapped.
const SIZES: [&str; 3] = ["size", "len", "length"];
/// Of these calls `size` is a result.
const SIZE_IS_RESULT: [&str; 4] = ["readv", "preadv", "recvmsg", "recvmmsg"];

/// Parameters that split a call's meaning, the first that a type has.
const OPERATIONS: [&str; 14] = [
    "op",
    "opcode",
    "operation",
    "cmd",
    "request",
    "option",
    "optname",
    "whence",
    "how",
    "resource",
    "timeout",
    "prot",
    "flags",
    "domain",
];

fn path(kind: &EventType) -> Option<PathAt> {
    let paths = |kind: ParamType| matches!(kind, ParamType::Fspath | ParamType::Fsrelpath);
    if let Some(path) = kind.params.iter().position(|param| paths(param.kind)) {
        return Some(PathAt { path, directory: kind.params[path].directory });
    }
    let (_, path, directory) = PLAIN_PATHS.iter().find(|(name, ..)| *name == kind.name)?;
    let directory = directory.and_then(|directory| kind.param(directory));
    Some(PathAt { path: kind.param(path)?, directory })
}

fn operation(kind: &EventType) -> Option<OperationAt> {
    let found = OPERATIONS.iter().find_map(|name| Some((*name, kind.param(name)?)));
    let (name, at) = found?;
    let timeout = match (name, kind.params[at].kind) {
        ("timeout", ParamType::Reltime) => Some(1),
        ("timeout", _) => Some(1_000_000),
        _ => None,
    };
    Some(OperationAt { at, timeout })
}

fn places_of(kind: &EventType) -> Places {
    let flags = kind.flags;
    let size = SIZES.iter().find_map(|name| kind.param(name));
    Places {
        path: path(kind),
        size: size.filter(|_| !SIZE_IS_RESULT.contains(&kind.name)),
        operation: operation(kind),
        file: if flags.creates_fd || flags.uses_fd || flags.destroys_fd {
            FileAt::Call
        } else {
            kind.param("fd").map_or(FileAt::None, FileAt::Param)
        },
    }
}

/// The places of all event types, by number.
pub(super) fn places() -> Vec<Places> {
    event_types().iter().map(places_of).collect()
}

/// Calls that wait for a number of events.
const COUNTED_WAITS: [&str; 8] = [
    "poll",
    "ppoll",
    "select",
    "pselect6",
    "epoll_wait",
    "epoll_pwait",
    "epoll_pwait2",
    "io_getevents",
];

/// What the results of all kinds mean.
pub(super) fn results() -> Vec<Results> {
    let of = |kind: u16| {
        let kind = Kind(kind);
        let exit = crate::event::event_type(kind.code(true));
        Results {
            moves: matches!(kind.category(), "IO_READ" | "IO_WRITE"),
            waits: COUNTED_WAITS.contains(&kind.name()),
            told: exit.is_some_and(|kind| kind.has_result),
        }
    };
    (0..KINDS).map(|kind| of(u16::try_from(kind).unwrap_or(0))).collect()
}

/// Calls of the generic type whose first argument is a file descriptor, as
/// tracers print them.
const FILE_FIRST: [&str; 24] = [
    "fsync",
    "fdatasync",
    "syncfs",
    "sync_file_range",
    "ftruncate",
    "fallocate",
    "fadvise64",
    "readahead",
    "fstatfs",
    "fgetxattr",
    "fsetxattr",
    "flistxattr",
    "fremovexattr",
    "epoll_wait",
    "epoll_pwait",
    "epoll_pwait2",
    "epoll_ctl",
    "getpeername",
    "getsockname",
    "preadv2",
    "pwritev2",
    "timerfd_settime",
    "timerfd_gettime",
    "fchmod",
];

/// What a tracer printed of a generic call's first file and path: number of
/// the file, and the path with its quotes.
pub(super) fn printed<'a>(name: &str, arguments: &'a [u8]) -> (Option<i64>, Option<&'a [u8]>) {
    let file = FILE_FIRST.contains(&name).then(|| leading_number(arguments)).flatten();
    let quote = memchr::memchr(b'"', arguments);
    let path = quote.filter(|_| file.is_none()).and_then(|from| {
        let rest = arguments.get(from + 1..)?;
        let end = (0..rest.len()).find(|at| rest[*at] == b'"' && !ends_in_escape(&rest[..*at]))?;
        arguments.get(from..from + end + 2)
    });
    (file, path)
}

fn ends_in_escape(text: &[u8]) -> bool {
    text.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

fn leading_number(text: &[u8]) -> Option<i64> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(text.get(..digits)?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::call_named;

    #[test]
    fn calls_tell_what_they_work_on() {
        let places = places();
        let exit = |name: &str| places[usize::from(call_named(name.as_bytes()).unwrap().exit())];
        let enter = |name: &str| places[usize::from(call_named(name.as_bytes()).unwrap().enter)];
        for name in ["lstat", "stat", "newfstatat", "access", "openat", "unlink", "mkdir"] {
            assert!(exit(name).path.is_some(), "{name}");
        }
        assert!(exit("newfstatat").path.unwrap().directory.is_some());
        assert!(enter("execve").path.is_some());
        assert!(exit("read").size.is_some());
        assert!(exit("readv").size.is_none());
        assert_eq!(exit("read").file, FileAt::Call);
        assert!(enter("futex").operation.is_some());
        assert!(enter("ioctl").operation.is_some());
        assert_eq!(enter("poll").operation.unwrap().timeout, Some(1_000_000));
    }

    #[test]
    fn printed_arguments_name_file_or_path() {
        assert_eq!(printed("fsync", b"3</data/x>"), (Some(3), None));
        let (file, path) = printed("statx", b"AT_FDCWD, \"/a\\\"b\", 0, {...}");
        assert_eq!((file, path), (None, Some(&b"\"/a\\\"b\""[..])));
        assert_eq!(printed("wait4", b"12, 0x7f"), (None, None));
        assert_eq!(printed("readlink", b"\"/x"), (None, None));
    }
}
