//! What listings and filters ask of a thread beyond its clock and identity:
//! command line, directories, memory, open files, and the call it is in. Kept
//! only where it is asked for.

use std::sync::Arc;

use super::fdtable::FdTable;
use super::path::until_nul;
use crate::format::scap::block::EventLayout;
use crate::format::scap::event::{Params, RawEvent};
use crate::format::scap::processes::Process;

/// Bytes that several threads share.
pub type Shared = Arc<[u8]>;

/// Everything else about a thread. What a process has once (working directory,
/// environment, limit of files, and its files where threads share them) is
/// kept at its main thread.
#[derive(Clone, Debug)]
pub struct Details {
    /// argv[0].
    pub exe: Shared,
    /// Path of the executable.
    pub exepath: Shared,
    /// argv[1..], each followed by NUL.
    pub args: Shared,
    /// Environment: `K=V`, each followed by NUL.
    pub env: Shared,
    /// Working directory with a trailing slash.
    pub cwd: Shared,
    /// Root directory.
    pub root: Shared,
    /// `subsystem=path`, each followed by NUL.
    pub cgroups: Shared,
    /// Group id; `u32::MAX` when unknown.
    pub gid: u32,
    /// User id at login; `u32::MAX` when unknown.
    pub loginuid: u32,
    /// Controlling terminal.
    pub tty: u32,
    /// Session id; -1 when unknown.
    pub sid: i64,
    /// Process group in its pid namespace; -1 when unknown.
    pub vpgid: i64,
    /// Process id in its pid namespace; -1 when unknown.
    pub vpid: i64,
    /// Limit of open files.
    pub fdlimit: i64,
    /// Virtual, resident and swapped memory, kB.
    pub memory_kb: [u32; 3],
    /// Major and minor page faults.
    pub faults: [u64; 2],
    /// Whether the user may write the executable.
    pub exe_writable: bool,
    /// Time on the CPU by the rule of `thread.totexectime`, ns.
    pub executed_ns: u64,
    /// Ticks of user and system time at the last procinfo.
    pub ticks: [u64; 2],
    /// Open files.
    pub files: FdTable,
    /// The call it is in, or was in last.
    pub call: Call,
}

/// A call as far as its enter event told.
#[derive(Clone, Debug)]
pub struct Call {
    /// Type of the last enter event.
    pub code: Option<u16>,
    /// File descriptor of the call, or the last one it made; -1: none.
    pub fd: i64,
    /// The enter event itself, for the calls whose exits need it.
    enter: Option<EventLayout>,
    /// Its bytes; room that is used again and again.
    body: Vec<u8>,
}

impl Default for Call {
    fn default() -> Self {
        Call { code: None, fd: -1, enter: None, body: Vec::new() }
    }
}

impl Call {
    /// Keeps a copy of the enter event.
    pub(crate) fn keep(&mut self, raw: &RawEvent<'_>) {
        self.enter = Some(raw.layout);
        self.body.clear();
        self.body.extend_from_slice(raw.body);
    }

    /// Drops the copy.
    pub(crate) fn forget(&mut self) {
        self.enter = None;
    }

    /// The parameters of the enter event, if it was kept.
    #[must_use]
    pub fn params(&self) -> Option<Params<'_>> {
        Some(RawEvent::parse(&self.body, self.enter?)?.params())
    }
}

fn shared(bytes: &[u8]) -> Shared {
    Arc::from(bytes)
}

impl Default for Details {
    fn default() -> Self {
        let none = shared(b"");
        let unknown = shared(b"<NA>");
        Details {
            exe: unknown,
            exepath: none.clone(),
            args: none.clone(),
            env: none.clone(),
            cwd: none.clone(),
            root: none.clone(),
            cgroups: none,
            gid: u32::MAX,
            loginuid: u32::MAX,
            tty: 0,
            sid: -1,
            vpgid: -1,
            vpid: -1,
            fdlimit: -1,
            memory_kb: [0; 3],
            faults: [0; 2],
            exe_writable: false,
            executed_ns: 0,
            ticks: [0; 2],
            files: FdTable::default(),
            call: Call::default(),
        }
    }
}

impl Details {
    /// Of an entry of the process list.
    #[must_use]
    pub fn listed(process: &Process<'_>) -> Details {
        let main = process.tid == process.pid;
        let once = |bytes: &[u8]| shared(if main { bytes } else { b"" });
        Details {
            exe: shared(process.exe),
            exepath: shared(process.exepath),
            args: shared(process.args),
            env: once(process.env),
            cwd: if main { directory(b"", process.cwd) } else { shared(b"") },
            root: shared(process.root),
            cgroups: shared(process.cgroups),
            gid: process.gid,
            loginuid: process.loginuid,
            tty: process.tty,
            sid: process.sid,
            vpgid: process.vpgid,
            vpid: process.vpid,
            fdlimit: process.fdlimit,
            memory_kb: process.memory_kb,
            faults: process.faults,
            exe_writable: process.exe_writable,
            ..Details::default()
        }
    }
}

