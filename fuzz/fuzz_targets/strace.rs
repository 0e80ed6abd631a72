//! Any bytes are lines of strace, understood or not: none is lost, the listing
//! holds each call, and the answer does not depend on how the text is cut into
//! segments. Nothing panics or takes long.
//!
//! `cargo fuzz run strace`, or without a nightly compiler
//! `cargo fuzz run -s none strace`.

#![no_main]

mod trace;

use analyze::format::trace::TraceFormat;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| trace::check(TraceFormat::Strace, bytes));
