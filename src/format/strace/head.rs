//! What stands in front of a line of strace.
//!
//! ```text
//! [pid 31572]  or  31572  or  31572<comm>     thread; bare with -o
//! 1795458567.571846   -ttt          18:29:26.571254   -tt     18:29:26   -t
//! 1795458567          --absolute-timestamps=format:unix,precision:s
//!      0.000249       -r            (+     0.000249)  -r with one of those
//! [ 262]              -n            [00007f29db77c86a]   -i
//! ```
//!
//! A bare number is a thread unless it is beyond all threads: then it is
//! seconds since the epoch. One with blanks in front, or behind a thread, is
//! seconds since the line before.

use nom::Parser;
use nom::bytes::complete::{tag, take_until, take_while1};
use nom::combinator::opt;
use nom::sequence::{delimited, preceded, terminated};

use super::super::trace::parts::{Parsed, blanks, length, misfit, number};
use super::super::trace::{Head, Time};

/// `PID_MAX_LIMIT` of Linux.
const MOST_THREADS: u64 = 1 << 22;
/// Seconds: what is below is no time since the epoch (March 1973).
const FIRST_EPOCH: u64 = 100_000_000;
const SECOND_NS: u64 = 1_000_000_000;
const DAY_S: u64 = 86_400;

/// Takes off whatever of a prefix there is.
#[must_use]
pub fn head(line: &[u8]) -> (&[u8], Head<'_>) {
    let mut head = Head::default();
    let mut rest = line;
    if let Ok((behind, (tid, comm))) = thread(line) {
        rest = blanks(behind);
        (head.tid, head.comm) = (u32::try_from(tid).ok(), comm);
    }
    let indented = rest.first() == Some(&b' ') || head.tid.is_some();
    if let Ok((behind, (time, since_ns))) = time(indented)(blanks(rest)) {
        rest = behind;
        (head.time, head.since_ns) = (time, since_ns);
        if let Ok((behind, ns)) = also_since(rest) {
            rest = behind;
            head.since_ns = Some(ns);
        }
    }
    while let Ok((behind, ())) = bracketed(rest) {
        rest = behind;
    }
    (rest, head)
}

/// A thread's number, and its name.
fn thread(input: &[u8]) -> Parsed<'_, (u64, &[u8])> {
    if input.first() == Some(&b'[') {
        let (rest, tid) =
            preceded((tag(&b"[pid"[..]), take_while1(|byte| byte == b' ')), number).parse(input)?;
        let (rest, comm) =
            opt(delimited(tag(&b"<"[..]), take_until(&b">] "[..]), tag(&b">"[..]))).parse(rest)?;
        let (rest, _) = tag(&b"] "[..]).parse(rest)?;
        return Ok((rest, (tid, comm.unwrap_or_default())));
    }
    let (rest, tid) = number(input)?;
    if tid > MOST_THREADS {
        return misfit(input);
    }
    match rest.first() {
        Some(b' ') => Ok((rest, (tid, b""))),
        Some(b'<') => {
            let (rest, comm) =
                delimited(tag(&b"<"[..]), take_until(&b"> "[..]), tag(&b"> "[..])).parse(rest)?;
            Ok((rest, (tid, comm)))
        }
        _ => misfit(input),
    }
}

/// The time of the line, or since the line before.
fn time(indented: bool) -> impl Fn(&[u8]) -> Parsed<'_, (Time, Option<u64>)> {
    move |input| {
        if input.get(2) == Some(&b':') {
            let (rest, time) = day(input)?;
            return Ok((rest, (time, None)));
        }
        let (rest, (ns, digits)) =
            terminated(length(SECOND_NS), take_while1(|byte| byte == b' ')).parse(input)?;
        if ns >= FIRST_EPOCH.saturating_mul(SECOND_NS) {
            let time = if digits == 0 { Time::EpochSecond(ns) } else { Time::Epoch(ns) };
            Ok((rest, (time, None)))
        } else if digits > 0 || indented {
            Ok((rest, (Time::None, Some(ns))))
        } else {
            misfit(input)
        }
    }
}

