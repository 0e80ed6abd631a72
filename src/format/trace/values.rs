//! The text of one argument as the bytes of a parameter: numbers, names of
//! flags, quoted strings, addresses, times. What is not understood is no
//! parameter; it still shows in the arguments as printed.

use std::net::{Ipv4Addr, Ipv6Addr};

use nom::Parser;
use nom::bytes::complete::tag;
use nom::sequence::preceded;

use super::parts::{Parsed, c_number, number};
use crate::event::{FlagName, ParamType, signal_number};

/// Constants that stand for numbers of parameters without names of their own.
const CONSTANTS: [(&[u8], i64); 17] = [
    (b"NULL", 0),
    (b"AT_FDCWD", -100),
    (b"CWD", -100),
    (b"SOCK_STREAM", 1),
    (b"SOCK_DGRAM", 2),
    (b"SOCK_RAW", 3),
    (b"SOCK_SEQPACKET", 5),
    (b"SOCK_CLOEXEC", 0o2_000_000),
    (b"SOCK_NONBLOCK", 0o4000),
    (b"IPPROTO_IP", 0),
    (b"IPPROTO_ICMP", 1),
    (b"IPPROTO_TCP", 6),
    (b"IPPROTO_UDP", 17),
    (b"IPPROTO_ICMPV6", 58),
    (b"NETLINK_ROUTE", 0),
    (b"CLOCK_REALTIME", 0),
    (b"CLOCK_MONOTONIC", 1),
];

/// Writes the value of a parameter; false: the text is none of its kind.
pub fn encode(kind: ParamType, flags: &[FlagName], text: &[u8], out: &mut Vec<u8>) -> bool {
    match kind {
        ParamType::Charbuf | ParamType::Fspath | ParamType::Fsrelpath => {
            let done = quoted(text, out);
            out.push(0);
            done
        }
        ParamType::Bytebuf => quoted(text, out),
        ParamType::Sockaddr => address(text).is_some_and(|address| address.write(out)),
        ParamType::Socktuple => address(text).is_some_and(|address| address.write_pair(out)),
        ParamType::Sigtype => match signal_number(text) {
            Some(number) => put(out, number.into(), 1),
            None => value(text).is_some_and(|number| put(out, number, 1)),
        },
        ParamType::Reltime => timespec(text).is_some_and(|ns| put(out, ns, 8)),
        _ => {
            let named = if flags.is_empty() { None } else { flag_bits(flags, text) };
            let plain = || value(text).filter(|number| flags.is_empty() || *number == 0);
            let width = kind.width().filter(|width| *width <= 8);
            match (named.or_else(plain), width) {
                (Some(number), Some(width)) => put(out, number, width),
                _ => false,
            }
        }
    }
}

/// The lower `width` bytes of a number.
fn put(out: &mut Vec<u8>, number: i64, width: usize) -> bool {
    let bytes = number.to_le_bytes();
    out.extend_from_slice(bytes.get(..width).unwrap_or_default());
    true
}

/// A number as tracers print it: with the name of what it is behind, as a
/// constant, as several joined by `|`.
#[must_use]
pub fn value(text: &[u8]) -> Option<i64> {
    let text = before(text, b'<');
    let text = before(text, b' ');
    let mut sum = 0i64;
    for part in text.split(|byte| *byte == b'|') {
        sum |= single(part)?;
    }
    Some(sum)
}

fn before(text: &[u8], stop: u8) -> &[u8] {
    text.split(|byte| *byte == stop).next().unwrap_or_default()
}

fn single(text: &[u8]) -> Option<i64> {
    if let Some((_, value)) = CONSTANTS.iter().find(|(name, _)| *name == text) {
        return Some(*value);
    }
    let (digits, negative) = match text.strip_prefix(b"-") {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    let (rest, value) = c_number(digits).ok()?;
    let value = value.cast_signed();
    rest.is_empty().then(|| if negative { value.wrapping_neg() } else { value })
}

/// The bits of flags by their names, with or without what all of them begin
/// with. Behind a raw number the names may stand as a comment.
fn flag_bits(flags: &[FlagName], text: &[u8]) -> Option<i64> {
    let text = match memchr::memmem::find(text, b"/* ") {
        Some(at) => text.get(at.saturating_add(3)..)?.strip_suffix(b" */")?,
        None => text,
    };
    let mut bits = 0i64;
    for name in text.split(|byte| *byte == b'|') {
        let is = |flag: &&FlagName| {
            let known = flag.name.as_bytes();
            known == name
                || known
                    .strip_suffix(name)
                    .is_some_and(|head| head.ends_with(b"_") && name.len() > 1)
        };
        bits |= i64::from(flags.iter().find(is)?.value);
    }
    Some(bits)
}

/// `"text"`, perhaps with `...` behind, without its quotes and escapes.
pub fn quoted(text: &[u8], out: &mut Vec<u8>) -> bool {
    let text = text.strip_suffix(b"...").unwrap_or(text);
    let Some(inside) = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")) else {
        return false;
    };
    unescape(inside, out);
    true
}

