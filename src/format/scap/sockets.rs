//! Socket addresses and pairs of them as parameters of events carry them, and
//! their text.
//!
//! ```text
//! address: u8 family, then
//!     1 (unix)   path, NUL
//!     2 (inet)   4 bytes address, u16 port
//!     10 (inet6) 16 bytes address, u16 port
//! pair: u8 family, then
//!     1 (unix)   u64 source, u64 destination (kernel addresses), path, NUL
//!     2 (inet)   4 bytes address, u16 port, 4 bytes address, u16 port
//!     10 (inet6) 16 bytes address, u16 port, 16 bytes address, u16 port
//! ```
//!
//! Addresses are in reading order, ports little endian. Without any byte there
//! is no address. (In the lists of files both addresses come first, then both
//! ports; see `fds`.)

use super::cursor::{Cursor, Short};

/// One end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct End<const N: usize> {
    /// Address in reading order.
    pub ip: [u8; N],
    /// Port.
    pub port: u16,
}

/// A socket address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address<'a> {
    /// None was recorded.
    None,
    /// Path, which may have bytes after a NUL.
    Unix(&'a [u8]),
    /// IPv4.
    V4(End<4>),
    /// IPv6.
    V6(End<16>),
    /// IPv4 of a wrong length.
    BadV4,
    /// IPv6 of a wrong length.
    BadV6,
    /// Another family, whose addresses are not recorded.
    Family(u8),
}

/// Source and destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tuple<'a> {
    /// None was recorded.
    None,
    /// The two sockets' addresses in the kernel, and the path.
    Unix {
        /// Address of the source socket.
        source: u64,
        /// Address of the destination socket.
        destination: u64,
        /// Path, which may have bytes after a NUL.
        path: &'a [u8],
    },
    /// IPv4: source, destination.
    V4(End<4>, End<4>),
    /// IPv6: source, destination.
    V6(End<16>, End<16>),
    /// IPv4 of a wrong length.
    BadV4,
    /// IPv6 of a wrong length.
    BadV6,
    /// Another family, whose addresses are not recorded.
    Family(u8),
}

const UNIX: u8 = 1;
const INET: u8 = 2;
const INET6: u8 = 10;

impl<const N: usize> End<N> {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Short> {
        let ip = cursor.array()?;
        Ok(End { ip, port: cursor.u16()? })
    }
}

impl<'a> Address<'a> {
    /// Reads a parameter of type SOCKADDR.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Self {
        let Some((family, rest)) = bytes.split_first() else {
            return Address::None;
        };
        let mut cursor = Cursor::new(rest);
        match (*family, rest.len()) {
            (UNIX, _) => Address::Unix(rest),
            (INET, 6) => End::read(&mut cursor).map_or(Address::BadV4, Address::V4),
            (INET, _) => Address::BadV4,
            (INET6, 18) => End::read(&mut cursor).map_or(Address::BadV6, Address::V6),
            (INET6, _) => Address::BadV6,
            (other, _) => Address::Family(other),
        }
    }

    /// Its text: `1.2.3.4:80`, `::1:80`, a path, `NULL`.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Address::None => out.extend_from_slice(b"NULL"),
            Address::Unix(path) => write_path(path, out),
            Address::V4(end) => write_v4(end, out),
            Address::V6(end) => write_v6(end, out),
            Address::BadV4 => out.extend_from_slice(b"INVALID IPv4"),
            Address::BadV6 => out.extend_from_slice(b"INVALID IPv6"),
            Address::Family(family) => write_family(*family, out),
        }
    }
}

