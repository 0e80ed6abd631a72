//! The driver's side of traces in text: which files are such, threads as lines
//! name them, and open files as they are printed beside their numbers.

use std::net::IpAddr;

use super::super::details::directory;
use super::super::fd::{Ends, Fd, FdKind, L4, Role};
use super::super::summary::Summary;
use super::{Driver, ReadError, Visitor};
use crate::format::trace::{
    self, Birth, TableRow, TraceClock, TraceFacts, TraceFormat, TraceReader, TraceSink,
    open as look,
};
use crate::source::{Watch, Window};

/// What the files of a capture are.
pub(super) enum Kind<'p> {
    /// The text of a tracer.
    Trace(TraceReader<'p>),
    /// Something else.
    Other(Vec<Window>),
}

/// Looks whether files are the text of a tracer.
pub(super) fn sort<'p>(
    mut windows: Vec<Window>,
    watch: Option<&'p Watch<'p>>,
) -> Result<Kind<'p>, ReadError> {
    let mut found = None;
    for at in 0..windows.len() {
        let window = &mut windows[at];
        let name = window.name().to_owned();
        let refused = |why| ReadError::NotATrace { name: name.clone(), why };
        let format = look(window).map_err(refused)?;
        let empty = window.bytes().is_empty();
        match (found, format) {
            (None, Some(format))
                if windows[..at].iter().all(|window| window.bytes().is_empty()) =>
            {
                found = Some(format);
            }
            (Some(first), other) if other != Some(first) && !empty => {
                let other = other.map_or("something else", |other| other.name());
                let why = format!(
                    "{other}, where the files before are text of {}; the files of one capture are of one kind",
                    first.name()
                );
                return Err(ReadError::NotATrace { name, why });
            }
            (None, Some(format)) => {
                let why = format!(
                    "text of {}, where the files before are something else; the files of one capture are of one kind",
                    format.name()
                );
                return Err(ReadError::NotATrace { name, why });
            }
            _ => {}
        }
    }
    Ok(match found {
        Some(format) => Kind::Trace(TraceReader::new(windows, format, watch)),
        None => Kind::Other(windows),
    })
}

/// Reads the text of a tracer that is in memory, `segment` bytes at once.
pub fn read_text<V: Visitor>(
    format: TraceFormat,
    text: &[u8],
    segment: usize,
    gaps: bool,
    visitor: &mut V,
) -> Summary {
    let mut driver = Driver::new(visitor);
    let facts = trace::read_text(format, text, segment, gaps, &mut driver);
    driver.end_file();
    told(driver.finish(), facts)
}

/// Reads a trace.
pub(super) fn read<V: Visitor>(mut trace: TraceReader<'_>, visitor: &mut V) -> Summary {
    let mut driver = Driver::new(visitor);
    let facts = trace.run(&mut driver);
    driver.end_file();
    let summary = &mut driver.summary;
    for (at, window) in trace.files().iter().enumerate() {
        summary.input_bytes += window.input_bytes().unwrap_or(0);
        summary.bytes += window.offset();
        if at == 0 || window.compression().name() != "none" {
            summary.compression = window.compression().name();
        }
        summary.files.push(window.name().to_owned());
    }
    summary.losses = trace.losses().clone();
    told(driver.finish(), facts)
}

/// Adds what is known of the lines.
fn told(mut summary: Summary, facts: TraceFacts) -> Summary {
    if facts.clock == TraceClock::None {
        // what stands in the events is no time
        (summary.first_ns, summary.last_ns) = (None, None);
    } else if let Some(first) = facts.first_ns {
        summary.first_ns = summary.first_ns.map(|seen| seen.min(first));
    }
    summary.backwards = 0; // events follow the ends of calls
    summary.trace = Some(Box::new(facts));
    summary
}

