//! Paths as sysdig makes them: a directory and a path under it, joined and
//! cleaned in one scan that looks at the bytes of the path alone, not at its
//! components. So what it does is not what a file system does, and names of
//! files are only equal to sysdig's if done the same way:
//!
//! * `../`, and `..` at the end, take back the last component, never the root;
//! * `./`, and `.` at the end, are skipped; both also in the middle of a
//!   component: `a../b` loses the `a`, and `a./b` is `ab`;
//! * `..` before anything else is copied (so `.../b` is `..b`);
//! * a `/` after a `/` is skipped, and one at the end is taken away;
//! * a byte that is not printable ASCII becomes `.`;
//! * the directory is taken as it is.
//!
//! (sysdig 0.29.3, `copy_and_sanitize_path`; semantics checked against its
//! listings.)

use std::borrow::Cow;

/// What a path is called whose parts are together too long.
pub const TOO_LONG: &[u8] = b"/PATH_TOO_LONG";

/// Bytes that a directory and a path (without NUL) may have together.
const LONGEST: usize = 1022;

/// The path of `path` as seen from `directory` (which should end in `/`). A
/// `path` that begins with `/` stands for itself, and so does one of no bytes
/// at all; but an empty text with its NUL is the directory. Both together
/// longer than sysdig's buffer give [`TOO_LONG`].
#[must_use]
pub fn join(directory: &[u8], path: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(directory.len() + path.len());
    join_into(directory, path, &mut out);
    out
}

/// The same, added to `out`.
pub fn join_into(directory: &[u8], path: &[u8], out: &mut Vec<u8>) {
    let text = until_nul(path);
    if directory.len() + text.len() > LONGEST {
        out.extend_from_slice(TOO_LONG);
    } else {
        join_text(directory, path, text, out);
    }
}

/// The same for paths of any length.
pub fn join_any(directory: &[u8], path: &[u8], out: &mut Vec<u8>) {
    join_text(directory, path, until_nul(path), out);
}

/// The same; `text` is `path` up to its NUL.
fn join_text(directory: &[u8], path: &[u8], text: &[u8], out: &mut Vec<u8>) {
    let base = out.len();
    if path.first().is_some_and(|first| *first != b'/') {
        out.extend_from_slice(directory);
    }
    clean(text, base, out);
}

/// `text` up to its first NUL.
#[must_use]
pub fn until_nul(text: &[u8]) -> &[u8] {
    // nearly all have the only one at their end; short texts are seen through faster so
    if let [whole @ .., 0] = text
        && whole.iter().fold(0, |nul, byte| nul | u8::from(*byte == 0)) == 0
    {
        return whole;
    }
    match memchr::memchr(0, text) {
        Some(end) => &text[..end],
        None => text,
    }
}

/// Whether sysdig takes a byte for text.
#[inline]
#[must_use]
pub fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

/// Whether all bytes are; without a branch for each, so that many are looked at at once.
fn are_printable(text: &[u8]) -> bool {
    !text.iter().fold(false, |odd, byte| odd | !is_printable(*byte))
}

/// `text` up to its first NUL without the bytes that are not printable.
#[must_use]
pub fn printable(text: &[u8]) -> Cow<'_, [u8]> {
    let whole = text.strip_suffix(&[0]).unwrap_or(text);
    if are_printable(whole) {
        return Cow::Borrowed(whole);
    }
    let text = until_nul(text).iter().copied();
    Cow::Owned(text.filter(|byte| is_printable(*byte)).collect())
}

/// Adds that.
pub fn push_printable(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&printable(text));
}

/// Whether nothing is to be done to a path: nearly all of them.
fn is_clean(path: &[u8]) -> bool {
    let pair = |(a, b): (&u8, &u8)| matches!((a, b), (b'/' | b'.', b'/') | (b'.', b'.'));
    let odd = path.iter().zip(path.iter().skip(1)).fold(false, |odd, two| odd | pair(two));
    !odd && are_printable(path) && !matches!(path, [] | [.., b'/' | b'.'])
}

