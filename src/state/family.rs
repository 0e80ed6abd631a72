//! The threads of a capture: created by the process list, by clone exits and
//! by any event of an unknown thread, removed by procexit. The rules are those
//! of sysdig 0.29.3, because a latency depends on whether a thread's entry is
//! the old one or a new one.

mod traced;

use std::collections::HashMap;
use std::sync::Arc;

use super::container::{Containers, HOST};
use super::details::{DetailPlaces, Details};
use super::table::Index;
use super::thread::{Clock, Identity, Thread, flags};
use crate::event::{EventType, event_types};
use crate::format::scap::event::Params;
use crate::format::scap::processes::Process;

/// Threads that the table takes; further ones are not added (sysdig's limit).
pub(super) const LIMIT: usize = 131_072;
/// A child's entry older than this at its clone exit belongs to an earlier
/// thread of that number, ns.
const STALE_NS: u64 = 2_000_000_000;

/// The threads of one capture.
#[derive(Debug, Default)]
pub struct Threads {
    index: Index,
    /// By slot, as `clocks`.
    slots: Vec<Thread>,
    clocks: Vec<Clock>,
    /// By slot; empty unless `detailed`.
    details: Vec<Details>,
    detailed: bool,
    free: Vec<u32>,
    /// How many threads name each number as their main thread's: a walk over
    /// the table for every new one would cost more than all else about it.
    claims: HashMap<i64, u64>,
    /// Threads ever entered, with the process list's.
    pub seen: u64,
    /// How often something about threads has changed.
    changes: u64,
}

/// Where a clone or execve exit of one type keeps its parameters.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Places {
    exe: Option<usize>,
    pid: Option<usize>,
    ptid: Option<usize>,
    flags: Option<usize>,
    uid: Option<usize>,
    comm: Option<usize>,
    cgroups: Option<usize>,
    vtid: Option<usize>,
    resolves_container: bool,
    details: DetailPlaces,
}

impl Places {
    /// Looks the parameters of `kind` up in the event table.
    pub(crate) fn of(kind: &EventType) -> Places {
        Places {
            exe: kind.param("exe"),
            pid: kind.param("pid"),
            ptid: kind.param("ptid"),
            flags: kind.param("flags"),
            uid: kind.param("uid"),
            comm: kind.param("comm"),
            cgroups: kind.param("cgroups"),
            vtid: kind.param("vtid"),
            resolves_container: kind.param("cgroups").is_some(),
            details: DetailPlaces::of(kind),
        }
    }

    /// The places of all event types, by number.
    pub(crate) fn table() -> Vec<Places> {
        event_types().iter().map(Places::of).collect()
    }

    /// The threads, besides its own, whose entries a clone exit may touch: child
    /// and caller, by whatever parameter names them.
    pub(crate) fn related(&self, params: &Params<'_>) -> [i64; 4] {
        let number = |at: Option<usize>| at.and_then(|at| params.signed(at)).unwrap_or(-1);
        [number(Some(0)), number(self.pid), number(self.ptid), -1]
    }

    fn comm(&self, params: &Params<'_>) -> Arc<str> {
        let bytes = self.comm.or(self.exe).and_then(|at| params.get(at)).unwrap_or_default();
        comm_text(bytes)
    }
}

fn comm_text(bytes: &[u8]) -> Arc<str> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    Arc::from(String::from_utf8_lossy(&bytes[..end]))
}

impl Threads {
    /// With or without everything that listings and filters need of a thread.
    #[must_use]
    pub fn new(detailed: bool) -> Threads {
        Threads { detailed, ..Threads::default() }
    }

    /// Whether details are kept.
    #[must_use]
    pub fn is_detailed(&self) -> bool {
        self.detailed
    }

    /// The details of the thread in `slot`; kept only where they were asked for.
    ///
    /// # Panics
    /// If they were not.
    #[must_use]
    pub fn details(&self, slot: u32) -> &Details {
        &self.details[slot as usize]
    }

    /// The same, to be changed.
    pub(crate) fn details_mut(&mut self, slot: u32) -> &mut Details {
        &mut self.details[slot as usize]
    }

    /// Slots of all threads now in the table.
    pub(crate) fn slots(&self) -> Vec<u32> {
        self.index.iter().map(|(_, slot)| slot).collect()
    }

    /// The slot of `tid`.
    #[inline]
    #[must_use]
    pub fn find(&self, tid: i64) -> Option<u32> {
        self.index.get(tid)
    }

