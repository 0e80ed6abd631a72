//! Events by name, with their parameters in the order of 0.29.3's table, so that
//! a capture reads as what happened.

use super::*;

/// What clone, fork, vfork and clone3 report at their exit, in parent or child.
#[derive(Clone, Debug)]
pub struct CloneExit {
    pub res: i64,
    pub comm: String,
    pub exe: String,
    pub args: Vec<String>,
    pub tid: i64,
    pub pid: i64,
    pub ptid: i64,
    pub cgroups: Vec<String>,
    pub flags: u32,
    pub uid: u32,
    pub gid: u32,
    pub vtid: i64,
    pub vpid: i64,
}

impl CloneExit {
    /// Of a thread outside any pid namespace.
    pub fn new(res: i64, tid: i64, pid: i64, ptid: i64, comm: &str) -> Self {
        Self {
            res,
            comm: comm.into(),
            exe: format!("/bin/{comm}"),
            args: Vec::new(),
            tid,
            pid,
            ptid,
            cgroups: Vec::new(),
            flags: 0,
            uid: 0,
            gid: 0,
            vtid: tid,
            vpid: pid,
        }
    }

    pub fn flags(mut self, flags: u32) -> Self {
        self.flags = flags;
        self
    }

    pub fn inner(mut self, vtid: i64, vpid: i64) -> Self {
        self.vtid = vtid;
        self.vpid = vpid;
        self
    }

    pub fn cgroups(mut self, cgroups: &[String]) -> Self {
        self.cgroups = cgroups.to_vec();
        self
    }

    /// Parameters in the order of the event type: the oldest lacks memory
    /// numbers, _17 has no cgroups and inner ids, the 20-series has all 20.
    pub fn params(&self, code: u16) -> Vec<Vec<u8>> {
        let mut out = vec![
            param::i64(self.res),
            param::text(&self.exe),
            param::list(&self.args),
            param::i64(self.tid),
            param::i64(self.pid),
            param::i64(self.ptid),
            param::text(""),
            param::i64(1024),
        ];
        if code != CLONE_11_X {
            out.extend([param::u64(1), param::u64(20)]);
            out.extend([param::u32(4000), param::u32(800), param::u32(0)]);
            out.push(param::text(&self.comm));
        }
        let is_full = !matches!(code, CLONE_11_X | CLONE_17_X);
        if is_full {
            out.push(param::list(&self.cgroups));
        }
        out.extend([param::u32(self.flags), param::u32(self.uid), param::u32(self.gid)]);
        if is_full {
            out.extend([param::i64(self.vtid), param::i64(self.vpid)]);
        }
        out
    }
}

/// What execve reports at its exit.
pub struct ExecExit<'a> {
    pub res: i64,
    pub comm: &'a str,
    pub pid: i64,
    pub ptid: i64,
    pub cgroups: &'a [String],
}

pub fn enter(ts_ns: u64, tid: i64, code: u16, params: &[Vec<u8>]) -> Event {
    debug_assert_eq!(code % 2, 0, "an enter event has an even code");
    Event::new(ts_ns, tid, code, params)
}

pub fn exit(ts_ns: u64, tid: i64, code: u16, params: &[Vec<u8>]) -> Event {
    debug_assert_eq!(code % 2, 1, "an exit event has an odd code");
    Event::new(ts_ns, tid, code, params)
}

pub fn clone_exit(ts_ns: u64, tid: i64, code: u16, of: &CloneExit) -> Event {
    exit(ts_ns, tid, code, &of.params(code))
}

pub fn execve_enter(ts_ns: u64, tid: i64, filename: &str) -> Event {
    enter(ts_ns, tid, EXECVE_19_E, &[param::text(filename)])
}

pub fn execve_exit(ts_ns: u64, tid: i64, of: &ExecExit) -> Event {
    let params = [
        param::i64(of.res),
        param::text(&format!("/usr/bin/{}", of.comm)),
        param::list(&["--now".into()]),
        param::i64(tid),
        param::i64(of.pid),
        param::i64(of.ptid),
        param::text(""),
        param::u64(1024),
        param::u64(2),
        param::u64(30),
        param::u32(5000),
        param::u32(900),
        param::u32(0),
        param::text(of.comm),
        param::list(of.cgroups),
        param::list(&["HOME=/root".into()]),
        param::u32(0),
        param::i64(of.pid),
        param::u32(u32::MAX),
        param::u32(0),
    ];
    exit(ts_ns, tid, EXECVE_19_X, &params)
}

/// `status` is what wait4 would report: exit code << 8, or the signal.
pub fn procexit(ts_ns: u64, tid: i64, status: i64) -> Event {
    let params = [
        param::i64(status),
        param::i64(status >> 8),
        param::u8((status & 127) as u8),
        param::u8(0),
    ];
    enter(ts_ns, tid, PROCEXIT_1_E, &params)
}

pub fn signaldeliver(ts_ns: u64, from: i64, to: i64, signal: u8) -> Event {
    let params = [param::i64(from), param::i64(to), param::u8(signal)];
    enter(ts_ns, to, SIGNALDELIVER_E, &params)
}

pub fn switch(ts_ns: u64, tid: i64, next: i64) -> Event {
    let params = [
        param::i64(next),
        param::u64(1),
        param::u64(20),
        param::u32(4000),
        param::u32(800),
        param::u32(0),
    ];
    enter(ts_ns, tid, SWITCH_6_E, &params)
}

pub fn container_json(ts_ns: u64, json: &str) -> Event {
    enter(ts_ns, -1, CONTAINER_JSON_E, &[param::text(json)])
}

/// The same under the type whose lengths are 32 bits wide.
pub fn container_json_2(ts_ns: u64, json: &str) -> Event {
    enter(ts_ns, -1, CONTAINER_JSON_2_E, &[param::text(json)])
}

pub fn procinfo(ts_ns: u64, tid: i64) -> Event {
    enter(ts_ns, tid, PROCINFO_E, &[param::u64(3), param::u64(4)])
}

pub fn drop_enter(ts_ns: u64) -> Event {
    enter(ts_ns, -1, DROP_E, &[param::u32(2)])
}

pub fn drop_exit(ts_ns: u64) -> Event {
    exit(ts_ns, -1, DROP_X, &[param::u32(2)])
}

/// A call without an event type of its own, named by its syscall number.
pub fn generic_enter(ts_ns: u64, tid: i64, id: u16) -> Event {
    enter(ts_ns, tid, GENERIC_E, &[param::u16(id), param::u16(id)])
}

pub fn generic_exit(ts_ns: u64, tid: i64, id: u16) -> Event {
    exit(ts_ns, tid, GENERIC_E + 1, &[param::u16(id)])
}
