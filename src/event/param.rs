//! The parameters of event types: name, type, print format. The types are
//! those of the scap format's event tables; a column of `events.tsv` writes
//! each as `name:TYPE` or `name:TYPE/FORMAT`. Where sysdig 0.29.3 knows the
//! event its name and type of a parameter stand there, else those of
//! falcosecurity/libs.

use super::flags::{FlagName, flag_names};

/// How a parameter's bytes are encoded, and so what its text is. All numbers
/// are little endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParamType {
    /// Signed, 1 byte.
    Int8,
    /// Signed, 2 bytes.
    Int16,
    /// Signed, 4 bytes.
    Int32,
    /// Signed, 8 bytes.
    Int64,
    /// Unsigned, 1 byte.
    Uint8,
    /// Unsigned, 2 bytes.
    Uint16,
    /// Unsigned, 4 bytes.
    Uint32,
    /// Unsigned, 8 bytes.
    Uint64,
    /// Text that ends with a NUL.
    Charbuf,
    /// Data.
    Bytebuf,
    /// Result of a call, 8 bytes: negative is an errno.
    Errno,
    /// Socket address: family, then what the family has.
    Sockaddr,
    /// Two socket addresses.
    Socktuple,
    /// File descriptor, 8 bytes.
    Fd,
    /// Thread, 8 bytes.
    Pid,
    /// 16 bit count, then that many of (8 bytes descriptor, 2 bytes flags).
    Fdlist,
    /// Path, relative to the working directory.
    Fspath,
    /// Path, relative to another parameter's directory.
    Fsrelpath,
    /// System call number, 2 bytes.
    Syscallid,
    /// Signal number, 1 byte.
    Sigtype,
    /// Length of time in ns, 8 bytes.
    Reltime,
    /// Time in ns since the epoch, 8 bytes.
    Abstime,
    /// One byte that says which alternative, then that alternative's bytes.
    Dyn,
    /// Bits with names, 1 byte.
    Flags8,
    /// Bits with names, 2 bytes.
    Flags16,
    /// Bits with names, 4 bytes.
    Flags32,
    /// User, 4 bytes.
    Uid,
    /// Group, 4 bytes.
    Gid,
    /// Signals as 32 bits.
    Sigset,
    /// Permissions, 4 bytes.
    Mode,
    /// Texts, each with a NUL.
    Charbufarray,
    /// Pairs of texts.
    CharbufPairArray,
    /// Port number, 2 bytes.
    Port,
    /// Address, 4 bytes.
    Ipv4,
    /// Address, 16 bytes.
    Ipv6,
    /// File descriptor, 4 bytes.
    Fd32,
    /// Thread, 4 bytes.
    Pid32,
    /// A type that no table has had so far.
    Unknown,
}

impl ParamType {
    fn parse(text: &str) -> ParamType {
        match text {
            "INT8" => ParamType::Int8,
            "INT16" => ParamType::Int16,
            "INT32" => ParamType::Int32,
            "INT64" => ParamType::Int64,
            "UINT8" => ParamType::Uint8,
            "UINT16" => ParamType::Uint16,
            "UINT32" => ParamType::Uint32,
            "UINT64" => ParamType::Uint64,
            "CHARBUF" => ParamType::Charbuf,
            "BYTEBUF" => ParamType::Bytebuf,
            "ERRNO" => ParamType::Errno,
            "SOCKADDR" => ParamType::Sockaddr,
            "SOCKTUPLE" => ParamType::Socktuple,
            "FD" => ParamType::Fd,
            "PID" => ParamType::Pid,
            "FDLIST" => ParamType::Fdlist,
            "FSPATH" => ParamType::Fspath,
            "FSRELPATH" => ParamType::Fsrelpath,
            _ => ParamType::parse_rarer(text),
        }
    }

    fn parse_rarer(text: &str) -> ParamType {
        match text {
            "SYSCALLID" => ParamType::Syscallid,
            "SIGTYPE" => ParamType::Sigtype,
            "RELTIME" => ParamType::Reltime,
            "ABSTIME" => ParamType::Abstime,
            "DYN" => ParamType::Dyn,
            "FLAGS8" | "ENUMFLAGS8" => ParamType::Flags8,
            "FLAGS16" | "ENUMFLAGS16" => ParamType::Flags16,
            "FLAGS32" | "ENUMFLAGS32" => ParamType::Flags32,
            "UID" => ParamType::Uid,
            "GID" => ParamType::Gid,
            "SIGSET" => ParamType::Sigset,
            "MODE" => ParamType::Mode,
            "CHARBUFARRAY" => ParamType::Charbufarray,
            "CHARBUF_PAIR_ARRAY" => ParamType::CharbufPairArray,
            "PORT" => ParamType::Port,
            "IPV4ADDR" => ParamType::Ipv4,
            "IPV6ADDR" => ParamType::Ipv6,
            "FD32" => ParamType::Fd32,
            "PID32" => ParamType::Pid32,
            _ => ParamType::Unknown,
        }
    }

