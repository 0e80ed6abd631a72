//! The names of errors, from the table beside this file: Linux's, and those
//! that stay inside the kernel (from 512 on) but are seen by what traces it.
//! The table has what sysdig 0.29.3 names, which ends at 125 and at 530.

use std::sync::LazyLock;

static NAMES: LazyLock<Vec<Option<&'static str>>> =
    LazyLock::new(|| numbered(include_str!("errno.tsv")));

/// The name of error `number` (positive), e.g. `ENOENT` of 2.
#[must_use]
pub fn errno_name(number: u32) -> Option<&'static str> {
    NAMES.get(usize::try_from(number).ok()?).copied().flatten()
}

/// The error that a call's result says: `ENOENT` of -2.
#[must_use]
pub fn result_name(result: i64) -> Option<&'static str> {
    if result >= 0 {
        return None;
    }
    // sysdig looks at the lower half alone
    errno_name(u32::try_from((result as i32).checked_neg()?).ok()?)
}

/// Names that tracers use and the table does not have: other names of the same
/// numbers, and the errors that came after those of sysdig 0.29.3.
const OTHER_NAMES: [(&str, u32); 12] = [
    ("EWOULDBLOCK", 11),
    ("EDEADLOCK", 35),
    ("ENOTSUP", 95),
    ("ENOKEY", 126),
    ("EKEYEXPIRED", 127),
    ("EKEYREVOKED", 128),
    ("EKEYREJECTED", 129),
    ("EOWNERDEAD", 130),
    ("ENOTRECOVERABLE", 131),
    ("ERFKILL", 132),
    ("EHWPOISON", 133),
    ("ERESTART_RESTARTBLOCK", 516),
];

/// The number of the error with this name, e.g. 2 of `ENOENT`.
#[must_use]
pub fn errno_number(name: &[u8]) -> Option<u32> {
    // by far the most frequent ones first
    match name {
        b"ENOENT" => return Some(2),
        b"EAGAIN" => return Some(11),
        _ => {}
    }
    let known = NAMES.iter().position(|known| known.is_some_and(|known| known.as_bytes() == name));
    let other = || {
        OTHER_NAMES.iter().find(|(other, _)| other.as_bytes() == name).map(|(_, number)| *number)
    };
    known.and_then(|at| u32::try_from(at).ok()).or_else(other)
}

/// Lines of `number TAB name` as a list that the number indexes.
pub(super) fn numbered(text: &'static str) -> Vec<Option<&'static str>> {
    let mut names = Vec::new();
    for (number, name) in text.lines().skip(1).filter_map(|line| line.split_once('\t')) {
        let Ok(number) = number.parse::<usize>() else {
            continue;
        };
        if names.len() <= number {
            names.resize(number + 1, None);
        }
        names[number] = Some(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_numbers() {
        for number in 1..=530 {
            if let Some(name) = errno_name(number) {
                assert_eq!(errno_number(name.as_bytes()), Some(number));
            }
        }
        assert_eq!(errno_number(b"EHWPOISON"), Some(133));
        assert_eq!(errno_number(b"ERESTART_RESTARTBLOCK"), Some(516));
        assert_eq!(errno_number(b"ENOSUCH"), None);
    }

    #[test]
    fn errors_have_names() {
        assert_eq!(result_name(-1), Some("EPERM"));
        assert_eq!(result_name(-11), Some("EAGAIN"));
        assert_eq!(result_name(-95), Some("EOPNOTSUPP"));
        assert_eq!(result_name(-512), Some("ERESTARTSYS"));
        assert_eq!(result_name(-530), Some("EIOCBRETRY"));
        for nameless in [0, 2, -41, -126, -511, -531, -100_000, i64::from(i32::MIN), i64::MIN] {
            assert_eq!(result_name(nameless), None, "{nameless}");
        }
    }
}
