//! Operands: what is written on the right side, read as the type of the field
//! on the left. Each reader says what it expects, and gives it or a message.

use std::net::IpAddr;

use crate::filter::value::FieldType;

use super::error::{nearest, suggestion};
use super::quote::shown;
use super::services;

/// A value of a filter.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    /// For text and bytes.
    Bytes(Vec<u8>),
    /// For signed and unsigned numbers, times and ports.
    Number(i128),
    /// For numbers with a fraction.
    Double(f64),
    /// For bool.
    Bool(bool),
    /// For addresses.
    Ip(IpAddr),
    /// For networks.
    Net(Net),
}

/// A network: an address and the number of bits that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Net {
    address: u128,
    bits: u32,
    six: bool,
}

impl Net {
    fn new(address: IpAddr, length: u32) -> Option<Net> {
        let six = address.is_ipv6();
        let (address, width) = widened(address);
        (length <= width).then(|| Net { address, bits: 128 - width + length, six })
    }

    /// Whether the address lies in it.
    pub(super) fn has(self, address: IpAddr) -> bool {
        let different = widened(address).0 ^ self.address;
        self.six == address.is_ipv6() && different.checked_shr(128 - self.bits).unwrap_or(0) == 0
    }
}

/// As a number, and how many bits of it count.
fn widened(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(four) => (u128::from(four.to_bits()), 32),
        IpAddr::V6(six) => (six.to_bits(), 128),
    }
}

const TIMES: [(&str, u128); 6] = [
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];
const SIZES: [(&str, u128); 9] = [
    ("K", 1 << 10),
    ("KB", 1 << 10),
    ("KiB", 1 << 10),
    ("M", 1 << 20),
    ("MB", 1 << 20),
    ("MiB", 1 << 20),
    ("G", 1 << 30),
    ("GB", 1 << 30),
    ("GiB", 1 << 30),
];

/// Reads `value` as an operand for fields of type `kind`.
///
/// # Errors
/// What was expected.
pub(super) fn read(kind: FieldType, value: &[u8]) -> Result<Operand, String> {
    let text = std::str::from_utf8(value).unwrap_or("");
    let wrong = |wanted: &str| format!("'{}' is no {wanted}", shown(value));
    match kind {
        FieldType::Text if value.contains(&0) => Err("text never has a \\x00 in it".into()),
        FieldType::Text | FieldType::Bytes => Ok(Operand::Bytes(value.to_vec())),
        FieldType::Signed => {
            let number = number(text, &SIZES).filter(|&number| i64::try_from(number).is_ok());
            number.map(Operand::Number).ok_or_else(|| {
                wrong("signed number; write -1, 300, 0x1f, 4KB or 1.5MB (KB is 1024)")
            })
        }
        FieldType::Unsigned => {
            let number = number(text, &SIZES).filter(|&number| u64::try_from(number).is_ok());
            number
                .map(Operand::Number)
                .ok_or_else(|| wrong("unsigned number; write 300, 0x1f, 4KB or 1.5MB (KB is 1024)"))
        }
        FieldType::Time => {
            let number = number(text, &TIMES).filter(|&number| u64::try_from(number).is_ok());
            number
                .map(Operand::Number)
                .ok_or_else(|| wrong("time; write 300 (ns), 10us, 5ms, 1.5s, 2m or 1h"))
        }
        FieldType::Double => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Operand::Double(number)),
            _ => Err(wrong("number; write 12.5")),
        },
        FieldType::Bool => match text {
            "true" => Ok(Operand::Bool(true)),
            "false" => Ok(Operand::Bool(false)),
            _ => Err(wrong("truth value; write true or false")),
        },
        FieldType::Port => port(text).ok_or_else(|| {
            let close = suggestion(nearest(text, services::common()));
            wrong("port; write a number up to 65535 or the name of a service") + &close
        }),
        FieldType::Ip => {
            text.parse().map(Operand::Ip).map_err(|_| wrong("address; write 10.0.0.1 or fe80::1"))
        }
        FieldType::Net => net(text)
            .map(Operand::Net)
            .ok_or_else(|| wrong("network; write 10.0.0.0/8 or fe80::/10")),
    }
}

fn port(text: &str) -> Option<Operand> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let port = if is_number { text.parse().ok() } else { services::port(text) };
    port.map(|port: u16| Operand::Number(i128::from(port)))
}

/// `ADDRESS/LENGTH`. An IPv6 address alone is its /64, as in sysdig.
fn net(text: &str) -> Option<Net> {
    match text.split_once('/') {
        Some((address, length)) if length.bytes().all(|byte| byte.is_ascii_digit()) => {
            Net::new(address.parse().ok()?, length.parse().ok()?)
        }
        Some(_) => None,
        None => Net::new(text.parse().ok().filter(IpAddr::is_ipv6)?, 64),
    }
}

