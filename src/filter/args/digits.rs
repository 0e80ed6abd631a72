//! Numbers as C's `printf` writes them, into a reused buffer.

use std::io::Write;

/// Writes a decimal.
pub fn decimal(number: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// Writes `bits` a digit in base 2 to the power of `bits`, without zeros in
/// front.
fn radix(number: u64, bits: u32, digits: &[u8; 16], out: &mut Vec<u8>) {
    let count = (u64::BITS - number.leading_zeros()).div_ceil(bits).max(1);
    let mask = (1 << bits) - 1;
    for place in (0..count).rev() {
        out.push(digits[(number >> (place * bits) & mask) as usize & 15]);
    }
}

const UPPER: &[u8; 16] = b"0123456789ABCDEF";
const LOWER: &[u8; 16] = b"0123456789abcdef";

/// As `%X`.
pub fn upper_hex(number: u64, out: &mut Vec<u8>) {
    radix(number, 4, UPPER, out);
}

/// As `%x`.
pub fn lower_hex(number: u64, out: &mut Vec<u8>) {
    radix(number, 4, LOWER, out);
}

/// As `%.Nx`: at least `width` digits.
pub fn padded_hex(number: u64, width: usize, out: &mut Vec<u8>) {
    let start = out.len();
    lower_hex(number, out);
    let missing = (start + width).saturating_sub(out.len());
    out.splice(start..start, std::iter::repeat_n(b'0', missing));
}

/// As `%#o`: a zero in front, but 0 is `0`.
pub fn octal(number: u64, out: &mut Vec<u8>) {
    if number != 0 {
        out.push(b'0');
    }
    radix(number, 3, UPPER, out);
}

/// As `%g`: six digits, without zeros at the end; the exponent apart if it is
/// below -4 or above 5.
pub fn general(number: f64, out: &mut Vec<u8>) {
    let mut scientific = Vec::with_capacity(16);
    if write!(scientific, "{number:.5e}").is_err() {
        return;
    }
    let mut parts = scientific.split(|byte| *byte == b'e');
    let (mantissa, exponent) = (parts.next().unwrap_or_default(), parts.next());
    let exponent = exponent.and_then(|text| std::str::from_utf8(text).ok()?.parse().ok());
    let exponent: i32 = exponent.unwrap_or(0);
    let mut digits: Vec<u8> = mantissa.iter().copied().filter(u8::is_ascii_digit).collect();
    while digits.len() > 1 && digits.last() == Some(&b'0') {
        digits.pop();
    }
    if (0..6).contains(&exponent) {
        let whole = exponent as usize + 1;
        digits.resize(digits.len().max(whole), b'0');
        point(&digits, whole, out);
    } else if (-4..0).contains(&exponent) {
        out.extend_from_slice(b"0.");
        out.extend(std::iter::repeat_n(b'0', -(exponent + 1) as usize));
        out.extend_from_slice(&digits);
    } else {
        point(&digits, 1, out);
        out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
        let exponent = exponent.unsigned_abs();
        if exponent < 10 {
            out.push(b'0');
        }
        decimal(exponent, out);
    }
}

fn point(digits: &[u8], whole: usize, out: &mut Vec<u8>) {
    let (whole, fraction) = digits.split_at(whole.min(digits.len()));
    out.extend_from_slice(whole);
    if !fraction.is_empty() {
        out.push(b'.');
        out.extend_from_slice(fraction);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = b"=".to_vec();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_written_as_in_c() {
        assert_eq!(text(|out| decimal(i64::MIN, out)), "=-9223372036854775808");
        assert_eq!(text(|out| upper_hex(0, out)), "=0");
        assert_eq!(text(|out| upper_hex(u64::MAX, out)), "=FFFFFFFFFFFFFFFF");
        assert_eq!(text(|out| lower_hex(0xbeef, out)), "=beef");
        assert_eq!(text(|out| padded_hex(0x1f, 4, out)), "=001f");
        assert_eq!(text(|out| padded_hex(0x1_2345, 4, out)), "=12345");
        assert_eq!(text(|out| octal(0o644, out)), "=0644");
        assert_eq!(text(|out| octal(0, out)), "=0");
    }

    #[test]
    fn fractions_are_written_as_in_c() {
        for (number, expected) in [
            (0.0, "=0"),
            (1.0, "=1"),
            (0.5, "=0.5"),
            (59.999_999_9, "=60"),
            (123_456.0, "=123456"),
            (1_234_567.0, "=1.23457e+06"),
            (0.000_1, "=0.0001"),
            (0.000_012_345_678, "=1.23457e-05"),
            (0.001_5, "=0.0015"),
            (100.0, "=100"),
            (18_446_744_073.709_55, "=1.84467e+10"),
            (1e-9, "=1e-09"),
        ] {
            assert_eq!(text(|out| general(number, out)), expected);
        }
    }
}
