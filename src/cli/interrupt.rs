//! Ctrl-C while captures are read: the first ends reading, and the answer so
//! far is printed as a partial one; a second ends the program.

use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};

/// Exit code of an interrupted run.
pub const EXIT_CODE: u8 = 130;

static STOP: AtomicBool = AtomicBool::new(false);

/// Listens for Ctrl-C from now on.
pub fn listen() {
    let handler = || {
        if STOP.swap(true, Ordering::Relaxed) {
            exit(i32::from(EXIT_CODE));
        }
    };
    // without a handler Ctrl-C ends the program at once, as it always did
    let _ = ctrlc::set_handler(handler);
}

/// Becomes true when reading is to end.
pub fn flag() -> &'static AtomicBool {
    &STOP
}

/// Whether it has been.
pub fn happened() -> bool {
    STOP.load(Ordering::Relaxed)
}
