//! A small scap writer, kept in memory, so that a test can state a capture as
//! a list of blocks instead of carrying a binary file of unknown origin.
//!
//! Every block is `type u32, length u32, body, padding to 4, length u32`, all
//! little endian; the length counts the whole block. The writer does not check
//! what it is told to write: broken captures are wanted too.

#![allow(dead_code, reason = "a test binary uses what it needs")]

mod events;

pub use events::*;

/// Event block without flags, 22-byte event header without a parameter count.
pub const EV: u32 = 0x204;
/// As [`EV`] with dump flags.
pub const EVF: u32 = 0x208;
/// Event block without flags, 26-byte header with a parameter count.
pub const EV_V2: u32 = 0x216;
/// As [`EV_V2`] with dump flags.
pub const EVF_V2: u32 = 0x217;
/// As [`EV_V2`]; may be longer than 64 KiB.
pub const EV_V2_LARGE: u32 = 0x221;
/// As [`EVF_V2`]; may be longer than 64 KiB.
pub const EVF_V2_LARGE: u32 = 0x222;

/// Dump flag: feed the state tables with the event, never show it.
pub const STATE_ONLY: u32 = 1;

pub const CL_FILES: u32 = 1;
pub const CL_THREAD: u32 = 1 << 13;
pub const CL_VM: u32 = 1 << 15;
pub const CL_VFORK: u32 = 1 << 27;
pub const CL_CHILD_IN_PIDNS: u32 = 1 << 29;

pub const GENERIC_E: u16 = 0;
pub const CLONE_11_X: u16 = 15;
pub const DROP_E: u16 = 148;
pub const DROP_X: u16 = 149;
pub const SWITCH_6_E: u16 = 152;
pub const PROCEXIT_1_E: u16 = 186;
pub const CLONE_17_X: u16 = 217;
pub const CLONE_20_E: u16 = 222;
pub const CLONE_20_X: u16 = 223;
pub const FORK_20_X: u16 = 225;
pub const VFORK_20_E: u16 = 226;
pub const VFORK_20_X: u16 = 227;
pub const SIGNALDELIVER_E: u16 = 232;
pub const PROCINFO_E: u16 = 234;
pub const CONTAINER_JSON_E: u16 = 272;
pub const EXECVE_19_E: u16 = 292;
pub const EXECVE_19_X: u16 = 293;
pub const PLUGIN_E: u16 = 322;
pub const CONTAINER_JSON_2_E: u16 = 324;
pub const CLONE3_E: u16 = 334;
pub const CLONE3_X: u16 = 335;

/// Parameter encodings, named as the event table names the widths.
pub mod param {
    pub fn i64(value: i64) -> Vec<u8> {
        value.to_le_bytes().to_vec()
    }
    pub fn u64(value: u64) -> Vec<u8> {
        value.to_le_bytes().to_vec()
    }
    pub fn u32(value: u32) -> Vec<u8> {
        value.to_le_bytes().to_vec()
    }
    pub fn u16(value: u16) -> Vec<u8> {
        value.to_le_bytes().to_vec()
    }
    pub fn u8(value: u8) -> Vec<u8> {
        vec![value]
    }
    /// Bytes with the NUL that ends them.
    pub fn text(value: &str) -> Vec<u8> {
        [value.as_bytes(), b"\0"].concat()
    }
    /// Every string followed by a NUL, as arguments and cgroups are.
    pub fn list(values: &[String]) -> Vec<u8> {
        values.iter().flat_map(|v| text(v)).collect()
    }
}

/// One event as it stands in its block.
#[derive(Clone, Debug)]
pub struct Event {
    pub cpu: u16,
    pub ts_ns: u64,
    pub tid: i64,
    pub code: u16,
    pub params: Vec<Vec<u8>>,
}

impl Event {
    pub fn new(ts_ns: u64, tid: i64, code: u16, params: &[Vec<u8>]) -> Self {
        Self { cpu: 0, ts_ns, tid, code, params: params.to_vec() }
    }

    pub fn on_cpu(mut self, cpu: u16) -> Self {
        self.cpu = cpu;
        self
    }

    /// The event type, not the block, decides how wide a length is.
    fn has_wide_lengths(&self) -> bool {
        matches!(self.code, PLUGIN_E | CONTAINER_JSON_2_E)
    }

