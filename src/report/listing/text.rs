//! A field's value as text, and as JSON.

use crate::filter::args::Buffer;
use crate::filter::fields::Field;
use crate::filter::value::Value;
use crate::format::scap::sockets::{write_ipv4, write_ipv6};

/// Adds a value to a line. Control characters of captured text become dots:
/// they must not reach a terminal.
pub(super) fn write(value: &Value<'_>, field: &Field, buffer: Buffer, out: &mut Vec<u8>) {
    match value {
        Value::Text(text) => {
            harmless(text, keeps_lines(buffer), out);
        }
        Value::Bytes(bytes) => crate::filter::args::write_buffer(bytes, buffer, out),
        Value::Signed(number) if field.hexadecimal => {
            out.extend_from_slice(format!("{number:X}").as_bytes());
        }
        Value::Signed(number) => decimal(*number, out),
        Value::Unsigned(number) if field.padded => {
            out.extend_from_slice(format!("{number:09}").as_bytes());
        }
        Value::Unsigned(number) => decimal(*number, out),
        Value::Bool(is) => out.extend_from_slice(if *is { b"true" } else { b"false" }),
        Value::Double(number) => out.extend_from_slice(format!("{number:.1}").as_bytes()),
        Value::Port(port) => decimal(*port, out),
        Value::Ip(std::net::IpAddr::V4(ip)) => write_ipv4(ip.octets(), out),
        Value::Ip(std::net::IpAddr::V6(ip)) => write_ipv6(ip.octets(), out),
    }
}

fn decimal(number: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// A byte that a terminal may take for a command.
fn is_control(byte: u8) -> bool {
    byte < 0x20 || byte == 0x7f
}

/// Whether data is written on lines of its own.
pub(super) fn keeps_lines(buffer: Buffer) -> bool {
    matches!(buffer, Buffer::Lines | Buffer::Hex | Buffer::HexAscii)
}

fn harmless(text: &[u8], keep_lines: bool, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(text);
    disarm(&mut out[start..], keep_lines);
}

/// Makes control characters harmless in place.
pub(super) fn disarm(text: &mut [u8], keep_lines: bool) {
    let odd = |any: bool, byte: &u8| any | is_control(*byte) || (*byte == C1_LEAD);
    if !text.iter().fold(false, odd) {
        return;
    }
    let mut before = 0;
    for byte in text {
        let is_line = keep_lines && matches!(*byte, b'\n' | b'\t');
        let c1 = before == C1_LEAD && (0x80..0xA0).contains(byte);
        before = *byte;
        if c1 {
            *byte = 0xB7; // with the byte before it a middle dot
        } else if is_control(*byte) && !is_line {
            *byte = b'.';
        }
    }
}

/// C1 controls are this byte and one of 0x80 to 0x9F in UTF-8.
const C1_LEAD: u8 = 0xC2;

/// A value as JSON.
pub(super) fn json(value: &Value<'_>, buffer: Buffer) -> serde_json::Value {
    match value {
        Value::Text(text) => String::from_utf8_lossy(text).into(),
        Value::Bytes(bytes) => {
            let mut text = Vec::new();
            crate::filter::args::write_buffer(bytes, buffer, &mut text);
            String::from_utf8_lossy(&text).into()
        }
        Value::Signed(number) => (*number).into(),
        Value::Unsigned(number) => (*number).into(),
        Value::Bool(is) => (*is).into(),
        Value::Double(number) => (*number).into(),
        Value::Port(port) => (*port).into(),
        Value::Ip(ip) => ip.to_string().into(),
    }
}
