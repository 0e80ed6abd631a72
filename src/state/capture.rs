//! Reads a capture from its first byte to its last: blocks become events,
//! every event meets its thread, and a [`Visitor`] sees them with latency and
//! pairing. This is the sequential driver; all state is in [`Threads`] and
//! [`Containers`], so a parallel one changes this file alone.

use std::fmt;
use std::sync::atomic::AtomicU64;

use super::container::Containers;
use super::family::{CloneExit, Places, Threads};
use super::pairing::{Event, Pairing};
use super::summary::Summary;
use crate::event::{Group, Kind, Role, event_types};
use crate::format::scap::block::BlockKind;
use crate::format::scap::event::RawEvent;
use crate::format::scap::{
    NotACapture, Reader, Sink, fds, interfaces, machine, processes, section, users,
};
use crate::source::{Location, SourceError, Window};

/// What sees the events.
pub trait Visitor {
    /// One event, after it changed the tables.
    fn event(&mut self, event: &Event<'_>, threads: &mut Threads, containers: &Containers);
    /// Bytes were lost here.
    fn gap(&mut self) {}
}

/// Why a capture could not be read at all.
#[derive(Debug)]
pub enum ReadError {
    /// The file cannot be opened.
    Source(SourceError),
    /// The file is something else.
    NotACapture {
        /// Name of the file.
        name: String,
        /// What it is.
        what: NotACapture,
        /// Why its bytes ended early, if they did.
        problem: Option<String>,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Source(error) => error.fmt(f),
            ReadError::NotACapture { name, what, problem: None } => write!(f, "{name}: {what}"),
            ReadError::NotACapture { name, what, problem: Some(problem) } => {
                write!(f, "{name}: {what} ({problem})")
            }
        }
    }
}

impl std::error::Error for ReadError {}

/// A capture whose files are open and known to be captures.
pub struct Opened<'p> {
    readers: Vec<Reader<'p>>,
}

impl<'p> Opened<'p> {
    /// Opens the files of one capture; `progress` is told the offset.
    ///
    /// # Errors
    /// [`ReadError`] when one of them cannot be read or is no capture.
    pub fn open(files: &[Location], progress: Option<&'p AtomicU64>) -> Result<Self, ReadError> {
        let open = |location: &Location| {
            let window = Window::open(location).map_err(ReadError::Source)?;
            let name = window.name().to_owned();
            Reader::new(window, progress).map_err(|(what, problem)| ReadError::NotACapture {
                name,
                what,
                problem,
            })
        };
        Ok(Opened { readers: files.iter().map(open).collect::<Result<_, _>>()? })
    }
}

/// Reads all files of a capture, one after the other.
pub fn read<V: Visitor>(opened: Opened<'_>, visitor: &mut V) -> Summary {
    let mut driver = Driver::new(visitor);
    for mut reader in opened.readers {
        reader.run(&mut driver);
        driver.pending = None;
        driver.close_file(&reader);
    }
    driver.finish()
}

/// What is known of an event type, in a form that the loop reads fast.
#[derive(Clone, Copy)]
struct Shape {
    role: Role,
    syscall: bool,
    /// Enter events that exit-only writers keep.
    kept_enter: bool,
}

struct Driver<'v, V> {
    visitor: &'v mut V,
    shapes: Vec<Shape>,
    places: Vec<Places>,
    threads: Threads,
    containers: Containers,
    summary: Summary,
    /// Thread that ended with the event before.
    pending: Option<i64>,
    /// No event but container descriptions has come yet in this section.
    opening: bool,
    /// Whether a section has begun before this one.
    restarted: bool,
    last_ts: u64,
}

fn shapes() -> Vec<Shape> {
    let kept = ["open", "openat", "openat2", "creat", "connect"];
    event_types()
        .iter()
        .map(|kind| Shape {
            role: kind.role,
            syscall: kind.group == Group::Syscall,
            kept_enter: !kind.is_exit() && kept.contains(&kind.name),
        })
        .collect()
}

