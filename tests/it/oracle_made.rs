//! The installed sysdig's answers to the captures made by hand: the hard rules
//! of pairing, that recorded captures hardly ever exercise.

use std::fs;
use std::path::Path;

use crate::answers::{chisels, listing};
use crate::made::made_captures;
use crate::oracle::{chisel_rows, parse, same_rows};

/// Captures on which we differ from sysdig 0.29.3, and why.
const DIFFERENT: [(&str, &str); 0] = [];

/// Compares one made capture with its recorded answer; says what differs.
fn difference(name: &str, bytes: &[u8], folder: &Path) -> Option<String> {
    let answers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/made").join(name);
    let path = folder.join(format!("{name}.scap"));
    fs::write(&path, bytes).unwrap();
    let (ours, _) = listing(&path, true);
    let text = fs::read_to_string(answers.join("events.tsv")).unwrap_or_default();
    let theirs: Vec<_> = text.lines().map(parse).collect();
    for (ours, theirs) in ours.iter().zip(&theirs) {
        if ours != theirs {
            return Some(format!("ours   {ours:?}\nsysdig {theirs:?}"));
        }
    }
    if ours.len() != theirs.len() {
        return Some(format!("{} events, sysdig lists {}", ours.len(), theirs.len()));
    }
    for (suffix, by_container) in [("", false), (".pc", true)] {
        let (times, counts) = chisels(&path, by_container, None);
        for (chisel, ours) in [("topscalls_time", times), ("topscalls", counts)] {
            if let Some(theirs) = chisel_rows(&answers.join(format!("{chisel}{suffix}.json"))) {
                let same = std::panic::catch_unwind(|| same_rows(&ours, &theirs, chisel));
                if same.is_err() {
                    return Some(format!("{chisel}{suffix}: ours {ours:?}\nsysdig {theirs:?}"));
                }
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
        let expected = DIFFERENT.iter().find(|(other, _)| other == name);
        let found = std::panic::catch_unwind(|| difference(name, bytes, folder.path()));
        match (found.unwrap_or_else(|_| Some("refused".into())), expected) {
            (Some(difference), None) => wrong.push(format!("{name} ({shows}):\n{difference}")),
            (None, Some((_, reason))) => wrong.push(format!("{name} no longer differs: {reason}")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n\n"));
}
