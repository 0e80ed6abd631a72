//! The vocabulary that all other modules share: event types and system calls
//! (tables that a person can read and diff), what a call is for (work, wait,
//! idle), which calls are relatives, and how times are written.

mod calls;
mod errno;
mod flags;
mod kind;
mod names;
mod param;
mod signals;
mod table;
mod units;

pub use calls::{Call, call_named};
pub use errno::{errno_name, errno_number, result_name};
pub use flags::{FlagName, flag_names, write_flags};
pub use kind::{KINDS, Kind};
pub use names::{CallRole, Class, class_of, family_of, role_of};
pub use param::{Param, ParamType, PrintFormat};
pub use signals::{signal_name, signal_number};
pub use table::{
    EventType, Flags, Group, Role, event_type, event_types, syscall_category, syscall_name,
    tells_of_drops,
};
pub use units::{
    bytes_text, count_text, parse_duration_ns, rate_text, several, sysdig_time_text, time_text,
};