    /// Bytes of a value of this type, if that is always the same number.
    #[must_use]
    pub fn width(self) -> Option<usize> {
        Some(match self {
            ParamType::Int8 | ParamType::Uint8 | ParamType::Sigtype | ParamType::Flags8 => 1,
            ParamType::Int16
            | ParamType::Uint16
            | ParamType::Syscallid
            | ParamType::Flags16
            | ParamType::Port => 2,
            ParamType::Int32
            | ParamType::Uint32
            | ParamType::Flags32
            | ParamType::Uid
            | ParamType::Gid
            | ParamType::Sigset
            | ParamType::Mode
            | ParamType::Ipv4
            | ParamType::Fd32
            | ParamType::Pid32 => 4,
            ParamType::Int64
            | ParamType::Uint64
            | ParamType::Errno
            | ParamType::Fd
            | ParamType::Pid
            | ParamType::Reltime
            | ParamType::Abstime => 8,
            ParamType::Ipv6 => 16,
            _ => return None,
        })
    }
}

/// How the digits of a number are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrintFormat {
    /// As a signed decimal.
    #[default]
    Decimal,
    /// `FF`: upper case, nothing in front.
    Hex,
    /// `0644`: a zero in front.
    Octal,
}

/// One parameter of an event type.
#[derive(Clone, Debug)]
pub struct Param {
    /// Name as in `evt.arg.NAME`.
    pub name: &'static str,
    /// Its type.
    pub kind: ParamType,
    /// How its digits are written.
    pub format: PrintFormat,
    /// Names of its bits, in the order in which they are tried.
    pub flags: &'static [FlagName],
    /// What a value of type [`ParamType::Dyn`] may be.
    pub alternatives: &'static [ParamType],
    /// For [`ParamType::Fsrelpath`]: the parameter that is its directory.
    /// `None`: the working directory.
    pub directory: Option<usize>,
}

/// The parameters of event type `code` from their column: `name:TYPE/FORMAT`,
/// separated by blanks (a name may contain one: `plugin ID`).
pub(super) fn parse_params(code: u16, text: &'static str) -> Vec<Param> {
    let mut params: Vec<Param> = Vec::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once(':') {
        let (kind, next) = after.split_once(' ').unwrap_or((after, ""));
        rest = next;
        let (kind, format) = kind.split_once('/').unwrap_or((kind, ""));
        let kind = ParamType::parse(kind);
        let directory = match kind {
            ParamType::Fsrelpath => directory(code, &params),
            _ => None,
        };
        params.push(Param {
            name,
            kind,
            format: match format {
                "HEX" => PrintFormat::Hex,
                "OCT" => PrintFormat::Octal,
                _ => PrintFormat::Decimal,
            },
            flags: flag_names(code, params.len()),
            alternatives: if kind == ParamType::Dyn { alternatives(name) } else { &[] },
            directory,
        });
    }
    params
}

/// Enter event of openat2. Its table names the path itself as the path's
/// directory, so sysdig takes the working directory.
const OPENAT2: u16 = 326;

/// A path is relative to the descriptor before it.
fn directory(code: u16, before: &[Param]) -> Option<usize> {
    match code {
        OPENAT2 => None,
        _ => before.iter().rposition(|param| param.kind == ParamType::Fd),
    }
}

fn alternatives(name: &str) -> &'static [ParamType] {
    use ParamType::{Bytebuf, Charbuf, Errno, Fd, Int64, Reltime, Sigtype, Uint32, Uint64};
    match name {
        "val" => &[Bytebuf, Errno, Uint32, Uint64, Reltime], // getsockopt, setsockopt
        "addr" | "data" => &[Uint64, Sigtype],               // ptrace
        "res_or_fd" => &[Fd, Errno],                         // bpf
        _ => &[Int64, Charbuf],                              // keyctl
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{event_type, event_types};

    #[test]
    fn every_type_and_format_of_the_table_is_known() {
        for kind in event_types() {
            for param in &kind.params {
                assert_ne!(param.kind, ParamType::Unknown, "{} {}", kind.code, param.name);
            }
            assert!(kind.params_known <= kind.params.len(), "{}", kind.code);
        }
        let openat = event_type(307).unwrap();
        assert_eq!(openat.params[2].directory, Some(1));
        assert_eq!(openat.params[4].format, PrintFormat::Octal);
        assert_eq!(event_type(311).unwrap().params[4].directory, Some(3));
        assert_eq!(event_type(326).unwrap().params[1].directory, None);
        assert_eq!(event_type(322).unwrap().params[0].name, "plugin ID");
    }

    #[test]
    fn alternatives_are_those_of_the_few_that_have_any() {
        let with: Vec<(&str, &str)> = event_types()
            .iter()
            .filter(|kind| kind.known_to_0_29_3)
            .flat_map(|kind| kind.params.iter().map(|param| (kind.name, param)))
            .filter(|(_, param)| !param.alternatives.is_empty())
            .map(|(name, param)| (name, param.name))
            .collect();
        assert_eq!(
            with,
            [
                ("setsockopt", "val"),
                ("getsockopt", "val"),
                ("ptrace", "addr"),
                ("ptrace", "data"),
                ("bpf", "res_or_fd"),
            ]
        );
    }
}
