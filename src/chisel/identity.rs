//! Whose figures a cell holds. A thread's identity is reduced to what was
//! asked for, so that cells are few; names of containers are looked up when
//! the answer is made.

use std::collections::HashMap;
use std::sync::Arc;

use crate::filter::Selection;
use crate::state::{ContainerId, HOST, Thread, Threads};

/// What rows are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum GroupBy {
    /// Not at all.
    #[default]
    Nothing,
    /// By container.
    Container,
    /// By process name (and container).
    Process,
    /// By thread (and process name and container).
    Thread,
}

/// An identity, reduced to what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Who {
    /// Container; [`HOST`] if not asked for.
    pub container: ContainerId,
    /// Process name; empty if not asked for.
    pub process: Arc<str>,
    /// Thread id; -1 if not asked for.
    pub tid: i64,
    /// Whether the event had a thread at all.
    pub known: bool,
}

/// Numbers the identities of one capture.
#[derive(Debug)]
pub struct Rows {
    by_container: bool,
    by_process: bool,
    by_thread: bool,
    numbers: HashMap<Who, u32>,
    list: Vec<Who>,
    /// The row of events without a thread.
    nobody: Option<u32>,
    empty: Arc<str>,
}

impl Rows {
    /// Keeps apart what the selection and the grouping need.
    #[must_use]
    pub fn new(selection: &Selection, group_by: GroupBy) -> Self {
        Rows {
            by_container: !selection.containers.is_empty() || group_by != GroupBy::Nothing,
            by_process: !selection.processes.is_empty()
                || matches!(group_by, GroupBy::Process | GroupBy::Thread),
            by_thread: group_by == GroupBy::Thread,
            numbers: HashMap::new(),
            list: Vec::new(),
            nobody: None,
            empty: Arc::from(""),
        }
    }

    /// The row of `thread`'s events, looked up anew.
    #[cold]
    pub fn of(&mut self, thread: &Thread) -> u32 {
        let identity = &thread.identity;
        let who = Who {
            container: if self.by_container { identity.container } else { HOST },
            process: Arc::clone(if self.by_process { &identity.comm } else { &self.empty }),
            tid: if self.by_thread { thread.tid } else { -1 },
            known: true,
        };
        self.number(who)
    }

    /// Whether identities are kept apart at all; else there is one row.
    #[must_use]
    pub fn are_apart(&self) -> bool {
        self.by_container || self.by_process || self.by_thread
    }

    /// The row of the thread in `slot`, which its clock keeps from now on. Only
    /// one of the visitors of a walk may use the clocks.
    pub fn of_slot(&mut self, slot: u32, threads: &mut Threads) -> u32 {
        let known = threads.clock_mut(slot).row;
        if known != u32::MAX {
            return known;
        }
        let row = self.of(threads.get(slot));
        threads.clock_mut(slot).row = row;
        row
    }

    /// The row of the thread in `slot`, or of events without one.
    pub fn of_any(&mut self, slot: Option<u32>, threads: &mut Threads) -> u32 {
        match slot {
            Some(slot) => self.of_slot(slot, threads),
            None => self.nobody(),
        }
    }

    /// The row of a container's own description.
    pub fn described(&mut self, container: ContainerId) -> u32 {
        if !self.by_container {
            return self.nobody();
        }
        let process = Arc::clone(&self.empty);
        self.number(Who { container, process, tid: -1, known: true })
    }

    /// The row of events without a thread.
    pub fn nobody(&mut self) -> u32 {
        if let Some(row) = self.nobody {
            return row;
        }
        let known = !self.are_apart();
        let who = Who { container: HOST, process: Arc::clone(&self.empty), tid: -1, known };
        let row = self.number(who);
        self.nobody = Some(row);
        row
    }

    fn number(&mut self, who: Who) -> u32 {
        let next = u32::try_from(self.list.len()).unwrap_or(u32::MAX - 1);
        *self.numbers.entry(who).or_insert_with_key(|who| {
            self.list.push(who.clone());
            next
        })
    }

    /// All identities in the order of their numbers.
    #[must_use]
    pub fn list(&self) -> &[Who] {
        &self.list
    }
}