impl<'a> Tuple<'a> {
    /// Reads a parameter of type SOCKTUPLE.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Self {
        let Some((family, rest)) = bytes.split_first() else {
            return Tuple::None;
        };
        match (*family, rest.len()) {
            (UNIX, _) => Tuple::parse_unix(rest),
            (INET, 12) => ends(rest).map_or(Tuple::BadV4, |(from, to)| Tuple::V4(from, to)),
            (INET, _) => Tuple::BadV4,
            (INET6, 36) => ends(rest).map_or(Tuple::BadV6, |(from, to)| Tuple::V6(from, to)),
            (INET6, _) => Tuple::BadV6,
            (other, _) => Tuple::Family(other),
        }
    }

    fn parse_unix(rest: &'a [u8]) -> Self {
        let mut cursor = Cursor::new(rest);
        match (cursor.u64(), cursor.u64()) {
            (Ok(source), Ok(destination)) => {
                Tuple::Unix { source, destination, path: rest.get(16..).unwrap_or_default() }
            }
            _ => Tuple::Family(UNIX),
        }
    }

    /// The IPv4 pair that an IPv6 pair is whose both ends are IPv4 addresses
    /// in IPv6 form; everything else as it is.
    #[must_use]
    pub fn unmapped(self) -> Self {
        match self {
            Tuple::V6(from, to) => match (unmapped(&from), unmapped(&to)) {
                (Some(from), Some(to)) => Tuple::V4(from, to),
                _ => self,
            },
            _ => self,
        }
    }

    /// Its text: `1.2.3.4:56->5.6.7.8:80`, `a::b:56->c::d:80`,
    /// `ffff8800->ffff8801 path`, `NULL`.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self.unmapped() {
            Tuple::None => out.extend_from_slice(b"NULL"),
            Tuple::Unix { source, destination, path } => {
                write_hex(source, out);
                out.extend_from_slice(b"->");
                write_hex(destination, out);
                out.push(b' ');
                write_path(path, out);
            }
            Tuple::V4(from, to) => {
                write_v4(&from, out);
                out.extend_from_slice(b"->");
                write_v4(&to, out);
            }
            Tuple::V6(from, to) => {
                write_v6(&from, out);
                out.extend_from_slice(b"->");
                write_v6(&to, out);
            }
            Tuple::BadV4 => out.extend_from_slice(b"INVALID IPv4"),
            Tuple::BadV6 => out.extend_from_slice(b"INVALID IPv6"),
            Tuple::Family(family) => write_family(family, out),
        }
    }
}

fn ends<const N: usize>(bytes: &[u8]) -> Option<(End<N>, End<N>)> {
    let mut cursor = Cursor::new(bytes);
    Some((End::read(&mut cursor).ok()?, End::read(&mut cursor).ok()?))
}

/// The IPv4 address that `end` is in IPv6 form (`::ffff:1.2.3.4`).
#[must_use]
pub fn unmapped(end: &End<16>) -> Option<End<4>> {
    let ip = std::net::Ipv6Addr::from(end.ip).to_ipv4_mapped()?;
    Some(End { ip: ip.octets(), port: end.port })
}

/// Writes `1.2.3.4:80`.
pub fn write_v4(end: &End<4>, out: &mut Vec<u8>) {
    write_ipv4(end.ip, out);
    out.push(b':');
    write_number(end.port, out);
}

/// Writes `::1:80`: no brackets.
pub fn write_v6(end: &End<16>, out: &mut Vec<u8>) {
    write_ipv6(end.ip, out);
    out.push(b':');
    write_number(end.port, out);
}

/// Writes `1.2.3.4`.
pub fn write_ipv4(ip: [u8; 4], out: &mut Vec<u8>) {
    for (index, byte) in ip.into_iter().enumerate() {
        if index > 0 {
            out.push(b'.');
        }
        write_number(byte, out);
    }
}

/// Writes an IPv6 address as C libraries do: the first longest run of two or
/// more zero groups is `::`, and after six zero groups, or five and `ffff`,
/// the rest is written like IPv4.
pub fn write_ipv6(ip: [u8; 16], out: &mut Vec<u8>) {
    let groups = std::net::Ipv6Addr::from(ip).segments();
    let [_, _, _, _, _, _, _, _, _, _, _, _, tail @ ..] = ip;
    match groups {
        [0, 0, 0, 0, 0, 0, seventh, _] if seventh != 0 => {
            out.extend_from_slice(b"::");
            write_ipv4(tail, out);
        }
        [0, 0, 0, 0, 0, 0xffff, _, _] => {
            out.extend_from_slice(b"::ffff:");
            write_ipv4(tail, out);
        }
        _ => write_groups(groups, out),
    }
}

fn write_groups(groups: [u16; 8], out: &mut Vec<u8>) {
    let (skip, length) = longest_zeros(groups);
    for (index, group) in groups.into_iter().enumerate() {
        let into = index.checked_sub(skip);
        if length >= 2 && into.is_some_and(|into| into < length) {
            if into == Some(0) {
                out.extend_from_slice(b"::");
            }
            continue;
        }
        if index > 0 && out.last() != Some(&b':') {
            out.push(b':');
        }
        write_hex(u64::from(group), out);
    }
}

