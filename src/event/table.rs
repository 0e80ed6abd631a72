//! The event types and system calls of the scap format, read once from the
//! two tables beside this file (`events.tsv`, `syscalls.tsv`). Names,
//! categories and flags are those of sysdig 0.29.3 where it knows the type,
//! those of falcosecurity/libs else.

use std::sync::LazyLock;

use super::param::{Param, ParamType, parse_params};

/// What kind of thing an event type reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// A system call's enter or exit.
    Syscall,
    /// A kernel tracepoint: switch, procexit, signaldeliver, page faults.
    Tracepoint,
    /// Made by the capturing tool: containers, drops, process statistics.
    Meta,
    /// Unused numbers and everything else.
    Other,
}

/// The part an event type plays in tracking threads and latencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Enters restart the thread's clock, exits read it; nothing else.
    Plain,
    /// The generic event: the system call is its first parameter.
    Generic,
    /// Does not touch any thread (flag `SKIPPARSERESET`, and `procinfo`).
    Skipped,
    /// Container description as JSON (272, 324).
    Container,
    /// A scheduler switch: repeats a thread's latency, never creates one.
    Switch,
    /// Exit of clone, fork, vfork or clone3.
    CloneExit,
    /// Exit of execve or execveat.
    ExecExit,
    /// The end of a thread.
    ProcExit,
    /// User and group changes (354..361): not numbered, not shown.
    Unnumbered,
}

/// Flags of an event type that this tool uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// The event creates a file descriptor; its first parameter is the result.
    pub creates_fd: bool,
    /// It closes one.
    pub destroys_fd: bool,
    /// It works on one, which its enter event names.
    pub uses_fd: bool,
    /// It reads from one.
    pub reads_fd: bool,
    /// It writes to one.
    pub writes_fd: bool,
    /// It may wait.
    pub waits: bool,
    /// It does not touch any thread.
    pub skips_threads: bool,
    /// Parameter lengths are 32 bits wide.
    pub large_payload: bool,
    /// The event changes the tables of threads, fds or containers.
    pub modifies_state: bool,
}

/// One event type.
#[derive(Clone, Debug)]
pub struct EventType {
    /// Number in the capture; even: enter, odd: exit.
    pub code: u16,
    /// The name sysdig prints as `evt.type`.
    pub name: &'static str,
    /// Category as sysdig 0.29.3 names it.
    pub category: &'static str,
    /// Syscall, tracepoint, meta event.
    pub group: Group,
    /// Part in tracking threads.
    pub role: Role,
    /// Flags.
    pub flags: Flags,
    /// Whether sysdig 0.29.3 knows the type.
    pub known_to_0_29_3: bool,
    /// Parameters in file order.
    pub params: Vec<Param>,
    /// How many of them sysdig 0.29.3 prints; all for types it does not know.
    pub params_known: usize,
    /// Whether parameter 0 is the call's result, negative meaning an errno.
    pub has_result: bool,
    /// The parameter `res`, or of an exit that makes a file descriptor, `fd`.
    pub result_at: Option<usize>,
    /// Whether sysdig hides events of this type from its listing.
    pub is_internal: bool,
}

impl EventType {
    /// Whether this is an exit event.
    #[must_use]
    pub fn is_exit(&self) -> bool {
        self.code & 1 == 1
    }

    /// Index of the parameter called `name`.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<usize> {
        self.params.iter().position(|param| param.name == name)
    }
}

/// Whether events of this type tell that others were dropped.
#[inline]
#[must_use]
pub fn tells_of_drops(code: u16) -> bool {
    matches!(code, 148 | 149)
}

static EVENTS: LazyLock<Vec<EventType>> =
    LazyLock::new(|| rows(include_str!("events.tsv")).map(|row| parse_event(&row)).collect());

static SYSCALLS: LazyLock<Vec<(&'static str, &'static str)>> = LazyLock::new(|| {
    rows(include_str!("syscalls.tsv"))
        .map(|row| match (field(&row, 1), field(&row, 2)) {
            (new, "-") => (new, field(&row, 3)),
            (_, old) => (old, field(&row, 3)),
        })
        .collect()
});

