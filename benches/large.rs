//! Large captures out of small real ones. Speed and memory show only on
//! captures far larger than anything that can be kept in a repository, so
//! these are made anew whenever they are measured.
//!
//! A large capture is the small one's blocks up to the first event, then its
//! event blocks again and again. Round `k` is shifted in time by `k` periods,
//! so time goes on and every latency is as it was; the first round is the
//! small capture unchanged. Calls that are open at the end of a round meet the
//! exits at the begin of the next one, and threads are the same in each round:
//! what follows the number of threads or containers does not grow here.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;

use analyze::format::scap::block::{BlockKind, Framed, frame};
use analyze::source::{Location, Window};

/// ns between the last event of a round and the first of the next.
const PAUSE_NS: u64 = 1000;

/// A small capture, ready to be repeated.
pub struct Small {
    /// Everything in front of the first event.
    head: Vec<u8>,
    /// The event blocks.
    events: Vec<u8>,
    /// Of every event: where in `events` its time stands, and that time.
    stamps: Vec<(usize, u64)>,
    /// From one round to the next, ns.
    period_ns: u64,
}

/// What was made.
pub struct Made {
    /// Where the first event block begins.
    pub first_event: usize,
    /// How often the events were written.
    rounds: u64,
    /// Events in all.
    pub events: u64,
    /// Time that they span, ns.
    span_ns: u64,
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Made { first_event, rounds, events, span_ns } = self;
        write!(f, "{first_event} bytes of tables, ")?;
        write!(f, "{rounds} rounds, {events} events over {:.1} s", *span_ns as f64 / 1e9)
    }
}

impl Small {
    /// Reads a capture, compressed or not, up to the end of its first section.
    pub fn read(path: &Path) -> Result<Small, String> {
        let bytes = inflated(path)?;
        let (mut at, mut first, mut stamps) = (0, None, Vec::new());
        while let Ok(Framed { kind, length, .. }) = frame(&bytes[at..]) {
            match (kind, first) {
                (BlockKind::Event(layout), _) => {
                    let start = *first.get_or_insert(at);
                    // block type and length, cpu, flags if it has them
                    let stamp = at + 8 + if layout.has_flags() { 6 } else { 2 };
                    let ns = bytes[stamp..].first_chunk().ok_or("an event is cut off")?;
                    stamps.push((stamp - start, u64::from_le_bytes(*ns)));
                }
                (_, Some(_)) => break,
                (_, None) => {}
            }
            at += length;
        }
        let first = first.ok_or_else(|| format!("{}: no events", path.display()))?;
        let real = || stamps.iter().map(|(_, ns)| *ns).filter(|ns| is_time(*ns));
        let period_ns = real().max().unwrap_or(0) - real().min().unwrap_or(0) + PAUSE_NS;
        let (head, events) = (bytes[..first].to_vec(), bytes[first..at].to_vec());
        Ok(Small { head, events, stamps, period_ns })
    }

    /// Writes as many whole rounds as fit into `size` bytes, at least one.
    pub fn repeat(mut self, size: u64, to: &mut impl Write) -> io::Result<Made> {
        to.write_all(&self.head)?;
        let room = size.saturating_sub(self.head.len() as u64);
        let rounds = (room / self.events.len() as u64).max(1);
        for round in 0..rounds {
            for (at, ns) in self.stamps.iter().filter(|(_, ns)| is_time(*ns)) {
                let ns = ns + round * self.period_ns;
                self.events[*at..*at + 8].copy_from_slice(&ns.to_le_bytes());
            }
            to.write_all(&self.events)?;
        }
        Ok(Made {
            first_event: self.head.len(),
            rounds,
            events: rounds * self.stamps.len() as u64,
            span_ns: rounds * self.period_ns,
        })
    }
}

/// Events that a writer makes up (container descriptions) carry none.
fn is_time(ns: u64) -> bool {
    ns != 0 && ns != u64::MAX
}

fn inflated(path: &Path) -> Result<Vec<u8>, String> {
    let location = Location::File(path.to_owned());
    let mut window = Window::open(&location).map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    loop {
        bytes.extend_from_slice(window.bytes());
        window.consume(window.bytes().len());
        if !window.fill() {
            return window.problem().map_or(Ok(bytes), Err);
        }
    }
}
