//! One line of perf trace. The lines it must take, one a variant:
//!
//! ```text
//!      0.772 ( 0.029 ms): work/31599 brk() = 0x55bd2d22b000
//!     10.790 (         ): work/31599 clock_nanosleep(rqtp: 0x7f..)            ...
//!     10.790 ( 2.123 ms): work/31599  ... [continued]: clock_nanosleep()) = 0
//!          ? (         ): :31638/31638  ... [continued]: clone3()) = 0
//!          ? (         ): work/31640  ... [continued]: clone()) =
//! 2483276.488 (         ): work/31637 exit() = ?
//!      0.065 ( 0.016 ms): brk() = 0x55d0c3c05000            one thread: none is named
//!      0.065 ( 0.016 ms): 31599 brk() = 0x55d0c3c05000      --no-comm
//!                                        _start (/usr/lib/ld-linux-x86-64.so.2)      --call-graph
//!      0.000 ( 0.000 ms): work/31599 minfault [elf_load+0x28a] => 0x555eb4fdc5c8 (?k)        -F
//! LOST 12 events!
//! ```
//!
//! With `trace.show_timestamp` or `trace.show_duration` switched off, one of
//! the two is missing.

use nom::Parser;
use nom::bytes::complete::tag;
use nom::character::complete::digit1;
use nom::combinator::opt;
use nom::sequence::terminated;

use super::super::trace::parts::{Parsed, blanks, end, length, misfit, split_result};
use super::super::trace::{Head, Line, Named, Notice, Refusal, Time, What};

const MS_NS: u64 = 1_000_000;
/// Lines of a call's stack begin further right than any other.
const STACK_COLUMN: usize = 30;

/// Reads one line, without its end.
#[must_use]
pub fn parse(line: &[u8]) -> Line<'_> {
    if line.trim_ascii().is_empty() {
        return Line::notice(Notice::Empty);
    }
    if line.starts_with(b"LOST ") && line.ends_with(b" events!") {
        return Line::notice(Notice::Lost);
    }
    let Ok((rest, (time, took_ns))) = times(line) else {
        let indented = line.len().saturating_sub(blanks(line).len()) >= STACK_COLUMN;
        return if indented && line.ends_with(b")") {
            Line::notice(Notice::Stack)
        } else {
            Line::other(line, Refusal::Foreign)
        };
    };
    let Some((thread, call)) = split_call(rest) else {
        return Line::notice(Notice::OtherEvent);
    };
    let Some((tid, comm)) = thread_of(thread) else {
        return Line::other(line, Refusal::Foreign);
    };
    let head = Head { tid, comm, time, since_ns: None };
    match what(&call, took_ns) {
        What::Other(_, why) => Line::other(line, why),
        // perf prints nothing for a thread id of 0
        What::Rest(_, _, Some(end)) if end.text.is_empty() && time == Time::None => {
            Line::notice(Notice::Begin)
        }
        what => Line { head, what },
    }
}

/// When the call began, and how long it took; at least one of both is told, be
/// it as unknown.
fn times(line: &[u8]) -> Parsed<'_, (Time, Option<u64>)> {
    let (rest, start) = opt(start).parse(blanks(line))?;
    let (rest, took_ns) = opt(took).parse(blanks(rest))?;
    if start.is_none() && took_ns.is_none() {
        return misfit(line);
    }
    Ok((rest, (start.unwrap_or_default(), took_ns.flatten())))
}

/// `0.772 ` or `? `.
fn start(input: &[u8]) -> Parsed<'_, Time> {
    let (rest, known) = opt(terminated(length(MS_NS), tag(&b" "[..]))).parse(input)?;
    match known {
        Some((ns, digits)) if digits > 0 => Ok((rest, Time::Start(ns))),
        Some(_) => misfit(input),
        None => {
            let (rest, _) = tag(&b"? "[..]).parse(input)?;
            Ok((rest, Time::None))
        }
    }
}

/// `( 0.029 ms): ` or `(         ): `.
fn took(input: &[u8]) -> Parsed<'_, Option<u64>> {
    let (rest, _) = tag(&b"("[..]).parse(input)?;
    let (rest, known) = opt(terminated(length(MS_NS), tag(&b" ms"[..]))).parse(blanks(rest))?;
    let (rest, _) = tag(&b"):"[..]).parse(rest)?;
    Ok((rest, known.map(|(ns, _)| ns)))
}

/// What stands behind `... [continued]: `, marked.
const CONTINUED: &[u8] = b" ... [continued]: ";

/// The thread, and the call behind it.
fn split_call(rest: &[u8]) -> Option<(&[u8], Shape<'_>)> {
    if let Some(at) = memchr::memmem::find(rest, CONTINUED) {
        let call = rest.get(at.saturating_add(CONTINUED.len())..)?;
        let name = call.get(..memchr::memchr(b'(', call)?)?;
        let inside = call.get(name.len()..)?.strip_prefix(b"()")?;
        return Some((rest.get(..at)?, Shape { name, inside, continued: true }));
    }
    // the name of a process may hold brackets, too
    for at in memchr::memchr_iter(b'(', rest) {
        let before = rest.get(..at)?;
        let start =
            before.iter().rposition(|byte| *byte == b' ').map_or(0, |at| at.saturating_add(1));
        let name = before.get(start..)?;
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        if !name.is_empty() && name.iter().all(plain) {
            let inside = rest.get(at.saturating_add(1)..)?;
            return Some((before.get(..start)?, Shape { name, inside, continued: false }));
        }
    }
    None
}

