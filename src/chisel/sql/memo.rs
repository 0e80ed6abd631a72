//! Values that were looked up before. Most columns of a row depend on the event's type
//! alone, or on its thread, which seldom changes: where an earlier row of the block was
//! of the same type, or of the same unchanged thread, its cells are taken again. Columns
//! about a parameter or a file are empty where the type has neither.

use super::column::{Column, Source};
use crate::event::{KINDS, event_types};
use crate::filter::fields::{Argument, Needs};
use crate::state::{Event, World};

/// Fields that change only where [`World::changes`] does.
const OF_THREAD: [&str; 18] = [
    "container.id",
    "container.image",
    "container.name",
    "container.type",
    "proc.args",
    "proc.cwd",
    "proc.exe",
    "proc.exepath",
    "proc.loginshellid",
    "proc.name",
    "proc.pid",
    "proc.pname",
    "proc.ppid",
    "thread.ismain",
    "thread.tid",
    "thread.vtid",
    "user.name",
    "user.uid",
];

/// Fields without a value where the type of an event is not about a file.
const OF_FILE: [&str; 12] = [
    "fd.cip",
    "fd.cport",
    "fd.directory",
    "fd.filename",
    "fd.l4proto",
    "fd.lport",
    "fd.name",
    "fd.num",
    "fd.rport",
    "fd.sip",
    "fd.sport",
    "fd.type",
];

/// What a column's value depends on.
#[derive(Clone, Debug)]
enum Depends {
    /// The type of the event.
    Kind,
    /// Its thread.
    Thread,
    /// More than that; by event type, whether there may be a value at all.
    More(Option<Vec<bool>>),
}

impl Depends {
    fn of(column: &Column) -> Depends {
        let Source::Field(field, argument) = &column.source else {
            return Depends::More(None);
        };
        let by_type = |has: &dyn Fn(&crate::event::EventType) -> bool| {
            Depends::More(Some(event_types().iter().map(has).collect()))
        };
        match argument {
            Argument::None if field.needs == Needs::Kind => Depends::Kind,
            Argument::None if OF_THREAD.contains(&field.name) => Depends::Thread,
            Argument::None if OF_FILE.contains(&field.name) => by_type(&|kind| {
                kind.flags.creates_fd || kind.flags.uses_fd || kind.flags.destroys_fd
            }),
            Argument::Name(name) if matches!(field.name, "evt.arg" | "evt.rawarg") => {
                by_type(&|kind| kind.param(name).is_some())
            }
            _ => Depends::More(None),
        }
    }
}

/// No row yet.
const NONE: u32 = u32::MAX;

/// What is known of earlier rows of a block.
#[derive(Debug)]
pub(super) struct Memo {
    depends: Vec<Depends>,
    /// By kind, enters and exits.
    kinds: Vec<u32>,
    /// By slot: when the world was as it was then.
    threads: Vec<(u64, u32)>,
}

/// Where the cells of a row may be taken from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Earlier {
    kind: Option<u32>,
    thread: Option<u32>,
    code: usize,
}

/// Where one cell comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// It is that of an earlier row.
    Row(usize),
    /// There is none.
    Nothing,
    /// It must be looked up.
    Event,
}

impl Memo {
    pub(super) fn new(columns: &[Column]) -> Memo {
        let depends = columns.iter().map(Depends::of).collect();
        Memo { depends, kinds: vec![NONE; KINDS * 2], threads: Vec::new() }
    }

    /// A new block begins.
    pub(super) fn clear(&mut self) {
        self.kinds.fill(NONE);
        self.threads.clear();
    }

    /// The rows before that are like this one, which will be number `row`.
    pub(super) fn earlier(&mut self, event: &Event<'_>, world: &World, row: usize) -> Earlier {
        let row = u32::try_from(row).unwrap_or(NONE);
        let known = |place: &mut u32| {
            if *place == NONE {
                *place = row;
                return None;
            }
            Some(*place)
        };
        let at = event.kind.index() * 2 + usize::from(event.is_exit());
        let kind = self.kinds.get_mut(at).and_then(known);
        let thread = event.slot.and_then(|slot| {
            let slot = slot as usize;
            if self.threads.len() <= slot {
                self.threads.resize(slot + 1, (0, NONE));
            }
            let place = &mut self.threads[slot];
            if place.0 != world.changes() {
                *place = (world.changes(), NONE);
            }
            known(&mut place.1)
        });
        Earlier { kind, thread, code: usize::from(event.raw.code) }
    }

    /// Where the cell of a column comes from.
    #[inline]
    pub(super) fn from(&self, column: usize, earlier: Earlier) -> From {
        let row = |row: Option<u32>| row.map_or(From::Event, |row| From::Row(row as usize));
        match self.depends.get(column) {
            Some(Depends::Kind) => row(earlier.kind),
            Some(Depends::Thread) => row(earlier.thread),
            Some(Depends::More(Some(has))) if has.get(earlier.code) == Some(&false) => {
                From::Nothing
            }
            _ => From::Event,
        }
    }
}
