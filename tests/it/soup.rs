//! Captures made of everything that happens to threads, in no sensible order:
//! calls without their other half, threads that are born, renamed, ended and
//! born again, numbers that mean two threads, switches and signals inside of
//! calls, times that run backwards, lists and sections in the middle, unknown
//! blocks, and bytes that are no block at all. Nobody records such captures;
//! whatever reads them right reads any right.

use crate::generated::Random;
use crate::made::docker_json;
use crate::scap_writer::{
    CL_CHILD_IN_PIDNS, CL_FILES, CL_THREAD, CLONE_11_X, CLONE_17_X, CLONE_20_E, CLONE_20_X,
    CLONE3_X, CloneExit, EVF_V2, Event, ExecExit, Process, STATE_ONLY, ScapWriter, VFORK_20_X,
    clone_exit, container_json, drop_enter, enter, execve_enter, execve_exit, exit, generic_enter,
    generic_exit, param, procexit, procinfo, signaldeliver, switch,
};

/// What kinds of things happen, and how often.
#[derive(Clone, Copy)]
pub struct Recipe {
    pub events: usize,
    pub threads: usize,
    /// Of 1,000 steps: births, renamings and deaths.
    pub life: usize,
    /// Of 1,000 steps: lists, sections, unknown blocks, damage.
    pub trouble: usize,
}

/// Cooks a capture.
pub fn soup(seed: u64, recipe: Recipe) -> Vec<u8> {
    let mut pot = Pot { random: Random(seed), recipe, ts_ns: 1_700_000_000_000_000_000 };
    let list = pot.processes();
    let mut writer = ScapWriter::new().machine(2, "soup").interfaces(true).processes(&list);
    for _ in 0..recipe.events {
        writer = pot.step(writer);
    }
    writer.finish()
}

struct Pot {
    random: Random,
    recipe: Recipe,
    ts_ns: u64,
}

/// Containers that threads are in.
const LETTERS: [char; 3] = ['a', 'b', 'c'];
/// Enter types of plain calls: read, write, close, futex, openat, fstat.
const CALLS: [u16; 6] = [6, 8, 4, 64, 306, 84];

impl Pot {
    fn below(&mut self, end: usize) -> usize {
        self.random.below(end)
    }

    fn tid(&mut self) -> i64 {
        let threads = self.recipe.threads;
        // 0 and -1 are thread ids, too
        self.below(threads + 2) as i64 - 1
    }

    fn now(&mut self) -> u64 {
        let step = self.below(2000) as u64;
        self.ts_ns += step;
        match self.below(200) {
            0 => self.ts_ns - 5000,
            1 => 0,
            _ => self.ts_ns,
        }
    }

    fn comm(&mut self) -> String {
        format!("comm{}", self.below(4))
    }

    fn cgroups(&mut self) -> Vec<String> {
        match self.below(LETTERS.len() + 1) {
            3 => Vec::new(),
            at => vec![format!("cpu=/docker/{}", LETTERS[at].to_string().repeat(64))],
        }
    }

    fn processes(&mut self) -> Vec<Process> {
        let count = self.below(self.recipe.threads.min(20)) + 1;
        let mut process = |tid: usize| {
            let comm = self.comm();
            let process = Process::new(tid as i64, &comm).cgroups(&self.cgroups());
            if self.below(3) == 0 { process.thread_of(self.tid()) } else { process }
        };
        (1..=count).map(&mut process).collect()
    }

    fn step(&mut self, writer: ScapWriter) -> ScapWriter {
        let step = self.below(1000);
        if step < self.recipe.trouble {
            return self.trouble(writer);
        }
        if step < self.recipe.trouble + self.recipe.life {
            let event = self.life();
            return writer.event(&event);
        }
        let (tid, now) = (self.tid(), self.now());
        let event = self.plain(tid, now);
        if self.below(100) == 0 {
            let flags = if self.below(2) == 0 { STATE_ONLY } else { 0 };
            return writer.event_in(EVF_V2, &event, flags, &[]);
        }
        let writer = writer.event(&event);
        // most calls do end
        if event.code.is_multiple_of(2) && CALLS.contains(&event.code) && self.below(10) > 0 {
            let (code, now) = (event.code + 1, self.now());
            let result = self.below(20) as i64 - 2;
            return writer.event(&exit(now, tid, code, &[param::i64(result)]));
        }
        writer
    }

    fn plain(&mut self, tid: i64, now: u64) -> Event {
        let call = CALLS[self.below(CALLS.len())];
        match self.below(40) {
            0..=2 => exit(now, tid, call + 1, &[param::i64(self.below(9) as i64 - 2)]),
            3..=6 => switch(now, tid, 1),
            7 => procinfo(now, tid),
            8 => signaldeliver(now, tid, tid, 11),
            9 => generic_enter(now, tid, self.below(500) as u16),
            10 => generic_exit(now, tid, self.below(500) as u16),
            11 => drop_enter(now),
            12 => enter(now, tid, 460, &[]),
            _ => enter(now, tid, call, &[param::i64(3)]),
        }
    }

    fn life(&mut self) -> Event {
        let (tid, now) = (self.tid(), self.now());
        let comm = self.comm();
        match self.below(8) {
            0 | 1 => procexit(now, tid, 0),
            2 => execve_enter(now, tid, "/bin/other"),
            3 => {
                let (res, cgroups) = (self.below(4) as i64 - 1, self.cgroups());
                let (pid, ptid) = (self.tid(), self.tid());
                let of = ExecExit { res: res.min(0), comm: &comm, pid, ptid, cgroups: &cgroups };
                execve_exit(now, tid, &of)
            }
            4 => enter(now, tid, CLONE_20_E, &[]),
            _ => {
                let code = [CLONE_11_X, CLONE_17_X, CLONE_20_X, VFORK_20_X, CLONE3_X];
                let code = code[self.below(code.len())];
                let res = [0, -11, self.tid(), self.tid(), self.tid()][self.below(5)];
                let flags = [0, CL_THREAD | CL_FILES, CL_FILES, CL_CHILD_IN_PIDNS];
                let flags = flags[self.below(flags.len())];
                let (pid, ptid) = (self.tid(), self.tid());
                let exit = CloneExit::new(res, tid, pid, ptid, &comm).flags(flags);
                let exit = exit.cgroups(&self.cgroups());
                let inner = self.below(4) == 0;
                let exit = if inner { exit.inner(self.tid(), 1) } else { exit };
                clone_exit(now, tid, code, &exit)
            }
        }
    }

    fn trouble(&mut self, writer: ScapWriter) -> ScapWriter {
        match self.below(8) {
            0 => writer.section(1, &[]).processes(&self.processes()),
            1 => writer.processes(&self.processes()),
            2 => writer.block(0x7777, &[7; 40]),
            3 => writer.raw(&[0x16; 37]),
            4 => writer.raw(&[0; 12]),
            _ => {
                let at = self.below(LETTERS.len());
                let json = docker_json(LETTERS[at], &format!("name{at}"), "image");
                writer.event(&container_json(self.ts_ns, &json))
            }
        }
    }
}