impl<V: Visitor> TraceSink for Driver<'_, V> {
    fn wants_params(&self) -> bool {
        self.visitor.wants_params()
    }

    fn wants_files(&self) -> bool {
        self.world.threads.is_detailed()
    }

    fn birth(&mut self, birth: Birth<'_>) {
        if let Some(tid) = self.pending.take() {
            self.world.threads.remove(tid, false);
        }
        self.settle();
        self.world.threads.add_traced(birth);
    }

    fn name(&mut self, tid: i64, comm: &[u8]) {
        self.world.threads.rename(tid, comm);
    }

    fn file(&mut self, tid: i64, fd: i64, name: &[u8]) {
        self.settle();
        let Some(slot) = self.world.threads.find(tid).filter(|_| self.wants_files()) else {
            return;
        };
        let name = name.strip_suffix(b" (deleted)").unwrap_or(name);
        let known = self.world.file(slot, fd);
        if known.is_some_and(|known| known.name == name || !is_told(name)) {
            return;
        }
        let mut file = printed(name);
        if let Some(known) = known.filter(|known| known.kind == FdKind::Directory) {
            file.kind = if file.kind == FdKind::File { known.kind } else { file.kind };
        }
        self.world.files_mut(slot).add(fd, file);
    }

    fn directory(&mut self, tid: i64, path: &[u8]) {
        if let Some(slot) = self.world.threads.find(tid).filter(|_| self.wants_files()) {
            let main = self.world.main_slot(slot);
            self.world.threads.touch();
            self.world.threads.details_mut(main).cwd = directory(b"", path);
        }
    }

    fn row(&mut self, row: TableRow) {
        self.visitor.table_row(&row);
    }
}

/// Whether a name tells more than that there is a socket.
fn is_told(name: &[u8]) -> bool {
    !name.starts_with(b"socket:[") && !name.ends_with(b"]") || name.contains(&b'>')
}

/// What stands beside a number: `/path`, `pipe:[1]`, `TCP:[1.2.3.4:5->6.7.8.9:10]`,
/// `UNIX:[1->2]`, `anon_inode:[eventfd]`, `/dev/null<char 1:3>`.
fn printed(name: &[u8]) -> Fd {
    if name.starts_with(b"/") {
        let path = name.split(|byte| *byte == b'<').next().unwrap_or_default();
        return Fd::new(FdKind::File, path);
    }
    let (what, inside) = match name.iter().position(|byte| *byte == b':') {
        Some(at) => (&name[..at], &name[at + 1..]),
        None => (name, &b""[..]),
    };
    let inside =
        inside.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")).unwrap_or(inside);
    let protocol = |what: &[u8]| if what.starts_with(b"TCP") { L4::Tcp } else { L4::Udp };
    match what {
        b"pipe" => Fd::new(FdKind::Fifo, ""),
        b"TCP" | b"UDP" | b"TCPv6" | b"UDPv6" => match ends(inside, protocol(what)) {
            Some(ends) => {
                let four = ends.source.is_ipv4();
                let kind = if four { FdKind::Ipv4 } else { FdKind::Ipv6 };
                Fd { ends: Some(ends), role: Role::Client, ..Fd::new(kind, inside) }
            }
            None => {
                Fd::new(if what.ends_with(b"v6") { FdKind::Ipv6 } else { FdKind::Ipv4 }, inside)
            }
        },
        _ if what.starts_with(b"UNIX") => Fd::new(FdKind::Unix, inside),
        b"NETLINK" => Fd::new(FdKind::Netlink, inside),
        b"anon_inode" => Fd::new(
            match inside {
                b"eventfd" | b"[eventfd]" => FdKind::Event,
                b"eventpoll" => FdKind::EventPoll,
                b"timerfd" => FdKind::Timer,
                b"signalfd" => FdKind::Signal,
                b"inotify" => FdKind::Inotify,
                _ => FdKind::Unsupported,
            },
            "",
        ),
        _ => Fd::new(FdKind::Unsupported, name),
    }
}

/// Both ends of a connection.
fn ends(text: &[u8], protocol: L4) -> Option<Ends> {
    let text = std::str::from_utf8(text).ok()?;
    let (source, destination) = text.split_once("->")?;
    let end = |text: &str| -> Option<(IpAddr, u16)> {
        let (ip, port) = text.rsplit_once(':')?;
        let ip = ip.trim_start_matches('[').trim_end_matches(']');
        Some((ip.parse().ok()?, port.parse().ok()?))
    };
    let ((source, source_port), (destination, destination_port)) =
        (end(source)?, end(destination)?);
    Some(Ends { source, source_port, destination, destination_port, protocol })
}