struct Shape<'a> {
    name: &'a [u8],
    /// Everything behind the opening bracket.
    inside: &'a [u8],
    continued: bool,
}

/// `comm/tid`, `:tid/tid`, `tid`, or nothing. `None`: something else.
fn thread_of(text: &[u8]) -> Option<(Option<u32>, &[u8])> {
    let text = text.trim_ascii();
    if text.is_empty() {
        return Some((None, b""));
    }
    let at = text.iter().rposition(|byte| *byte == b'/');
    let (comm, digits) = match at {
        Some(at) => (text.get(..at)?, text.get(at.saturating_add(1)..)?),
        None => (&b""[..], text),
    };
    let parsed: Parsed<'_, &[u8]> = digit1(digits);
    if !parsed.ok()?.0.is_empty() {
        return None;
    }
    let tid = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some((Some(tid), if comm.first() == Some(&b':') { b"" } else { comm }))
}

fn what<'a>(call: &Shape<'a>, took_ns: Option<u64>) -> What<'a> {
    let Shape { name, inside, continued } = *call;
    let named = Named::new(name);
    let open = inside.trim_ascii_end().strip_suffix(b"...").map(<[u8]>::trim_ascii_end);
    if let Some(open) = open.filter(|open| open.ends_with(b")")) {
        let arguments = open.strip_suffix(b")").unwrap_or(open);
        return if continued {
            What::Rest(named, b"", None)
        } else {
            What::Begin(named, arguments)
        };
    }
    let found = split_result(inside);
    match found.and_then(|(arguments, result)| Some((arguments, end(result, took_ns)?))) {
        Some((_, end)) if continued => What::Rest(named, b"", Some(end)),
        Some((arguments, end)) => What::Call(named, arguments, end),
        None => What::Other(b"", Refusal::NoResult),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]
mod tests {
    use super::super::super::trace::{End, Outcome};
    use super::*;

    fn head(tid: Option<u32>, comm: &'static str, time: Time) -> Head<'static> {
        Head { tid, comm: comm.as_bytes(), time, since_ns: None }
    }

    fn end(result: i64, text: &'static str, took_ns: Option<u64>) -> End<'static> {
        End { outcome: Outcome::Result(result), text: text.as_bytes(), took_ns }
    }

    #[test]
    fn every_form_is_read() {
        let brk = Named::new(b"brk");
        let took = Some(29_000);
        let (start, work) = (Time::Start(772_000), Some(31599));
        for (line, wanted_head, what) in [
            (
                "     0.772 ( 0.029 ms): work/31599 brk() = 0x5",
                head(work, "work", start),
                What::Call(brk, b"", end(5, "0x5", took)),
            ),
            (
                "     0.772 ( 0.029 ms): a (b)/c/31599 brk(brk: 0x1)  = 0x5",
                head(work, "a (b)/c", start),
                What::Call(brk, b"brk: 0x1", end(5, "0x5", took)),
            ),
            (
                "     0.772 ( 0.029 ms): 31599 brk() = 0x5",
                head(work, "", start),
                What::Call(brk, b"", end(5, "0x5", took)),
            ),
            (
                "     0.772 ( 0.029 ms): brk()            = ",
                head(None, "", start),
                What::Call(brk, b"", end(0, "", took)),
            ),
            (
                "( 0.029 ms): work/31599 brk() = 0",
                head(work, "work", Time::None),
                What::Call(brk, b"", end(0, "0", took)),
            ),
            (
                "     0.772 work/31599 brk() = 0",
                head(work, "work", start),
                What::Call(brk, b"", end(0, "0", None)),
            ),
            (
                "         ? (         ): :31599/31599  ... [continued]: brk()) = 0",
                head(work, "", Time::None),
                What::Rest(brk, b"", Some(end(0, "0", None))),
            ),
            (
                "     0.772 (         ): work/31599 brk(fd: 4</a) = 1>)     ...",
                head(work, "work", start),
                What::Begin(brk, b"fd: 4</a) = 1>"),
            ),
            (
                "     0.772 ( 0.029 ms): work/31599  ... [continued]: brk()) ...",
                head(work, "work", start),
                What::Rest(brk, b"", None),
            ),
        ] {
            assert_eq!(parse(line.as_bytes()), Line { head: wanted_head, what }, "{line}");
        }
    }

    #[test]
    fn other_lines_are_told_apart() {
        let minfault =
            "     0.000 ( 0.000 ms): sc/1 minfault [elf_load+0x28a] => 0x555eb4fdc5c8 (?k)";
        for (line, notice) in [
            ("LOST 12 events!", Notice::Lost),
            ("", Notice::Empty),
            (minfault, Notice::OtherEvent),
            ("                                       _start (/usr/lib/ld.so)", Notice::Stack),
            ("         ? (         ): w/7  ... [continued]: clone())   = ", Notice::Begin),
        ] {
            assert_eq!(parse(line.as_bytes()).what, What::Notice(notice), "{line}");
        }
        for (line, why) in [
            ("hello", Refusal::Foreign),
            ("12 brk() = 0", Refusal::Foreign),
            ("     0.772 ( 0.029 ms): work/x brk() = 0", Refusal::Foreign),
            ("     0.772 ( 0.029 ms): work/1 brk(fd: 3", Refusal::NoResult),
        ] {
            assert_eq!(parse(line.as_bytes()).what, What::Other(line.as_bytes(), why), "{line}");
        }
    }
}
