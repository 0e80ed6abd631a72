//! Values that were looked up before. Most columns of a row hang on the event's type
//! alone, on its thread, which seldom changes, on the file that it is about, on its
//! result, or on its arguments: where an earlier row of the block was of the same type, or
//! of the same unchanged thread or file, or had the same result or arguments, its cells
//! are that row's, too (see [`Block`](super::block::Block)).

use super::alike::{Alike, NONE};
use super::column::{Column, Source};
use crate::event::{EventType, KINDS, event_types};
use crate::filter::args::Origins;
use crate::filter::fields::{Argument, Context, Needs};
use crate::state::{Fd, FdKind};

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

/// Fields that tell of the file that an event is about, whatever the event, and nothing
/// where it is about none.
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

/// Fields that tell of the result of a call.
const OF_RESULT: [&str; 3] = ["evt.failed", "evt.rawres", "evt.res"];

/// Fields that tell an event's arguments as text.
const OF_ARGUMENTS: [&str; 2] = ["evt.arg", "evt.args"];

/// The field that tells of the type, and of I/O of the kind of file that it is on.
const OF_KIND_ON_FILE: &str = "evt.category";

/// What columns hang on that share their cells among rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shared {
    /// The capture.
    Capture,
    /// The type of the event, and whether it is an exit.
    Kind,
    /// The type of the event, and the kind of the file that it is known to work on.
    KindOnFile,
    /// Its thread.
    Thread,
    /// The file that it is about.
    File,
    /// The result of its call.
    Result,
    /// Its arguments, and what their texts name.
    Arguments,
}

impl Shared {
    /// All of them.
    pub(super) const ALL: [Shared; 7] = [
        Shared::Capture,
        Shared::Kind,
        Shared::KindOnFile,
        Shared::Thread,
        Shared::File,
        Shared::Result,
        Shared::Arguments,
    ];

    /// What a column hangs on; `None`: on more than that.
    pub(super) fn of(column: &Column) -> Option<Shared> {
        let field = match &column.source {
            Source::Capture | Source::Run => return Some(Shared::Capture),
            Source::Field(field, _) if OF_ARGUMENTS.contains(&field.name) => {
                return Some(Shared::Arguments);
            }
            Source::Field(field, Argument::None) => field,
            _ => return None,
        };
        if field.needs == Needs::Kind {
            Some(Shared::Kind)
        } else if field.name == OF_KIND_ON_FILE {
            Some(Shared::KindOnFile)
        } else if OF_THREAD.contains(&field.name) {
            Some(Shared::Thread)
        } else if OF_FILE.contains(&field.name) {
            Some(Shared::File)
        } else if OF_RESULT.contains(&field.name) {
            Some(Shared::Result)
        } else {
            None
        }
    }
}

/// More than there are kinds of files.
const ON_FILES: usize = 32;

/// Files that are remembered at once, and results.
const REMEMBERED: usize = 4096;

/// Bytes of arguments that are remembered: longer ones are data, and seldom the same.
const LONG: usize = 1024;

/// What a file's columns hang on: its thread, when the world was as it was then, and
/// which of the thread's files it was, as it was then.
type FileKey = (u32, u64, u64);

/// Where the cells of a row are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Their number.
    pub(super) number: u32,
    /// They must be looked up: no row before had them.
    pub(super) is_new: bool,
}

/// What is known of earlier rows of a block.
#[derive(Debug)]
pub(super) struct Memo {
    /// Of all events.
    capture: u32,
    /// By kind, enters and exits.
    kinds: Vec<u32>,
    /// By kind, and kind of file, or none.
    on_files: Vec<u32>,
    /// By slot: when the world was as it was then.
    threads: Vec<(u64, u32)>,
    /// By a part of their key.
    files: Vec<(FileKey, u32)>,
    /// Of events that are about no file.
    no_file: u32,
    /// By a part of the result.
    results: Vec<(i64, u32)>,
    /// Of events without one.
    no_result: u32,
    /// Files and directories that are not known by their key, by what their columns tell.
    same_files: Alike,
    /// Arguments, by what their texts are made of: of events that do not say how many
    /// parameters they have, and of those that do. The same bytes may be other ones there.
    arguments: [Alike; 2],
    origins: Origins,
    /// Room for what something is made of.
    room: Vec<u8>,
    /// How many cells there are, by what they hang on.
    used: [u32; Shared::ALL.len()],
    /// By event type, what its file tells.
    by_file: Vec<ByFile>,
}

/// What the file that an event is about tells of its row's columns of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ByFile {
    /// There is no such file.
    Nothing,
    /// All.
    All,
    /// Not all: a connection that failed has another name.
    Some,
}

impl ByFile {
    fn of(kind: &EventType) -> ByFile {
        let flags = kind.flags;
        if !flags.creates_fd && !flags.uses_fd && !flags.destroys_fd {
            ByFile::Nothing
        } else if kind.name == "connect" {
            ByFile::Some
        } else {
            ByFile::All
        }
    }
}

