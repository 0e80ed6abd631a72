//! One line of strace. The lines it must take, one a variant:
//!
//! ```text
//! openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3</etc/ld.so.cache> <0.000146>
//! read(3,  <unfinished ...>
//! <... read resumed>"g", 1)         = 1
//! <... wait4 resumed> <unfinished ...>
//! wait4(-1, 0x7ffd, 0, NULL) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)
//! exit_group(0)                     = ?
//! --- SIGALRM {si_signo=SIGALRM, si_code=SI_USER, si_pid=31321, si_uid=0} ---
//! --- stopped by SIGSTOP ---
//! +++ exited with 3 +++
//! +++ killed by SIGSEGV (core dumped) +++
//! +++ superseded by execve in pid 31322 +++
//! strace: Process 31575 attached
//!  > /lib/libc.so.6(__read+0x7) [0xf0]
//! ```

use nom::Parser;
use nom::bytes::complete::{tag, take_until};
use nom::sequence::{delimited, preceded};

use super::super::trace::parts::{Parsed, blanks, end, name, number, split_result, split_took};
use super::super::trace::{End, Line, Named, Notice, Outcome, Refusal, What};
use super::head::head;
use crate::event::signal_number;

/// Reads one line, without its end.
#[must_use]
pub fn parse(line: &[u8]) -> Line<'_> {
    if line.first() == Some(&b' ') && line.starts_with(b" > ") {
        return Line::notice(Notice::Stack);
    }
    let (body, head) = head(line);
    let what = match body.first() {
        Some(b'<') => resumed(body),
        Some(b'-') if body.starts_with(b"--- ") => signal(body),
        Some(b'+') if body.starts_with(b"+++ ") => Some(exit(body)),
        Some(first) if first.is_ascii_alphabetic() || matches!(first, b'_' | b'?') => call(body),
        Some(b'[') if body.starts_with(b"[ Process PID=") => Some(What::Notice(Notice::Tracer)),
        _ => None,
    };
    match what {
        Some(What::Other(_, why)) => Line::other(line, why),
        Some(what) => Line { head, what },
        None if line.trim_ascii().is_empty() => Line::notice(Notice::Empty),
        None if is_message(line) => Line::notice(Notice::Tracer),
        None => Line::other(line, Refusal::Foreign),
    }
}

/// What strace says of itself, on a line of its own.
fn is_message(line: &[u8]) -> bool {
    line.starts_with(b"strace: ") || line.starts_with(b"/usr/bin/strace: ")
}

/// `name(arguments) = result`.
fn call(body: &[u8]) -> Option<What<'_>> {
    let (rest, name) = name(body).ok()?;
    let rest = rest.strip_prefix(b"(")?;
    let call = Named::new(name);
    Some(match tail(rest) {
        Tail::Whole(arguments, end) => What::Call(call, arguments, end),
        Tail::Open(arguments) => What::Begin(call, arguments),
        Tail::Wrong(why) => What::Other(body, why),
    })
}

/// `<... name resumed>rest) = result`.
fn resumed(body: &[u8]) -> Option<What<'_>> {
    let (open, close) = (&b"<... "[..], &b" resumed>"[..]);
    let parsed: Parsed<'_, &[u8]> = delimited(tag(open), take_until(close), tag(close)).parse(body);
    let (rest, name) = parsed.ok()?;
    let call = Named::new(name);
    Some(match tail(rest) {
        Tail::Whole(arguments, end) => What::Rest(call, arguments, Some(end)),
        Tail::Open(arguments) => What::Rest(call, arguments, None),
        Tail::Wrong(why) => What::Other(body, why),
    })
}

enum Tail<'a> {
    Whole(&'a [u8], End<'a>),
    Open(&'a [u8]),
    Wrong(Refusal),
}

/// What comes behind the opening bracket.
fn tail(text: &[u8]) -> Tail<'_> {
    let (text, took_ns) = split_took(text);
    if took_ns.is_none()
        && let Some(before) = text.strip_suffix(b"<unfinished ...>").or_else(|| detached(text))
    {
        // a call that never returns may be told so and be left open, too
        return match split_result(before.trim_ascii_end()) {
            Some((arguments, b"?")) => {
                Tail::Whole(arguments, End { outcome: Outcome::Never, text: b"?", took_ns: None })
            }
            _ => Tail::Open(before),
        };
    }
    let found = split_result(text);
    match found.and_then(|(arguments, result)| Some((arguments, end(result, took_ns)?))) {
        Some((arguments, end)) => Tail::Whole(arguments, end),
        None => Tail::Wrong(Refusal::NoResult),
    }
}

fn detached(text: &[u8]) -> Option<&[u8]> {
    text.strip_suffix(b"<detached ...>")
}

/// `--- SIGALRM {...} ---`.
fn signal(body: &[u8]) -> Option<What<'_>> {
    let wrong = Some(What::Other(body, Refusal::BadNotice));
    let Some(inside) = body.strip_prefix(b"--- ").and_then(|rest| rest.strip_suffix(b" ---"))
    else {
        return wrong;
    };
    if inside.starts_with(b"stopped by ") {
        return Some(What::Stopped);
    }
    let Ok((rest, name)) = name(inside) else {
        return wrong;
    };
    let sender = memchr::memmem::find(rest, b"si_pid=").and_then(|at| {
        let (_, pid) = number(rest.get(at.saturating_add(7)..)?).ok()?;
        u32::try_from(pid).ok()
    });
    match signal_number(name) {
        Some(number) => Some(What::Signal(number, sender)),
        None => wrong,
    }
}

