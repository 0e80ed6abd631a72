//! What a call is for, and which calls are relatives. A sleep is idle by
//! intent and never the culprit; a wait takes as long as others need; and
//! since 2021 C libraries make `newfstatat` of what was `lstat`, so a question
//! for one must find the other. Both are tables beside this file.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// What a thread does in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// The kernel works for the thread.
    Work,
    /// The thread waits for others: poll, futex, recv, wait4.
    Wait,
    /// The thread sleeps because it wants to.
    Idle,
}

impl Class {
    /// The word used in tables and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Class::Work => "work",
            Class::Wait => "wait",
            Class::Idle => "idle",
        }
    }
}

static CLASSES: LazyLock<HashMap<&'static str, Class>> = LazyLock::new(|| {
    let lines = include_str!("classes.tsv").lines().skip(1);
    lines
        .filter_map(|line| line.split_once('\t'))
        .map(|(name, class)| (name, if class == "idle" { Class::Idle } else { Class::Wait }))
        .collect()
});

/// What a call of work or wait is about, as far as slowness goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CallRole {
    /// Looks a path up.
    Path,
    /// Waits until data is on the disk.
    Sync,
    /// Waits for another thread.
    Lock,
    /// Waits for a peer's data.
    Receive,
    /// Reads from whatever its file is.
    Read,
    /// Writes to whatever its file is.
    Write,
    /// Waits for any of several files.
    Poll,
}

static ROLES: LazyLock<HashMap<&'static str, CallRole>> = LazyLock::new(|| {
    let lines = include_str!("roles.tsv").lines().skip(1);
    let role = |name: &str| match name {
        "path" => Some(CallRole::Path),
        "sync" => Some(CallRole::Sync),
        "lock" => Some(CallRole::Lock),
        "receive" => Some(CallRole::Receive),
        "read" => Some(CallRole::Read),
        "write" => Some(CallRole::Write),
        "poll" => Some(CallRole::Poll),
        _ => None,
    };
    lines
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(name, word)| Some((name, role(word)?)))
        .collect()
});

/// The role of the call with this name, if the table has it.
#[must_use]
pub fn role_of(name: &str) -> Option<CallRole> {
    ROLES.get(name).copied()
}

static FAMILIES: LazyLock<Vec<Vec<&'static str>>> = LazyLock::new(|| {
    let lines = include_str!("families.tsv").lines().skip(1);
    lines
        .filter_map(|line| line.split_once('\t'))
        .map(|(_, names)| names.split(' ').collect())
        .collect()
});

/// The class of the call with this name; work unless the table says else.
#[must_use]
pub fn class_of(name: &str) -> Class {
    CLASSES.get(name).copied().unwrap_or(Class::Work)
}

/// All calls that do what `name` does, itself included (alone if it has no
/// relatives).
#[must_use]
pub fn family_of(name: &str) -> Vec<&str> {
    let mut family = vec![name];
    for names in FAMILIES.iter().filter(|names| names.contains(&name)) {
        for relative in names {
            if !family.contains(relative) {
                family.push(relative);
            }
        }
    }
    family
}