impl Memo {
    pub(super) fn new() -> Memo {
        Memo {
            capture: NONE,
            kinds: vec![NONE; KINDS * 2],
            on_files: vec![NONE; KINDS * ON_FILES],
            threads: Vec::new(),
            files: vec![((0, 0, 0), NONE); REMEMBERED],
            no_file: NONE,
            results: vec![(0, NONE); REMEMBERED],
            no_result: NONE,
            same_files: Alike::default(),
            arguments: Default::default(),
            origins: Origins::new(),
            room: Vec::new(),
            used: [0; Shared::ALL.len()],
            by_file: event_types().iter().map(ByFile::of).collect(),
        }
    }

    /// A new block begins.
    pub(super) fn clear(&mut self) {
        self.capture = NONE;
        self.kinds.fill(NONE);
        self.on_files.fill(NONE);
        self.threads.clear();
        self.files.fill(((0, 0, 0), NONE));
        self.no_file = NONE;
        self.results.fill((0, NONE));
        self.no_result = NONE;
        self.same_files.clear();
        self.arguments.iter_mut().for_each(Alike::clear);
        self.used.fill(0);
    }

    /// Where the cells of an event's row are that hang on `shared`.
    pub(super) fn place(&mut self, shared: Shared, context: &Context<'_>) -> Place {
        let next = self.used[shared as usize];
        let known = match shared {
            Shared::Capture => Some(&mut self.capture),
            Shared::Kind => self.kind(context),
            Shared::KindOnFile => self.kind_on_file(context),
            Shared::Thread => self.thread(context),
            Shared::File => self.file(context),
            Shared::Result => Some(self.result(context)),
            Shared::Arguments => self.arguments(context),
        };
        if let Some(known) = known {
            if *known != NONE {
                return Place { number: *known, is_new: false };
            }
            *known = next;
        }
        self.used[shared as usize] += 1;
        Place { number: next, is_new: true }
    }

    fn kind(&mut self, context: &Context<'_>) -> Option<&mut u32> {
        let event = context.event;
        self.kinds.get_mut(event.kind.index() * 2 + usize::from(event.is_exit()))
    }

    fn kind_on_file(&mut self, context: &Context<'_>) -> Option<&mut u32> {
        let on = context.own_file().map_or(0, |file| file.kind as usize + 1);
        self.on_files.get_mut(context.event.kind.index() * ON_FILES + on % ON_FILES)
    }

    fn thread(&mut self, context: &Context<'_>) -> Option<&mut u32> {
        let (slot, changes) = (context.event.slot? as usize, context.world.changes());
        if self.threads.len() <= slot {
            self.threads.resize(slot + 1, (0, NONE));
        }
        let known = &mut self.threads[slot];
        if known.0 != changes {
            *known = (changes, NONE);
        }
        Some(&mut known.1)
    }

    fn file(&mut self, context: &Context<'_>) -> Option<&mut u32> {
        let event = context.event;
        let by_file = self.by_file.get(usize::from(event.raw.code));
        let (ByFile::All, Some(slot)) = (by_file?, event.slot) else {
            // a failed call may tell of a file by itself
            return (by_file == Some(&ByFile::Nothing)).then_some(&mut self.no_file);
        };
        let number = context.call()?.fd;
        let file = context.world.file(slot, number);
        let key = match file {
            Some(file) => (slot, context.world.changes(), file.version),
            // only its number is known; an exit may tell of it
            None if !event.is_exit() => (u32::MAX, 0, number.cast_unsigned()),
            None => return None,
        };
        let mixed = (u64::from(key.0) << 32 ^ key.2).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let known = self.files.get_mut((mixed >> 52) as usize % REMEMBERED)?;
        if known.0 != key {
            *known = (key, NONE);
        }
        let has_path = |file: &&Fd| matches!(file.kind, FdKind::File | FdKind::Directory);
        let alone = file.filter(|file| has_path(file) && file.ends.is_none());
        let (NONE, Some(file)) = (known.1, alone) else {
            return Some(&mut known.1);
        };
        self.room.clear();
        self.room.extend_from_slice(&number.to_le_bytes());
        self.room.push(file.kind as u8);
        self.room.extend_from_slice(&file.name);
        let same = self.same_files.place(&self.room)?;
        if *same == NONE {
            *same = self.used[Shared::File as usize];
        } else {
            known.1 = *same;
        }
        Some(&mut known.1)
    }

    fn result(&mut self, context: &Context<'_>) -> &mut u32 {
        let Some(result) = context.result() else { return &mut self.no_result };
        let known = &mut self.results[result.cast_unsigned() as usize % REMEMBERED];
        if known.0 != result {
            *known = (result, NONE);
        }
        &mut known.1
    }

    fn arguments(&mut self, context: &Context<'_>) -> Option<&mut u32> {
        let made_of = self.origins.of(&context.event.raw, context, &mut self.room)?;
        if made_of.len() > LONG {
            return None;
        }
        self.arguments[usize::from(context.event.raw.layout.is_counted())].place(made_of)
    }

    /// How many cells there are that hang on `shared`.
    pub(super) fn used(&self, shared: Shared) -> usize {
        self.used[shared as usize] as usize
    }

    /// Memory that grows with the rows, bytes.
    pub(super) fn bytes(&self) -> usize {
        self.same_files.bytes() + self.arguments.iter().map(Alike::bytes).sum::<usize>()
    }
}
