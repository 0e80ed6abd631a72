//! Where the answer goes: stdout or a file, in which format, in colour or
//! not; and progress on a terminal while it is made.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::event::{bytes_text, several, time_text};
use crate::source::{self, Watch};

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Colour {
    /// Whether stdout gets colour.
    #[must_use]
    pub fn wanted(self) -> bool {
        match self {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                std::io::stdout().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                    && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        }
    }
}

/// Columns of the terminal; 100 where there is none.
#[must_use]
pub fn terminal_width() -> usize {
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0))
}

/// The format by option and file name: the name implies one of `known`
/// (extension, format), without a file and an option it is `usual`.
///
/// # Errors
/// When the two contradict each other, or say nothing.
pub fn format<F: Copy + PartialEq>(
    path: Option<&Path>,
    option: Option<F>,
    known: &[(&str, F)],
    usual: F,
) -> Result<F, String> {
    let Some(path) = path.filter(|path| path.as_os_str() != "-") else {
        return Ok(option.unwrap_or(usual));
    };
    let extension = path.extension().map(|ext| ext.to_string_lossy().to_lowercase());
    let implied = known
        .iter()
        .find(|(name, _)| Some(*name) == extension.as_deref())
        .map(|(_, format)| *format);
    match (implied, option) {
        (Some(implied), Some(option)) if implied != option => {
            Err(format!("{} and --format contradict each other", path.display()))
        }
        (Some(format), _) | (None, Some(format)) => Ok(format),
        (None, None) => {
            let names: Vec<String> = known.iter().map(|(name, _)| format!(".{name}")).collect();
            Err(format!(
                "{}: which format? name it {}, or give --format",
                path.display(),
                names.join(", ")
            ))
        }
    }
}

/// Fails early when an answer could not be written to `path` in the end.
///
/// # Errors
/// When its folder does not exist, or it is a folder itself.
pub fn check_target(path: Option<&Path>) -> Result<(), String> {
    let Some(path) = path else {
        return Ok(());
    };
    if path.is_dir() {
        return Err(format!("cannot write {}: it is a directory", path.display()));
    }
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() && !parent.is_dir() => {
            Err(format!("cannot write {}: {} is no directory", path.display(), parent.display()))
        }
        _ => Ok(()),
    }
}

/// Writes the answer to `path`, or to stdout. A reader that closed the pipe
/// has read enough.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: Option<&Path>, bytes: &[u8]) -> Result<(), String> {
    let Some(path) = path.filter(|path| path.as_os_str() != "-") else {
        return match super::pager::write(bytes) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(format!("cannot write to stdout: {error}"))
            }
            _ => Ok(()),
        };
    };
    std::fs::write(path, bytes).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Shows how far reading has come: on a terminal only, after half a second.
pub struct Progress;

impl Progress {
    /// Runs `work` over `watches`, showing progress meanwhile.
    pub fn start<T: Send>(
        watches: &[Watch],
        total: u64,
        work: impl FnOnce(&[Watch]) -> T + Send,
    ) -> T {
        if !std::io::stderr().is_terminal() {
            return work(watches);
        }
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| show(watches, total, &done));
            let result = work(watches);
            done.store(true, Ordering::Release);
            result
        })
    }
}

fn show(watches: &[Watch], total: u64, done: &AtomicBool) {
    let start = Instant::now();
    let mut shown = false;
    while !done.load(Ordering::Acquire) {
        std::thread::sleep(Duration::from_millis(20));
        let taken = start.elapsed();
        if taken.as_millis() >= 500 && taken.as_millis() % 200 < 20 {
            let now = watches.iter().map(Watch::progress).fold((0, 0, 0), |sum, now| {
                (sum.0 + now.bytes, sum.1 + now.stored, sum.2 + now.events)
            });
            let (bytes, stored, events) = now;
            let now = source::Progress { bytes, stored, events };
            let text = progress_text(now, total, taken);
            let _ = write!(std::io::stderr(), "\r\x1b[K{text}");
            shown = true;
        }
    }
    if shown {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
}

/// What there is to say after `taken`; `total` bytes are stored, 0: nobody knows.
fn progress_text(now: source::Progress, total: u64, taken: Duration) -> String {
    let seconds = taken.as_secs_f64();
    let rate = bytes_text((now.bytes as f64 / seconds) as u64);
    let mut text =
        format!("read {}, {}, {rate}/s", bytes_text(now.bytes), several(now.events, "event"));
    if total > now.stored && now.stored > 0 {
        let left = seconds * (total - now.stored) as f64 / now.stored as f64;
        let share = 100 * now.stored / total;
        text.push_str(&format!(" ({share} %, {} left)", time_text((left * 1e9) as u64)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_tells_rate_and_time_left() {
        let now = source::Progress { bytes: 3 << 30, stored: 1 << 30, events: 12_345_678 };
        let second = Duration::from_secs(1);
        assert_eq!(
            progress_text(now, 4 << 30, second),
            "read 3.0 GiB, 12,345,678 events, 3.0 GiB/s (25 %, 3.00s left)"
        );
        // a pipe: nobody knows how much there is
        assert_eq!(progress_text(now, 0, second), "read 3.0 GiB, 12,345,678 events, 3.0 GiB/s");
        let none = source::Progress::default();
        assert_eq!(progress_text(none, 1, second), "read 0 B, 0 events, 0 B/s");
    }
}
