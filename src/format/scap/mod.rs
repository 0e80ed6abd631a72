//! The capture format of sysdig and Falco: pcapng-like blocks, a section
//! header, tables of processes, files, users and interfaces, then events.
//! Everything is little endian. Nothing a file claims is believed: lengths are
//! checked before they are used, and memory is never taken on their word.

pub mod block;
mod cursor;
pub mod event;
pub mod fds;
pub mod interfaces;
pub mod loss;
pub mod machine;
pub mod processes;
mod reader;
mod reject;
mod resync;
pub mod section;
pub mod sockets;
pub mod users;

pub use cursor::{Cursor, Short};
pub use reader::{Reader, STRETCH, Sink, Step};
pub use reject::{NotACapture, check_start};
pub use resync::{Chain, search};
