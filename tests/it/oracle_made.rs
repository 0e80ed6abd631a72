//! The installed sysdig's answers to the captures made by hand: the hard rules
//! of pairing, that recorded captures hardly ever exercise.

use std::fs;
use std::path::Path;

use crate::answers::{chisels, listing};
use crate::lines::lines;
use crate::listing::COLUMNS;
use crate::made::made_captures;
use crate::oracle::{chisel_rows, parse, row_difference};

/// Captures on which we differ from sysdig 0.29.3: where the first difference
/// lies, and why. All of them are told in the README.
const DIFFERENT: [(&str, &str, &str); 11] = [
    ("generic_calls", "topscalls_time:", "a call number beyond the table gets a row, <NA>"),
    ("container_late", "topscalls_time.pc:", "late metadata names earlier events too"),
    ("container_replaced", "topscalls_time.pc:", "one name a container, the last"),
    ("container_failed_lookup", "topscalls_time.pc:", "one name a container, the last"),
    ("container_large", "topscalls_time.pc:", "late metadata names earlier events too"),
    ("unknown_types", "event", "0.29.3 does not know the types 336 and up"),
    ("only_unknown", "topscalls_time:", "0.29.3 does not know the types 336 and up"),
    ("unknown_block_later", "4 events, sysdig lists 2", "unknown blocks are passed over"),
    ("section_options", "2 events, sysdig lists 0", "options of the section header are read"),
    ("short_params_crash", "2 events, sysdig lists 0", "0.29.3 crashes"),
    ("fd_list_unknown_tid", "2 events, sysdig lists 0", "no reason to refuse the file"),
];

/// Compares one made capture with its recorded answer; says what differs.
fn difference(name: &str, bytes: &[u8], folder: &Path) -> Option<String> {
    let answers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/made").join(name);
    let path = folder.join(format!("{name}.scap"));
    fs::write(&path, bytes).unwrap();
    let (ours, _) = listing(&path, true);
    let text = fs::read_to_string(answers.join("events.tsv")).unwrap_or_default();
    let theirs: Vec<_> = text.lines().map(|line| parse(line, 7)).collect();
    for (ours, theirs) in ours.iter().zip(&theirs) {
        if ours != theirs {
            return Some(format!("event\nours   {ours:?}\nsysdig {theirs:?}"));
        }
    }
    if ours.len() != theirs.len() {
        return Some(format!("{} events, sysdig lists {}", ours.len(), theirs.len()));
    }
    for (suffix, by_container) in [("", false), (".pc", true)] {
        let (times, counts) = chisels(&path, by_container, None);
        for (chisel, ours) in [("topscalls_time", times), ("topscalls", counts)] {
            let theirs = chisel_rows(&answers.join(format!("{chisel}{suffix}.json")));
            if let Some(difference) = theirs.and_then(|theirs| row_difference(&ours, &theirs)) {
                return Some(format!("{chisel}{suffix}: {difference}"));
            }
        }
    }
    None
}

#[test]
fn made_captures_read_as_sysdig_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let captures = made_captures();
    assert!(captures.len() >= 25);
    let mut wrong = Vec::new();
    for (name, shows, bytes) in &captures {
        let expected = DIFFERENT.iter().find(|(other, ..)| other == name);
        match (difference(name, bytes, folder.path()), expected) {
            (None, None) => {}
            (Some(difference), Some((_, place, _))) if difference.starts_with(place) => {}
            (Some(difference), _) => wrong.push(format!("{name} ({shows}):\n{difference}")),
            (None, Some((_, _, reason))) => {
                wrong.push(format!("{name} no longer differs: {reason}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n\n"));
}

/// Captures whose columns differ from sysdig's; [`DIFFERENT`] tells why.
const OTHER_COLUMNS: [&str; 6] = [
    "unknown_types",
    "only_unknown",
    "unknown_block_later",
    "section_options",
    "short_params_crash",
    "fd_list_unknown_tid",
];

/// The first column line that is not sysdig's.
fn column_difference(name: &str, bytes: &[u8], folder: &Path) -> Option<String> {
    let answers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/made").join(name);
    let path = folder.join(format!("{name}.scap"));
    fs::write(&path, bytes).unwrap();
    let theirs = fs::read_to_string(answers.join("columns.tsv")).expect("recorded columns");
    let ours = lines(&path, Some(COLUMNS), "").unwrap_or_default();
    let ours = String::from_utf8_lossy(&ours).into_owned();
    let (mut ours, mut theirs) = (ours.lines(), theirs.lines());
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return None,
            (ours, theirs) if ours == theirs => {}
            (ours, theirs) => {
                return Some(format!(
                    "ours   {}\nsysdig {}",
                    ours.unwrap_or("-"),
                    theirs.unwrap_or("-")
                ));
            }
        }
    }
}

#[test]
fn made_columns_are_sysdigs() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for (name, shows, bytes) in &made_captures() {
        let known = OTHER_COLUMNS.contains(name);
        match column_difference(name, bytes, folder.path()) {
            None if known => wrong.push(format!("{name} no longer differs")),
            Some(difference) if !known => {
                wrong.push(format!("{name} ({shows}):\n{difference}"));
            }
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n\n"));
}
