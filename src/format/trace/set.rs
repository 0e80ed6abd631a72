//! The files of `strace -ff`, one a thread (`out.31584`), as one trace: merged
//! by the time at which calls end. Files without times follow each other.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::super::strace::head;
use super::parts::split_took;
use super::recognise::TraceFormat;
use super::sink::TraceSink;
use super::stage::{Place, Stage};
use crate::source::Window;

/// The thread in the name of a file of `-ff`: what is behind the last point,
/// before the ending of a compressed file.
#[must_use]
pub fn thread_of_name(name: &str) -> Option<u32> {
    let plain = [".gz", ".zst"].iter().find_map(|ending| name.strip_suffix(ending));
    let (_, digits) = plain.unwrap_or(name).rsplit_once('.')?;
    let number = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|tid| number && *tid > 0)
}

/// A file whose next line is known by its time.
struct Source<'w> {
    window: &'w mut Window,
    place: Place,
    /// Bytes of the next line, its end included.
    length: usize,
    /// Time of the next line.
    time_ns: Option<u64>,
    /// The last key: lines never go back.
    key_ns: u64,
}

/// The next lines of all files, the earliest first.
pub struct Merge<'w> {
    sources: Vec<Source<'w>>,
    heap: BinaryHeap<Reverse<(u64, usize)>>,
    consumed: u64,
}

impl<'w> Merge<'w> {
    /// Looks at the first line of each file.
    pub fn new(files: &'w mut [Window], tids: Vec<Option<u32>>) -> Merge<'w> {
        let sources = files.iter_mut().zip(tids).enumerate().map(|(file, (window, tid))| Source {
            window,
            place: Place::new(file, tid),
            length: 0,
            time_ns: None,
            key_ns: 0,
        });
        let mut merge = Merge { sources: sources.collect(), heap: BinaryHeap::new(), consumed: 0 };
        for number in 0..merge.sources.len() {
            merge.look(number);
        }
        merge
    }

    /// Bytes read so far.
    #[must_use]
    pub fn consumed(&self) -> u64 {
        self.consumed
    }

    /// The place of the file that tells the most of the time.
    #[must_use]
    pub fn into_place(self) -> Place {
        self.sources.into_iter().map(|source| source.place).next().unwrap_or_default()
    }

    /// Finds the next line of a file.
    fn look(&mut self, number: usize) {
        let Some(source) = self.sources.get_mut(number) else {
            return;
        };
        let length = loop {
            match memchr::memchr(b'\n', source.window.bytes()) {
                Some(end) => break end.saturating_add(1),
                None if source.window.fill() => {}
                None => break source.window.bytes().len(),
            }
        };
        if length == 0 {
            return;
        }
        source.length = length;
        let line = trimmed(source.window.bytes().get(..length).unwrap_or_default());
        let (_, head) = head(line);
        source.time_ns = source.place.clock.time(&head);
        let took_ns = split_took(line).1.unwrap_or(0);
        let end_ns = source.time_ns.unwrap_or(0).saturating_add(took_ns);
        source.key_ns = source.key_ns.max(end_ns);
        self.heap.push(Reverse((source.key_ns, number)));
    }

    /// Gives the earliest line to the stage; false: there is none.
    pub fn next<S: TraceSink>(&mut self, stage: &mut Stage, sink: &mut S) -> bool {
        let Some(Reverse((_, number))) = self.heap.pop() else {
            return false;
        };
        if let Some(source) = self.sources.get_mut(number) {
            let text = source.window.bytes().get(..source.length).unwrap_or_default();
            let line = TraceFormat::Strace.parse(trimmed(text));
            let line = if text.ends_with(b"\n") { line } else { line.cut_off() };
            stage.take_at(&line, source.time_ns, &mut source.place, sink);
            source.window.consume(source.length);
            self.consumed = self.consumed.saturating_add(source.length as u64);
        }
        self.look(number);
        true
    }
}

fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").unwrap_or(line)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    #[test]
    fn names_end_in_threads() {
        for (name, tid) in [
            ("out.31584", Some(31584)),
            ("/tmp/a.b/trace.7.gz", Some(7)),
            ("x.9.zst", Some(9)),
            ("out", None),
            ("out.", None),
            ("out.+5", None),
            ("out.0", None),
            ("a.strace", None),
        ] {
            assert_eq!(thread_of_name(name), tid, "{name}");
        }
    }
}