/// A number with one of these units or none; exactly, so `1.5ns` is none.
fn number(text: &str, units: &[(&str, u128)]) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let hexadecimal = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    let size = match hexadecimal {
        Some(hex) if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            i128::from(u64::from_str_radix(hex, 16).ok()?)
        }
        Some(_) => return None,
        None => i128::try_from(scaled(digits, units)?).ok()?,
    };
    Some(if negative { -size } else { size })
}

fn scaled(text: &str, units: &[(&str, u128)]) -> Option<u128> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(split)?;
    let scale = match unit {
        "" => 1,
        _ => units.iter().find(|(name, _)| *name == unit)?.1,
    };
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) if !unit.is_empty() && !fraction.is_empty() => (whole, fraction),
        Some(_) => return None,
        None => (number, ""),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 20 || fraction.len() > 12 {
        return None;
    }
    if !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let shift = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
    let scaled = digits.checked_mul(scale)?;
    scaled.is_multiple_of(shift).then_some(scaled / shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number_of(kind: FieldType, text: &str) -> Option<i128> {
        match read(kind, text.as_bytes()) {
            Ok(Operand::Number(number)) => Some(number),
            Ok(other) => panic!("{other:?}"),
            Err(_) => None,
        }
    }

    #[test]
    fn numbers_have_units_and_hexadecimal_digits() {
        use FieldType::{Signed, Time, Unsigned};
        for (kind, text, number) in [
            (Signed, "-5", Some(-5)),
            (Signed, "+3", Some(3)),
            (Signed, "0x1F", Some(31)),
            (Signed, "9223372036854775807", Some(i128::from(i64::MAX))),
            (Signed, "9223372036854775808", None),
            (Unsigned, "18446744073709551615", Some(i128::from(u64::MAX))),
            (Unsigned, "18446744073709551616", None),
            (Unsigned, "-1", None),
            (Unsigned, "4KB", Some(4096)),
            (Unsigned, "1.5MB", Some(1_572_864)),
            (Unsigned, "1ms", None),
            (Unsigned, "1.5", None),
            (Unsigned, "", None),
            (Unsigned, "KB", None),
            (Unsigned, "0x", None),
            (Unsigned, "1 ", None),
            (Time, "300", Some(300)),
            (Time, "10us", Some(10_000)),
            (Time, "5ms", Some(5_000_000)),
            (Time, "1.5s", Some(1_500_000_000)),
            (Time, "2m", Some(120_000_000_000)),
            (Time, "1h", Some(3_600_000_000_000)),
            (Time, "1.5ns", None),
            (Time, "-1ms", None),
            (Time, "1.s", None),
            (Time, "5 ms", None),
            (Time, "5parsec", None),
        ] {
            assert_eq!(number_of(kind, text), number, "{text}");
        }
    }

    #[test]
    fn ports_are_numbers_or_services() {
        assert_eq!(number_of(FieldType::Port, "443"), Some(443));
        assert_eq!(number_of(FieldType::Port, "https"), Some(443));
        assert_eq!(number_of(FieldType::Port, "65536"), None);
        assert_eq!(number_of(FieldType::Port, ""), None);
        assert_eq!(number_of(FieldType::Port, "+80"), None);
    }

    #[test]
    fn networks_hold_addresses_of_their_kind() {
        let has = |net_text: &str, address: &str| {
            net(net_text).map(|net| net.has(address.parse().expect("an address")))
        };
        assert_eq!(has("10.0.0.0/8", "10.1.2.3"), Some(true));
        assert_eq!(has("10.9.9.9/8", "10.1.2.3"), Some(true));
        assert_eq!(has("10.0.0.0/8", "11.0.0.0"), Some(false));
        assert_eq!(has("0.0.0.0/0", "11.0.0.0"), Some(true));
        assert_eq!(has("0.0.0.0/0", "::1"), Some(false));
        assert_eq!(has("1.2.3.4/32", "1.2.3.5"), Some(false));
        assert_eq!(has("fe80::/10", "febf::1"), Some(true));
        assert_eq!(has("fe80::/10", "fec0::1"), Some(false));
        assert_eq!(has("::/0", "::ffff:1.2.3.4"), Some(true));
        assert_eq!(has("::1", "::2"), Some(true));
        assert_eq!(has("::1", "0:0:0:1::"), Some(false));
        for wrong in ["10.0.0.1", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "x/8", "::/129"] {
            assert_eq!(net(wrong), None, "{wrong}");
        }
    }
}
