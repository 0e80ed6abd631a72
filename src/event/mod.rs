//! The vocabulary that all other modules share: event types and system calls
//! (tables that a person can read and diff), what a call is for (work, wait,
//! idle), which calls are relatives, and how times are written.

mod kind;
mod names;
mod table;
mod units;

pub use kind::{KINDS, Kind};
pub use names::{Class, class_of, family_of};
pub use table::{EventType, Flags, Group, Param, Role, event_type, event_types, syscall_name};
pub use units::{bytes_text, count_text, parse_duration_ns, rate_text, several, time_text};
