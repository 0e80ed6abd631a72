//! Who did it: threads, containers, and the pairing of enter and exit events
//! to latencies, by sysdig's rules to the nanosecond. What those rules get
//! wrong is known for every event and told beside the latency.

mod capture;
mod container;
mod family;
mod pairing;
pub mod path;
mod summary;
mod table;
mod thread;

pub use capture::{Opened, ReadError, Visitor, read};
pub use container::{Container, ContainerId, Containers, HOST};
pub use family::Threads;
pub use pairing::{Event, Pairing};
pub use summary::{DropCount, Summary};
pub use table::Index;
pub use thread::{Clock, Identity, Thread};
