//! Gives the bytes of a capture to a parser. A capture may be a plain file, a
//! compressed one, a pipe or standard input; parsers should not care, so this
//! module hides all of them behind one sliding view, [`Window`].

#![deny(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod ahead;
mod inflate;
mod input;
mod magic;
mod plain;
mod stream;
#[cfg(test)]
mod tests;
mod watch;
mod window;

use std::fmt;
use std::io;
use std::path::PathBuf;

pub use magic::Compression;
pub use plain::{CHUNK, Extent};
pub use watch::{Progress, Watch};
pub use window::Window;

/// Where the bytes of a capture come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Location {
    /// A path: a regular file, or anything that can be read like one (a FIFO).
    File(PathBuf),
    /// Standard input of this process.
    Stdin,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Stdin => f.write_str("stdin"),
        }
    }
}

/// Why a capture could not be opened. Its text is one line and says what to do.
#[derive(Debug)]
pub enum SourceError {
    /// There is nothing at that path.
    Missing {
        /// The path as it was given.
        name: String,
    },
    /// The path is a directory.
    Directory {
        /// The path as it was given.
        name: String,
    },
    /// It is there, but its first bytes cannot be read.
    Unreadable {
        /// The path as it was given, or `stdin`.
        name: String,
        /// What the operating system said.
        error: io::Error,
    },
}

impl SourceError {
    /// Sorts an error of opening or first reading `name` into the variants.
    fn from_io(name: &str, error: io::Error) -> Self {
        let name = name.to_owned();
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing { name },
            io::ErrorKind::IsADirectory => Self::Directory { name },
            _ => Self::Unreadable { name, error },
        }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name } => {
                let name = OneLine(name);
                write!(f, "{name}: no such file; check the path")
            }
            Self::Directory { name } => {
                let name = OneLine(name);
                write!(f, "{name}: is a directory; give a capture file inside it")
            }
            Self::Unreadable { name, error } => {
                let name = OneLine(name);
                let advice = match error.kind() {
                    io::ErrorKind::PermissionDenied => "check its permissions",
                    _ => "check that it can be read",
                };
                write!(f, "{name}: cannot be read ({error}); {advice}")
            }
        }
    }
}

impl std::error::Error for SourceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreadable { error, .. } => Some(error),
            Self::Missing { .. } | Self::Directory { .. } => None,
        }
    }
}

/// Shows a name with its control characters escaped, so that a path with a
/// line break in it cannot break an error message into two lines.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        for character in self.0.chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}