/// `+++ exited with 0 +++` and the like.
fn exit(body: &[u8]) -> What<'_> {
    let inside = body.strip_prefix(b"+++ ").and_then(|rest| rest.strip_suffix(b" +++"));
    let what = inside.and_then(|inside| {
        let after = |before: &'static [u8]| -> Option<&[u8]> { inside.strip_prefix(before) };
        if let Some(code) = after(b"exited with ") {
            let (rest, code) = number(code).ok()?;
            return rest.is_empty().then(|| What::Exited(i64::try_from(code).unwrap_or(0)));
        }
        if let Some(signal) = after(b"killed by ") {
            let (rest, name) = name(signal).ok()?;
            return Some(What::Killed(signal_number(name)?, !blanks(rest).is_empty()));
        }
        let (_, pid) = number(after(b"superseded by execve in pid ")?).ok()?;
        Some(What::Superseded(u32::try_from(pid).ok()?))
    });
    what.unwrap_or(What::Other(body, Refusal::BadNotice))
}

/// `strace: Process N attached` (or detached) at the end of a line that is not
/// its own: strace writes it where it stands, and goes on in the next line.
/// Gives the line's own beginning.
#[must_use]
pub fn interrupted(line: &[u8]) -> Option<&[u8]> {
    let own = line.strip_suffix(b" attached").or_else(|| line.strip_suffix(b" detached"))?;
    let at = memchr::memmem::rfind(own, b"strace: Process ")?;
    let number = preceded(tag(&b"strace: Process "[..]), number).parse(own.get(at..)?);
    let number: Parsed<'_, u64> = number;
    let whole = number.is_ok_and(|(rest, _)| rest.is_empty());
    own.get(..at).filter(|head| whole && !head.is_empty())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn what(line: &str) -> What<'_> {
        parse(line.as_bytes()).what
    }

    #[test]
    fn every_form_is_read() {
        let read = Named::new(b"read");
        let end = |result: i64, text: &'static [u8], took_ns| End {
            outcome: Outcome::Result(result),
            text,
            took_ns,
        };
        let never = End { outcome: Outcome::Never, text: b"?", took_ns: None };
        for (line, wanted) in [
            ("read(3, \"a\", 1) = 1", What::Call(read, b"3, \"a\", 1", end(1, b"1", None))),
            ("read()     = 0 <0.5>", What::Call(read, b"", end(0, b"0", Some(500_000_000)))),
            ("read(3,  <unfinished ...>", What::Begin(read, b"3,  ")),
            ("read(3,  <detached ...>", What::Begin(read, b"3,  ")),
            (
                "<... read resumed>\"g\", 1) = 1",
                What::Rest(read, b"\"g\", 1", Some(end(1, b"1", None))),
            ),
            ("<... read resumed> <unfinished ...>", What::Rest(read, b" ", None)),
            ("read(0) = ?", What::Call(read, b"0", never)),
            ("read(0) = ? <unfinished ...>", What::Call(read, b"0", never)),
            ("--- SIGALRM {si_signo=SIGALRM, si_pid=7, si_uid=0} ---", What::Signal(14, Some(7))),
            ("--- SIGCHLD (Child exited) @ 0 (0) ---", What::Signal(17, None)),
            ("--- stopped by SIGSTOP ---", What::Stopped),
            ("+++ exited with 3 +++", What::Exited(3)),
            ("+++ killed by SIGSEGV +++", What::Killed(11, false)),
            ("+++ killed by SIGSEGV (core dumped) +++", What::Killed(11, true)),
            ("+++ superseded by execve in pid 31322 +++", What::Superseded(31322)),
            ("strace: Process 31575 attached", What::Notice(Notice::Tracer)),
            ("[ Process PID=7 runs in 32 bit mode. ]", What::Notice(Notice::Tracer)),
            (" > /lib/libc.so.6(__read+0x7) [0xf0]", What::Notice(Notice::Stack)),
            ("  ", What::Notice(Notice::Empty)),
        ] {
            assert_eq!(what(line), wanted, "{line}");
        }
    }

    #[test]
    fn what_is_not_understood_says_why() {
        for (line, why) in [
            ("hello", Refusal::Foreign),
            ("read(3, \"a", Refusal::NoResult),
            ("read(3) = x", Refusal::NoResult),
            ("--- SIGNOT {} ---", Refusal::BadNotice),
            ("+++ gone +++", Refusal::BadNotice),
        ] {
            assert_eq!(what(line), What::Other(line.as_bytes(), why), "{line}");
        }
    }

    #[test]
    fn messages_inside_lines_are_found() {
        let found = |line: &'static str| interrupted(line.as_bytes());
        assert_eq!(found("a(SIGCHLDstrace: Process 31575 attached"), Some(&b"a(SIGCHLD"[..]));
        assert_eq!(found("a(strace: Process 7 detached"), Some(&b"a("[..]));
        assert_eq!(found("strace: Process 7 attached"), None);
        assert_eq!(found("a(strace: Process x attached"), None);
    }
}
