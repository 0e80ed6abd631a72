//! Asks sysdig 0.29.3 about every made capture and keeps its answers under
//! `tests/made/NAME/`, so that the comparison needs no sysdig afterwards.
//!
//! A folder has `events.tsv` and `columns.tsv` (one line an event shown; the
//! second has the columns of all recorded captures), four chisel answers
//! with sorted rows, `exit` (the status of the event listing) and, where there
//! was any, `stderr.txt`. A chisel that gave no JSON (the capture could not be
//! opened) leaves no file. Where sysdig itself crashes, `answer.txt` says so.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::listing::COLUMNS;
use crate::made::made_captures;

const FIELDS: [&str; 11] = [
    "evt.num",
    "evt.rawtime",
    "evt.cpu",
    "thread.tid",
    "evt.dir",
    "evt.type",
    "evt.latency",
    "container.id",
    "container.name",
    "proc.name",
    "proc.pid",
];

const CHISELS: [(&str, &[&str]); 4] = [
    ("topscalls.json", &["-c", "topscalls", "-j"]),
    ("topscalls_time.json", &["-c", "topscalls_time", "-j"]),
    ("topscalls.pc.json", &["-pc", "-c", "topscalls", "-j"]),
    ("topscalls_time.pc.json", &["-pc", "-c", "topscalls_time", "-j"]),
];

fn answers() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/made"))
}

fn sysdig(capture: &Path, args: &[&str]) -> Output {
    Command::new("timeout")
        .args(["20", "sysdig", "-r"])
        .arg(capture)
        .args(args)
        .env("TZ", "UTC")
        .output()
        .expect("timeout and sysdig should be installed")
}

/// The exit code; `signal` when sysdig died of one, which `timeout` repeats.
fn status(of: &Output) -> String {
    of.status.code().map_or_else(|| "signal".into(), |code| code.to_string())
}

fn without_path(text: &[u8], capture: &Path) -> String {
    String::from_utf8_lossy(text).replace(&capture.display().to_string(), "CAPTURE")
}

/// Rows by falling value, then by key: equal counts come in any order.
fn sorted(answer: &[u8]) -> Option<String> {
    let mut json = serde_json::from_slice::<Value>(answer).ok()?;
    if let Some(rows) = json.get_mut("data").and_then(Value::as_array_mut) {
        rows.sort_by(|a, b| {
            value(b).total_cmp(&value(a)).then_with(|| a.to_string().cmp(&b.to_string()))
        });
    }
    Some(serde_json::to_string_pretty(&json).expect("a JSON value") + "\n")
}

fn value(row: &Value) -> f64 {
    let last = row.as_array().and_then(|cells| cells.last());
    last.and_then(Value::as_f64).unwrap_or(0.0)
}

fn record(name: &str, capture: &Path) {
    let folder = answers().join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder for the answers");
    let keep = |file: &str, text: String| {
        fs::write(folder.join(file), text).expect("an answer is written");
    };

    let format = format!("*%{}", FIELDS.join("\t%"));
    let listing = sysdig(capture, &["-p", &format]);
    keep("events.tsv", without_path(&listing.stdout, capture));
    let columns = sysdig(capture, &["-p", COLUMNS]);
    keep("columns.tsv", without_path(&columns.stdout, capture));
    keep("exit", status(&listing) + "\n");
    if !listing.stderr.is_empty() {
        keep("stderr.txt", without_path(&listing.stderr, capture));
    }
    if listing.status.code().is_none() {
        keep("answer.txt", "sysdig 0.29.3 crashes on this capture.\n".into());
    }
    for (file, args) in CHISELS {
        let answer = sysdig(capture, args);
        assert_eq!(status(&answer), status(&listing), "{name}: {file} ends unlike the listing");
        if let Some(text) = sorted(&answer.stdout) {
            keep(file, text);
        }
    }
}

#[test]
#[ignore = "records sysdig 0.29.3's answers anew; needs sysdig installed"]
fn record_made_captures() {
    let folder = tempfile::tempdir().expect("a folder for the captures");
    for (name, _, bytes) in made_captures() {
        let path = folder.path().join(format!("{name}.scap"));
        fs::write(&path, bytes).expect("a capture is written");
        record(name, &path);
    }
}

#[test]
fn every_made_capture_has_its_answers() {
    let made = made_captures();
    let names: BTreeSet<String> = made.iter().map(|(name, ..)| (*name).into()).collect();
    assert_eq!(names.len(), made.len(), "a name is used twice");
    let recorded: BTreeSet<String> = fs::read_dir(answers())
        .expect("tests/made exists")
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names, recorded, "run the ignored test record_made_captures");
}
