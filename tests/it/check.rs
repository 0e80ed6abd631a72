//! Checks against baselines: how often a run of the same program is said to
//! depart, that runs with a true change do, and what each way of asking prints.

use std::fs;
use std::path::{Path, PathBuf};

use analyze::compare::change::{Options, RunSet};
use analyze::compare::check::{Answer, Check, TOLERANCE, check};
use analyze::compare::run::Run;
use serde_json::Value;

use crate::baseline::make;
use crate::compare_runs::{of_container, run as read, side};
use crate::program::{run, text};
use crate::shared::captures;

const ALONE: [&str; 3] =
    ["fixtures/alone1.scap.gz", "fixtures/alone2.scap.gz", "fixtures/alone3.scap.gz"];
const BESIDE: &str = "fixtures/beside1.scap.gz";

fn checked(base: &[Run], new: &Run) -> Check {
    let set = |label: &str, runs: &[Run]| RunSet { label: label.into(), runs: runs.to_vec() };
    let options = Options { tolerance: TOLERANCE, ..Options::default() };
    check(set("baseline", base), set("checked", std::slice::from_ref(new)), options, None, true)
}

/// The names of what departs.
fn departing(found: &Check) -> Vec<&str> {
    let departs = found.items.iter().filter(|item| item.answer == Answer::Departs);
    departs.map(|item| item.call.as_str()).collect()
}

fn worker_runs(paths: &[PathBuf]) -> Vec<Run> {
    paths.iter().map(|path| read(path, &of_container(Some("worker")))).collect()
}

#[test]
fn a_run_of_the_same_program_seldom_departs() {
    let Some(root) = captures() else { return };
    let pairs = root.join("pairs");
    let nine = [
        side(&pairs.join("aa-same"), "base"),
        side(&pairs.join("aa-same"), "new"),
        side(&pairs.join("more-calls"), "base"),
    ];
    let runs = worker_runs(&nine.concat());
    assert_eq!(runs.len(), 9);
    // each against the eight others, and against every three of them
    let (mut all, mut untold, mut wrong) = ([0, 0], [0, 0], [Vec::new(), Vec::new()]);
    for (at, new) in runs.iter().enumerate() {
        let others: Vec<Run> =
            (0..9).filter(|other| *other != at).map(|other| runs[other].clone()).collect();
        let mut bases = vec![others.clone()];
        for a in 0..8 {
            for b in a + 1..8 {
                bases.extend((b + 1..8).map(|c| [a, b, c].map(|i| others[i].clone()).to_vec()));
            }
        }
        for base in bases {
            let kind = usize::from(base.len() == 3);
            let found = checked(&base, new);
            all[kind] += 1;
            untold[kind] += usize::from(found.answer == Answer::CannotTell);
            if found.answer == Answer::Departs {
                wrong[kind].push(format!("{}: {:?}", new.label, departing(&found)));
            }
        }
    }
    for (kind, name) in ["eight others", "three others"].iter().enumerate() {
        println!("a like run against {name}: {} of {} depart", wrong[kind].len(), all[kind]);
        assert!(wrong[kind].len() * 20 <= all[kind], "{:#?}", wrong[kind]);
    }
    assert_eq!(all, [9, 504]);
    // three runs may differ by chance so much that nothing can be expected of a fourth
    assert!(untold[0] == 0 && untold[1] * 5 <= all[1], "{untold:?}");
}

#[test]
fn every_run_with_a_true_cause_departs() {
    let Some(root) = captures() else { return };
    let mut seen = 0;
    for entry in fs::read_dir(root.join("pairs")).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(truth) = fs::read(folder.join("truth.json")) else { continue };
        let truth: Value = serde_json::from_slice(&truth).unwrap();
        let causes: Vec<&str> = truth["changed"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|change| change["role"] == "cause")
            .map(|change| change["syscall"].as_str().unwrap())
            .collect();
        let [base, new] = ["base", "new"].map(|which| worker_runs(&side(&folder, which)));
        for run in &new {
            let found = checked(&base, run);
            let departs = departing(&found);
            let name = format!("{} {}: {departs:?}", folder.display(), run.label);
            assert_eq!(found.answer == Answer::Departs, !causes.is_empty(), "{name}");
            for call in truth["unchanged"].as_array().unwrap() {
                assert!(!departs.contains(&call.as_str().unwrap()), "{name}");
            }
            // one run has no spread: what is beyond ×1.4 departs all the same
            assert!(
                causes.iter().any(|cause| departs.contains(cause)) || causes.is_empty(),
                "{name}"
            );
            seen += 1;
        }
    }
    assert!(seen >= 15, "{seen} runs");
}

fn baseline(folder: &Path, captures: &[&str]) -> PathBuf {
    let path = folder.join("worker.baseline");
    make(captures, &[], &path);
    path
}

