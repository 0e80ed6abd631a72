//! The small parts that lines of all tracers are made of: numbers, lengths of
//! time, results; as nom parsers over bytes.

use memchr::memrchr_iter;
use nom::IResult;
use nom::Parser;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{digit0, digit1, hex_digit1};
use nom::combinator::opt;
use nom::sequence::preceded;

use super::line::{End, Outcome};
use crate::event::errno_number;

/// What is left, and the value.
pub type Parsed<'a, T> = IResult<&'a [u8], T>;

/// The error of a parser that does not fit.
///
/// # Errors
/// Always.
pub fn misfit<T>(input: &[u8]) -> Parsed<'_, T> {
    Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Verify)))
}

/// Blanks, or none.
#[must_use]
pub fn blanks(input: &[u8]) -> &[u8] {
    let count = input.iter().take_while(|byte| **byte == b' ').count();
    input.get(count..).unwrap_or_default()
}

/// A number of up to 19 digits; more are not understood.
///
/// # Errors
/// When no digit comes, or too many.
pub fn number(input: &[u8]) -> Parsed<'_, u64> {
    let (rest, digits) = digit1(input)?;
    match value_of(digits, 10) {
        Some(value) => Ok((rest, value)),
        None => misfit(input),
    }
}

fn value_of(digits: &[u8], base: u64) -> Option<u64> {
    digits.iter().try_fold(0u64, |sum, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        sum.checked_mul(base)?.checked_add(digit.into())
    })
}

/// `0x` and hexadecimal digits.
///
/// # Errors
/// When something else comes, or too many digits.
pub fn hexadecimal(input: &[u8]) -> Parsed<'_, u64> {
    let (rest, digits) = preceded(tag(&b"0x"[..]), hex_digit1).parse(input)?;
    match value_of(digits, 16) {
        Some(value) => Ok((rest, value)),
        None => misfit(input),
    }
}

/// A number as C writes it: decimal, `0x` hexadecimal, `0` octal.
///
/// # Errors
/// When none comes.
pub fn c_number(input: &[u8]) -> Parsed<'_, u64> {
    if input.starts_with(b"0x") {
        return hexadecimal(input);
    }
    let (rest, digits) = digit1(input)?;
    let base = if digits.len() > 1 && digits.first() == Some(&b'0') { 8 } else { 10 };
    let fits = base == 10 || digits.iter().all(|digit| *digit < b'8');
    match value_of(digits, base).filter(|_| fits) {
        Some(value) => Ok((rest, value)),
        None => misfit(input),
    }
}

/// `seconds[.digits]` (or of another unit of `unit_ns`) as ns, and how many
/// digits there were behind the point. Digits below 1 ns are cut off.
///
/// # Errors
/// When no number comes, or one beyond 584 years.
pub fn length(unit_ns: u64) -> impl Fn(&[u8]) -> Parsed<'_, (u64, usize)> {
    move |input| {
        let (rest, whole) = number(input)?;
        let (rest, behind) = opt(preceded(tag(&b"."[..]), digit0)).parse(rest)?;
        let digits = behind.unwrap_or_default();
        let mut scale = unit_ns;
        let mut fraction: u64 = 0;
        for digit in digits.iter().take(9) {
            scale = scale.checked_div(10).unwrap_or(0);
            let value = u64::from(digit.wrapping_sub(b'0'));
            fraction = fraction.saturating_add(value.saturating_mul(scale));
        }
        match whole.checked_mul(unit_ns).and_then(|ns| ns.checked_add(fraction)) {
            Some(ns) => Ok((rest, (ns, digits.len()))),
            None => misfit(input),
        }
    }
}

/// A whole word as a length of time, ns; see [`length`].
#[must_use]
pub fn word_length(word: &[u8], unit_ns: u64) -> Option<u64> {
    match length(unit_ns)(word) {
        Ok(([], (ns, _))) => Some(ns),
        _ => None,
    }
}

/// A whole word as a number.
#[must_use]
pub fn word_number(word: &[u8]) -> Option<u64> {
    match number(word) {
        Ok(([], value)) => Some(value),
        _ => None,
    }
}

/// A name: letters, digits and `_`; unknown calls begin with `????`.
///
/// # Errors
/// When none comes.
pub fn name(input: &[u8]) -> Parsed<'_, &[u8]> {
    take_while1(|byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'?')
        .parse(input)
}

/// `<0.000123>` at the end of a line, behind a blank: how long a call took, ns,
/// and what is before.
#[must_use]
pub fn split_took(text: &[u8]) -> (&[u8], Option<u64>) {
    let Some(inner) = text.strip_suffix(b">") else {
        return (text, None);
    };
    let Some(at) = memchr::memrchr(b'<', inner) else {
        return (text, None);
    };
    let before = inner.get(..at).and_then(|before| before.strip_suffix(b" "));
    let shown = inner.get(at.saturating_add(1)..).map(length(1_000_000_000));
    match (before, shown) {
        (Some(before), Some(Ok(([], (ns, _))))) => (before, Some(ns)),
        _ => (text, None),
    }
}

/// Where arguments end and the result begins: the last `)`, blanks, `= ` in
/// front of something that is a result. Gives both.
#[must_use]
pub fn split_result(text: &[u8]) -> Option<(&[u8], &[u8])> {
    for at in memrchr_iter(b'=', text) {
        let (before, behind) = (text.get(..at)?, text.get(at.saturating_add(1)..)?);
        let Some(before) = before.strip_suffix(b" ") else {
            continue;
        };
        let behind = match behind {
            [] => behind,
            [b' ', rest @ ..] => rest,
            _ => continue,
        };
        let Some(arguments) = before.trim_ascii_end().strip_suffix(b")") else {
            continue;
        };
        // what ends in a name's bracket begins with one: else this is the name's
        let named = behind.last() != Some(&b'>') || behind.contains(&b'<');
        if named && outcome(behind).is_some() {
            return Some((arguments, behind));
        }
    }
    None
}

