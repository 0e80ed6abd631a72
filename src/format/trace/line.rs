//! One line of a trace, whatever tracer wrote it; borrows from the text.

use crate::event::{Call, call_named};

/// What stands in front: who, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head<'a> {
    /// Thread.
    pub tid: Option<u32>,
    /// Name of its process, where the tracer prints it.
    pub comm: &'a [u8],
    /// When the line began (for a resumed call of strace: when it ended).
    pub time: Time,
    /// Time since the line before, of whatever thread, ns.
    pub since_ns: Option<u64>,
}

/// A time as printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Time {
    /// None is printed.
    #[default]
    None,
    /// Since the epoch, ns.
    Epoch(u64),
    /// Since midnight of a day that is not told, ns.
    Day(u64),
    /// As both before, but whole seconds only.
    EpochSecond(u64),
    /// Seconds of the day, as ns.
    DaySecond(u64),
    /// Since the start of the trace or of the machine, ns.
    Start(u64),
}

/// A call's name, and what the tables know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named<'a> {
    /// As printed.
    pub name: &'a [u8],
    /// `None`: the tables do not know it.
    pub call: Option<Call>,
}

impl<'a> Named<'a> {
    /// Looks a name up.
    #[must_use]
    pub fn new(name: &'a [u8]) -> Named<'a> {
        Named { name, call: call_named(name) }
    }
}

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its result, an error as the negative errno.
    Result(i64),
    /// It did not return.
    Never,
}

/// The part behind the arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End<'a> {
    /// What came of the call.
    pub outcome: Outcome,
    /// The result as printed, with its explanation.
    pub text: &'a [u8],
    /// How long it took, ns, if that is printed.
    pub took_ns: Option<u64>,
}

/// Lines about the trace itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Notice {
    /// A thread was attached or detached, or another message of the tracer.
    Tracer,
    /// A thread began: its side of the call that made it, without a result.
    Begin,
    /// A thread ended.
    Exit,
    /// A line of a call's stack.
    Stack,
    /// Of a table of totals, and what stands around it.
    Table,
    /// Nothing.
    Empty,
    /// Events were lost.
    Lost,
    /// Something that is no call: page faults, scheduler switches.
    OtherEvent,
}

impl Notice {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Notice::Tracer => "tracer",
            Notice::Begin => "begin",
            Notice::Exit => "exit",
            Notice::Stack => "stack",
            Notice::Table => "table",
            Notice::Empty => "empty",
            Notice::Lost => "lost",
            Notice::OtherEvent => "other_event",
        }
    }
}

/// Why a line was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// It is no line of the tracer.
    Foreign,
    /// A call without its result.
    NoResult,
    /// A signal or an exit that cannot be read.
    BadNotice,
    /// The file ends inside it.
    CutOff,
    /// Longer than any line may be.
    TooLong,
}

impl Refusal {
    /// Its name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Refusal::Foreign => "foreign",
            Refusal::NoResult => "no_result",
            Refusal::BadNotice => "bad_notice",
            Refusal::CutOff => "cut_off",
            Refusal::TooLong => "too_long",
        }
    }

    /// What it means, for people.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Refusal::Foreign => "no line of the tracer (the program's own output?)",
            Refusal::NoResult => "a call without its result",
            Refusal::BadNotice => "a signal or an exit that cannot be read",
            Refusal::CutOff => "the file ends inside the line",
            Refusal::TooLong => "the line is too long",
        }
    }
}

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What<'a> {
    /// A whole call.
    Call(Named<'a>, &'a [u8], End<'a>),
    /// A call that goes on in a later line; its arguments so far.
    Begin(Named<'a>, &'a [u8]),
    /// The rest of such a call; without an end it goes on once more.
    Rest(Named<'a>, &'a [u8], Option<End<'a>>),
    /// A signal was delivered; the sender's process id, if it is told.
    Signal(u8, Option<u32>),
    /// The thread was stopped by a signal.
    Stopped,
    /// The thread ended with this code.
    Exited(i64),
    /// A signal killed the thread; with a core dump.
    Killed(u8, bool),
    /// Another thread of the process called execve and goes on under this one's
    /// number.
    Superseded(u32),
    /// Something about the trace.
    Notice(Notice),
    /// The begin of a line in which another was written; the rest follows.
    Fragment,
    /// A line that was put together again: the one of this number among such.
    Joined(usize),
    /// Not understood; may yet belong to a table.
    Other(&'a [u8], Refusal),
}

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Who and when.
    pub head: Head<'a>,
    /// What.
    pub what: What<'a>,
}

impl<'a> Line<'a> {
    /// A line that is not understood.
    #[must_use]
    pub fn other(line: &'a [u8], why: Refusal) -> Line<'a> {
        Line { head: Head::default(), what: What::Other(line, why) }
    }

    /// The same of a line without its end: no wonder that it is not understood.
    #[must_use]
    pub fn cut_off(self) -> Line<'a> {
        match self.what {
            What::Other(line, Refusal::NoResult) => Line::other(line, Refusal::CutOff),
            _ => self,
        }
    }

    /// A line about the trace.
    #[must_use]
    pub fn notice(notice: Notice) -> Line<'a> {
        Line { head: Head::default(), what: What::Notice(notice) }
    }
}
