//! Threads of a trace in text: nothing lists them, their numbers are seen in
//! lines, and who made them is known from the calls that returned the numbers.

use std::sync::Arc;

use super::super::details::Details;
use super::super::thread::{Identity, flags};
use super::{HOST, Threads, comm_text};
use crate::format::trace::Birth;

impl Threads {
    /// Adds a thread that a trace names for the first time. It counts as known
    /// from then on, so that the exit of the call that made it changes nothing.
    pub(crate) fn add_traced(&mut self, birth: Birth<'_>) {
        self.remove(birth.tid, true);
        let parent = birth.parent.and_then(|tid| self.find(tid));
        let main = parent.map(|slot| self.get(slot).identity.pid).filter(|_| birth.as_thread);
        let comm = if birth.comm.is_empty() { Arc::from("<NA>") } else { comm_text(birth.comm) };
        let own_flags = [
            (birth.as_thread && main.is_some(), flags::THREAD),
            (birth.shares_files && parent.is_some(), flags::FILES),
        ];
        let own_flags = own_flags.iter().filter(|(has, _)| *has).map(|(_, flag)| flag).sum::<u32>();
        let identity = Identity {
            pid: main.unwrap_or(birth.tid),
            ptid: birth.parent.unwrap_or(-1),
            comm,
            flags: own_flags | flags::INVERTED | flags::TRACED,
            children: self.count_children(birth.tid),
            ..Identity::placeholder(birth.tid)
        };
        debug_assert_eq!(identity.container, HOST);
        let details = parent.filter(|_| self.detailed).map(|slot| self.inherited(slot, birth));
        let slot = self.add_counted(birth.tid, identity);
        if let (Some(slot), Some(details)) = (slot, details) {
            self.details[slot as usize] = details;
        }
    }

    /// What a child has of its parent.
    fn inherited(&self, parent: u32, birth: Birth<'_>) -> Details {
        let main = self.find(self.get(parent).identity.pid).unwrap_or(parent);
        let own = self.details(parent);
        let mut details = Details {
            exe: own.exe.clone(),
            exepath: own.exepath.clone(),
            args: own.args.clone(),
            root: own.root.clone(),
            ..Details::default()
        };
        if !birth.as_thread {
            let shares = self.get(parent).identity.flags & flags::FILES != 0;
            details.files = self.details(if shares { main } else { parent }).files.clone();
            details.cwd = self.details(main).cwd.clone();
            details.env = self.details(main).env.clone();
        }
        details
    }

    /// A thread's process is called otherwise from now on.
    pub(crate) fn rename(&mut self, tid: i64, comm: &[u8]) {
        if let Some(slot) = self.find(tid) {
            self.get_mut(slot).identity.comm = comm_text(comm);
            self.clock_mut(slot).row = u32::MAX;
        }
    }
}
