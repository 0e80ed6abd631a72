//! Several captures in one listing, by time: each is read by a thread of its
//! own, which sends its lines in bundles; the earliest next line is printed.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::captures::Named;
use super::events::read_one;
use super::messages::{self, Outcome};
use crate::report::{Lines, Lister, ListingRequest};
use crate::state::Summary;

/// Lines sent at once.
const BUNDLE: usize = 256;
/// Bundles that wait.
const WAITING: usize = 4;

type Bundle = Vec<(u64, Vec<u8>)>;

struct Bundles {
    full: Bundle,
    sender: SyncSender<Bundle>,
}

impl Bundles {
    fn send(&mut self) -> io::Result<()> {
        let bundle = std::mem::take(&mut self.full);
        self.sender.send(bundle).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Lines for &mut Bundles {
    fn line(&mut self, ts_ns: u64, line: &[u8]) -> io::Result<()> {
        self.full.push((ts_ns, line.to_vec()));
        if self.full.len() >= BUNDLE { self.send() } else { Ok(()) }
    }
}

/// The lines of one capture that are not printed yet.
struct Queue {
    receiver: Receiver<Bundle>,
    lines: VecDeque<(u64, Vec<u8>)>,
}

impl Queue {
    /// Time of the next line; waits for it.
    fn next_ts(&mut self) -> Option<u64> {
        while self.lines.is_empty() {
            self.lines = self.receiver.recv().ok()?.into();
        }
        self.lines.front().map(|(ts_ns, _)| *ts_ns)
    }
}

/// Lists captures by time; `print` takes each line.
///
/// # Errors
/// When one of them cannot be read, or lines cannot be written.
pub fn merged(
    captures: &[Named],
    request: &ListingRequest,
    mut print: impl FnMut(&[u8]) -> io::Result<()>,
) -> Result<Outcome, String> {
    std::thread::scope(|scope| {
        let mut queues = Vec::new();
        let mut readers = Vec::new();
        for (at, capture) in captures.iter().enumerate() {
            let (sender, receiver) = sync_channel(WAITING);
            queues.push(Queue { receiver, lines: VecDeque::new() });
            let request = ListingRequest { label: Some(capture.label.clone()), ..request.clone() };
            readers.push(scope.spawn(move || {
                let mut bundles = Bundles { full: Vec::new(), sender };
                let mut lister = Lister::new(request, &mut bundles);
                if at == 0 {
                    lister.begin();
                }
                let summary = read_one(capture, &mut lister);
                let _ = lister.finish();
                let _ = bundles.send();
                summary
            }));
        }
        let printed = print_all(&mut queues, request.limit, &mut print);
        drop(queues);
        let mut outcome = Outcome::Done;
        for (capture, reader) in captures.iter().zip(readers) {
            let summary: Result<Summary, String> =
                reader.join().map_err(|_| format!("reading {} failed", capture.label))?;
            if messages::losses(&capture.label, &summary?) == Outcome::Damaged {
                outcome = Outcome::Damaged;
            }
        }
        match printed {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(format!("cannot write: {error}"))
            }
            _ => Ok(outcome),
        }
    })
}

fn print_all(
    queues: &mut [Queue],
    limit: u64,
    print: &mut impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut printed = 0;
    while printed < limit {
        let next = queues.iter_mut().enumerate().filter_map(|(at, q)| Some((q.next_ts()?, at)));
        let Some((_, at)) = next.min() else {
            break;
        };
        if let Some((_, line)) = queues[at].lines.pop_front() {
            print(&line)?;
            printed += 1;
        }
    }
    Ok(())
}