    /// The slot of `tid`; a placeholder is made if it is unknown. `None` when
    /// the table is full.
    #[inline]
    pub fn find_or_add(&mut self, tid: i64) -> Option<u32> {
        match self.index.get(tid) {
            Some(slot) => Some(slot),
            None => self.add_placeholder(tid),
        }
    }

    #[cold]
    fn add_placeholder(&mut self, tid: i64) -> Option<u32> {
        let slot = self.add(tid, Identity::placeholder(tid))?;
        let children = self.count_children(tid);
        self.get_mut(slot).identity.children = children;
        Some(slot)
    }

    /// Threads that count `pid` as their main thread.
    fn count_children(&self, pid: i64) -> u64 {
        self.claims.get(&pid).copied().unwrap_or(0)
    }

    /// The thread in `slot` entered the table, or changed there.
    fn claim(&mut self, slot: u32) {
        let identity = &self.slots[slot as usize].identity;
        if identity.flags & flags::THREAD != 0 {
            *self.claims.entry(identity.pid).or_default() += 1;
        }
    }

    /// The thread in `slot` leaves the table, or is about to change there.
    fn disclaim(&mut self, slot: u32) {
        let identity = &self.slots[slot as usize].identity;
        if identity.flags & flags::THREAD == 0 {
            return;
        }
        let pid = identity.pid;
        if let Some(count) = self.claims.get_mut(&pid) {
            *count -= 1;
            if *count == 0 {
                self.claims.remove(&pid);
            }
        }
    }

    /// The thread in `slot`.
    #[inline]
    #[must_use]
    pub fn get(&self, slot: u32) -> &Thread {
        &self.slots[slot as usize]
    }

    /// The thread in `slot`.
    #[inline]
    fn get_mut(&mut self, slot: u32) -> &mut Thread {
        self.touch();
        &mut self.slots[slot as usize]
    }

    /// How often something about threads has changed.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Something about threads changes.
    pub(crate) fn touch(&mut self) {
        self.changes += 1;
    }

    /// Another user runs the thread in `slot`.
    pub(crate) fn set_uid(&mut self, slot: u32, uid: u32) {
        self.get_mut(slot).identity.uid = uid;
    }

    /// The clock of the thread in `slot`.
    #[inline]
    pub fn clock_mut(&mut self, slot: u32) -> &mut Clock {
        &mut self.clocks[slot as usize]
    }

    /// Number of threads now in the table.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether the table is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// All threads now in the table.
    pub fn iter(&self) -> impl Iterator<Item = &Thread> {
        self.index.iter().map(|(_, slot)| &self.slots[slot as usize])
    }

    /// Forgets everything (a new section begins).
    pub fn clear(&mut self) {
        let (seen, changes) = (self.seen, self.changes + 1);
        *self = Threads { seen, changes, detailed: self.detailed, ..Threads::default() };
    }

    /// Bytes were lost: no clock runs on across the gap.
    pub fn stop_clocks(&mut self) {
        for clock in &mut self.clocks {
            *clock = Clock { row: clock.row, ..Clock::NEW };
        }
    }

    fn add(&mut self, tid: i64, identity: Identity) -> Option<u32> {
        if self.index.len() >= LIMIT && self.index.get(tid).is_none() {
            return None;
        }
        self.seen += 1;
        self.touch();
        let thread = Thread { tid, identity };
        let known = self.index.get(tid);
        if let Some(slot) = known {
            self.disclaim(slot);
        }
        let slot = match known.or_else(|| self.free.pop()) {
            Some(slot) => {
                self.slots[slot as usize] = thread;
                self.clocks[slot as usize] = Clock::NEW;
                if self.detailed {
                    self.details[slot as usize] = Details::default();
                }
                slot
            }
            None => {
                self.slots.push(thread);
                self.clocks.push(Clock::NEW);
                if self.detailed {
                    self.details.push(Details::default());
                }
                u32::try_from(self.slots.len() - 1).ok()?
            }
        };
        self.index.insert(tid, slot);
        self.claim(slot);
        Some(slot)
    }

    /// Adds a thread and counts it at its main thread.
    fn add_counted(&mut self, tid: i64, identity: Identity) -> Option<u32> {
        if self.index.len() >= LIMIT && self.index.get(tid).is_none() {
            return None;
        }
        let main = (identity.flags & flags::THREAD != 0).then_some(identity.pid);
        if let Some(slot) = main.and_then(|pid| self.find_or_add(pid)) {
            self.get_mut(slot).identity.children += 1;
        }
        self.add(tid, identity)
    }