/// C's escapes: letters, `\xHH`, and octal numbers of up to three digits.
pub fn unescape(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        rest = rest.get(at.saturating_add(1)..).unwrap_or_default();
        let Some((first, behind)) = rest.split_first() else {
            out.push(b'\\');
            return;
        };
        rest = behind;
        let plain = match first {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'v' => 0x0b,
            b'f' => 0x0c,
            b'a' => 0x07,
            b'b' => 0x08,
            b'e' => 0x1b,
            b'0'..=b'7' => {
                let (value, taken) = octal(*first, behind);
                rest = behind.get(taken..).unwrap_or_default();
                value
            }
            b'x' => match behind.first_chunk::<2>().and_then(|digits| hex_byte(*digits)) {
                Some(value) => {
                    rest = behind.get(2..).unwrap_or_default();
                    value
                }
                None => b'x',
            },
            other => *other,
        };
        out.push(plain);
    }
    out.extend_from_slice(rest);
}

fn hex_byte(digits: [u8; 2]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()
}

/// An octal number whose first digit was taken, and how many more there are.
fn octal(first: u8, behind: &[u8]) -> (u8, usize) {
    let more = behind.iter().take(2).take_while(|byte| (b'0'..=b'7').contains(*byte));
    let digits: Vec<u8> = std::iter::once(&first).chain(more).copied().collect();
    let value = digits
        .iter()
        .fold(0u8, |sum, digit| sum.wrapping_mul(8).wrapping_add(digit.wrapping_sub(b'0')));
    (value, digits.len().saturating_sub(1))
}

/// `{tv_sec=1, tv_nsec=5}` as ns.
fn timespec(text: &[u8]) -> Option<i64> {
    let field = |name: &[u8]| {
        let at = memchr::memmem::find(text, name)?;
        let (_, value) = number(text.get(at.checked_add(name.len())?..)?).ok()?;
        i64::try_from(value).ok()
    };
    let seconds = field(b"tv_sec=")?.checked_mul(1_000_000_000)?;
    let behind = field(b"tv_nsec=").or_else(|| field(b"tv_usec=")?.checked_mul(1000))?;
    seconds.checked_add(behind)
}

/// A socket address as printed.
enum Address {
    V4(Ipv4Addr, u16),
    V6(Ipv6Addr, u16),
    Unix(Vec<u8>),
}

/// `{sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}` and
/// the like.
fn address(text: &[u8]) -> Option<Address> {
    let field = |name: &[u8]| {
        let at = memchr::memmem::find(text, name)?;
        text.get(at.checked_add(name.len())?..)
    };
    let inner = |name: &[u8]| {
        let value = field(name)?;
        std::str::from_utf8(value.get(..memchr::memchr(b'"', value)?)?).ok()
    };
    let port = |name: &'static [u8]| {
        let parsed: Parsed<'_, u64> = preceded(tag(&b"htons("[..]), number).parse(field(name)?);
        u16::try_from(parsed.ok()?.1).ok()
    };
    match field(b"sa_family=")? {
        family if family.starts_with(b"AF_INET,") => {
            let ip = inner(b"inet_addr(\"")?.parse().ok()?;
            Some(Address::V4(ip, port(b"sin_port=")?))
        }
        family if family.starts_with(b"AF_INET6,") => {
            let ip = inner(b"inet_pton(AF_INET6, \"")?.parse().ok()?;
            Some(Address::V6(ip, port(b"sin6_port=")?))
        }
        family if family.starts_with(b"AF_UNIX, ") => {
            let path = field(b"sun_path=")?;
            let mut plain = Vec::new();
            if let Some(name) = path.strip_prefix(b"@") {
                plain.push(b'@');
                quoted(until_brace(name), &mut plain).then_some(())?;
            } else {
                quoted(until_brace(path), &mut plain).then_some(())?;
            }
            Some(Address::Unix(plain))
        }
        _ => None,
    }
}