    fn bytes(&self, with_count: bool) -> Vec<u8> {
        let mut tail = Vec::new();
        for value in &self.params {
            if self.has_wide_lengths() {
                tail.extend((value.len() as u32).to_le_bytes());
            } else {
                tail.extend((value.len() as u16).to_le_bytes());
            }
        }
        tail.extend(self.params.concat());
        let header = if with_count { 26 } else { 22 };
        let mut out = Vec::new();
        out.extend(self.ts_ns.to_le_bytes());
        out.extend(self.tid.to_le_bytes());
        out.extend((header + tail.len() as u32).to_le_bytes());
        out.extend(self.code.to_le_bytes());
        if with_count {
            out.extend((self.params.len() as u32).to_le_bytes());
        }
        out.extend(tail);
        out
    }
}

/// One entry of the process list.
#[derive(Clone, Debug)]
pub struct Process {
    pub tid: i64,
    pub pid: i64,
    pub ptid: i64,
    pub comm: String,
    pub args: Vec<String>,
    pub flags: u32,
    pub uid: u32,
    pub gid: u32,
    pub vtid: i64,
    pub vpid: i64,
    pub cgroups: Vec<String>,
}

impl Process {
    /// A main thread on the host.
    pub fn new(tid: i64, comm: &str) -> Self {
        Self {
            tid,
            pid: tid,
            ptid: 1,
            comm: comm.into(),
            args: Vec::new(),
            flags: 0,
            uid: 0,
            gid: 0,
            vtid: tid,
            vpid: tid,
            cgroups: Vec::new(),
        }
    }

    pub fn thread_of(mut self, pid: i64) -> Self {
        self.pid = pid;
        self.vpid = pid;
        self.flags |= CL_FILES | CL_THREAD | CL_VM;
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

    /// Fields in file order, each from the list version that brought it.
    fn bytes(&self, version: usize) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend([param::i64(self.tid), param::i64(self.pid), param::i64(self.ptid)].concat());
        if version >= 6 {
            out.extend(param::i64(self.pid));
        }
        if version >= 8 {
            out.extend(param::i64(self.pid));
        }
        counted(&mut out, self.comm.as_bytes());
        counted(&mut out, format!("/bin/{}", self.comm).as_bytes());
        if version >= 7 {
            counted(&mut out, format!("/usr/bin/{}", self.comm).as_bytes());
        }
        counted(&mut out, &param::list(&self.args));
        counted(&mut out, b"/root");
        out.extend(param::i64(1024));
        out.extend([param::u32(self.flags), param::u32(self.uid), param::u32(self.gid)].concat());
        if version >= 2 {
            out.extend([param::u32(4000), param::u32(800), param::u32(0)].concat());
            out.extend([param::u64(1), param::u64(20)].concat());
        }
        if version >= 3 {
            counted(&mut out, b"HOME=/root\0");
        }
        if version >= 4 {
            out.extend([param::i64(self.vtid), param::i64(self.vpid)].concat());
            counted(&mut out, &param::list(&self.cgroups));
        }
        if version >= 5 {
            counted(&mut out, b"/");
        }
        if version >= 9 {
            // loginuid and exe_writable: the five bytes that 0.29.3 writes.
            out.extend(param::u32(u32::MAX));
            out.push(0);
            out = [param::u32(out.len() as u32 + 4), out].concat();
        }
        out
    }
}

fn counted(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend((bytes.len() as u16).to_le_bytes());
    out.extend(bytes);
}

