//! Values that were looked up before. Most columns of a row hang on the event's type
//! alone, on its thread, which seldom changes, on the file that it is about, or on its
//! result: where an earlier row of the block was of the same type, or of the same
//! unchanged thread or file, or had the same result, its cells are that row's, too (see [`Block`](super::block::Block)).

use super::column::{Column, Source};
use crate::event::{KINDS, event_type, event_types};
use crate::filter::fields::{Argument, Context, Needs};

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
}

impl Shared {
    /// All of them.
    pub(super) const ALL: [Shared; 6] = [
        Shared::Capture,
        Shared::Kind,
        Shared::KindOnFile,
        Shared::Thread,
        Shared::File,
        Shared::Result,
    ];

    /// What a column hangs on; `None`: on more than that.
    pub(super) fn of(column: &Column) -> Option<Shared> {
        let field = match &column.source {
            Source::Capture | Source::Run => return Some(Shared::Capture),
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

/// No place yet.
const NONE: u32 = u32::MAX;

/// More than there are kinds of files.
const ON_FILES: usize = 32;

/// Files that are remembered at once, and results.
const REMEMBERED: usize = 4096;

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
    /// How many cells there are, by what they hang on.
    used: [u32; Shared::ALL.len()],
    /// By event type, whether the file says all: not where a connection failed.
    told_by_file: Vec<bool>,
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
            used: [0; Shared::ALL.len()],
            told_by_file: event_types().iter().map(|kind| kind.name != "connect").collect(),
        }
    }

    /// A new block begins.
    pub(super) fn clear(&mut self) {
        *self = Memo::new();
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
        let code = context.event.raw.code;
        let flags = event_type(code)?.flags;
        if !flags.creates_fd && !flags.uses_fd && !flags.destroys_fd {
            return Some(&mut self.no_file);
        }
        if self.told_by_file.get(usize::from(code)) == Some(&false) {
            return None;
        }
        let version = context.file()?.version;
        let key = (context.event.slot?, context.world.changes(), version);
        let mixed = (u64::from(key.0) << 32 ^ version).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let known = self.files.get_mut((mixed >> 52) as usize % REMEMBERED)?;
        if known.0 != key {
            *known = (key, NONE);
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
}