#[test]
fn the_exit_code_is_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let base = baseline(folder.path(), &ALONE);
    let check = |more: &[&str]| run(&[&["check", "--baseline", text(&base)], more].concat());
    let within = check(&[ALONE[1]]);
    assert_eq!(within.exit, 0, "{}", within.stderr);
    assert!(within.stdout.starts_with("Within the baseline of 3 runs"), "{}", within.stdout);
    let departs = check(&[BESIDE]);
    assert_eq!(departs.exit, 1);
    assert!(
        departs.stdout.contains("departs: lstat.mean: Path lookups got slower: lstat takes 4.4x"),
        "{}",
        departs.stdout
    );
    // a damaged capture, whatever it says
    let cut = folder.path().join("cut.scap");
    let mut bytes = Vec::new();
    let file = fs::File::open(ALONE[1]).unwrap();
    std::io::copy(&mut flate2::read::GzDecoder::new(file), &mut bytes).unwrap();
    fs::write(&cut, &bytes[..bytes.len() - 3]).unwrap();
    let damaged = check(&[text(&cut)]);
    assert_eq!(damaged.exit, 3, "{}", damaged.stdout);
    assert!(damaged.stderr.contains("cut"), "{}", damaged.stderr);
    // one run does not say how runs differ, but four times is more than that
    let base = baseline(folder.path(), &ALONE[..1]);
    let check = |more: &[&str]| run(&[&["check", "--baseline", text(&base)], more].concat());
    let untold = check(&[ALONE[1]]);
    assert_eq!(untold.exit, 4, "{}", untold.stdout);
    assert!(untold.stdout.starts_with("Cannot tell: the baseline has 1 run"), "{}", untold.stdout);
    assert_eq!(check(&[BESIDE]).exit, 1);
    assert_eq!(check(&["nowhere.scap"]).exit, 2);
    assert_eq!(check(&[ALONE[1], "evt.type=lstat"]).exit, 2);
}

#[test]
fn rules_decide_where_there_are_some() {
    let folder = tempfile::tempdir().unwrap();
    let base = baseline(folder.path(), &ALONE);
    let rules = folder.path().join("rules.toml");
    let check = |text_of: &str, capture: &str| {
        fs::write(&rules, text_of).unwrap();
        run(&["check", "--baseline", text(&base), "--rules", text(&rules), capture])
    };
    for (rule, exit) in [
        ("lstat.mean < 1.5x", 1),
        ("lstat.mean < 6x", 0),
        ("lstat.p50 < 200%", 1),
        ("lstat.p99 < 1ms", 0),
        ("lstat.max < 1us", 1),
        ("lstat.rate > 1000", 0),
        ("lst*.mean < 1.5x", 1),
        ("*.errors.rate < 2x", 0),
        ("time.total < 20%", 1),
        ("time.total < 900%", 0),
        ("getdents64.mean < 1.01x", 4),
        ("mount.mean < 2x", 4),
    ] {
        let ran = check(&format!("rules = [{rule:?}]"), BESIDE);
        assert_eq!(ran.exit, exit, "{rule}: {}{}", ran.stdout, ran.stderr);
        assert!(exit != 1 || ran.stdout.contains(&format!("({rule})")), "{}", ran.stdout);
    }
    let wrong = check("rules = [\n  \"lstat.mean < 1.5x\",\n  \"lstat.men < 2x\",\n]", BESIDE);
    assert_eq!((wrong.exit, wrong.stdout.as_str()), (2, ""));
    assert!(wrong.stderr.contains("rules.toml: line 3, column 4"), "{}", wrong.stderr);
}

#[test]
fn every_format_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let base = baseline(folder.path(), &ALONE);
    let check = |format: &str| {
        let ran = run(&["check", "--baseline", text(&base), BESIDE, "--format", format]);
        assert_eq!(ran.exit, 1, "{}", ran.stderr);
        ran.stdout
    };
    let data: Value = serde_json::from_str(&check("json")).unwrap();
    assert_eq!(data["schema"], "analyze.check/1");
    assert_eq!(data["answer"], "departs");
    let figures = data["figures"].as_array().unwrap();
    let departing: Vec<&str> = figures
        .iter()
        .filter(|figure| figure["answer"] == "departs")
        .map(|figure| figure["name"].as_str().unwrap())
        .collect();
    assert!(departing.contains(&"lstat.mean"), "{departing:?}");
    let lstat = figures.iter().find(|figure| figure["name"] == "lstat.mean").unwrap();
    assert!(lstat["now"].as_f64().unwrap() > lstat["expected"]["high"].as_f64().unwrap());

    let junit = check("junit");
    assert_eq!(junit.matches("<testcase ").count(), figures.len() + 1);
    assert_eq!(junit.matches("<failure ").count(), departing.len());
    assert!(junit.contains(&format!("failures=\"{}\"", departing.len())));

    let metrics = check("prometheus");
    assert!(metrics.contains("\nanalyze_check_answer{baseline=\"worker\"} 1\n"), "{metrics}");
    let lstat_now = lstat["now"].as_f64().unwrap() / 1e9;
    let line = format!(
        "analyze_check_now_seconds{{baseline=\"worker\",call=\"lstat\",figure=\"mean\"}} {lstat_now}"
    );
    assert!(metrics.contains(&line), "{line} is not in {metrics}");
    let departs = metrics
        .lines()
        .filter(|line| line.starts_with("analyze_check_figure_answer{") && line.ends_with(" 1"));
    assert_eq!(departs.count(), departing.len());
}