    /// Removes a thread; one that others count on stays unless `force`d.
    pub fn remove(&mut self, tid: i64, force: bool) {
        let Some(slot) = self.index.get(tid) else {
            return;
        };
        let identity = &self.get(slot).identity;
        let (children, pid, is_thread) =
            (identity.children, identity.pid, identity.flags & flags::THREAD != 0);
        if children > 0 && !force {
            return;
        }
        if is_thread && let Some(main) = self.index.get(pid) {
            let count = &mut self.get_mut(main).identity.children;
            *count = count.saturating_sub(1);
        }
        self.touch();
        self.disclaim(slot);
        self.index.remove(tid);
        self.free.push(slot);
        if children > 0 {
            self.recount();
        }
    }

    /// Counts all threads at their main threads anew.
    fn recount(&mut self) {
        let all: Vec<(i64, u32)> = self.index.iter().collect();
        for (_, slot) in &all {
            self.get_mut(*slot).identity.children = 0;
        }
        for (_, slot) in &all {
            let identity = &self.get(*slot).identity;
            let main = (identity.flags & flags::THREAD != 0).then_some(identity.pid);
            if let Some(main) = main.and_then(|pid| self.index.get(pid)) {
                self.get_mut(main).identity.children += 1;
            }
        }
    }

    /// Takes in an entry of the process list.
    pub fn add_listed(&mut self, process: &Process<'_>, containers: &mut Containers) {
        let identity = Identity {
            pid: process.pid,
            ptid: process.ptid,
            comm: comm_text(process.comm),
            uid: process.uid,
            flags: process.flags,
            vtid: process.vtid,
            container: containers.of_cgroups(process.cgroups),
            clone_ns: 0,
            children: 0,
        };
        let slot = self.add(process.tid, identity);
        if let (Some(slot), true) = (slot, self.detailed) {
            self.details[slot as usize] = Details::listed(process);
        }
    }

    /// The process list is complete: threads are counted at their main threads.
    pub fn listed(&mut self) {
        self.recount();
    }

    /// Exit of clone, fork, vfork or clone3: the child's or the parent's.
    pub(crate) fn clone_exit(&mut self, event: &CloneExit<'_>, containers: &mut Containers) {
        let CloneExit { tid, ts_ns, params, places } = event;
        let Some(result) = params.signed(0).filter(|result| *result >= 0) else {
            return;
        };
        let flags = places.flags.and_then(|at| params.u32(at)).unwrap_or(0);
        let vtid = places.vtid.and_then(|at| params.signed(at));
        let inside = flags & flags::CHILD_IN_PIDNS != 0 || vtid.is_some_and(|vtid| vtid != *tid);
        let (child, caller, inverted) = if result > 0 {
            if inside {
                return; // the number is one of the namespace; the child's exit will tell
            }
            (result, *tid, false)
        } else {
            self.remove_stale(*tid, *ts_ns);
            if let Some(slot) = self.find(*tid) {
                if let Some(vtid) = vtid.filter(|_| inside) {
                    self.get_mut(slot).identity.vtid = vtid;
                    if self.detailed {
                        let vpid = places.details.vpid(params);
                        let details = &mut self.details[slot as usize];
                        details.vpid = vpid.unwrap_or(details.vpid);
                    }
                }
                return;
            }
            let thread = flags & flags::THREAD != 0;
            let from = if thread { places.pid } else { places.ptid };
            (*tid, from.and_then(|at| params.signed(at)).unwrap_or(-1), true)
        };
        self.adopt(event, &Birth { child, caller, inverted, inside, flags, vtid }, containers);
    }

    fn remove_stale(&mut self, tid: i64, ts_ns: u64) {
        let stale = self.find(tid).is_some_and(|slot| {
            let born = self.get(slot).identity.clone_ns;
            born != 0 && ts_ns.saturating_sub(born) > STALE_NS
        });
        if stale {
            self.remove(tid, true);
        }
    }