/// Copies `path` behind what begins at `base`, which is as far as `..` goes.
fn clean(path: &[u8], base: usize, out: &mut Vec<u8>) {
    if is_clean(path) && (out.len() == base || path.first() != Some(&b'/')) {
        return out.extend_from_slice(path);
    }
    let mut rest = path;
    while let [first, ..] = rest {
        rest = match rest {
            [b'.', b'.', b'/', after @ ..] => {
                drop_last(base, out);
                after
            }
            [b'.', b'.'] => {
                drop_last(base, out);
                &[]
            }
            [b'.', b'.', after @ ..] => {
                out.extend_from_slice(b"..");
                after
            }
            [b'.', b'/', after @ ..] => after,
            [b'/', after @ ..] => {
                if out.len() == base || out.last() != Some(&b'/') {
                    out.push(b'/');
                }
                after
            }
            [b'.'] | [] => &[],
            _ => {
                let plain = |byte: &u8| is_printable(*byte) && !matches!(byte, b'.' | b'/');
                let run = rest.iter().position(|byte| !plain(byte)).unwrap_or(rest.len());
                let (run, after) = rest.split_at(run.max(1));
                if plain(first) {
                    out.extend_from_slice(run);
                } else {
                    out.push(b'.'); // as are dots before anything else
                }
                after
            }
        };
    }
    if out.len() > base + 1 && out.last() == Some(&b'/') {
        out.pop();
    }
}

/// Takes back the component before the last byte (a `/`, if all is well).
fn drop_last(base: usize, out: &mut Vec<u8>) {
    if out.len() <= base + 1 {
        return;
    }
    out.pop();
    while out.len() > base && out.last() != Some(&b'/') {
        out.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(directory: &str, path: &str, joined: &str) {
        assert_eq!(String::from_utf8_lossy(&join(directory.as_bytes(), path.as_bytes())), joined);
    }

    #[test]
    fn paths_are_joined() {
        check("/home/user/", "file", "/home/user/file");
        check("/home/user/", "/etc/passwd", "/etc/passwd");
        check("/home/user/", "", "");
        check("/home/user/", "\0", "/home/user");
        check("", "file", "file");
        check("<UNKNOWN>", "file", "<UNKNOWN>file");
        check("/home/user/", "file\0rest", "/home/user/file");
    }

    #[test]
    fn paths_are_cleaned() {
        check("/", "/a//b///c/", "/a/b/c");
        check("/", "/a/./b/.", "/a/b");
        check("/", "/a/../b", "/b");
        check("/", "/a/b/..", "/a");
        check("/", "/..", "/");
        check("/", "/../../a", "/a");
        check("/", "/", "/");
        check("/home/user/", "..", "/home");
        check("/home/user/", "../../../../x", "/x");
        check("/home/user/", ".", "/home/user");
        check("/home/user/", "./x", "/home/user/x");
        check("/home//user/", "x", "/home//user/x");
        check("/", "/a\tb\u{e9}", "/a.b..");
    }

    #[test]
    fn dots_inside_names_are_taken_for_more_than_they_are() {
        check("/", "/x/a../b", "/x/b");
        check("/", "/a./b", "/ab");
        check("/", "/a..b", "/a..b");
        check("/", "/...", "/..");
        check("/", "/.../b", "/..b");
        check("/", "/a.b", "/a.b");
        check("", "a/..", "");
        check("", "ab..", "");
    }

    #[test]
    fn what_is_too_long_is_not_a_path() {
        let long = "x".repeat(1022);
        check("", &long, &long);
        check("/", &long, "/PATH_TOO_LONG");
        check("/", &format!("/{}", "/".repeat(1022)), "/PATH_TOO_LONG");
        let mut out = Vec::new();
        join_any(b"/", long.as_bytes(), &mut out);
        assert_eq!(out.len(), 1023);
    }

    #[test]
    fn clean_paths_are_what_cleaning_makes_of_them() {
        // each path with a detour at its begin, which is always cleaned away byte by byte
        let mut seed = 7u64;
        for _ in 0..200_000 {
            let mut path = Vec::new();
            for _ in 0..seed >> 60 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                path.push(b"a/./b.c/\t"[(seed >> 40) as usize % 9]);
            }
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            while path.first() == Some(&b'/') {
                path.remove(0);
            }
            let detour = [b"./", &path[..]].concat();
            for directory in [&b""[..], b"/d/", b"/d"] {
                let (mut plain, mut with) = (Vec::new(), Vec::new());
                join_any(directory, &path, &mut plain);
                join_any(directory, &detour, &mut with);
                if !path.is_empty() {
                    assert_eq!(plain, with, "{:?}", String::from_utf8_lossy(&path));
                }
            }
        }
    }

    #[test]
    fn what_stands_before_is_left_alone() {
        let mut out = b"name=".to_vec();
        join_into(b"a", b"../..", &mut out);
        assert_eq!(out, b"name=a");
    }
}