fn until_brace(text: &[u8]) -> &[u8] {
    text.strip_suffix(b"}").unwrap_or(text)
}

impl Address {
    /// As a parameter of type SOCKADDR.
    fn write(&self, out: &mut Vec<u8>) -> bool {
        match self {
            Address::V4(ip, port) => {
                out.push(2);
                out.extend_from_slice(&ip.octets());
                out.extend_from_slice(&port.to_le_bytes());
            }
            Address::V6(ip, port) => {
                out.push(10);
                out.extend_from_slice(&ip.octets());
                out.extend_from_slice(&port.to_le_bytes());
            }
            Address::Unix(path) => {
                out.push(1);
                out.extend_from_slice(path);
                out.push(0);
            }
        }
        true
    }

    /// As the destination of a pair whose source is not told.
    fn write_pair(&self, out: &mut Vec<u8>) -> bool {
        match self {
            Address::V4(ip, port) => {
                out.extend_from_slice(&[2, 0, 0, 0, 0, 0, 0]);
                out.extend_from_slice(&ip.octets());
                out.extend_from_slice(&port.to_le_bytes());
            }
            Address::V6(ip, port) => {
                out.push(10);
                out.extend_from_slice(&[0; 18]);
                out.extend_from_slice(&ip.octets());
                out.extend_from_slice(&port.to_le_bytes());
            }
            Address::Unix(path) => {
                out.push(1);
                out.extend_from_slice(&[0; 16]);
                out.extend_from_slice(path);
                out.push(0);
            }
        }
        true
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    #[test]
    fn strings_lose_their_escapes() {
        for (text, plain) in [
            (r#""a\n\t\"\\""#, &b"a\n\t\"\\"[..]),
            (r#""\177ELF\2\1\0001"..."#, b"\x7fELF\x02\x01\x001"),
            (r#""\xc3\xA9\x""#, "éx".as_bytes()),
            (r#""""#, b""),
        ] {
            let mut out = Vec::new();
            assert!(quoted(text.as_bytes(), &mut out), "{text}");
            assert_eq!(out, plain, "{text}");
        }
        let mut out = Vec::new();
        assert!(!quoted(b"0x7ffd", &mut out));
        unescape(b"ab\\", &mut out);
        assert_eq!(out, b"ab\\");
    }

    #[test]
    fn numbers_have_many_forms() {
        for (text, number) in [
            ("3", Some(3)),
            ("-1", Some(-1)),
            ("0644", Some(0o644)),
            ("0x26000", Some(0x26000)),
            ("AT_FDCWD</srv>", Some(-100)),
            ("3</etc/a b>", Some(3)),
            ("SOCK_STREAM|SOCK_CLOEXEC", Some(0o2_000_001)),
            ("NULL", Some(0)),
            ("31673 (work)", Some(31673)),
            ("8192*1024", None),
            ("", None),
        ] {
            assert_eq!(value(text.as_bytes()), number, "{text}");
        }
    }

    #[test]
    fn addresses_and_times_are_read() {
        let bytes = |kind, text: &str| {
            let mut out = Vec::new();
            encode(kind, &[], text.as_bytes(), &mut out).then_some(out)
        };
        let inet = r#"{sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}"#;
        assert_eq!(bytes(ParamType::Sockaddr, inet).unwrap(), [2, 127, 0, 0, 1, 9, 0]);
        let unix = r#"{sa_family=AF_UNIX, sun_path="/no/s"}"#;
        assert_eq!(bytes(ParamType::Sockaddr, unix).unwrap(), b"\x01/no/s\0");
        let inet6 = "{sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), \
                     inet_pton(AF_INET6, \"::1\", &sin6_addr), sin6_scope_id=0}";
        assert_eq!(bytes(ParamType::Socktuple, inet6).unwrap().len(), 37);
        assert_eq!(bytes(ParamType::Sockaddr, "0x7ffd"), None);
        let time = bytes(ParamType::Reltime, "{tv_sec=2, tv_nsec=5}").unwrap();
        assert_eq!(time, 2_000_000_005u64.to_le_bytes());
    }
}