/// pcapng options: code, length, value padded to 4, closed by code 0.
pub fn options(of: &[(u16, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (code, value) in of {
        out.extend(code.to_le_bytes());
        counted(&mut out, value.as_bytes());
        out.resize(out.len().next_multiple_of(4), 0);
    }
    out.extend([0; 4]);
    out
}

/// Blocks in the order in which they were asked for.
#[derive(Default)]
pub struct ScapWriter {
    bytes: Vec<u8>,
}

impl ScapWriter {
    /// Nothing yet, not even a section header.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A section as 0.23.0 and all later writers begin it.
    pub fn new() -> Self {
        Self::empty().section(2, &[])
    }

    pub fn section(self, minor: u16, with: &[(u16, &str)]) -> Self {
        let mut body = [param::u32(0x1A2B_3C4D), param::u16(1), param::u16(minor)].concat();
        body.extend(u64::MAX.to_le_bytes());
        if !with.is_empty() {
            body.extend(options(with));
        }
        self.block(0x0A0D_0D0A, &body)
    }

    pub fn machine(self, cpus: u32, host: &str) -> Self {
        let mut body = [param::u32(cpus), param::u64(8 << 30), param::u64(0)].concat();
        body.extend(host.as_bytes());
        body.resize(180, 0);
        self.block(0x201, &body)
    }

    /// The loopback interface and one with 192.168.1.10/24.
    pub fn interfaces(self, with_lengths: bool) -> Self {
        let mut body = Vec::new();
        for (addr, mask, name) in [
            ([127, 0, 0, 1], [255, 0, 0, 0], "lo"),
            ([192, 168, 1, 10], [255, 255, 255, 0], "eth0"),
        ] {
            let mut entry = [param::u16(1), param::u16(name.len() as u16)].concat();
            entry.extend([addr, mask, [192, 168, 1, 255]].concat());
            entry.extend([0; 8]);
            entry.extend(name.as_bytes());
            if with_lengths {
                body.extend((entry.len() as u32).to_le_bytes());
            }
            body.extend(entry);
        }
        self.block(if with_lengths { 0x219 } else { 0x205 }, &body)
    }

    pub fn users(self, of: &[(u32, &str)], with_lengths: bool) -> Self {
        let mut body = Vec::new();
        for (id, name) in of {
            let mut user = [param::u8(0), param::u32(*id), param::u32(*id)].concat();
            counted(&mut user, name.as_bytes());
            counted(&mut user, b"/home");
            counted(&mut user, b"/bin/sh");
            let mut group = [param::u8(1), param::u32(*id)].concat();
            counted(&mut group, name.as_bytes());
            for entry in [user, group] {
                if with_lengths {
                    body.extend((entry.len() as u32 + 4).to_le_bytes());
                }
                body.extend(entry);
            }
        }
        self.block(if with_lengths { 0x220 } else { 0x206 }, &body)
    }

    pub fn processes(self, of: &[Process]) -> Self {
        self.processes_in(9, of)
    }

    /// The list as one of the nine layouts, 1 to 9.
    pub fn processes_in(self, version: usize, of: &[Process]) -> Self {
        const TYPES: [u32; 9] = [0x202, 0x207, 0x209, 0x210, 0x211, 0x212, 0x213, 0x214, 0x215];
        let body: Vec<u8> = of.iter().flat_map(|p| p.bytes(version)).collect();
        self.block(TYPES[version - 1], &body)
    }

    /// Regular files of one thread.
    pub fn files(self, tid: i64, of: &[(i64, &str)], with_lengths: bool) -> Self {
        let mut body = param::i64(tid);
        for (fd, name) in of {
            let mut entry = [param::i64(*fd), param::u64(77), param::u8(16)].concat();
            entry.extend(1u32.to_le_bytes());
            counted(&mut entry, name.as_bytes());
            if with_lengths {
                entry.extend(2049u32.to_le_bytes());
                body.extend((entry.len() as u32 + 4).to_le_bytes());
            }
            body.extend(entry);
        }
        self.block(if with_lengths { 0x218 } else { 0x203 }, &body)
    }

    /// One event in the block that today's writers choose for its type.
    pub fn event(self, of: &Event) -> Self {
        let kind = if of.has_wide_lengths() { EV_V2_LARGE } else { EV_V2 };
        self.event_in(kind, of, 0, &[])
    }

    pub fn events(self, of: &[Event]) -> Self {
        of.iter().fold(self, ScapWriter::event)
    }

    /// One event in a block of the caller's choice; `trailing` comes after it
    /// and is padded by the block.
    pub fn event_in(self, kind: u32, of: &Event, dump_flags: u32, trailing: &[u8]) -> Self {
        let mut body = of.cpu.to_le_bytes().to_vec();
        if matches!(kind, EVF | EVF_V2 | EVF_V2_LARGE) {
            body.extend(dump_flags.to_le_bytes());
        }
        body.extend(of.bytes(!matches!(kind, EV | EVF)));
        if !trailing.is_empty() {
            // Options start at the next multiple of four of the body.
            body.resize(body.len().next_multiple_of(4), 0);
            body.extend(trailing);
        }
        self.block(kind, &body)
    }

    /// A block of any type.
    pub fn block(mut self, kind: u32, body: &[u8]) -> Self {
        let length = (body.len() as u32 + 12).next_multiple_of(4);
        self.bytes.extend([kind.to_le_bytes(), length.to_le_bytes()].concat());
        self.bytes.extend(body);
        self.bytes.resize(self.bytes.len() + length as usize - 12 - body.len(), 0);
        self.bytes.extend(length.to_le_bytes());
        self
    }

    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend(bytes);
        self
    }

    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}
