//! Where the answer goes: stdout or a file, in which format, in colour or
//! not; and progress on a terminal while it is made.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::event::bytes_text;
use crate::source::Watch;

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
        let mut out = std::io::stdout().lock();
        return match out.write_all(bytes).and_then(|()| out.flush()) {
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
        let ms = start.elapsed().as_millis();
        if ms >= 500 && ms % 200 < 20 {
            let read = watches.iter().map(Watch::offset).sum();
            let of =
                if total > 0 { format!(" ({} on disk)", bytes_text(total)) } else { String::new() };
            let _ = write!(std::io::stderr(), "\r\x1b[Kread {}{of}", bytes_text(read));
            shown = true;
        }
    }
    if shown {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
}