/// Where the first longest run of zeros begins, and its length.
fn longest_zeros(groups: [u16; 8]) -> (usize, usize) {
    let mut best = (0, 0);
    let mut run: usize = 0;
    for (index, group) in groups.into_iter().enumerate() {
        run = if group == 0 { run.saturating_add(1) } else { 0 };
        if run > best.1 {
            best = (index.saturating_add(1).saturating_sub(run), run);
        }
    }
    best
}

fn write_number(number: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Lower case, no zeros in front.
fn write_hex(number: u64, out: &mut Vec<u8>) {
    let digits = (u64::BITS.saturating_sub(number.leading_zeros())).div_ceil(4).max(1);
    for place in (0..digits).rev() {
        let digit = number.checked_shr(place.saturating_mul(4)).unwrap_or(0) & 15;
        out.push(b"0123456789abcdef".get(usize::try_from(digit).unwrap_or(0)).map_or(b'0', |d| *d));
    }
}

/// Families are written as C's `char`, which is signed here.
fn write_family(family: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(b"family ");
    write_number(family.cast_signed(), out);
}

/// Up to the first NUL, without what is not printable.
fn write_path(path: &[u8], out: &mut Vec<u8>) {
    let text = path.iter().copied().take_while(|byte| *byte != 0);
    out.extend(text.filter(|byte| matches!(byte, b' '..=b'~')));
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn address(bytes: &[u8]) -> String {
        let mut out = Vec::new();
        Address::parse(bytes).write(&mut out);
        String::from_utf8(out).unwrap()
    }

    fn tuple(bytes: &[u8]) -> String {
        let mut out = Vec::new();
        Tuple::parse(bytes).write(&mut out);
        String::from_utf8(out).unwrap()
    }

    fn v6(text: &str) -> String {
        let mut out = Vec::new();
        write_ipv6(text.parse::<std::net::Ipv6Addr>().unwrap().octets(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn addresses_have_a_text() {
        assert_eq!(address(&[]), "NULL");
        assert_eq!(address(b"\x01/run/x\0junk"), "/run/x");
        assert_eq!(address(b"\x01\0abstract\0"), "");
        assert_eq!(address(&[2, 127, 0, 0, 1, 0x90, 0x1f]), "127.0.0.1:8080");
        assert_eq!(address(&[2, 127, 0, 0, 1]), "INVALID IPv4");
        assert_eq!(address(&[10, 1]), "INVALID IPv6");
        assert_eq!(address(&[16]), "family 16");
        assert_eq!(address(&[200]), "family -56");
        let mut local = [0; 19];
        (local[0], local[16], local[17]) = (10, 1, 80);
        assert_eq!(address(&local), "::1:80");
    }

    #[test]
    fn pairs_have_a_text() {
        assert_eq!(tuple(&[]), "NULL");
        assert_eq!(tuple(&[2, 10, 0, 0, 1, 1, 0, 8, 8, 8, 8, 53, 0]), "10.0.0.1:1->8.8.8.8:53");
        assert_eq!(tuple(&[2, 10, 0]), "INVALID IPv4");
        assert_eq!(tuple(&[10, 10, 0]), "INVALID IPv6");
        assert_eq!(tuple(&[44]), "family 44");
        let mut unix = vec![1, 0, 0, 0, 0, 0, 0x88, 0xff, 0xff];
        unix.extend([0; 8]);
        unix.extend(b"/run/x\0");
        assert_eq!(tuple(&unix), "ffff880000000000->0 /run/x");
        assert_eq!(tuple(&unix[..9]), "family 1");
        let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 1, 2, 3, 4, 80, 0];
        let both = [&[10], &mapped[..], &mapped[..]].concat();
        assert_eq!(tuple(&both), "1.2.3.4:80->1.2.3.4:80");
        let mut one = both;
        one[20] = 1;
        assert_eq!(tuple(&one), "::ffff:1.2.3.4:80->1::ffff:102:304:80");
    }

    #[test]
    fn addresses_are_compressed_as_in_c() {
        for text in ["::", "::1", "1::", "2001:db8::1", "1:2:3:4:5:6:7:8", "1:0:2::3", "1::2:0:0:3"]
        {
            assert_eq!(v6(text), text);
        }
        assert_eq!(v6("1:0:0:2:0:0:3:4"), "1::2:0:0:3:4");
        assert_eq!(v6("1:0:2:3:4:5:6:7"), "1:0:2:3:4:5:6:7");
        assert_eq!(v6("::ffff:1.2.3.4"), "::ffff:1.2.3.4");
        assert_eq!(v6("::1.2.3.4"), "::1.2.3.4");
        assert_eq!(v6("::ffff"), "::ffff");
    }
}
