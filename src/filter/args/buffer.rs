//! Data of calls as text, in the renderings that sysdig has options for.

use super::digits::padded_hex;
use crate::state::path::is_printable;

/// How data is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Buffer {
    /// Printable ASCII, every other byte `.`; of more than 80 bytes the first
    /// 77 and `...`.
    #[default]
    Short,
    /// The same, never cut.
    Full,
    /// Printable ASCII and line breaks on lines of their own (`-A`).
    Lines,
    /// Rows of 16 bytes in pairs of hexadecimal digits (`-x`).
    Hex,
    /// The same with the text beside it (`-X`).
    HexAscii,
    /// Base 64 (`-b`).
    Base64,
}

/// Longest text of [`Buffer::Short`].
const SHORT: usize = 80;

/// Writes `bytes`; no bytes are no text in any rendering.
pub fn write(bytes: &[u8], how: Buffer, out: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    match how {
        Buffer::Short if bytes.len() > SHORT => {
            dots(bytes.get(..SHORT - 3).unwrap_or(bytes), out);
            out.extend_from_slice(b"...");
        }
        Buffer::Short | Buffer::Full => dots(bytes, out),
        Buffer::Lines => lines(bytes, out),
        Buffer::Hex => rows(bytes, false, out),
        Buffer::HexAscii => rows(bytes, true, out),
        Buffer::Base64 => base64(bytes, out),
    }
}

fn dots(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend(bytes.iter().map(|byte| if is_printable(*byte) { *byte } else { b'.' }));
}

/// Begins on a new line. A carriage return becomes a line feed, the line feed
/// after it and one at the very start are dropped, like all else that is not
/// printable.
fn lines(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'\n');
    let mut before = b'\r';
    for byte in bytes {
        match *byte {
            b'\r' => out.push(b'\n'),
            b'\n' if before != b'\r' => out.push(b'\n'),
            byte if is_printable(byte) => out.push(byte),
            _ => {}
        }
        before = *byte;
    }
}

/// `\n\t0x0010: 4142 43`, and at the end a line feed.
fn rows(bytes: &[u8], text: bool, out: &mut Vec<u8>) {
    for (index, row) in bytes.chunks(16).enumerate() {
        out.extend_from_slice(b"\n\t0x");
        padded_hex(index as u64 * 16, 4, out);
        out.push(b':');
        for pair in row.chunks(2) {
            out.push(b' ');
            for byte in pair {
                padded_hex(u64::from(*byte), 2, out);
            }
        }
        if text {
            // a last half pair is padded like a whole one: its text stands
            // two columns further left
            let missing = 8 - row.len().div_ceil(2).min(8);
            out.extend(std::iter::repeat_n(b' ', missing * 5 + 2));
            dots(row, out);
        }
    }
    out.push(b'\n');
}

fn base64(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for three in bytes.chunks(3) {
        let mut bits = 0;
        for index in 0..3 {
            bits = bits << 8 | usize::from(three.get(index).copied().unwrap_or(0));
        }
        for (place, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let digit = DIGITS[bits >> shift & 63];
            out.push(if place > three.len() { b'=' } else { digit });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8], how: Buffer) -> String {
        let mut out = Vec::new();
        write(bytes, how, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn long_data_is_cut() {
        assert_eq!(text(b"ab\n\xff\0c", Buffer::Short), "ab...c");
        assert_eq!(text(&[b'x'; 80], Buffer::Short), "x".repeat(80));
        assert_eq!(text(&[b'x'; 81], Buffer::Short), "x".repeat(77) + "...");
        assert_eq!(text(&[b'x'; 81], Buffer::Full), "x".repeat(81));
    }

    #[test]
    fn lines_are_kept() {
        assert_eq!(text(b"GET /\r\n\r\nx\ny\0z\r", Buffer::Lines), "\nGET /\n\nx\nyz\n");
        assert_eq!(text(b"\nx\n\ny", Buffer::Lines), "\nx\n\ny");
        assert_eq!(text(b"", Buffer::Lines), "");
    }

    #[test]
    fn bytes_are_dumped() {
        assert_eq!(text(b"ABC", Buffer::Hex), "\n\t0x0000: 4142 43\n");
        let long = text(b"0123456789abcdef\x00", Buffer::Hex);
        let first = "\n\t0x0000: 3031 3233 3435 3637 3839 6162 6364 6566";
        assert_eq!(long, format!("{first}\n\t0x0010: 00\n"));
        let both = text(b"0123456789abcdef\x00A", Buffer::HexAscii);
        let blanks = " ".repeat(35);
        assert_eq!(both, format!("{first}  0123456789abcdef\n\t0x0010: 0041{blanks}  .A\n"));
        assert_eq!(text(b"", Buffer::HexAscii), "");
    }

    #[test]
    fn base_64_is_padded() {
        assert_eq!(text(b"f", Buffer::Base64), "Zg==");
        assert_eq!(text(b"fo", Buffer::Base64), "Zm8=");
        assert_eq!(text(b"foobar", Buffer::Base64), "Zm9vYmFy");
    }
}