impl<'v, V: Visitor> Driver<'v, V> {
    fn new(visitor: &'v mut V) -> Self {
        Driver {
            visitor,
            shapes: shapes(),
            places: Places::table(),
            threads: Threads::default(),
            containers: Containers::default(),
            summary: Summary::default(),
            pending: None,
            opening: true,
            restarted: false,
            last_ts: 0,
        }
    }

    fn close_file(&mut self, reader: &Reader<'_>) {
        let window = reader.window();
        let summary = &mut self.summary;
        summary.files.push(window.name().to_owned());
        summary.input_bytes += window.input_bytes().unwrap_or(0);
        summary.bytes += window.offset();
        summary.compression = window.compression().name();
        let losses = &reader.losses;
        summary.losses.join(losses);
        for (name, count) in reader.event_blocks() {
            *summary.blocks.entry(name).or_default() += count;
        }
    }

    fn finish(mut self) -> Summary {
        self.summary.threads = self.threads.seen;
        self.summary.containers = self.containers;
        self.summary
    }

    fn time(&mut self, ts_ns: u64) {
        let summary = &mut self.summary;
        if summary.first_ns.is_none() {
            summary.first_ns = Some(ts_ns);
        }
        if ts_ns < self.last_ts {
            summary.backwards += 1;
        } else {
            summary.last_ns = Some(ts_ns);
            self.last_ts = ts_ns;
        }
    }

    /// Steps 1 to 5 of sysdig's order: number, delayed removal, thread and
    /// latency, tables.
    #[inline]
    fn take(&mut self, raw: RawEvent<'_>) {
        let Some(shape) = self.shapes.get(usize::from(raw.code)).copied() else {
            self.summary.unknown_events += 1;
            return;
        };
        if shape.role == Role::Unnumbered {
            self.summary.unknown_events += 1;
            return;
        }
        if let Some(tid) = self.pending.take() {
            self.threads.remove(tid, false);
        }
        let kind = match shape.role {
            Role::Generic => Kind::of_syscall(raw.syscall_id().unwrap_or(0)),
            _ => Kind::of_code(raw.code),
        };
        let opening = self.opening && shape.role == Role::Container;
        if !(opening && self.restarted) {
            self.summary.events += 1;
        }
        self.opening &= opening;
        if shape.role != Role::Container {
            self.time(raw.ts_ns);
        }
        self.count(shape, raw.code);
        let mut event = Event {
            num: self.summary.events,
            raw,
            kind,
            latency_ns: 0,
            pairing: Pairing::NoExit,
            slot: None,
            described: None,
            hidden: opening,
        };
        self.clock(shape, &mut event);
        self.change(shape, &mut event);
        self.summary.unpaired.count(event.pairing);
        self.visitor.event(&event, &mut self.threads, &self.containers);
    }

    #[inline]
    fn count(&mut self, shape: Shape, code: u16) {
        if !shape.syscall {
            return;
        }
        if code & 1 == 1 {
            self.summary.exits += 1;
        } else if !shape.kept_enter {
            self.summary.enters += 1;
        }
    }

    /// Finds the thread and keeps its clock.
    #[inline]
    fn clock(&mut self, shape: Shape, event: &mut Event<'_>) {
        let tid = event.raw.tid;
        event.slot = match shape.role {
            Role::Skipped | Role::Switch | Role::CloneExit => self.threads.find(tid),
            Role::Container => None,
            _ => self.threads.find_or_add(tid),
        };
        let Some(slot) = event.slot else {
            if event.is_exit() && shape.syscall {
                event.pairing = Pairing::NoEnter;
            }
            return;
        };
        let thread = self.threads.get_mut(slot);
        match shape.role {
            Role::Skipped | Role::Container => return,
            Role::Switch => {}
            _ if event.raw.code & 1 == 0 => thread.enter(event.raw.ts_ns, event.kind),
            _ => event.pairing = thread.exit(event.raw.ts_ns, event.kind),
        }
        event.latency_ns = thread.latency_ns;
    }

