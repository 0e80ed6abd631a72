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

/// The number of the signal with this name, real-time signals among them:
/// `SIGRTMIN`, `SIGRT_1`.
#[must_use]
pub fn signal_number(name: &[u8]) -> Option<u8> {
    if let Some(at) =
        NAMES.iter().position(|known| known.is_some_and(|known| known.as_bytes() == name))
    {
        return u8::try_from(at).ok();
    }
    match name {
        b"SIGRTMIN" => Some(32),
        b"SIGIOT" => Some(6),
        b"SIGPOLL" => Some(29),
        _ => {
            let number: u8 =
                std::str::from_utf8(name.strip_prefix(b"SIGRT_")?).ok()?.parse().ok()?;
            number.checked_add(32).filter(|number| *number <= 64)
        }
    }
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
        assert_eq!(signal_number(b"SIGKILL"), Some(9));
        assert_eq!(signal_number(b"SIGRT_2"), Some(34));
        assert_eq!(signal_number(b"SIGNOT"), None);
        assert_eq!((1..=31).filter_map(signal_name).count(), 31);
    }
}
