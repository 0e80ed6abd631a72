//! A *kind* is the smallest thing that is counted apart: a pair of event types
//! (enter and exit), or, for the generic event, one system call number. Kinds
//! of one name (openat has had two pairs of types) meet only when rows are
//! made, so the reading loop never looks a name up.

use super::table::{event_type, syscall_category, syscall_name};

/// Number of kinds: 256 pairs of event types and 512 generic system calls.
pub const KINDS: usize = 768;

const GENERIC: u16 = 256;
/// Higher than any number in the table of system calls.
const BEYOND: u16 = 511;

/// What an event is counted under; see the module's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind(pub u16);

impl Kind {
    /// No kind: no enter event has been seen.
    pub const NONE: Kind = Kind(u16::MAX);
    /// signaldeliver (types 232 and 233).
    pub const SIGNAL: Kind = Kind(116);
    /// switch (type 152).
    pub const SWITCH: Kind = Kind(76);
    /// switch as old writers have it (type 146).
    pub const OLD_SWITCH: Kind = Kind(73);

    /// The kind of an event type that is not the generic one.
    #[inline]
    #[must_use]
    pub fn of_code(code: u16) -> Kind {
        Kind(code >> 1)
    }

    /// The kind of a generic event for system call `id`; numbers beyond the
    /// table share one.
    #[inline]
    #[must_use]
    pub fn of_syscall(id: u16) -> Kind {
        Kind(GENERIC + id.min(BEYOND))
    }

    /// The type of its enter or exit events.
    #[must_use]
    pub fn code(self, exit: bool) -> u16 {
        let enter = if self.0 < GENERIC { self.0 << 1 } else { 0 };
        enter | u16::from(exit)
    }

    /// Position in an array of [`KINDS`] entries.
    #[inline]
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The name sysdig prints as `evt.type`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0.checked_sub(GENERIC) {
            Some(id) => syscall_name(id),
            None => event_type(self.0 << 1).map_or("<NA>", |kind| kind.name),
        }
    }

    /// Its category, as sysdig 0.29.3 names it.
    #[must_use]
    pub fn category(self) -> &'static str {
        match self.0.checked_sub(GENERIC) {
            Some(id) => syscall_category(id),
            None => event_type(self.0 << 1).map_or("UNKNOWN", |kind| kind.category),
        }
    }

    /// Whether this is a system call (and not a tracepoint or a meta event).
    #[must_use]
    pub fn is_syscall(self) -> bool {
        self.0 >= GENERIC
            || event_type(self.0 << 1).is_some_and(|kind| kind.group == super::Group::Syscall)
    }
}
