//! Whose events they are, for collectors that look at threads of the selection
//! and at all others beside them. A thread's container may get its name late in
//! a capture: until then it is *open*, and what it did is kept apart, to be
//! taken or dropped when the answer is made.

use std::collections::HashMap;
use std::sync::Arc;

use crate::filter::{ContainerMatch, Names, Selection};
use crate::state::{ContainerId, Containers, HOST, World};

/// Threads that are told apart; what further ones do goes to one row for each
/// container and name, and names beyond twice as many share one.
const LIMIT: usize = 16_384;
/// Containers that are kept open; of further ones it is decided at once.
const OPEN: usize = 64;

/// A thread as it was when it made its events.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Member {
    /// Container.
    pub container: ContainerId,
    /// Its own name.
    pub comm: Arc<str>,
    /// The name of its main thread.
    pub process: Arc<str>,
    /// Its process; -1: one of those beyond the limit.
    pub pid: i64,
    /// Thread id; -1: one of those beyond the limit.
    pub tid: i64,
}

/// Whether a thread is one of the selection's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is.
    In,
    /// It is not.
    Out,
    /// Its container, the one of this number among the open ones, has not been
    /// described yet.
    Open(usize),
}

/// What a slot's thread was last time; names are compared by address.
#[derive(Clone, Debug)]
struct Seen {
    tid: i64,
    container: ContainerId,
    comm: Arc<str>,
    row: usize,
}

/// The threads of one capture by number, and where they stand.
#[derive(Clone, Debug)]
pub(super) struct Members {
    containers: ContainerMatch,
    processes: Names,
    by_slot: Vec<Option<Seen>>,
    numbers: HashMap<Member, usize>,
    list: Vec<(Member, Standing)>,
    open: Vec<ContainerId>,
}

impl Members {
    /// Of a selection's containers and processes.
    pub fn new(selection: &Selection) -> Members {
        Members {
            containers: selection.containers.clone(),
            processes: selection.processes.clone(),
            by_slot: Vec::new(),
            numbers: HashMap::new(),
            list: Vec::new(),
            open: Vec::new(),
        }
    }

    /// The row of the thread in `slot`.
    #[inline]
    pub fn row(&mut self, slot: u32, world: &World) -> usize {
        let thread = world.threads.get(slot);
        if let Some(Some(seen)) = self.by_slot.get(slot as usize)
            && seen.tid == thread.tid
            && seen.container == thread.identity.container
            && Arc::ptr_eq(&seen.comm, &thread.identity.comm)
        {
            return seen.row;
        }
        self.find(slot, world)
    }

    #[cold]
    fn find(&mut self, slot: u32, world: &World) -> usize {
        let thread = world.threads.get(slot);
        let identity = &thread.identity;
        let main = world.threads.get(world.main_slot(slot));
        let mut member = Member {
            container: identity.container,
            comm: Arc::clone(&identity.comm),
            process: Arc::clone(&main.identity.comm),
            pid: identity.pid,
            tid: thread.tid,
        };
        if self.list.len() >= LIMIT && !self.numbers.contains_key(&member) {
            (member.pid, member.tid) = (-1, -1);
        }
        if self.list.len() >= 2 * LIMIT && !self.numbers.contains_key(&member) {
            member.comm = Arc::from("(others)");
            member.process = Arc::clone(&member.comm);
        }
        let seen = Seen {
            tid: thread.tid,
            container: identity.container,
            comm: Arc::clone(&identity.comm),
            row: 0,
        };
        let row = match self.numbers.get(&member) {
            Some(row) => *row,
            None => self.add(member, &world.containers),
        };
        let at = slot as usize;
        if self.by_slot.len() <= at {
            self.by_slot.resize(at + 1, None);
        }
        self.by_slot[at] = Some(Seen { row, ..seen });
        row
    }

    fn add(&mut self, member: Member, containers: &Containers) -> usize {
        let standing = self.standing_of(&member, containers);
        self.numbers.insert(member.clone(), self.list.len());
        self.list.push((member, standing));
        self.list.len() - 1
    }

    fn standing_of(&mut self, member: &Member, containers: &Containers) -> Standing {
        if !self.processes.is_empty() && !self.processes.matches(&member.comm) {
            return Standing::Out;
        }
        let container = containers.get(member.container);
        let settled = member.container == HOST || container.described;
        if !settled && !self.containers.is_empty() {
            let known = self.open.iter().position(|open| *open == member.container);
            if let Some(at) = known {
                return Standing::Open(at);
            }
            if self.open.len() < OPEN {
                self.open.push(member.container);
                return Standing::Open(self.open.len() - 1);
            }
        }
        if self.containers.matches(container) { Standing::In } else { Standing::Out }
    }

    /// Where the thread of a row stands.
    #[inline]
    pub fn standing(&self, row: usize) -> Standing {
        self.list[row].1
    }

    /// The thread of a row.
    pub fn member(&self, row: usize) -> &Member {
        &self.list[row].0
    }

    /// All threads by row.
    pub fn list(&self) -> impl Iterator<Item = &Member> {
        self.list.iter().map(|(member, _)| member)
    }

    /// Whether the open container of this number is one of the selection's,
    /// now that all names are known.
    pub fn is_in(&self, open: usize, containers: &Containers) -> bool {
        self.open.get(open).is_some_and(|id| self.containers.matches(containers.get(*id)))
    }

    /// Whether the thread of a row is one of the selection's, now that all names
    /// are known.
    pub fn is_chosen(&self, row: usize, containers: &Containers) -> bool {
        match self.standing(row) {
            Standing::In => true,
            Standing::Out => false,
            Standing::Open(at) => self.is_in(at, containers),
        }
    }
}
