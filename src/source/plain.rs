//! A regular file that is not compressed. It is read by offset, into buffers
//! that stay in the processor's cache, rather than mapped: a map is faster
//! where the page cache holds the file in large pieces and far slower where it
//! does not, it dies of a file that shrinks, and it counts as memory of ours.
//! Reading by offset also lets any thread read any part; see [`Extent`].

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::ahead::Ahead;

/// Bytes read at once.
pub const CHUNK: usize = 512 << 10;

/// Files of fewer bytes are not worth a thread that reads ahead.
const WORTH: u64 = 4 << 20;

/// A stretch of a file, to be read from any thread.
#[derive(Clone)]
pub struct Extent {
    file: Arc<File>,
    start: u64,
    len: u64,
}

impl Extent {
    /// Bytes in it, unless the file has shrunk.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Fills `out` with the bytes from `at` on. Returns how many there were:
    /// fewer only at the end of the file.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn read(&self, at: u64, out: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.len.saturating_sub(at)).unwrap_or(usize::MAX);
        let wanted = out.len().min(room);
        let mut done = 0;
        while let Some(rest) = out.get_mut(done..wanted).filter(|rest| !rest.is_empty()) {
            let offset = self.start.saturating_add(at).saturating_add(done as u64);
            match self.file.read_at(rest, offset) {
                Ok(0) => break,
                Ok(n) => done = done.saturating_add(n),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }
}

/// A file being read from front to back.
pub(super) struct Plain {
    /// All of it, as long as it was when it was opened.
    whole: Extent,
    /// Offset of the next byte to read.
    next: u64,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    problem: Option<String>,
    ahead: Option<Ahead>,
}

impl Plain {
    /// Reads the first `len` bytes of `file`.
    pub(super) fn new(file: File, len: u64) -> Plain {
        let whole = Extent { file: Arc::new(file), start: 0, len };
        Plain { whole, next: 0, buffer: Vec::new(), start: 0, end: 0, problem: None, ahead: None }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Drops `n` bytes off the front; bytes that are not here are not read.
    pub(super) fn skip(&mut self, n: u64) {
        let here = self.end.saturating_sub(self.start);
        match usize::try_from(n) {
            Ok(n) if n <= here => self.start = self.start.saturating_add(n),
            _ => {
                let beyond = n.saturating_sub(here as u64);
                self.next = self.next.saturating_add(beyond).min(self.whole.len);
                self.ahead = None;
                (self.start, self.end) = (0, 0);
            }
        }
    }

    /// Reads a chunk behind the bytes at hand; false: there is nothing more.
    pub(super) fn fill(&mut self) -> bool {
        if self.at_end() {
            return false;
        }
        let read = match &self.ahead {
            Some(ahead) => ahead.next(&mut self.buffer, (&mut self.start, &mut self.end)),
            None => self.read_here(),
        };
        match read {
            Ok(0) => {
                let at = self.next;
                self.problem = Some(format!("the file shrank while it was read (at byte {at})"));
                false
            }
            Ok(n) => {
                self.next = self.next.saturating_add(n as u64);
                true
            }
            Err(error) => {
                let at = self.next;
                self.problem = Some(format!("reading failed at byte {at}: {error}"));
                false
            }
        }
    }

    /// Reads a chunk behind the bytes at hand.
    fn read_here(&mut self) -> io::Result<usize> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end = self.end.saturating_sub(self.start);
            self.start = 0;
        }
        let wanted = self.end.saturating_add(CHUNK);
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted.max(self.buffer.len().saturating_mul(2)), 0);
        }
        let room = self.buffer.get_mut(self.end..wanted).unwrap_or_default();
        let read = self.whole.read(self.next, room)?;
        self.end = self.end.saturating_add(read);
        Ok(read)
    }

    /// From now on a thread reads what comes next while the last is looked at. Where
    /// no thread can be had, nothing changes.
    pub(super) fn read_ahead(&mut self) {
        let rest = self.whole.len.saturating_sub(self.next);
        if self.ahead.is_none() && rest > WORTH {
            let extent = Extent { file: Arc::clone(&self.whole.file), start: self.next, len: rest };
            self.ahead = Ahead::start(extent).ok();
        }
    }

    /// Whether everything has been read.
    pub(super) fn at_end(&self) -> bool {
        self.next >= self.whole.len || self.problem.is_some()
    }

    /// What went wrong, if something did.
    pub(super) fn problem(&self) -> Option<&String> {
        self.problem.as_ref()
    }

    /// All that is not consumed yet.
    pub(super) fn rest(&self) -> Extent {
        let here = self.end.saturating_sub(self.start) as u64;
        let start = self.next.saturating_sub(here);
        let len = self.whole.len.saturating_sub(start);
        Extent { file: Arc::clone(&self.whole.file), start, len }
    }
}
