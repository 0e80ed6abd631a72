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