    fn adopt(&mut self, event: &CloneExit<'_>, birth: &Birth, containers: &mut Containers) {
        let CloneExit { ts_ns, params, places, .. } = event;
        let caller_known = self.revive(birth.caller);
        if let Some(slot) = self.find(birth.child) {
            if self.get(slot).identity.flags & flags::INVERTED != 0 {
                return;
            }
            self.remove(birth.child, true);
        }
        let is_thread = birth.flags & flags::THREAD != 0;
        let pid = places.pid.and_then(|at| params.signed(at));
        let comm = places.comm(params);
        let identity = Identity {
            pid: if is_thread { pid.unwrap_or(birth.child) } else { birth.child },
            ptid: birth.caller,
            comm: Arc::clone(&comm),
            uid: places.uid.and_then(|at| params.u32(at)).unwrap_or(u32::MAX),
            flags: birth.flags | if birth.inverted { flags::INVERTED } else { 0 },
            // older types do not tell
            vtid: birth.vtid.map_or(-1, |vtid| if birth.inside { vtid } else { birth.child }),
            container: if places.resolves_container {
                let at = places.cgroups.unwrap_or(usize::MAX);
                containers.of_cgroups(params.get(at).unwrap_or_default())
            } else {
                HOST
            },
            clone_ns: *ts_ns,
            children: self.count_children(birth.child),
        };
        let details = self.detailed.then(|| self.child_details(event, birth));
        let slot = self.add_counted(birth.child, identity);
        if let (Some(slot), Some(details)) = (slot, details) {
            if !caller_known && let Some(caller) = self.find(birth.caller) {
                let caller = self.details_mut(caller);
                (caller.exe, caller.args) = (details.exe.clone(), details.args.clone());
            }
            self.details[slot as usize] = details;
        }
        if !caller_known && let Some(slot) = self.find(birth.caller) {
            self.get_mut(slot).identity.comm = comm;
        }
    }

    /// Everything else about a child, most of it its caller's.
    fn child_details(&self, event: &CloneExit<'_>, birth: &Birth) -> Details {
        let none = Details::default();
        let caller = self.find(birth.caller);
        let own = caller.map_or(&none, |slot| self.details(slot));
        let as_thread = birth.flags & flags::THREAD != 0;
        let places = &event.places.details;
        let vpid = places.vpid(&event.params).filter(|_| birth.inside);
        let pid = event.places.pid.and_then(|at| event.params.signed(at));
        let untold = match birth.vtid {
            None => -1,
            Some(_) if as_thread => pid.unwrap_or(birth.child),
            Some(_) => birth.child,
        };
        let mut details = places.child(&event.params, own, as_thread, vpid.unwrap_or(untold));
        if let (Some(slot), false) = (caller, as_thread) {
            let identity = &self.get(slot).identity;
            let main = self.find(identity.pid).unwrap_or(slot);
            let shares = identity.flags & flags::FILES != 0;
            details.files = self.details(if shares { main } else { slot }).files.clone();
            details.cwd = self.details(main).cwd.clone();
            details.env = self.details(main).env.clone();
        }
        details
    }

    /// Makes sure of the caller's entry; one that was a placeholder is made
    /// anew (its clock starts over). Returns whether it was known.
    fn revive(&mut self, caller: i64) -> bool {
        let Some(slot) = self.find_or_add(caller) else {
            return true;
        };
        if !self.get(slot).identity.is_placeholder() {
            return true;
        }
        self.remove(caller, true);
        self.find_or_add(caller);
        false
    }

    /// Exit of execve or execveat: a new name, perhaps another container.
    pub(crate) fn exec_exit(
        &mut self,
        slot: u32,
        params: &Params<'_>,
        places: &Places,
        containers: &mut Containers,
    ) {
        if params.signed(0).is_none_or(|result| result < 0) {
            return;
        }
        let container = places
            .cgroups
            .and_then(|at| params.get(at))
            .map(|cgroups| containers.of_cgroups(cgroups));
        let ptid = places.ptid.and_then(|at| params.signed(at));
        let pid = places.pid.and_then(|at| params.signed(at));
        let comm = places.comm(params);
        self.disclaim(slot);
        let identity = &mut self.get_mut(slot).identity;
        identity.comm = comm;
        identity.pid = pid.unwrap_or(identity.pid);
        if identity.ptid == -1 {
            identity.ptid = ptid.unwrap_or(-1);
        }
        if let Some(container) = container {
            identity.container = container;
        }
        // no longer a thread of another: there is nothing to claim
        identity.flags &= flags::INVERTED | flags::IS_MAIN_THREAD | flags::TRACED;
        self.clock_mut(slot).row = u32::MAX;
        if self.detailed {
            places.details.executed(params, &mut self.details[slot as usize]);
        }
    }
}

/// A clone exit as the thread table needs it.
pub(crate) struct CloneExit<'a> {
    pub tid: i64,
    pub ts_ns: u64,
    pub params: Params<'a>,
    pub places: Places,
}

/// Who begot whom.
struct Birth {
    child: i64,
    caller: i64,
    /// The child's own exit came first.
    inverted: bool,
    /// In a pid namespace of its own.
    inside: bool,
    flags: u32,
    vtid: Option<i64>,
}
