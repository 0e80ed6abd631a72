//! What begins inside a capture: a base and a new run, one after the other in
//! one file, must be told from one level with its time; two like runs must not.

use std::path::{Path, PathBuf};

use analyze::compare::Surroundings;
use analyze::compare::change::Turn;
use analyze::compare::run::Run;
use analyze::compare::verdict::verdict;

use crate::compare_runs::{changes, of_container, run, side};
use crate::framing::{Block, blocks, inflated};
use crate::shared::captures;

/// Where an event block keeps its time.
fn time_at(block: &Block) -> usize {
    let has_flags = matches!(block.number, 0x208 | 0x217 | 0x222);
    block.offset + 8 + 2 + if has_flags { 4 } else { 0 }
}

fn times(bytes: &[u8]) -> impl Iterator<Item = (u64, usize)> + '_ {
    blocks(bytes).into_iter().filter(Block::is_event).map(|block| {
        let at = time_at(&block);
        (u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()), at)
    })
}

/// The first capture whole, then the events of the second, moved in time so that
/// they begin a microsecond after the first's end.
fn joined(first: &Path, second: &Path, folder: &Path) -> Run {
    let mut bytes = inflated(&std::fs::read(first).unwrap());
    let mut more = inflated(&std::fs::read(second).unwrap());
    let end = times(&bytes).map(|(ts, _)| ts).max().unwrap() + 1_000;
    let begin = times(&more).map(|(ts, _)| ts).min().unwrap();
    for (ts, at) in times(&more).collect::<Vec<_>>() {
        more[at..at + 8].copy_from_slice(&(ts - begin + end).to_le_bytes());
    }
    for block in blocks(&more).iter().filter(|block| block.is_event()) {
        bytes.extend_from_slice(&more[block.offset..block.end()]);
    }
    let path = folder.join("joined.scap");
    std::fs::write(&path, bytes).unwrap();
    run(&path, &of_container(None))
}

/// A base, a new run, the call that got slower between them, and by how much at
/// least and at most.
fn steps(root: &Path) -> Vec<(PathBuf, PathBuf, &'static str, f64, f64)> {
    let live = |name: &str| root.join("live").join(format!("{name}.scap.gz"));
    let mut steps = Vec::new();
    for at in 1..=3 {
        let (alone, beside) = (live(&format!("alone{at}")), live(&format!("beside{at}")));
        steps.push((alone, beside, "lstat", 3.0, 5.0));
    }
    steps.push((live("alone-switch"), live("beside-switch"), "lstat", 3.0, 5.0));
    let pairs = [
        ("dentry", "newfstatat", 2.5, 4.5),
        ("disk-neighbour", "fsync", 2.5, 10.0),
        ("lock-contention", "futex", 3.0, 8.0),
    ];
    for (name, event, low, high) in pairs {
        let pair = root.join("pairs").join(name);
        for (base, new) in side(&pair, "base").into_iter().zip(side(&pair, "new")) {
            steps.push((base, new, event, low, high));
        }
    }
    steps
}

#[test]
fn what_begins_inside_a_capture_is_found_with_its_time() {
    let Some(root) = captures() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (base, new, event, low, high) in steps(&root) {
        let name = format!("{} and {}: {event}", base.display(), new.display());
        let alone = run(&base, &of_container(None));
        let joined = joined(&base, &new, folder.path());
        let border = alone.span_ns as f64;
        let found = changes(std::slice::from_ref(&alone), std::slice::from_ref(&joined));
        let turn = found.turns.iter().find(|turn| turn.event == event && turn.run == joined.label);
        let turn = turn.unwrap_or_else(|| panic!("{name}: no turn, {:?}", found.turns));
        // within a twentieth of the whole, and half a period of a worker that sleeps
        let off = (turn.after_ns as f64 - border).abs();
        assert!(off < joined.span_ns as f64 / 20.0 + 0.5e9, "{name}: {turn:?}, not {border}");
        assert!((low..high).contains(&turn.ratio), "{name}: {turn:?}");
        let told = verdict(&found, &Surroundings::default());
        let line = told.iter().find(|line| line.contains(event) && line.contains("joined"));
        assert!(line.is_some(), "{name}: {told:#?}");
    }
}

/// Nothing began: of all calls that matter in all neighbouring like runs, joined,
/// at most one in twenty is said to have changed in the middle.
#[test]
fn like_runs_in_one_capture_are_one_level() {
    let Some(root) = captures() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut paths: Vec<Vec<PathBuf>> = Vec::new();
    for (pair, which) in [
        ("aa-same", "base"),
        ("aa-same", "new"),
        ("more-calls", "base"),
        ("disk-neighbour", "new"),
        ("lock-contention", "base"),
        ("lock-contention", "new"),
    ] {
        paths.push(side(&root.join("pairs").join(pair), which));
    }
    let (mut calls, mut turns): (usize, Vec<Turn>) = (0, Vec::new());
    for pair in paths.iter().flat_map(|runs| runs.windows(2)) {
        let joined = [joined(&pair[0], &pair[1], folder.path())];
        let found = changes(&joined, &joined);
        calls += found.rows.iter().filter(|row| row.matters && !row.pacing).count();
        turns.extend(found.turns);
    }
    // each joined capture stands on both sides
    println!("{} of {calls} calls change inside two like runs", turns.len() / 2);
    assert!(calls > 60 && turns.len() / 2 * 20 <= calls, "{turns:#?}");
}
