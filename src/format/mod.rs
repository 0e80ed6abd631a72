//! From bytes to events, a folder a format.

#![deny(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]

pub mod perf_trace;
pub mod scap;
pub mod strace;
pub mod trace;