/// A working directory: `path` seen from `from`, with a trailing slash.
pub(crate) fn directory(from: &[u8], path: &[u8]) -> Shared {
    let mut clean = super::path::join(from, path);
    if !clean.ends_with(b"/") {
        clean.push(b'/');
    }
    Arc::from(clean)
}

/// Where the parameters lie that clone and execve exits tell of a process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DetailPlaces {
    exe: Option<usize>,
    args: Option<usize>,
    fdlimit: Option<usize>,
    memory: [Option<usize>; 3],
    faults: [Option<usize>; 2],
    gid: Option<usize>,
    cgroups: Option<usize>,
    vpid: Option<usize>,
    env: Option<usize>,
    tty: Option<usize>,
    vpgid: Option<usize>,
    loginuid: Option<usize>,
    flags: Option<usize>,
}

impl DetailPlaces {
    pub(crate) fn of(kind: &crate::event::EventType) -> DetailPlaces {
        let at = |name: &str| kind.param(name);
        DetailPlaces {
            exe: at("exe"),
            args: at("args"),
            fdlimit: at("fdlimit"),
            memory: [at("vm_size"), at("vm_rss"), at("vm_swap")],
            faults: [at("pgft_maj"), at("pgft_min")],
            gid: at("gid"),
            cgroups: at("cgroups"),
            vpid: at("vpid"),
            env: at("env"),
            tty: at("tty"),
            vpgid: at("pgid"),
            loginuid: at("loginuid"),
            flags: at("flags"),
        }
    }

    /// What clone and execve exits have in common.
    fn common(&self, params: &Params<'_>, details: &mut Details) {
        let bytes = |at: Option<usize>| at.and_then(|at| params.get(at));
        let number = |at: Option<usize>| at.and_then(|at| params.u32(at));
        if let Some(exe) = bytes(self.exe) {
            details.exe = shared(until_nul(exe));
        }
        if let Some(args) = bytes(self.args) {
            details.args = shared(args);
        }
        if let Some(limit) = self.fdlimit.and_then(|at| params.signed(at)) {
            details.fdlimit = limit;
        }
        for (own, at) in details.memory_kb.iter_mut().zip(self.memory) {
            *own = number(at).unwrap_or(*own);
        }
        for (own, at) in details.faults.iter_mut().zip(self.faults) {
            *own = at.and_then(|at| params.signed(at)).map_or(*own, i64::cast_unsigned);
        }
        if let Some(cgroups) = bytes(self.cgroups) {
            details.cgroups = shared(cgroups);
        }
    }

    /// A child's, by its clone exit and its caller.
    pub(crate) fn child(
        &self,
        params: &Params<'_>,
        caller: &Details,
        as_thread: bool,
        vpid: i64,
    ) -> Details {
        let mut details = Details {
            exepath: caller.exepath.clone(),
            root: caller.root.clone(),
            sid: caller.sid,
            vpgid: caller.vpgid,
            tty: caller.tty,
            loginuid: caller.loginuid,
            exe_writable: caller.exe_writable,
            vpid,
            ..Details::default()
        };
        if !as_thread {
            details.env = caller.env.clone();
        }
        self.common(params, &mut details);
        details.gid = self.gid.and_then(|at| params.u32(at)).unwrap_or(u32::MAX);
        details
    }

    /// The process id in its namespace that a clone exit tells.
    pub(crate) fn vpid(&self, params: &Params<'_>) -> Option<i64> {
        params.signed(self.vpid?)
    }

    /// The same process with another program.
    pub(crate) fn executed(&self, params: &Params<'_>, details: &mut Details) {
        self.common(params, details);
        let number = |at: Option<usize>| at.and_then(|at| params.u32(at));
        if let Some(env) = self.env.and_then(|at| params.get(at)) {
            details.env = shared(env);
        }
        details.tty = number(self.tty).unwrap_or(details.tty);
        details.vpgid = self.vpgid.and_then(|at| params.signed(at)).unwrap_or(details.vpgid);
        details.loginuid = number(self.loginuid).unwrap_or(details.loginuid);
        if let Some(flags) = number(self.flags) {
            details.exe_writable = flags & 1 != 0;
        }
    }
}
