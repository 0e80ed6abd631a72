//! What a call worked on, as bytes that are equal for equal things: so cheap
//! to make that only what is new is looked at closely. Paths are not cleaned
//! here; two spellings of one path meet when the answer is made.

use super::fields::Object;
use super::plan::{FileAt, Places, printed};
use crate::format::scap::event::Params;
use crate::format::trace::quoted;
use crate::state::path::{join_any, until_nul};
use crate::state::{Event, Fd, FdKind, World};

/// The descriptor that stands for the working directory.
const AT_FDCWD: i64 = -100;
/// Longest path that is looked at.
const LONGEST: usize = 4_096;

/// What an enter event told.
#[derive(Clone, Debug, Default)]
struct Enter {
    size: Option<u64>,
    operation: Option<u64>,
    file: Option<i64>,
    directory: Option<i64>,
    path: Vec<u8>,
}

/// What the last enter events told, by slot of their thread.
#[derive(Clone, Debug, Default)]
pub(super) struct Enters {
    by_slot: Vec<Enter>,
}

/// A parameter as an unsigned number of its width.
fn unsigned(params: &Params<'_>, at: usize) -> Option<u64> {
    let bytes = params.get(at)?;
    let mut wide = [0; 8];
    wide.get_mut(..bytes.len())?.copy_from_slice(bytes);
    (!bytes.is_empty()).then(|| u64::from_le_bytes(wide))
}

/// A number with its sign where that matters: a time of -1 is none.
fn operation(params: &Params<'_>, places: &Places) -> Option<u64> {
    let at = places.operation?;
    match at.timeout {
        Some(_) => params.signed(at.at).map(i64::cast_unsigned),
        None => unsigned(params, at.at),
    }
}

impl Enters {
    /// Keeps what the exit may not repeat.
    #[inline]
    pub fn keep(&mut self, event: &Event<'_>, slot: u32, places: &[Places]) {
        let Some(places) = places.get(usize::from(event.raw.code)) else {
            return;
        };
        let at = slot as usize;
        if self.by_slot.len() <= at {
            self.by_slot.resize_with(at + 1, Enter::default);
        }
        let enter = &mut self.by_slot[at];
        let params = event.raw.params();
        enter.size = places.size.and_then(|at| unsigned(&params, at));
        enter.operation = operation(&params, places);
        enter.file = match places.file {
            FileAt::Param(at) => params.signed(at),
            _ => None,
        };
        enter.path.clear();
        if let Some(path) = places.path {
            enter.directory = path.directory.and_then(|at| params.signed(at));
            let bytes = until_nul(params.get(path.path).unwrap_or_default());
            enter.path.extend_from_slice(&bytes[..bytes.len().min(LONGEST)]);
        }
    }
}

/// An open file and its number.
pub(super) type Open<'a> = Option<(i64, &'a Fd)>;

/// A call that has ended, with all around it.
#[derive(Clone, Copy)]
pub(super) struct Work<'a> {
    pub event: &'a Event<'a>,
    pub world: &'a World,
    pub slot: u32,
    pub places: &'a [Places],
    pub enters: &'a Enters,
}

impl<'a> Work<'a> {
    fn own(&self) -> Places {
        self.places.get(usize::from(self.event.raw.code)).copied().unwrap_or_default()
    }

