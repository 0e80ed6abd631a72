//! What was really changed between recorded runs, and what `compare` says of
//! them: with all runs of a side, and with each single one against each.

use std::fs;
use std::path::PathBuf;

use analyze::compare::Surroundings;
use analyze::compare::change::{Changes, Kind, Role, What};
use analyze::compare::run::Run;
use analyze::compare::verdict::{MOST_LINES, verdict};
use serde_json::Value;

use crate::compare_runs::{changes, of_container, run, side};
use crate::shared::captures;

/// One pair of recorded run sets and its truth.
struct Pair {
    name: String,
    truth: Value,
    base: Vec<Run>,
    new: Vec<Run>,
}

fn pairs() -> Vec<Pair> {
    let Some(root) = captures() else { return Vec::new() };
    let mut folders: Vec<PathBuf> = fs::read_dir(root.join("pairs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("truth.json").is_file())
        .collect();
    folders.sort();
    assert!(folders.len() >= 6, "pairs are missing");
    let pair = |folder: &PathBuf| {
        let truth: Value =
            serde_json::from_slice(&fs::read(folder.join("truth.json")).unwrap()).unwrap();
        let selection = of_container(truth["container"].as_str());
        let runs = |name| side(folder, name).iter().map(|path| run(path, &selection)).collect();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        Pair { name, truth, base: runs("base"), new: runs("new") }
    };
    folders.iter().map(pair).collect()
}

fn what(text: &str) -> What {
    match text {
        "latency" => What::Latency,
        "count" => What::Count,
        "errors" => What::Errors,
        "off-cpu" => What::OffCpu,
        other => panic!("truth speaks of {other}"),
    }
}

/// What is wrong with an answer, by the truth.
fn faults(truth: &Value, found: &Changes) -> Vec<String> {
    let mut faults = Vec::new();
    for true_change in truth["changed"].as_array().unwrap() {
        // the ratio of medians is a figure of the same change
        if true_change["measure"].is_string() || true_change["role"] != "cause" {
            continue;
        }
        faults.extend(fault(true_change, found));
    }
    for call in truth["unchanged"].as_array().unwrap() {
        let call = call.as_str().unwrap();
        let named = found.findings.iter().filter(|finding| finding.event == call);
        // a pause that shrinks follows from something else, and says so
        let claimed = named.filter(|finding| finding.kind != Kind::Pacing);
        faults
            .extend(claimed.map(|finding| format!("{call} {:?} is called changed", finding.what)));
    }
    faults
}

/// Whether a true cause was found, with its direction, size and place.
fn fault(truth: &Value, changes: &Changes) -> Option<String> {
    let (event, kind) = (truth["syscall"].as_str().unwrap(), what(truth["what"].as_str().unwrap()));
    let found = changes.findings.iter().find(|f| f.event == event && f.what == kind);
    let Some(found) = found else {
        return Some(format!("{event} {kind:?} is not found"));
    };
    let row = changes.row(event).unwrap();
    if found.up != (truth["direction"] == "up") {
        return Some(format!("{event} {kind:?} goes the wrong way"));
    }
    if found.role != Role::Cause {
        return Some(format!("{event} {kind:?} is called a consequence"));
    }
    let ratio = match kind {
        What::Latency => row.ratio_mean(),
        What::Count => row.ratio_rate(),
        What::Errors => row.ratio_errors(),
        What::OffCpu => None,
    };
    let bound = |at: usize| truth["expected_ratio"][at].as_f64();
    if let Some(ratio) = ratio
        && (bound(0).is_some_and(|low| ratio < low) || bound(1).is_some_and(|high| ratio > high))
    {
        return Some(format!("{event} {kind:?}: {ratio} is out of bounds"));
    }
    let off = row.on_off().map(analyze::compare::change::OnOff::is_off);
    match (truth["on_cpu_or_off_cpu"].as_str(), off) {
        (Some(place), Some(off)) if (place == "off") != off => {
            Some(format!("{event} {kind:?} is not {place} the CPU"))
        }
        _ => None,
    }
}

#[test]
fn all_runs_of_each_pair_tell_the_truth() {
    for pair in pairs() {
        let found = changes(&pair.base, &pair.new);
        assert_eq!(faults(&pair.truth, &found), Vec::<String>::new(), "{}", pair.name);
        let nothing = pair.truth["changed"].as_array().unwrap().is_empty();
        assert_eq!(found.findings.is_empty(), nothing, "{}: {:?}", pair.name, found.findings);
    }
}

#[test]
fn every_single_run_against_every_single_one_tells_the_truth() {
    for pair in pairs() {
        for base in &pair.base {
            for new in &pair.new {
                let found = changes(std::slice::from_ref(base), std::slice::from_ref(new));
                let name = format!("{}: {} against {}", pair.name, base.label, new.label);
                assert_eq!(faults(&pair.truth, &found), Vec::<String>::new(), "{name}");
            }
        }
    }
}

/// What leads each pair's verdict.
#[test]
fn the_first_line_names_the_cause() {
    let leads = [
        ("dentry", "newfstatat", Kind::PathLookups),
        ("disk-neighbour", "fsync", Kind::DiskWait),
        ("lock-contention", "futex", Kind::LockWait),
        ("more-calls", "lstat", Kind::Calls),
        ("small-reads", "read", Kind::SmallRequests),
    ];
    for pair in pairs() {
        let found = changes(&pair.base, &pair.new);
        let lines = verdict(&found, &Surroundings::default());
        assert!(lines.len() <= MOST_LINES, "{lines:#?}");
        match leads.iter().find(|lead| lead.0 == pair.name) {
            Some((_, event, kind)) => {
                assert_eq!(
                    (found.findings[0].event.as_str(), found.findings[0].kind),
                    (*event, *kind)
                );
                assert!(lines[0].contains(event), "{}", lines[0]);
            }
            None => assert!(lines[0].starts_with("No significant change"), "{}", lines[0]),
        }
    }
}

fn live(name: &str, container: Option<&str>) -> Option<Run> {
    let path = captures()?.join("live").join(format!("{name}.scap.gz"));
    Some(run(&path, &of_container(container)))
}

#[test]
fn the_story_is_told_by_every_recording_of_it() {
    let Some(root) = captures() else { return };
    assert!(root.join("live").is_dir());
    let runs = |name: &str| -> Vec<Run> {
        (1..=3).map(|at| live(&format!("{name}{at}"), None).unwrap()).collect()
    };
    let (alone, beside) = (runs("alone"), runs("beside"));
    let leads = |found: &Changes, event: &str| {
        let first = &found.findings[0];
        assert_eq!((first.event.as_str(), first.what, first.up), (event, What::Latency, true));
        assert_eq!(first.kind, Kind::PathLookups);
    };
    leads(&changes(&alone, &beside), "lstat");
    for base in &alone {
        for new in &beside {
            leads(&changes(std::slice::from_ref(base), std::slice::from_ref(new)), "lstat");
        }
    }
    let one = |base: &str, new: &str, event: &str| {
        let (base, new) = (live(base, Some("worker")).unwrap(), live(new, Some("worker")).unwrap());
        let found = changes(&[base], &[new]);
        leads(&found, event);
        found
    };
    one("worker1", "worker2", "newfstatat");
    one("host-alone", "host-beside", "lstat");
    let switched = one("alone-switch", "beside-switch", "lstat");
    let waits = switched.findings.iter().find(|finding| finding.what == What::OffCpu).unwrap();
    assert!(waits.up && waits.is_between());
    let off = |side: &analyze::compare::change::Pooled| side.off_ns().unwrap() / 1e6;
    let row = switched.row(&waits.event).unwrap();
    assert!((off(&row.base) - 2.0).abs() < 1.0 && (off(&row.new) - 48.0).abs() < 2.0);
    assert!(!switched.row("lstat").unwrap().on_off().unwrap().is_off());
}
