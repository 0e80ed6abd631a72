//! All that is known around an event: threads with their files, containers,
//! and the machine.

use super::container::Containers;
use super::details::Details;
use super::effects;
use super::family::Threads;
use super::fd::Fd;
use super::fdtable::FdTable;
use super::host::Host;
use super::thread::flags;

/// The state tables.
#[derive(Debug, Default)]
pub struct World {
    /// Threads.
    pub threads: Threads,
    /// Containers.
    pub containers: Containers,
    /// Users, groups, interfaces.
    pub host: Host,
    /// Time of the last scheduler switch on each processor, ns since the epoch.
    pub(crate) switched_ns: Vec<u64>,
    /// Time of the section's first event that is no container description,
    /// ns since the epoch.
    pub first_ns: u64,
    /// The current event gave its file another name.
    pub renamed: bool,
    /// Time since the switch before, of the current switch event, ns.
    pub ran_ns: u64,
    /// User and system ticks since the thread's procinfo before, of the
    /// current procinfo event.
    pub ticks: [u64; 2],
}

impl World {
    /// With or without what listings and filters need of each thread.
    #[must_use]
    pub fn new(detailed: bool) -> World {
        World { threads: Threads::new(detailed), ..World::default() }
    }

    /// A new section begins: its lists tell everything anew.
    pub(crate) fn clear(&mut self) {
        self.threads.clear();
        self.host = Host::default();
        self.first_ns = 0;
    }

    /// Grows whenever something may have changed that is told of threads: who they are,
    /// their ancestors, directories, arguments, users and containers. Not what every
    /// event may change: clocks, calls, files, memory.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.threads.changes()
    }

    /// The slot whose files a thread uses: its main thread's where they share.
    #[must_use]
    pub fn files_slot(&self, slot: u32) -> u32 {
        if self.threads.get(slot).identity.flags & flags::FILES == 0 {
            return slot;
        }
        self.main_slot(slot)
    }

    /// The slot of a thread's main thread; its own where that is not known.
    #[must_use]
    pub fn main_slot(&self, slot: u32) -> u32 {
        let thread = self.threads.get(slot);
        let identity = &thread.identity;
        if identity.pid == thread.tid || identity.flags & flags::IS_MAIN_THREAD != 0 {
            return slot;
        }
        self.threads.find(identity.pid).unwrap_or(slot)
    }

    /// Everything else about a thread.
    #[must_use]
    pub fn details(&self, slot: u32) -> &Details {
        self.threads.details(slot)
    }

    /// A thread's working directory, with a trailing slash.
    #[must_use]
    pub fn cwd(&self, slot: u32) -> &[u8] {
        &self.threads.details(self.main_slot(slot)).cwd
    }

    /// The directory that a path of a call with a directory argument is seen
    /// from, with a trailing slash; nothing for an absolute path.
    #[must_use]
    pub fn at_directory(&self, slot: u32, path: &[u8], dirfd: i64) -> Vec<u8> {
        effects::at_directory(self, slot, path, dirfd)
    }

    /// A thread's open files.
    #[must_use]
    pub fn files(&self, slot: u32) -> &FdTable {
        &self.threads.details(self.files_slot(slot)).files
    }

    pub(crate) fn files_mut(&mut self, slot: u32) -> &mut FdTable {
        let slot = self.files_slot(slot);
        &mut self.threads.details_mut(slot).files
    }

    /// One open file of a thread; negative numbers are none.
    #[must_use]
    pub fn file(&self, slot: u32, number: i64) -> Option<&Fd> {
        if number < 0 { None } else { self.files(slot).get(number) }
    }

    pub(crate) fn file_mut(&mut self, slot: u32, number: i64) -> Option<&mut Fd> {
        if number < 0 { None } else { self.files_mut(slot).get_mut(number) }
    }

    /// The same, to change what nobody sees of it.
    pub(crate) fn file_silently(&mut self, slot: u32, number: i64) -> Option<&mut Fd> {
        if number < 0 { None } else { self.files_mut(slot).silently(number) }
    }

    /// Enters an open file, which is the thread's last one from now on.
    pub(crate) fn add_file(&mut self, slot: u32, number: i64, fd: Fd) {
        if number >= 0 {
            self.files_mut(slot).add(number, fd);
            self.threads.details_mut(slot).call.fd = number;
        }
    }
}
