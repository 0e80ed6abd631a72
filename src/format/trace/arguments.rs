//! Which printed argument is which parameter. The table beside this file names
//! for each call the parameters of its arguments in their order: `-` for one
//! that no type has, `a|b` for two names of the same, `[a,b]` for a pair of
//! numbers. perf trace names arguments itself, as the kernel does.

use std::sync::LazyLock;

use super::encode::Encoder;
use super::recognise::TraceFormat;
use super::values::{encode, quoted, value};
use crate::event::{Call, EventType, ParamType, event_type, event_types};

/// Where a parameter's value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Nowhere.
    No,
    /// The result.
    Result,
    /// The argument of this number.
    At(usize),
    /// The first or second number of an argument in brackets.
    Of(usize, usize),
}

static PLACES: LazyLock<Vec<Vec<Place>>> =
    LazyLock::new(|| event_types().iter().map(places).collect());

fn places(kind: &EventType) -> Vec<Place> {
    let lines = include_str!("arguments.tsv").lines().skip(1);
    let own = lines.filter_map(|line| line.split_once('\t')).find(|(name, _)| *name == kind.name);
    let words: Vec<&str> = own.map_or(Vec::new(), |(_, words)| words.split(' ').collect());
    let place = |(index, name): (usize, &str)| {
        if index == 0 && kind.is_exit() && (kind.has_result || name == "res") {
            return Place::Result;
        }
        for (at, word) in words.iter().enumerate() {
            let pair = word.strip_prefix('[').and_then(|word| word.strip_suffix(']'));
            if let Some(nth) = pair.and_then(|pair| pair.split(',').position(|part| part == name)) {
                return Place::Of(at, nth);
            }
            if word.split('|').any(|word| word == name) {
                return Place::At(at);
            }
        }
        Place::No
    };
    kind.params.iter().map(|param| param.name).enumerate().map(place).collect()
}

/// Printed arguments, cut apart at the commas between them.
#[derive(Clone, Debug, Default)]
pub struct Arguments<'a> {
    /// Name, where the tracer prints one, and value.
    list: Vec<(&'a [u8], &'a [u8])>,
    format: Option<TraceFormat>,
}

/// Arguments of a call at most; more are noise.
const MOST: usize = 64;

impl<'a> Arguments<'a> {
    /// Cuts the text between a call's brackets.
    #[must_use]
    pub fn split(format: TraceFormat, text: &'a [u8]) -> Arguments<'a> {
        let named = |part: &'a [u8]| {
            let part = part.trim_ascii();
            let colon = memchr::memmem::find(part, b": ");
            let name = colon.and_then(|at| part.get(..at));
            let plain = |name: &&[u8]| {
                name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            };
            match name.filter(plain) {
                Some(name) if format == TraceFormat::PerfTrace => {
                    (name, part.get(name.len().saturating_add(2)..).unwrap_or_default())
                }
                _ => (&b""[..], part),
            }
        };
        let list = if text.trim_ascii().is_empty() {
            Vec::new()
        } else {
            pieces(text).into_iter().map(named).collect()
        };
        Arguments { list, format: Some(format) }
    }

    /// The value of argument `at`.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&'a [u8]> {
        self.list.get(at).map(|(_, value)| *value)
    }

    /// All values.
    pub fn values(&self) -> impl Iterator<Item = &'a [u8]> + '_ {
        self.list.iter().map(|(_, value)| *value)
    }

    fn len(&self) -> usize {
        self.list.len()
    }

    /// The number of the argument that a parameter is.
    fn find(&self, place: Place, param: &str) -> Option<usize> {
        match (self.format, place) {
            (Some(TraceFormat::PerfTrace), Place::At(_)) => {
                self.list.iter().position(|(name, _)| same(name, param))
            }
            (_, Place::At(at) | Place::Of(at, _)) => Some(at).filter(|at| *at < self.len()),
            _ => None,
        }
    }
}

/// Whether the kernel's name of an argument is that of a parameter.
fn same(kernel: &[u8], param: &str) -> bool {
    let names: &[&[u8]] = match param {
        "fd" | "oldfd" => &[b"fd", b"fildes", b"oldfd"],
        "dirfd" => &[b"dfd", b"dirfd"],
        "name" | "path" | "filename" | "pathname" => &[b"filename", b"pathname", b"name", b"path"],
        "size" => &[b"count", b"size", b"len"],
        "flags" => &[b"flags", b"flag"],
        "mode" => &[b"mode", b"umode"],
        "length" => &[b"len", b"length"],
        "addr" => &[b"addr", b"uaddr", b"brk"],
        "domain" => &[b"family"],
        "pos" => &[b"pos", b"offset"],
        _ => return kernel == param.as_bytes(),
    };
    names.contains(&kernel)
}

