//! Who did it: threads, containers, and the pairing of enter and exit events
//! to latencies, by sysdig's rules to the nanosecond. What those rules get
//! wrong is known for every event and told beside the latency.

mod capture;
mod container;
mod details;
mod effects;
mod family;
mod fd;
mod fdtable;
mod host;
mod pairing;
pub mod path;
mod segment;
mod shapes;
mod summary;
mod table;
mod thread;
mod visitor;
mod world;

pub use capture::{Opened, ReadError, read, read_text, read_with};
pub use container::{Container, ContainerId, Containers, HOST, Mount};
pub use details::{Call, Details, Shared};
pub use family::Threads;
pub use fd::{Ends, Fd, FdKind, L4, Role};
pub use fdtable::FdTable;
pub use host::{Host, User};
pub use pairing::{Event, Pairing};
pub use segment::{Cuts, Part, Tally, read_in_segments};
pub use summary::{DropCount, Summary};
pub use table::Index;
pub use thread::{Clock, Identity, Thread};
pub use visitor::Visitor;
pub use world::World;