    fn enter(&self) -> Option<&'a Enter> {
        self.enters.by_slot.get(self.slot as usize)
    }

    /// How much it was asked to move.
    #[inline]
    pub fn size(&self) -> Option<u64> {
        let params = self.event.raw.params();
        let own = self.own().size.and_then(|at| unsigned(&params, at));
        own.or_else(|| self.enter()?.size)
    }

    /// The number that says which of its jobs it did.
    #[inline]
    pub fn operation(&self) -> Option<u64> {
        let own = operation(&self.event.raw.params(), &self.own());
        own.or_else(|| self.enter()?.operation)
    }

    /// What a tracer printed of a call without parameters of its own.
    fn printed(&self) -> (Option<i64>, Option<&'a [u8]>) {
        match self.event.raw.traced_arguments() {
            Some(text) if self.event.raw.code < 2 => printed(self.event.kind.name(), text),
            _ => (None, None),
        }
    }

    /// The open file that it worked on.
    #[inline]
    pub fn file(&self) -> Open<'a> {
        let number = match self.own().file {
            FileAt::Call => self.world.details(self.slot).call.fd,
            FileAt::Param(at) => self.event.raw.params().signed(at)?,
            FileAt::None => self.enter().and_then(|enter| enter.file).or(self.printed().0)?,
        };
        self.world.file(self.slot, number).map(|file| (number, file))
    }

    /// The path that it was called with, and the directory that this is seen
    /// from.
    fn path(&self) -> Option<(&'a [u8], Option<i64>)> {
        let params = self.event.raw.params();
        if let Some(at) = self.own().path
            && let Some(bytes) = params.get(at.path)
        {
            let path = until_nul(bytes);
            if !path.is_empty() && path != b"<NA>" {
                let directory = at.directory.and_then(|at| params.signed(at));
                return Some((&path[..path.len().min(LONGEST)], directory));
            }
        }
        let enter = self.enter().filter(|enter| !enter.path.is_empty())?;
        Some((&enter.path, enter.directory))
    }

    /// What a relative path is seen from, with a slash at its end or without.
    fn base(&self, directory: Option<i64>) -> (&'a [u8], bool) {
        match directory {
            None | Some(AT_FDCWD) => (self.world.cwd(self.slot), false),
            Some(number) => match self.world.file(self.slot, number) {
                Some(file) => (&file.name, true),
                None => (b"", false),
            },
        }
    }

    /// Writes what it worked on; false: on nothing that has a name.
    #[inline]
    pub fn write_key(&self, file: Open<'_>, out: &mut Vec<u8>) -> bool {
        if let Some((path, directory)) = self.path() {
            out.push(b'p');
            if path.first() != Some(&b'/') {
                let (base, _) = self.base(directory);
                out.extend_from_slice(base);
            }
            out.push(0);
            out.extend_from_slice(path);
            return true;
        }
        if let Some((number, file)) = file {
            out.push(file.kind.character());
            match file.ends.filter(|_| file.kind.is_inet()) {
                Some(ends) => {
                    out.extend_from_slice(&ends.destination_port.to_le_bytes());
                    match ends.destination {
                        std::net::IpAddr::V4(ip) => out.extend_from_slice(&ip.octets()),
                        std::net::IpAddr::V6(ip) => out.extend_from_slice(&ip.octets()),
                    }
                }
                None => out.extend_from_slice(&file.name),
            }
            if !is_named(file.kind) {
                out.extend_from_slice(&number.to_le_bytes());
            }
            return true;
        }
        let Some(text) = self.printed().1 else {
            return false;
        };
        out.push(b'p');
        out.extend_from_slice(self.world.cwd(self.slot));
        out.push(0);
        out.extend_from_slice(text);
        true
    }

    /// The same, looked at closely.
    pub fn object(&self, file: Open<'_>) -> Object {
        if let Some((path, directory)) = self.path() {
            let (base, bare) = self.base(directory);
            return joined(base, bare, path);
        }
        if let Some((number, file)) = file {
            return Object::of_file(file, number);
        }
        let mut path = Vec::new();
        quoted(self.printed().1.unwrap_or_default(), &mut path);
        joined(self.world.cwd(self.slot), false, &path)
    }
}

fn is_named(kind: FdKind) -> bool {
    matches!(kind, FdKind::File | FdKind::Directory | FdKind::MemFd) || kind.is_inet()
}

fn joined(base: &[u8], bare: bool, path: &[u8]) -> Object {
    let mut directory = base.to_vec();
    if bare {
        directory.push(b'/');
    }
    let mut whole = Vec::new();
    join_any(&directory, path, &mut whole);
    Object::of_path(&whole)
}
