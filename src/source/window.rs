//! The one type a parser sees: a sliding view of the bytes of a capture, no
//! matter whether they are read from a file, piped or decompressed.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;

use super::inflate::Decoder;
use super::input::Input;
use super::magic::Compression;
use super::plain::{Extent, Plain};
use super::stream::Stream;
use super::{Location, SourceError};

/// A sliding view of a byte stream.
///
/// The usual loop parses as much of [`bytes`](Self::bytes) as it can,
/// [`consume`](Self::consume)s that and calls [`fill`](Self::fill) until it
/// returns false.
pub struct Window {
    name: String,
    compression: Compression,
    /// Size in bytes of the regular file, if it is one.
    file_size: Option<u64>,
    offset: u64,
    inner: Inner,
}

enum Inner {
    Empty,
    Plain(Plain),
    Stream(Stream),
}

impl Window {
    /// Opens a capture and looks at its first bytes (which waits for them, if
    /// it is a pipe).
    ///
    /// # Errors
    ///
    /// When the file is missing, a directory, or cannot be read at all. An
    /// error later on is not returned but ends the stream; see
    /// [`problem`](Self::problem).
    pub fn open(location: &Location) -> Result<Self, SourceError> {
        let name = location.to_string();
        match Self::try_open(location, name.clone()) {
            Ok(window) => Ok(window),
            Err(error) => Err(SourceError::from_io(&name, error)),
        }
    }

    fn try_open(location: &Location, name: String) -> io::Result<Self> {
        let file = match location {
            Location::File(path) => File::open(path)?,
            Location::Stdin => File::from(io::stdin().as_fd().try_clone_to_owned()?),
        };
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let regular = matches!(location, Location::File(_)) && metadata.is_file();
        let mut input = Input::new(file);
        let head = input.peek()?;
        let compression = Compression::of(head);
        let inner = if head.is_empty() {
            Inner::Empty
        } else if regular && compression == Compression::None {
            Self::plain_or_stream(input, metadata.len())?
        } else {
            Inner::Stream(Stream::start(Decoder::new(input, compression)?)?)
        };
        let file_size = match inner {
            Inner::Empty => Some(0),
            _ if regular && metadata.len() > 0 => Some(metadata.len()),
            _ => None,
        };
        Ok(Self { name, compression, file_size, offset: 0, inner })
    }

    /// Reads a plain file by offset, or as a stream if it is on a file system
    /// like `/proc` that tells no size.
    fn plain_or_stream(input: Input, size: u64) -> io::Result<Inner> {
        let mut file = input.into_file();
        if size > 0 {
            return Ok(Inner::Plain(Plain::new(file, size)));
        }
        io::Seek::rewind(&mut file)?;
        let decoder = Decoder::new(Input::new(file), Compression::None)?;
        Ok(Inner::Stream(Stream::start(decoder)?))
    }

    /// The path as it was given, or `stdin`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the input is compressed, recognised by its first bytes.
    #[must_use]
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Size of the input in bytes as given (compressed, if it is): of the file
    /// on disk when it was opened, or the bytes read from a pipe or stdin,
    /// which is `None` until they were read to the end.
    #[must_use]
    pub fn input_bytes(&self) -> Option<u64> {
        match &self.inner {
            Inner::Stream(stream) => {
                self.file_size.or_else(|| stream.ending().map(|ending| ending.input_bytes))
            }
            Inner::Empty | Inner::Plain(_) => self.file_size,
        }
    }

    /// All bytes available now that are not consumed yet.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match &self.inner {
            Inner::Empty => &[],
            Inner::Plain(plain) => plain.bytes(),
            Inner::Stream(stream) => stream.bytes(),
        }
    }

    /// What is not consumed yet of a plain file, to be read from any thread;
    /// `None` for a stream.
    #[must_use]
    pub fn rest(&self) -> Option<Extent> {
        match &self.inner {
            Inner::Plain(plain) => Some(plain.rest()),
            Inner::Empty | Inner::Stream(_) => None,
        }
    }

    /// Reads ahead from now on, for who reads from front to back alone.
    pub fn read_ahead(&mut self) {
        if let Inner::Plain(plain) = &mut self.inner {
            plain.read_ahead();
        }
    }

    /// Offset in bytes of `bytes()[0]` in the (decompressed) stream.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes read so far as they are stored (compressed, if they are).
    #[must_use]
    pub fn taken(&self) -> u64 {
        match &self.inner {
            Inner::Stream(stream) => stream.taken(),
            Inner::Empty | Inner::Plain(_) => self.offset,
        }
    }

    /// Drops `n` bytes off the front of [`bytes`](Self::bytes); all of them if
    /// `n` is more than there are.
    pub fn consume(&mut self, n: usize) {
        let n = n.min(self.bytes().len());
        self.offset = self.offset.saturating_add(n as u64);
        match &mut self.inner {
            Inner::Empty => {}
            Inner::Plain(plain) => plain.skip(n as u64),
            Inner::Stream(stream) => stream.consume(n),
        }
    }

    /// Drops `n` bytes that somebody else has read as a part of
    /// [`rest`](Self::rest); of a stream no more than are here.
    pub fn skip(&mut self, n: u64) {
        match &mut self.inner {
            Inner::Plain(plain) => {
                plain.skip(n);
                self.offset = self.offset.saturating_add(n);
            }
            _ => self.consume(usize::try_from(n).unwrap_or(usize::MAX)),
        }
    }

    /// Gets more bytes behind the unconsumed ones and waits for them. False:
    /// the stream has ended (or broke) and [`bytes`](Self::bytes) did not grow.
    ///
    /// Memory stays constant as long as the caller consumes: whatever it leaves
    /// is kept, and more than 256 KiB of it costs a copy of a whole segment.
    pub fn fill(&mut self) -> bool {
        match &mut self.inner {
            Inner::Empty => false,
            Inner::Plain(plain) => plain.fill(),
            Inner::Stream(stream) => stream.fill(),
        }
    }

    /// True if it is already known that nothing more will come. False does not promise that [`fill`](Self::fill) gives more.
    #[must_use]
    pub fn at_end(&self) -> bool {
        match &self.inner {
            Inner::Empty => true,
            Inner::Plain(plain) => plain.at_end(),
            Inner::Stream(stream) => stream.ending().is_some(),
        }
    }

    /// Why the stream ended early; `None` for a clean end. It is known when
    /// [`fill`](Self::fill) has returned false and all bytes were looked at.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        match &self.inner {
            Inner::Empty => None,
            Inner::Plain(plain) => plain.problem().cloned(),
            Inner::Stream(stream) => stream.ending()?.problem.clone(),
        }
    }

    /// Bytes after the last gzip member or Zstandard frame that begin no new
    /// one. They are not part of the stream. 0 until the end is reached.
    #[must_use]
    pub fn ignored_tail(&self) -> u64 {
        match &self.inner {
            Inner::Empty | Inner::Plain(_) => 0,
            Inner::Stream(stream) => stream.ending().map_or(0, |ending| ending.ignored_tail),
        }
    }
}
