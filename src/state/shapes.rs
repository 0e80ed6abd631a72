//! What is known of an event type, in a form that reading loops read fast.

use crate::event::{Group, Role, event_types};

/// What is known of an event type, in a form that the loop reads fast.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    /// Events of this type so far.
    pub(super) seen: u64,
    pub(super) role: Role,
    pub(super) way: Way,
    pub(super) syscall: bool,
    /// Enter events that exit-only writers keep.
    pub(super) kept_enter: bool,
}

/// How an event is taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Changes the clock of its thread and nothing else.
    Clock,
    /// The same; which call it is stands in its parameters.
    Generic,
    /// Reads the clock.
    Switch,
    /// Has nothing to do with the clock.
    Skip,
    /// Anything else.
    Long,
}

/// More than there are event types, and a power of two.
pub(super) const SHAPES: usize = 512;

/// The shapes of all event types by number; unknown ones are not numbered.
pub(super) fn shapes() -> [Shape; SHAPES] {
    let kept = ["open", "openat", "openat2", "creat", "connect"];
    let unknown = Shape {
        seen: 0,
        role: Role::Unnumbered,
        way: Way::Long,
        syscall: false,
        kept_enter: false,
    };
    let mut shapes = [unknown; SHAPES];
    for (shape, kind) in shapes.iter_mut().zip(event_types()) {
        *shape = Shape {
            seen: 0,
            role: kind.role,
            way: match kind.role {
                Role::Plain => Way::Clock,
                Role::Generic => Way::Generic,
                Role::Switch => Way::Switch,
                Role::Skipped => Way::Skip,
                _ => Way::Long,
            },
            syscall: kind.group == Group::Syscall,
            kept_enter: !kind.is_exit() && kept.contains(&kind.name),
        };
    }
    shapes
}
