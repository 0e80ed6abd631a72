//! The real sysdig's recorded answers, event for event and nanosecond for
//! nanosecond, over every capture there is.

use std::fs;
use std::io::Read;
use std::path::Path;

use serde_json::Value;

use crate::answers::{Listed, Rows, chisels, listing};
use crate::shared::{Case, cases};

/// sysdig 0.29.3 cannot open a capture whose section header has options; what
/// it says of the same capture without them must be our answer.
pub fn expected(case: &Case) -> std::path::PathBuf {
    match case.name.strip_suffix("-comments") {
        Some(plain) => case.expected.with_file_name(plain),
        None => case.expected.clone(),
    }
}

pub fn is_old(case: &Case) -> bool {
    let version = fs::read_to_string(case.expected.join("version.txt")).unwrap_or_default();
    version.contains("0.29.3")
}

pub fn gunzip(path: &Path) -> String {
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(fs::File::open(path).unwrap())
        .read_to_end(&mut bytes)
        .unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// One line of a recorded listing.
/// One line of a recorded listing whose container id stands in column `id`.
pub fn parse(line: &str, id: usize) -> Listed {
    let cells: Vec<&str> = line.split('\t').collect();
    let number = |at: usize| cells[at].parse::<u64>().unwrap_or(0);
    Listed {
        num: number(0),
        time: number(1),
        cpu: cells[2].parse().unwrap(),
        tid: cells[3].parse().unwrap(),
        exit: cells[4] == "<",
        name: cells[5].to_owned(),
        latency: number(6),
        container_id: cells[id].to_owned(),
        container_name: cells[id + 1].to_owned(),
        process: cells[id + 2].to_owned(),
    }
}

/// Known differences that are sysdig's doing, applied to our event.
fn allow(mut ours: Listed, theirs: &Listed, old: bool) -> Listed {
    if !old && theirs.container_id.is_empty() {
        // 0.36.0 has no container for a thread that is not known yet
        ours.container_id.clear();
        ours.container_name = "<NA>".into();
        ours.process.clone_from(&theirs.process);
    }
    ours
}

#[test]
fn every_event_is_sysdigs() {
    let mut compared = 0;
    for case in cases() {
        let recorded = expected(&case).join("events.tsv.gz");
        if !recorded.exists() {
            continue;
        }
        let old = is_old(&case);
        let (ours, summary) = listing(&case.capture, old);
        assert_eq!(summary.losses.damage, 0, "{}: {:?}", case.name, summary.losses.listed);
        let text = gunzip(&recorded);
        let theirs: Vec<Listed> = text.lines().map(|line| parse(line, 8)).collect();
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(&allow(ours.clone(), theirs, old), theirs, "{}", case.name);
        }
        assert_eq!(ours.len(), theirs.len(), "{}", case.name);
        compared += ours.len();
    }
    println!("{compared} events compared");
}

/// The rows of a recorded chisel.
pub fn chisel_rows(path: &Path) -> Option<Rows> {
    let text = fs::read_to_string(path).ok()?;
    let value: Value = serde_json::from_str(&text).unwrap();
    let rows = value["data"].as_array()?;
    let row = |row: &Value| {
        let cells = row.as_array().unwrap();
        let (value, keys) = cells.split_last().unwrap();
        let keys = keys.iter().map(|key| key.as_str().unwrap().to_owned()).collect();
        (keys, value.as_f64().unwrap())
    };
    Some(rows.iter().map(row).collect())
}

/// All recorded rows must be ours; ours must be recorded, unless the record
/// was cut at 30 rows and ours is not above its last. Says what differs.
pub fn row_difference(ours: &Rows, theirs: &Rows) -> Option<String> {
    let cut = theirs.values().copied().fold(f64::INFINITY, f64::min);
    let wrong = theirs.iter().find_map(|(key, value)| {
        let got = ours.get(key).copied().unwrap_or(f64::NAN);
        // the answers went through 14 decimal digits
        let near = (got - value).abs() <= value.abs() * 1e-13;
        (!near).then(|| format!("{key:?} is {got}, sysdig says {value}"))
    });
    let more = || {
        let missing = |(key, value): &(&Vec<String>, &f64)| {
            !theirs.contains_key(*key) && (theirs.len() < 30 || **value > cut)
        };
        let (key, value) = ours.iter().find(missing)?;
        Some(format!("{key:?} {value} is not in sysdig's answer"))
    };
    wrong.or_else(more)
}

#[test]
fn every_row_of_topscalls_is_sysdigs() {
    let mut compared = 0;
    for case in cases() {
        for (suffix, by_container, container) in
            [("", false, None), (".pc", true, None), (".worker", false, Some("worker"))]
        {
            let (times, counts) = chisels(&case.capture, by_container, container);
            for (name, ours) in [("topscalls_time", times), ("topscalls", counts)] {
                let path = expected(&case).join(format!("{name}{suffix}.json"));
                if let Some(theirs) = chisel_rows(&path) {
                    let difference = row_difference(&ours, &theirs);
                    assert_eq!(difference, None, "{} {name}{suffix}", case.name);
                    compared += theirs.len();
                }
            }
        }
    }
    println!("{compared} rows compared");
}
