//! What an event does to the files and properties of its thread, by the rules
//! of sysdig 0.29.3: an enter event tells the file descriptor and, for some
//! calls, arguments that the exit does not repeat; the exit says whether it
//! came true. Runs only where details are kept.

mod files;
mod lists;
mod names;
mod process;
mod sockets;

pub(crate) use lists::{finish_lists, listed_file};
pub(crate) use names::at_directory;

use super::details::Call;
use super::pairing::Event;
use super::world::World;
use crate::event::{EventType, Role, event_types};
use crate::format::scap::event::{Params, RawEvent};

/// What an event of some type does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    None,
    Open(files::OpenAt),
    OpenOld,
    Made(super::fd::FdKind),
    Named(super::fd::FdKind, usize),
    Pipe,
    Dup,
    Fcntl,
    CloseEnter,
    CloseExit,
    Socket,
    SocketPair,
    Bind,
    ConnectEnter,
    ConnectExit,
    Accept,
    SendEnter,
    Received(usize),
    Sent,
    Transferred,
    GetSockOpt,
    Exec,
    Chdir,
    Fchdir,
    Chroot,
    SetUser(usize),
    SetGroup(usize),
    SetSession,
    SetProcessGroup,
    Limit,
    LimitOf,
    Memory,
    Switch,
    ProcInfo,
}

/// What is to be done with events of one type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    effect: Effect,
    /// Where an enter event has its file descriptor.
    fd_at: Option<usize>,
    /// The enter event is kept until its exit.
    kept: Kept,
    uses_fd: bool,
    /// The effect is on what is told of a thread, not on its files or memory.
    turns: bool,
}

/// Whether an enter event is kept until its exit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    Never,
    Always,
    /// Where it asks for a copy of a file descriptor.
    IfItDuplicates,
}

impl Plan {
    /// Whether events of this type change nothing but the call their thread is in.
    #[inline]
    pub(crate) fn is_light(self) -> bool {
        !self.has_effect() && matches!(self.kept, Kept::Never)
    }

    /// Whether events of this type change files or properties.
    #[inline]
    pub(crate) fn has_effect(self) -> bool {
        !matches!(self.effect, Effect::None)
    }

    /// Whether an enter event of this type and its exit, of type `exit`, may be taken in one
    /// step where nothing lies between them: the enter only begins the call, and what is
    /// kept of it is for its exit alone.
    pub(crate) fn is_one_with(self, exit: Plan) -> bool {
        let begins = matches!(self.effect, Effect::None | Effect::CloseEnter);
        let for_exit = match self.kept {
            Kept::Never => true,
            Kept::Always => exit.has_effect(),
            Kept::IfItDuplicates => false,
        };
        begins && for_exit && !exit.turns
    }

    /// Whether of several events of this type of a thread, with no other of it in
    /// between, the last one alone leaves a trace.
    pub(crate) fn is_overwritten(self) -> bool {
        matches!((self.effect, self.kept), (Effect::ProcInfo, Kept::Never))
    }

    /// Keeps what the exit will need of its enter event, and does as
    /// [`Self::enter_or_leave`].
    #[inline]
    pub(crate) fn begin(self, call: &mut Call, raw: &RawEvent<'_>) -> Option<i64> {
        match self.kept {
            Kept::Never => {}
            Kept::IfItDuplicates if !files::duplicates(&raw.params()) => call.forget(),
            Kept::Always | Kept::IfItDuplicates => call.keep(raw),
        }
        self.enter_or_leave(call, raw)
    }

    /// An enter event begins the call that its thread is in, an exit ends it. Gives
    /// the file descriptor, if the type uses one and the exit is its enter's own.
    #[inline]
    pub(crate) fn enter_or_leave(self, call: &mut Call, raw: &RawEvent<'_>) -> Option<i64> {
        if raw.code & 1 == 1 {
            let matched = call.code.is_some_and(|code| code + 1 == raw.code);
            return (matched && self.uses_fd).then_some(call.fd);
        }
        call.code = Some(raw.code);
        call.fd = -1;
        let fd = raw.params().signed(self.fd_at?)?;
        call.fd = fd;
        Some(fd)
    }

    /// What [`Self::begin`] does of an enter event and [`Self::enter_or_leave`] of its exit,
    /// one after the other, where both may be taken in one step.
    #[inline]
    pub(crate) fn enter_and_leave(
        self,
        exit: Plan,
        call: &mut Call,
        code: u16,
        told: &Params<'_>,
    ) -> Option<i64> {
        call.code = Some(code);
        call.fd = self.fd_at.and_then(|at| told.signed(at)).unwrap_or(-1);
        exit.uses_fd.then_some(call.fd)
    }
}

/// The plans of all event types, by number.
pub(crate) fn plans() -> Vec<Plan> {
    event_types().iter().map(plan).collect()
}

/// Calls whose enter events are kept for their exits.
const KEPT: [&str; 22] = [
    "open",
    "creat",
    "openat",
    "openat2",
    "socket",
    "eventfd",
    "chdir",
    "fchdir",
    "shutdown",
    "getrlimit",
    "setrlimit",
    "prlimit",
    "sendto",
    "sendmsg",
    "sendfile",
    "setresuid",
    "setresgid",
    "setuid",
    "setgid",
    "execve",
    "execveat",
    "setpgid",
];

