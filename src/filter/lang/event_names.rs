//! Names that `evt.type` can have: a filter that asks for another one has a
//! mistake in it, and would match nothing.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::event::{event_types, syscall_name};

use super::error::nearest;

static NAMES: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let calls = (0..512).map(syscall_name).filter(|name| *name != "<NA>");
    event_types().iter().map(|kind| kind.name).chain(calls).collect()
});

/// Whether an event or a system call has this name.
pub(super) fn is_known(name: &[u8]) -> bool {
    std::str::from_utf8(name).is_ok_and(|name| NAMES.contains(name))
}

/// The most similar name.
pub(super) fn closest(name: &str) -> Option<&'static str> {
    nearest(name, NAMES.iter().copied())
}