/// The parts between commas that are in no brackets and no quotes.
fn pieces(text: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let (mut start, mut at, mut depth) = (0usize, 0usize, 0usize);
    let byte = |at: usize| text.get(at).copied();
    while let Some(found) = byte(at) {
        match found {
            b'"' => at = past_quotes(text, at),
            b'(' | b'[' | b'{' => depth = depth.saturating_add(1),
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'<' if names_file(text, at) => at = past_name(text, at),
            b',' if depth == 0 && parts.len() < MOST => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at.saturating_add(1);
            }
            _ => {}
        }
        at = at.saturating_add(1);
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

/// The place of the closing quote.
fn past_quotes(text: &[u8], open: usize) -> usize {
    let mut at = open.saturating_add(1);
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at = at.saturating_add(2),
            _ => at = at.saturating_add(1),
        }
    }
    at
}

/// Whether the `<` at `at` opens the name of what a number is open on.
fn names_file(text: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| text.get(before));
    let behind = text.get(at.saturating_add(1));
    matches!(before, Some(b'0'..=b'9' | b'D')) && !matches!(behind, Some(b'<'))
}

/// The place of the `>` that closes the name: not that of an arrow, and with
/// nothing behind but what may follow an argument.
fn past_name(text: &[u8], open: usize) -> usize {
    let rest = text.get(open..).unwrap_or_default();
    let closing = memchr::memchr_iter(b'>', rest).find(|at| {
        let arrow = at.checked_sub(1).and_then(|before| rest.get(before)) == Some(&b'-');
        let behind = rest.get(at.saturating_add(1));
        !arrow && matches!(behind, None | Some(b',' | b')' | b']' | b'}' | b' ' | b'<'))
    });
    closing.map_or(open, |at| open.saturating_add(at))
}

/// `N</path>` as number and name.
#[must_use]
pub fn named_file(text: &[u8]) -> Option<(i64, &[u8])> {
    let open = memchr::memchr(b'<', text).filter(|at| names_file(text, *at))?;
    let name = text.get(open.checked_add(1)?..past_name(text, open))?;
    let number = value(text.get(..open)?)?;
    (!name.is_empty()).then_some((number, name))
}

/// What a call has to write into its events.
#[derive(Clone, Copy, Debug)]
pub struct Written<'a> {
    /// The call.
    pub call: Call,
    /// Its arguments, and the same as printed.
    pub arguments: &'a Arguments<'a>,
    /// See `arguments`.
    pub text: &'a [u8],
    /// Its result.
    pub result: i64,
    /// Of a successful execve: what the process is called now.
    pub comm: Option<&'a [u8]>,
}

impl Written<'_> {
    /// Writes all parameters of the enter or exit type. Gives the arguments
    /// that were understood, as bits.
    pub fn params(&self, exit: bool, encoder: &mut Encoder) -> u64 {
        encoder.clear();
        let code = if exit { self.call.exit() } else { self.call.enter };
        let (Some(kind), Some(places)) = (event_type(code), PLACES.get(usize::from(code))) else {
            return 0;
        };
        let mut understood = 0u64;
        for (param, place) in kind.params.iter().zip(places) {
            let at = self.arguments.find(*place, param.name);
            let text = at.and_then(|at| self.arguments.get(at));
            let done = match (*place, text) {
                _ if param.kind == ParamType::Syscallid => {
                    encoder.param(&self.call.id.unwrap_or(u16::MAX).to_le_bytes());
                    false
                }
                (Place::Result, _) => {
                    encoder.param(&self.result.to_le_bytes());
                    false
                }
                (Place::Of(_, nth), Some(text)) => encoder.param_by(|out| of_pair(text, nth, out)),
                (_, Some(text)) => {
                    encoder.param_by(|out| encode(param.kind, param.flags, text, out))
                }
                _ => {
                    encoder.param_by(|out| self.of_program(param.name, out));
                    false
                }
            };
            if let (true, Some(at)) = (done, at) {
                understood |= 1u64.checked_shl(u32::try_from(at).unwrap_or(64)).unwrap_or(0);
            }
        }
        understood
    }

    /// The end of an exit: the arguments as printed, if not all were
    /// understood, and the result.
    pub fn tail(&self, understood: u64, encoder: &mut Encoder) {
        let count = u32::try_from(self.arguments.len()).unwrap_or(64);
        let all = 1u64.checked_shl(count).map_or(u64::MAX, |bit| bit.saturating_sub(1));
        encoder.param(if understood & all == all { b"" } else { self.text });
        encoder.param(&self.result.to_le_bytes());
    }

    /// What execve's exit tells of the new program.
    fn of_program(&self, param: &str, out: &mut Vec<u8>) -> bool {
        let Some(comm) = self.comm else {
            return false;
        };
        let list = || {
            let at = if self.call.kind.name() == "execveat" { 2 } else { 1 };
            let inside = self.arguments.get(at)?.strip_prefix(b"[")?.strip_suffix(b"]")?;
            Some(pieces(inside))
        };
        let mut each = |skip: usize, take: usize| {
            let Some(words) = list() else {
                return false;
            };
            for word in words.iter().skip(skip).take(take) {
                if quoted(word.trim_ascii(), out) {
                    out.push(0);
                }
            }
            true
        };
        match param {
            "exe" => each(0, 1),
            "args" => each(1, usize::MAX),
            "comm" => {
                out.extend_from_slice(comm);
                out.push(0);
                true
            }
            _ => false,
        }
    }
}

