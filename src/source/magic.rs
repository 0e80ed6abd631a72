//! Recognises compression by the first bytes of a stream. Names lie (`.pcap`
//! files are often gzip files, and standard input has no name), magic does not.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// How many bytes the longest magic has.
pub(super) const LENGTH: usize = 4;

/// How the bytes of a capture are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Not compressed (or not in a way this module knows).
    None,
    /// One or more gzip members (RFC 1952).
    Gzip,
    /// One or more Zstandard frames (RFC 8878).
    Zstd,
}

impl Compression {
    /// A lower-case name for messages and reports: `none`, `gzip` or `zstd`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// What a file is, by its first bytes.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of_file(path: &Path) -> io::Result<Self> {
        let mut head = Vec::new();
        File::open(path)?.take(LENGTH as u64).read_to_end(&mut head)?;
        Ok(Self::of(&head))
    }

    /// What a stream (or its next member or frame) is, by its first bytes.
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }
}
