//! What there is to say about a capture as a whole.

use std::collections::BTreeMap;

use serde::Serialize;

use super::container::Containers;
use super::pairing::Pairing;
use crate::format::scap::loss::Losses;
use crate::format::scap::machine::Machine;
use crate::format::scap::section::Section;
use crate::format::trace::TraceFacts;

/// Drops that the capture itself admits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DropCount {
    /// Drop markers (enter and exit of an episode).
    pub markers: u64,
}

/// Facts about one capture.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Its files as given.
    pub files: Vec<String>,
    /// Bytes of the files on disk (or read from stdin).
    pub input_bytes: u64,
    /// Bytes after decompression.
    pub bytes: u64,
    /// `none`, `gzip`, `zstd`.
    pub compression: &'static str,
    /// Section headers.
    pub sections: Vec<Section>,
    /// The machine of the last section.
    pub machine: Machine,
    /// Version of the process list, 0 if there is none.
    pub process_list_version: u8,
    /// Bytes of the tail of the last entry, if any (0 before version 9).
    pub process_tail: Option<usize>,
    /// Events, hidden ones included (`evt.num` of the last).
    pub events: u64,
    /// Events of types that the tables do not know, passed over.
    pub unknown_events: u64,
    /// Blocks by name.
    pub blocks: BTreeMap<String, u64>,
    /// Entries of the process, fd, user and interface lists.
    pub listed: ListCounts,
    /// Time stamp of the first event, ns since the epoch.
    pub first_ns: Option<u64>,
    /// Largest time stamp, ns since the epoch.
    pub last_ns: Option<u64>,
    /// Events stamped earlier than an event before them.
    pub backwards: u64,
    /// Enter events of system calls other than the few that exit-only writers
    /// keep (open, openat, openat2, creat, connect).
    pub enters: u64,
    /// Exit events of system calls.
    pub exits: u64,
    /// Scheduler switches.
    pub switches: u64,
    /// Drops.
    pub drops: DropCount,
    /// Exits that the latency rule measured from a wrong enter, by reason.
    pub unpaired: UnpairedCounts,
    /// Threads seen, the process list's included.
    pub threads: u64,
    /// Containers.
    pub containers: Containers,
    /// What could not be read.
    pub losses: Losses,
    /// Container descriptions that were not understood.
    pub bad_descriptions: u64,
    /// Of text: what its lines were, and what its times are.
    pub trace: Option<Box<TraceFacts>>,
}

/// Entries of the lists at the head of a capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ListCounts {
    /// Threads.
    pub threads: u64,
    /// File descriptors.
    pub fds: u64,
    /// Users and groups.
    pub accounts: u64,
    /// Interface addresses.
    pub interfaces: u64,
}

/// Exits without an enter of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UnpairedCounts {
    /// No enter yet in the thread.
    pub no_enter: u64,
    /// Measured from another call's enter.
    pub other_enter: u64,
    /// The clock was restarted by a signal.
    pub signal: u64,
    /// The enter had its exit already.
    pub doubled: u64,
    /// Stamped before the enter.
    pub negative: u64,
}

impl UnpairedCounts {
    /// Counts one event, if its pairing is one of these.
    #[inline]
    pub fn count(&mut self, pairing: Pairing) {
        match pairing {
            Pairing::NoExit | Pairing::Paired => {}
            Pairing::NoEnter => self.no_enter += 1,
            Pairing::OtherEnter => self.other_enter += 1,
            Pairing::Signal => self.signal += 1,
            Pairing::Doubled => self.doubled += 1,
            Pairing::Negative => self.negative += 1,
        }
    }

    /// Adds the counts of another stretch of the capture.
    pub(super) fn add(&mut self, more: &UnpairedCounts) {
        self.no_enter += more.no_enter;
        self.other_enter += more.other_enter;
        self.signal += more.signal;
        self.doubled += more.doubled;
        self.negative += more.negative;
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.no_enter + self.other_enter + self.signal + self.doubled + self.negative
    }
}

/// Names of blocks kept apart; noise must not fill the memory with them.
const BLOCK_NAMES: usize = 100;

impl Summary {
    /// Counts a block by its name.
    pub(crate) fn count_block(&mut self, name: String) {
        let full = self.blocks.len() >= BLOCK_NAMES && !self.blocks.contains_key(&name);
        let name = if full { "other unknown blocks".into() } else { name };
        *self.blocks.entry(name).or_default() += 1;
    }

    /// Last minus first time stamp, ns.
    #[must_use]
    pub fn span_ns(&self) -> u64 {
        self.last_ns.unwrap_or(0).saturating_sub(self.first_ns.unwrap_or(0))
    }

    /// Its format, for people and programs.
    #[must_use]
    pub fn format_name(&self) -> &'static str {
        self.trace.as_ref().map_or("scap", |trace| trace.format.name())
    }

    /// Whether it is a table of totals, which holds no events.
    #[must_use]
    pub fn is_table(&self) -> bool {
        self.trace.as_ref().is_some_and(|trace| trace.table_only)
    }

    /// Whether it is known how long the capture was.
    #[must_use]
    pub fn has_span(&self) -> bool {
        self.trace.as_ref().is_none_or(|trace| trace.has_span())
    }

    /// Why a text is none after all, with its name.
    #[must_use]
    pub fn refusal(&self) -> Option<String> {
        let why = self.trace.as_ref()?.refusal()?;
        Some(format!("{}: {why}", self.files.join(", ")))
    }

    /// Whether calls have latencies: writers since libs 0.22 keep no enters.
    #[must_use]
    pub fn has_latency(&self) -> bool {
        match &self.trace {
            Some(trace) => trace.has_latency(),
            None => self.enters > 0 || self.exits == 0,
        }
    }
}