/// The end of a call, by its result and what was printed behind.
#[must_use]
pub fn end(text: &[u8], took_ns: Option<u64>) -> Option<End<'_>> {
    Some(End { outcome: outcome(text)?, text, took_ns })
}

/// What a result says. Behind a number come the end, what it is open on, or an
/// explanation in brackets.
#[must_use]
pub fn outcome(text: &[u8]) -> Option<Outcome> {
    match text.first() {
        None => Some(Outcome::Result(0)), // perf prints nothing for pid 0
        Some(b'?') => Some(unreturned(text)),
        Some(b'-') => negative(text),
        Some(_) => {
            let (rest, value) = c_number(text).ok()?;
            let known = matches!(rest, [] | [b'<', ..] | [b' ', b'(', ..]);
            known.then_some(Outcome::Result(i64::try_from(value).unwrap_or(i64::MAX)))
        }
    }
}

/// `? ERESTARTSYS (...)` is an error that only the tracer sees.
fn unreturned(text: &[u8]) -> Outcome {
    let rest = blanks(text.get(1..).unwrap_or_default());
    match name(rest).ok().and_then(|(_, name)| errno_number(name)) {
        Some(number) => Outcome::Result(0i64.saturating_sub(number.into())),
        None => Outcome::Never,
    }
}

/// `-1 ENOENT (...)`, `-1 (errno 999)`, perf's `-1 (unknown) (INTERNAL ERROR:
/// strerror_r(514, ...`, and plain negative numbers.
fn negative(text: &[u8]) -> Option<Outcome> {
    let (rest, value) = c_number(text.get(1..)?).ok()?;
    if !matches!(rest.first(), None | Some(b' ')) {
        return None;
    }
    let rest = blanks(rest);
    let named = || name(rest).ok().and_then(|(_, name)| errno_number(name));
    let told = |before: &[u8]| {
        let at = memchr::memmem::find(rest, before)?;
        let (_, number) = number(rest.get(at.saturating_add(before.len())..)?).ok()?;
        u32::try_from(number).ok().filter(|number| *number < 4096)
    };
    let errno = if value == 1 && !rest.is_empty() {
        named().or_else(|| told(b"(errno ")).or_else(|| told(b"strerror_r("))
    } else {
        None
    };
    let value = errno.map_or_else(|| i64::try_from(value).unwrap_or(i64::MAX), i64::from);
    Some(Outcome::Result(0i64.saturating_sub(value)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    #[test]
    fn results_are_read() {
        for (text, result) in [
            ("0", 0),
            ("", 0),
            ("0x7f", 127),
            ("022", 18),
            ("3</etc/x>", 3),
            ("12345<comm>", 12345),
            ("1 ([{fd=3, revents=POLLIN}])", 1),
            ("31673 (work)", 31673),
            ("0x1 (flags F_RDWR)", 1),
            ("-1 ENOENT (No such file or directory)", -2),
            ("-1 EPERM (Operation not permitted) (INJECTED)", -1),
            ("-1 (errno 999)", -999),
            ("-1", -1),
            ("-514", -514),
            ("? ERESTARTSYS (To be restarted if SA_RESTART is set)", -512),
            ("? ERESTART_RESTARTBLOCK (Interrupted by signal)", -516),
            ("-1 (unknown) (INTERNAL ERROR: strerror_r(514, [buf], 128)=22)", -514),
            ("0xffffffffffffffff", i64::MAX),
        ] {
            assert_eq!(outcome(text.as_bytes()), Some(Outcome::Result(result)), "{text}");
        }
        for text in ["?", "? <unavailable>", "? "] {
            assert_eq!(outcome(text.as_bytes()), Some(Outcome::Never), "{text}");
        }
        for text in ["x", "4>", "-", "12a", "99999999999999999999999", "089"] {
            assert_eq!(outcome(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn the_last_result_counts() {
        let split = |text: &'static str| {
            let (arguments, result) = split_result(text.as_bytes())?;
            Some((std::str::from_utf8(arguments).ok()?, std::str::from_utf8(result).ok()?))
        };
        assert_eq!(split("1, \"a) = 3\", 2) = 9"), Some(("1, \"a) = 3\", 2", "9")));
        assert_eq!(split("NULL)     = 0x5"), Some(("NULL", "0x5")));
        assert_eq!(split("\"x\") = 3</a) = 4>"), Some(("\"x\"", "3</a) = 4>")));
        assert_eq!(split("1) = 3</a) = 4 \"b\">"), Some(("1", "3</a) = 4 \"b\">")));
        assert_eq!(split("1) = 3</a) = 4 (b>"), Some(("1", "3</a) = 4 (b>")));
        assert_eq!(split("{a = 3}) = ?"), Some(("{a = 3}", "?")));
        assert_eq!(split(")   = "), Some(("", "")));
        assert_eq!(split("1, 2"), None);
        assert_eq!(split("1 = 2"), None);
    }

    #[test]
    fn times_are_exact() {
        for (text, ns) in [
            ("a <0.000076>", Some(76_000)),
            ("a <0.000016544>", Some(16_544)),
            ("a <0>", Some(0)),
            ("a <12.5>", Some(12_500_000_000)),
            ("a<0.1>", None),
            ("a <unavailable>", None),
            ("3</etc>", None),
            ("a <0.1x>", None),
            ("a <99999999999999>", None),
        ] {
            assert_eq!(split_took(text.as_bytes()).1, ns, "{text}");
        }
        assert_eq!(length(1_000_000)(b"2483266.152 ").unwrap().1, (2_483_266_152_000, 3));
    }
}
