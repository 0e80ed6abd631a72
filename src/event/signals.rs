//! The names of signals, from the table beside this file: the 31 of Linux that
//! are not real-time signals, which have no names.

use std::sync::LazyLock;

use super::errno::numbered;

static NAMES: LazyLock<Vec<Option<&'static str>>> =
    LazyLock::new(|| numbered(include_str!("signals.tsv")));

/// The name of signal `number`, e.g. `SIGKILL` of 9.
#[must_use]
pub fn signal_name(number: u8) -> Option<&'static str> {
    NAMES.get(usize::from(number)).copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_names() {
        assert_eq!(signal_name(9), Some("SIGKILL"));
        assert_eq!(signal_name(31), Some("SIGSYS"));
        assert_eq!(signal_name(0), None);
        assert_eq!(signal_name(32), None);
        assert_eq!((1..=31).filter_map(signal_name).count(), 31);
    }
}