/// All event types in order of their number.
#[must_use]
pub fn event_types() -> &'static [EventType] {
    &EVENTS
}

/// The event type of number `code`, if the tables know it.
#[must_use]
pub fn event_type(code: u16) -> Option<&'static EventType> {
    EVENTS.get(usize::from(code))
}

/// The name of the system call that the generic event calls `id`.
#[must_use]
pub fn syscall_name(id: u16) -> &'static str {
    SYSCALLS.get(usize::from(id)).map_or("<NA>", |(name, _)| name)
}

/// The category of the system call that the generic event calls `id`.
#[must_use]
pub fn syscall_category(id: u16) -> &'static str {
    SYSCALLS.get(usize::from(id)).map_or("UNKNOWN", |(_, category)| category)
}

/// Number, newer and older name of every system call; `-` where there is none.
pub(super) fn syscall_names() -> impl Iterator<Item = (u16, &'static str, &'static str)> {
    rows(include_str!("syscalls.tsv"))
        .enumerate()
        .filter_map(|(id, row)| Some((u16::try_from(id).ok()?, field(&row, 1), field(&row, 2))))
}

fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().skip(1).map(|line| line.split('\t').collect())
}

fn field(row: &[&'static str], index: usize) -> &'static str {
    row.get(index).copied().unwrap_or("-")
}

fn parse_event(row: &[&'static str]) -> EventType {
    let code = field(row, 0).parse().unwrap_or(u16::MAX);
    let name = field(row, 1);
    let (category, group) = field(row, 3).split_once('|').unwrap_or(("UNKNOWN", "-"));
    let flag = |wanted: &str| field(row, 4).split('|').any(|flag| flag == wanted);
    let params = parse_params(code, field(row, 6));
    let flags = Flags {
        creates_fd: flag("CREATES_FD"),
        destroys_fd: flag("DESTROYS_FD"),
        uses_fd: flag("USES_FD"),
        reads_fd: flag("READS_FROM_FD"),
        writes_fd: flag("WRITES_TO_FD"),
        waits: flag("WAITS"),
        skips_threads: flag("SKIPPARSERESET"),
        large_payload: flag("LARGE_PAYLOAD"),
        modifies_state: flag("MODIFIES_STATE"),
    };
    let has_result = code & 1 == 1
        && params.first().is_some_and(|first| {
            let number = matches!(
                first.kind,
                ParamType::Errno
                    | ParamType::Fd
                    | ParamType::Pid
                    | ParamType::Int64
                    | ParamType::Uint64
            );
            number && (first.name == "res" || flags.creates_fd && first.name == "fd")
        });
    let param = |name: &str| params.iter().position(|param| param.name == name);
    let made = if flags.creates_fd && code & 1 == 1 { param("fd") } else { None };
    EventType {
        code,
        name,
        category,
        result_at: param("res").or(made),
        is_internal: category == "INTERNAL",
        group: match group {
            "SYSCALL" => Group::Syscall,
            "TRACEPOINT" => Group::Tracepoint,
            "METAEVENT" => Group::Meta,
            _ => Group::Other,
        },
        role: role(code, name, flag("SKIPPARSERESET")),
        flags,
        known_to_0_29_3: field(row, 5) == "yes",
        params_known: field(row, 7).parse().unwrap_or(params.len()),
        params,
        has_result,
    }
}

fn role(code: u16, name: &str, skipped: bool) -> Role {
    match (name, code & 1) {
        _ if skipped => Role::Skipped,
        ("syscall", _) if code < 2 => Role::Generic,
        ("container", 0) => Role::Container,
        ("switch", 0) => Role::Switch,
        ("procexit", 0) => Role::ProcExit,
        ("clone" | "fork" | "vfork" | "clone3", 1) => Role::CloneExit,
        ("execve" | "execveat", 1) => Role::ExecExit,
        _ if (354..=361).contains(&code) => Role::Unnumbered,
        _ => Role::Plain,
    }
}