fn plan(kind: &EventType) -> Plan {
    let exit = kind.is_exit();
    let fd_at = if !kind.flags.uses_fd || exit {
        None
    } else if matches!(kind.name, "mmap" | "mmap2") {
        Some(4)
    } else {
        Some(0)
    };
    let effect = if exit { exit_effect(kind) } else { enter_effect(kind) };
    let turns = matches!(
        effect,
        Effect::Exec
            | Effect::Chdir
            | Effect::Fchdir
            | Effect::Chroot
            | Effect::SetUser(_)
            | Effect::SetGroup(_)
            | Effect::SetSession
            | Effect::SetProcessGroup
            | Effect::Limit
            | Effect::LimitOf
    );
    Plan {
        effect,
        turns,
        fd_at,
        kept: match kind.name {
            "fcntl" if !exit => Kept::IfItDuplicates,
            name if !exit && KEPT.contains(&name) => Kept::Always,
            _ => Kept::Never,
        },
        uses_fd: kind.flags.uses_fd,
    }
}

fn enter_effect(kind: &EventType) -> Effect {
    match kind.name {
        "close" => Effect::CloseEnter,
        "connect" => Effect::ConnectEnter,
        "sendto" => Effect::SendEnter,
        "switch" if kind.code == 152 => Effect::Switch,
        "procinfo" => Effect::ProcInfo,
        _ => Effect::None,
    }
}

fn exit_effect(kind: &EventType) -> Effect {
    use super::fd::FdKind as K;
    // made known by writers newer than 0.29.3, whose types do not collide
    let newer = !kind.known_to_0_29_3;
    match kind.name {
        "open" => Effect::Open(files::OPEN),
        "creat" => Effect::Open(files::CREAT),
        "openat" if kind.code == 103 => Effect::OpenOld,
        "openat" => Effect::Open(files::OPENAT),
        "openat2" => Effect::Open(files::OPENAT2),
        "open_by_handle_at" if newer => Effect::Named(K::File, 3),
        "memfd_create" if newer => Effect::Named(K::MemFd, 1),
        "eventfd" | "eventfd2" => Effect::Made(K::Event),
        "signalfd" | "signalfd4" => Effect::Made(K::Signal),
        "timerfd_create" => Effect::Made(K::Timer),
        "inotify_init" | "inotify_init1" => Effect::Made(K::Inotify),
        "epoll_create" | "epoll_create1" if newer => Effect::Made(K::EventPoll),
        "io_uring_setup" if newer => Effect::Made(K::IoUring),
        "pidfd_open" if newer => Effect::Made(K::PidFd),
        "bpf" if newer => Effect::Made(K::Bpf),
        "pipe" | "pipe2" => Effect::Pipe,
        "dup" | "dup2" | "dup3" => Effect::Dup,
        "fcntl" => Effect::Fcntl,
        "close" => Effect::CloseExit,
        "socket" => Effect::Socket,
        "socketpair" => Effect::SocketPair,
        "bind" => Effect::Bind,
        "connect" => Effect::ConnectExit,
        "accept" | "accept4" => Effect::Accept,
        "recvfrom" => Effect::Received(2),
        "recvmsg" => Effect::Received(3),
        "sendto" | "sendmsg" => Effect::Sent,
        "getsockopt" => Effect::GetSockOpt,
        _ if kind.flags.reads_fd || kind.flags.writes_fd => Effect::Transferred,
        _ => process_effect(kind),
    }
}

fn process_effect(kind: &EventType) -> Effect {
    match kind.name {
        "execve" | "execveat" => Effect::Exec,
        "chdir" | "getcwd" => Effect::Chdir,
        "fchdir" => Effect::Fchdir,
        "chroot" => Effect::Chroot,
        "setuid" => Effect::SetUser(0),
        "setresuid" => Effect::SetUser(1),
        "setgid" => Effect::SetGroup(0),
        "setresgid" => Effect::SetGroup(1),
        "setsid" => Effect::SetSession,
        "setpgid" => Effect::SetProcessGroup,
        "getrlimit" | "setrlimit" => Effect::Limit,
        "prlimit" => Effect::LimitOf,
        "brk" | "mmap" | "mmap2" | "munmap" if kind.param("vm_size").is_some() => Effect::Memory,
        _ => Effect::None,
    }
}

/// An event that is being taken in.
pub(crate) struct Step<'w, 'e> {
    pub world: &'w mut World,
    pub slot: u32,
    pub ts_ns: u64,
    pub cpu: u16,
    pub params: Params<'e>,
    /// The exit's own enter was the thread's last.
    pub matched: bool,
    /// That enter's parameters, where the two are taken in one step.
    pub enter: Option<Params<'e>>,
}

impl Step<'_, '_> {
    /// The result of an exit, if it is not an error.
    fn success(&self) -> Option<i64> {
        self.params.signed(0).filter(|result| *result >= 0)
    }

