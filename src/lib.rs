//! `analyze` answers one question: which system calls got slower between two
//! runs of the same worker, by how much, and why?
//!
//! Bytes go in at one end, an answer with its evidence comes out at the other.
//! A module may use the ones above it in this list and never the ones below:
//! [`event`] (the vocabulary), [`source`] (bytes), [`format`](mod@format)
//! (bytes to events), [`state`] (who did it; enter + exit to latency),
//! [`filter`] (the selection), [`chisel`] (aggregation), [`compare`] (runs
//! against runs), [`report`] (tables, files, pictures), [`cli`] (arguments).

pub mod chisel;
pub mod cli;
pub mod compare;
pub mod event;
pub mod filter;
pub mod format;
pub mod report;
pub mod source;
pub mod state;
