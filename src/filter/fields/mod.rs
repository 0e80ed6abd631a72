//! All fields, by class; and how a written name is looked up.

mod container;
mod context;
mod evt;
mod evt_args;
mod evt_io;
mod evt_time;
mod fd;
mod fd_ends;
mod fdlist;
mod field;
mod lookup;
mod orchestrator;
mod process;
mod process_family;
mod syslog;
mod thread;
mod user;

pub use context::{Context, Previous, Settings, TimeStyle};
pub use evt_args::raw_type;
pub use evt_io::may_transfer;
pub use evt_time::has_latency;
pub use field::{Argument, ArgumentRule, Field, Get, Getter, Needs, Number, Text, Write};
pub use lookup::{UnknownField, all, distance, lookup};