/// `18:29:26.571254 `.
fn day(input: &[u8]) -> Parsed<'_, Time> {
    let two = |bytes: Option<&[u8]>| {
        let (rest, value) = number(bytes?).ok()?;
        rest.is_empty().then_some(value)
    };
    let (hours, minutes) = (two(input.get(..2)), two(input.get(3..5)));
    let (Some(hours), Some(minutes), Some(b':')) = (hours, minutes, input.get(5)) else {
        return misfit(input);
    };
    let (rest, (ns, digits)) =
        terminated(length(SECOND_NS), tag(&b" "[..])).parse(input.get(6..).unwrap_or_default())?;
    let whole = hours.saturating_mul(60).saturating_add(minutes).saturating_mul(60 * SECOND_NS);
    let ns = whole.saturating_add(ns);
    if ns >= (DAY_S.saturating_add(1)).saturating_mul(SECOND_NS) {
        return misfit(input); // a leap second still passes
    }
    Ok((blanks(rest), if digits == 0 { Time::DaySecond(ns) } else { Time::Day(ns) }))
}

/// `(+     0.000249) `.
fn also_since(input: &[u8]) -> Parsed<'_, u64> {
    let (rest, _) = tag(&b"(+"[..]).parse(input)?;
    let (rest, (ns, _)) = terminated(length(SECOND_NS), tag(&b") "[..])).parse(blanks(rest))?;
    Ok((rest, ns))
}

/// `[ 262] ` or `[00007f29db77c86a] `, or question marks.
fn bracketed(input: &[u8]) -> Parsed<'_, ()> {
    let inside = take_while1(|byte: u8| byte.is_ascii_hexdigit() || byte == b' ' || byte == b'?');
    let (rest, _) = delimited(tag(&b"["[..]), inside, tag(&b"] "[..])).parse(input)?;
    Ok((rest, ()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    fn check(text: &str, tid: Option<u32>, comm: &str, time: Time, since_ns: Option<u64>) {
        let line = format!("{text}read(3");
        let (rest, found) = head(line.as_bytes());
        assert_eq!(rest, b"read(3", "{text}");
        assert_eq!(found, Head { tid, comm: comm.as_bytes(), time, since_ns }, "{text}");
    }

    #[test]
    fn every_prefix_is_known() {
        let day = (18 * 3600 + 29 * 60 + 26) * SECOND_NS;
        let epoch = 1_795_458_567 * SECOND_NS;
        check("", None, "", Time::None, None);
        check("31347 ", Some(31347), "", Time::None, None);
        check("31    ", Some(31), "", Time::None, None);
        check("[pid 31571] ", Some(31571), "", Time::None, None);
        check("[pid     7] ", Some(7), "", Time::None, None);
        check("[pid 7<a b>] ", Some(7), "a b", Time::None, None);
        check("31485<work> ", Some(31485), "work", Time::None, None);
        check("31485<wo rk> 18:29:26 ", Some(31485), "wo rk", Time::DaySecond(day), None);
        check("18:29:26 ", None, "", Time::DaySecond(day), None);
        check("31347 18:29:26.571254 ", Some(31347), "", Time::Day(day + 571_254_000), None);
        check("1795458567.571846 ", None, "", Time::Epoch(epoch + 571_846_000), None);
        check("[pid 9] 1795458567.5 ", Some(9), "", Time::Epoch(epoch + 500_000_000), None);
        check("9 1795458567.000000009 ", Some(9), "", Time::Epoch(epoch + 9), None);
        check("1795458567 ", None, "", Time::EpochSecond(epoch), None);
        check("9 1795458567 ", Some(9), "", Time::EpochSecond(epoch), None);
        check("     0.000249 ", None, "", Time::None, Some(249_000));
        check("26439      0.000107 ", Some(26439), "", Time::None, Some(107_000));
        check("     2 ", None, "", Time::None, Some(2 * SECOND_NS));
        check("26439      2 ", Some(26439), "", Time::None, Some(2 * SECOND_NS));
        check("26439      0.000107213 ", Some(26439), "", Time::None, Some(107_213));
        check("7 18:29:26 (+     0.000249) ", Some(7), "", Time::DaySecond(day), Some(249_000));
        check("7 [  59] [00007f0ae3992ad7] ", Some(7), "", Time::None, None);
        check("[????????????????] ", None, "", Time::None, None);
        check("18:29:26.5 [ 262] ", None, "", Time::Day(day + 500_000_000), None);
    }
}
