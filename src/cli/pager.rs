//! What reaches a terminal: an answer longer than the screen goes through a pager, as
//! git does it, and where the terminal does not speak UTF-8, signs beyond ASCII are
//! replaced by others.

use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

static NEVER: AtomicBool = AtomicBool::new(false);

/// From now on nothing goes through a pager.
pub fn never() {
    NEVER.store(true, Ordering::Relaxed);
}

/// Signs that answers use, and what stands for them in ASCII, as wide.
const SIGNS: [(char, char); 11] = [
    ('×', 'x'),
    ('Δ', 'd'),
    ('δ', 'd'),
    ('–', '-'),
    ('−', '-'),
    ('±', '~'),
    ('·', '|'),
    ('…', '~'),
    ('≥', '>'),
    ('≤', '<'),
    ('μ', 'u'),
];

/// The bytes for a terminal without UTF-8.
fn ascii(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes).replace('→', "->");
    let one = |character: char| {
        SIGNS.iter().find(|(sign, _)| *sign == character).map_or(character, |(_, ascii)| *ascii)
    };
    text.chars().map(one).collect::<String>().into_bytes()
}

/// Whether the locale says that the terminal speaks UTF-8: the first of its variables
/// that is set decides.
fn speaks_utf8(variable: impl Fn(&str) -> Option<String>) -> bool {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"];
    let set = names.iter().filter_map(|name| variable(name)).find(|value| !value.is_empty());
    set.is_some_and(|value| {
        let value = value.to_lowercase();
        value.contains("utf-8") || value.contains("utf8")
    })
}

/// The pager to use, if one is wanted.
fn pager(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let names = ["ANALYZE_PAGER", "PAGER"];
    let set = names.iter().find_map(|name| variable(name));
    match set.as_deref().map(str::trim) {
        None => Some("less".into()),
        Some("" | "cat") => None,
        Some(pager) => Some(pager.to_owned()),
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Writes an answer to stdout.
///
/// # Errors
/// Those of the operating system.
pub fn write(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if !out.is_terminal() {
        out.write_all(bytes)?;
        return out.flush();
    }
    let converted;
    let bytes = if speaks_utf8(variable) {
        bytes
    } else {
        converted = ascii(bytes);
        &converted[..]
    };
    let height = terminal_size::terminal_size().map_or(usize::MAX, |size| usize::from(size.1.0));
    let is_long = memchr::memchr_iter(b'\n', bytes).count() >= height;
    if is_long
        && !NEVER.load(Ordering::Relaxed)
        && let Some(pager) = pager(variable)
        && let Ok(done) = through(&pager, bytes)
    {
        return done;
    }
    out.write_all(bytes)?;
    out.flush()
}

/// Gives the bytes to the pager and waits for it. An outer error: there is no pager.
fn through(pager: &str, bytes: &[u8]) -> io::Result<io::Result<()>> {
    let mut command = Command::new("sh");
    command.args(["-c", pager]).stdin(Stdio::piped());
    if variable("LESS").is_none() {
        command.env("LESS", "FRX");
    }
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        match stdin.write_all(bytes) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Ok(Err(error)),
            _ => {}
        }
    }
    match child.wait() {
        // sh has not found it
        Ok(status) if status.code() == Some(127) => Err(io::ErrorKind::NotFound.into()),
        done => Ok(done.map(|_| ())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_decides_about_signs() {
        let of = |all: &'static str, lang: &'static str| {
            move |name: &str| match name {
                "LC_ALL" => Some(all.to_owned()),
                "LANG" => Some(lang.to_owned()),
                _ => None,
            }
        };
        assert!(speaks_utf8(of("", "en_US.UTF-8")));
        assert!(speaks_utf8(of("C.utf8", "C")));
        assert!(!speaks_utf8(of("C", "en_US.UTF-8")));
        assert!(!speaks_utf8(|_| None));
        assert_eq!(ascii("×4 2us → 8us Δ…".as_bytes()), b"x4 2us -> 8us d~");
    }

    #[test]
    fn the_pager_is_what_the_user_says() {
        assert_eq!(pager(|_| None).as_deref(), Some("less"));
        assert_eq!(pager(|name| (name == "PAGER").then(|| "cat".into())), None);
        let own = |name: &str| Some(if name == "PAGER" { "more" } else { "less -S" }.to_owned());
        assert_eq!(pager(own).as_deref(), Some("less -S"));
    }
}