    /// Lets the event change the tables.
    #[inline]
    fn change(&mut self, shape: Shape, event: &mut Event<'_>) {
        match shape.role {
            Role::Plain | Role::Generic => {}
            Role::Switch => self.summary.switches += 1,
            Role::Skipped => {
                if matches!(event.raw.code, 148 | 149) {
                    self.summary.drops.markers += 1;
                }
            }
            _ => self.change_tables(shape, event),
        }
    }

    #[cold]
    fn change_tables(&mut self, shape: Shape, event: &mut Event<'_>) {
        let raw = &event.raw;
        let places = self.places.get(usize::from(raw.code)).copied().unwrap_or_default();
        match shape.role {
            Role::Container => {
                let json = raw.params().get(0).unwrap_or_default();
                match self.containers.describe(json) {
                    Ok((container, shown)) => {
                        event.described = Some(container);
                        event.hidden |= !shown;
                    }
                    Err(_) => self.summary.bad_descriptions += 1,
                }
            }
            Role::CloneExit => {
                let clone =
                    CloneExit { tid: raw.tid, ts_ns: raw.ts_ns, params: raw.params(), places };
                self.threads.clone_exit(&clone, &mut self.containers);
                event.slot = self.threads.find(raw.tid);
                // an entry made anew by this very event has no clock yet
                if event.slot.is_none_or(|slot| self.threads.get(slot).enter_ns == 0) {
                    event.latency_ns = 0;
                    event.pairing = Pairing::NoEnter;
                }
            }
            Role::ExecExit => {
                if let Some(slot) = event.slot {
                    self.threads.exec_exit(slot, &raw.params(), &places, &mut self.containers);
                }
            }
            Role::ProcExit => self.pending = Some(raw.tid),
            _ => {}
        }
    }
}

impl<V: Visitor> Sink for Driver<'_, V> {
    #[inline]
    fn event(&mut self, event: RawEvent<'_>) {
        self.take(event);
    }

    fn block(&mut self, kind: BlockKind, body: &[u8]) -> Result<(), String> {
        self.summary.count_block(kind.name());
        let listed = &mut self.summary.listed;
        let short = |error: crate::format::scap::Short| error.to_string();
        match kind {
            BlockKind::Section => {
                self.restarted = !self.summary.sections.is_empty();
                self.summary.sections.push(section::parse(body).map_err(short)?);
                self.threads.clear();
                self.pending = None;
                self.opening = true;
            }
            BlockKind::Machine => self.summary.machine = machine::parse(body).map_err(short)?,
            BlockKind::Processes(version) => return self.processes(version, body),
            BlockKind::Fds(version) => {
                fds::parse(body, version, |_| listed.fds += 1).map_err(short)?;
            }
            BlockKind::Users(version) => {
                users::parse(body, version, |_| listed.accounts += 1).map_err(short)?;
            }
            BlockKind::Interfaces(version) => {
                interfaces::parse(body, version, |_| listed.interfaces += 1).map_err(short)?;
            }
            BlockKind::Event(_) | BlockKind::Unknown(_) => {}
        }
        Ok(())
    }

    fn gap(&mut self) {
        self.threads.stop_clocks();
        self.visitor.gap();
    }
}

impl<V: Visitor> Driver<'_, V> {
    fn processes(&mut self, version: u8, body: &[u8]) -> Result<(), String> {
        let (threads, containers) = (&mut self.threads, &mut self.containers);
        let (mut count, mut tail) = (0, None);
        let result = processes::parse(body, version, |process| {
            count += 1;
            tail = Some(process.tail);
            threads.add_listed(&process, containers);
        });
        threads.listed();
        self.summary.listed.threads += count;
        self.summary.process_list_version = version;
        self.summary.process_tail = tail;
        result.map_err(|error| error.to_string())
    }
}