    /// The parameters of the enter event, if it was kept or is at hand.
    fn enter(&self) -> Option<Params<'_>> {
        self.enter.or_else(|| self.world.details(self.slot).call.params())
    }

    /// Number of the call's file descriptor.
    fn number(&self) -> i64 {
        self.world.details(self.slot).call.fd
    }

    /// The name of the call's file.
    fn file_name(&self) -> Option<&[u8]> {
        self.world.file(self.slot, self.number()).map(|fd| fd.name.as_slice())
    }

    /// Whether the call's file is known (for an exit: its own).
    fn has_file(&self) -> bool {
        self.matched && self.world.file(self.slot, self.number()).is_some()
    }
}

/// Finds an event's file descriptor, and keeps what its exit will need.
/// Gives the number, if the type uses one and the exit is its enter's own.
pub(crate) fn find_file(
    plan: Plan,
    role: Role,
    event: &Event<'_>,
    world: &mut World,
) -> Option<i64> {
    let slot = event.slot.filter(|_| !matches!(role, Role::Skipped | Role::Switch))?;
    plan.begin(&mut world.threads.details_mut(slot).call, &event.raw)
}

/// Lets the event change the tables; `enter` are the parameters of the exit's enter event,
/// if they are at hand. Gives a file descriptor to be removed before the next event.
pub(crate) fn apply(
    plan: Plan,
    event: &Event<'_>,
    enter: Option<Params<'_>>,
    world: &mut World,
) -> Option<i64> {
    world.renamed = false;
    if !plan.has_effect() {
        return None;
    }
    let slot = event.slot?;
    if plan.turns {
        world.threads.touch();
    }
    let code = event.raw.code;
    let last = world.details(slot).call.code;
    let matched = !event.is_exit() || last.is_some_and(|last| last + 1 == code);
    let mut step = Step {
        world,
        slot,
        ts_ns: event.raw.ts_ns,
        cpu: event.raw.cpu,
        params: event.raw.params(),
        matched,
        enter,
    };
    let names = matches!(
        plan.effect,
        Effect::ConnectExit
            | Effect::Received(_)
            | Effect::Sent
            | Effect::Open(_)
            | Effect::OpenOld
            | Effect::Named(..)
            | Effect::Accept
            | Effect::Bind
    );
    // a call that makes a file has none before
    let before = names.then(|| step.file_name().map(<[u8]>::to_vec));
    let removed = match plan.effect {
        Effect::CloseExit => files::close_exit(&mut step),
        effect => {
            run(effect, &mut step);
            None
        }
    };
    step.world.renamed = before.is_some_and(|before| before.as_deref() != step.file_name());
    if event.is_exit() && matched {
        world.threads.details_mut(slot).call.forget();
    }
    removed
}

/// Lets an event change the tables that has nothing to do with files.
pub(crate) fn apply_alone(plan: Plan, slot: u32, raw: &RawEvent<'_>, world: &mut World) {
    let (ts_ns, cpu, params) = (raw.ts_ns, raw.cpu, raw.params());
    let mut step = Step { world, slot, ts_ns, cpu, params, matched: true, enter: None };
    run(plan.effect, &mut step);
}

fn run(effect: Effect, step: &mut Step<'_, '_>) {
    match effect {
        Effect::None | Effect::CloseExit => {}
        Effect::Open(places) => files::open(step, places),
        Effect::OpenOld => files::open_old(step),
        Effect::Made(kind) => files::made(step, kind),
        Effect::Named(kind, at) => files::named(step, kind, at),
        Effect::Pipe => files::pair(step, super::fd::FdKind::Fifo),
        Effect::SocketPair => files::pair(step, super::fd::FdKind::Unix),
        Effect::Dup => files::dup(step),
        Effect::Fcntl => files::fcntl(step),
        Effect::CloseEnter => files::close_enter(step),
        Effect::Socket => sockets::socket(step),
        Effect::Bind => sockets::bind(step),
        Effect::ConnectEnter => sockets::connect_enter(step),
        Effect::ConnectExit => sockets::connect_exit(step),
        Effect::Accept => sockets::accept(step),
        Effect::SendEnter => sockets::send_enter(step),
        Effect::Received(at) => sockets::received(step, at),
        Effect::Sent => sockets::sent(step),
        Effect::Transferred => sockets::connected(step),
        Effect::GetSockOpt => process::get_sock_opt(step),
        Effect::Exec => process::exec(step),
        Effect::Chdir => process::chdir(step),
        Effect::Fchdir => process::fchdir(step),
        Effect::Chroot => process::chroot(step),
        Effect::SetUser(at) => process::set_user(step, at),
        Effect::SetGroup(at) => process::set_group(step, at),
        Effect::SetSession => process::set_session(step),
        Effect::SetProcessGroup => process::set_process_group(step),
        Effect::Limit => process::limit(step),
        Effect::LimitOf => process::limit_of(step),
        Effect::Memory => process::memory(step),
        Effect::Switch => process::switch(step),
        Effect::ProcInfo => process::proc_info(step),
    }
}
