//! What is kept of each thread of a trace between its lines.

use super::line::{Named, Outcome};
use crate::event::Call;

/// A thread.
#[derive(Debug, Default)]
pub struct Thread {
    /// Name of its process; empty if not known.
    pub comm: Vec<u8>,
    /// The call that it is in.
    pub open: Option<Open>,
    /// A call that has ended, and waits for the next line to tell when at the
    /// latest.
    pub held: Option<Held>,
    /// Number of the line where it was first seen.
    pub since_line: u64,
    /// Time of that line, ns.
    pub since_ns: Option<u64>,
}

/// A call's name beyond its line.
#[derive(Clone, Debug)]
pub struct OwnName {
    name: Vec<u8>,
    call: Option<Call>,
}

impl OwnName {
    /// Keeps a name.
    #[must_use]
    pub fn new(named: Named<'_>) -> OwnName {
        OwnName { name: named.name.to_vec(), call: named.call }
    }

    /// The name again.
    #[must_use]
    pub fn named(&self) -> Named<'_> {
        Named { name: &self.name, call: self.call }
    }
}

/// A call that other lines interrupt.
#[derive(Clone, Debug)]
pub struct Open {
    /// Which.
    pub name: OwnName,
    /// Its arguments so far.
    pub arguments: Vec<u8>,
    /// When it began, ns.
    pub start_ns: Option<u64>,
    /// Number of the line where it began.
    pub line: u64,
}

/// A call whose end is not told.
#[derive(Clone, Debug)]
pub struct Held {
    /// Which.
    pub name: OwnName,
    /// Its arguments.
    pub arguments: Vec<u8>,
    /// What came of it.
    pub outcome: Outcome,
    /// Its result as printed.
    pub text: Vec<u8>,
    /// When it began, ns.
    pub start_ns: u64,
    /// Number of its line.
    pub line: u64,
}

/// Bytes kept of the arguments of a call that other lines interrupt.
const KEPT: usize = 1 << 20;

impl Open {
    /// Adds more arguments.
    pub fn add(&mut self, arguments: &[u8]) {
        let room = KEPT.saturating_sub(self.arguments.len());
        self.arguments.extend_from_slice(arguments.get(..room).unwrap_or(arguments));
    }
}