/// The numbers of `[3, 4]`, or of `[3</a>, 4</b>]`.
fn of_pair(text: &[u8], nth: usize, out: &mut Vec<u8>) -> bool {
    let inside = text.strip_prefix(b"[").and_then(|text| text.strip_suffix(b"]"));
    let number = inside.and_then(|inside| value(pieces(inside).get(nth)?.trim_ascii()));
    if let Some(number) = number {
        out.extend_from_slice(&number.to_le_bytes());
    }
    number.is_some()
}

/// The name that a process gets by execve of a path: its last part, cut to the
/// 15 bytes that the kernel keeps.
#[must_use]
pub fn comm_of_path(text: &[u8]) -> Option<Vec<u8>> {
    let mut path = Vec::new();
    quoted(text, &mut path).then_some(())?;
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let name = name.get(..15).unwrap_or(name);
    (!name.is_empty()).then(|| name.to_vec())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    fn split(text: &'static str) -> Vec<&'static str> {
        let arguments = Arguments::split(TraceFormat::Strace, text.as_bytes());
        arguments.values().map(|value| std::str::from_utf8(value).unwrap()).collect()
    }

    #[test]
    fn arguments_are_cut_at_their_own_commas() {
        assert_eq!(split(""), Vec::<&str>::new());
        assert_eq!(split("3, \"a, \\\"b\", [1, 2]"), ["3", "\"a, \\\"b\"", "[1, 2]"]);
        assert_eq!(split("3</a, b>, {x=1, y=(2, 3)}"), ["3</a, b>", "{x=1, y=(2, 3)}"]);
        assert_eq!(split("7<TCP:[1:2->3:4]>, 1<<3"), ["7<TCP:[1:2->3:4]>", "1<<3"]);
        assert_eq!(split("\"cut"), ["\"cut"]);
    }

    #[test]
    fn files_have_names() {
        let file = |text: &'static str| named_file(text.as_bytes());
        assert_eq!(file("3</etc/a b>"), Some((3, &b"/etc/a b"[..])));
        assert_eq!(file("AT_FDCWD</srv>"), Some((-100, &b"/srv"[..])));
        assert_eq!(file("9<UNIX:[1->2]>"), Some((9, &b"UNIX:[1->2]"[..])));
        assert_eq!(file("3"), None);
        assert_eq!(file("1<<3"), None);
    }

    #[test]
    fn every_parameter_of_the_table_exists() {
        for line in include_str!("arguments.tsv").lines().skip(1) {
            let (name, words) = line.split_once('\t').unwrap();
            let call = crate::event::call_named(name.as_bytes()).unwrap();
            let kinds = [event_type(call.enter).unwrap(), event_type(call.exit()).unwrap()];
            let words =
                words.split([' ', '|', ',', '[', ']']).filter(|word| !matches!(*word, "" | "-"));
            for word in words {
                assert!(kinds.iter().any(|kind| kind.param(word).is_some()), "{name}: {word}");
            }
        }
    }

    #[test]
    fn programs_name_their_process() {
        assert_eq!(comm_of_path(b"\"/usr/bin/worker\"").unwrap(), b"worker");
        assert_eq!(comm_of_path(b"\"a-very-long-program-name\"").unwrap(), b"a-very-long-pro");
        assert_eq!(comm_of_path(b"0x7ffd"), None);
    }
}
