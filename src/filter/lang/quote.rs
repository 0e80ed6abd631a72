//! Values as they are written: quotes, escapes, and back.

/// What the escapes of `text` stand for. `\\`, `\"`, `\'` and `\xHH` are
/// escapes; a backslash before anything else is itself, as a glob's `\*`
/// needs.
///
/// # Errors
/// The offset of a `\x` without two hexadecimal digits.
pub(super) fn unescaped(text: &str) -> Result<Vec<u8>, usize> {
    let mut value = Vec::with_capacity(text.len());
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        let next = bytes.peek().map(|&(_, next)| next);
        match (byte, next) {
            (b'\\', Some(escaped @ (b'\\' | b'"' | b'\''))) => {
                value.push(escaped);
                bytes.next();
            }
            (b'\\', Some(b'x')) => {
                let digits = text.get(at + 2..at + 4).ok_or(at)?;
                value.extend(hex_bytes(digits).ok_or(at)?);
                bytes.nth(2);
            }
            _ => value.push(byte),
        }
    }
    Ok(value)
}

/// The bytes that pairs of hexadecimal digits stand for.
pub(super) fn hex_bytes(digits: &str) -> Option<Vec<u8>> {
    if !digits.len().is_multiple_of(2) || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let pairs = (0..digits.len()).step_by(2).map(|at| digits.get(at..at + 2));
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

/// A value as it must be written: bare where that is safe everywhere, else in
/// double quotes.
pub(super) fn written(value: &[u8]) -> String {
    let plain =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"_./:+*?@%^~#$;{}|[]<>=!-".contains(byte);
    if let Ok(text) = std::str::from_utf8(value)
        && !text.is_empty()
        && !text.starts_with('=')
        && value.iter().all(plain)
    {
        return text.to_owned();
    }
    let mut text = String::from("\"");
    for chunk in value.utf8_chunks() {
        chunk.valid().chars().for_each(|c| push_quoted(&mut text, c));
        chunk.invalid().iter().for_each(|&byte| push_hex(&mut text, byte));
    }
    text.push('"');
    text
}

fn push_quoted(text: &mut String, c: char) {
    match c {
        '\\' | '"' => text.extend(['\\', c]),
        _ if c.is_control() => {
            let mut bytes = [0; 4];
            c.encode_utf8(&mut bytes).bytes().for_each(|byte| push_hex(text, byte));
        }
        _ => text.push(c),
    }
}

fn push_hex(text: &mut String, byte: u8) {
    text.push_str(&format!("\\x{byte:02x}"));
}

/// Bytes for a message: what is not text as escapes.
pub(super) fn shown(value: &[u8]) -> String {
    let mut text = String::new();
    for chunk in value.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' | '"' => text.push(c),
                _ => push_quoted(&mut text, c),
            }
        }
        chunk.invalid().iter().for_each(|&byte| push_hex(&mut text, byte));
    }
    text
}
