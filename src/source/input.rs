//! The raw side of a stream: buffered reads with look-ahead and a count of the
//! bytes taken. `BufReader` cannot look further ahead than what it happens to
//! hold, and a magic number may well be split over two reads of a pipe.

use std::fs::File;
use std::io::{self, Read};
use std::thread::sleep;
use std::time::Duration;

use super::magic;

/// Bytes asked from the operating system at once.
const BUFFER: usize = 256 * 1024;
/// How long to wait before asking a non-blocking descriptor again.
const RETRY: Duration = Duration::from_millis(5);

/// A file being read from front to back.
pub(super) struct Input {
    file: File,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    taken: u64,
    ended: bool,
}

impl Input {
    /// Reads `file` from where it stands.
    pub(super) fn new(file: File) -> Self {
        Self { file, buffer: vec![0; BUFFER], start: 0, end: 0, taken: 0, ended: false }
    }

    /// Gives the file back; the bytes in the buffer are lost.
    pub(super) fn into_file(self) -> File {
        self.file
    }

    /// Bytes taken so far, counted from where reading began.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// The bytes read ahead and not yet taken.
    pub(super) fn available(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Takes `n` bytes (or all, if fewer) off the front of `available()`.
    pub(super) fn take(&mut self, n: usize) {
        let n = n.min(self.available().len());
        self.start = self.start.saturating_add(n);
        self.taken = self.taken.saturating_add(n as u64);
    }

    /// Reads if nothing is available; nothing available afterwards is the end.
    pub(super) fn fill(&mut self) -> io::Result<()> {
        if self.start < self.end || self.ended {
            return Ok(());
        }
        self.start = 0;
        self.end = 0;
        self.append()
    }

    /// The next bytes without taking them: at least as many as a magic has,
    /// fewer only at the end of the input.
    pub(super) fn peek(&mut self) -> io::Result<&[u8]> {
        while self.available().len() < magic::LENGTH && !self.ended {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end = self.end.saturating_sub(self.start);
            self.start = 0;
            self.append()?;
        }
        Ok(self.available())
    }

    /// Reads straight into `out`, past the buffer once that is empty. Returns
    /// the number of bytes; 0 is the end.
    pub(super) fn read_into(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let ready = self.available();
        let n = ready.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..n), ready.get(..n))
            && n > 0
        {
            to.copy_from_slice(from);
            self.take(n);
            return Ok(n);
        }
        if self.ended || out.is_empty() {
            return Ok(0);
        }
        let n = read_some(&mut self.file, out)?;
        self.ended = n == 0;
        self.taken = self.taken.saturating_add(n as u64);
        Ok(n)
    }

    /// Takes everything up to the end and returns how many bytes that were.
    pub(super) fn skip_to_end(&mut self) -> io::Result<u64> {
        let before = self.taken;
        loop {
            self.fill()?;
            let n = self.available().len();
            if n == 0 {
                return Ok(self.taken.saturating_sub(before));
            }
            self.take(n);
        }
    }

    /// One read behind the bytes that are there.
    fn append(&mut self) -> io::Result<()> {
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        let n = read_some(&mut self.file, room)?;
        self.ended = n == 0;
        self.end = self.end.saturating_add(n);
        Ok(())
    }
}

/// One read that a signal or a non-blocking descriptor does not make fail.
fn read_some(file: &mut File, out: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(out) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => sleep(RETRY),
            other => return other,
        }
    }
}
