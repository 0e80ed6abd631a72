//! What `compare` says of runs between which nothing was changed: how often it
//! names a change all the same, by kind of comparison. Blocks of one capture
//! that alternate do not count: they are alike by construction.

use std::path::PathBuf;

use analyze::compare::change::Changes;
use analyze::compare::run::Run;

use crate::compare_runs::{between, changes, of_container, run, side};
use crate::shared::captures;

/// The sets of like runs: each side of a pair, and the story's.
fn like() -> Vec<Vec<PathBuf>> {
    let Some(root) = captures() else { return Vec::new() };
    let pair = |name: &str, which: &str| side(&root.join("pairs").join(name), which);
    let mut sets = vec![nine()];
    for name in ["disk-neighbour", "lock-contention", "small-reads"] {
        sets.extend([pair(name, "base"), pair(name, "new")]);
    }
    sets.push(pair("more-calls", "new"));
    for name in ["alone", "beside"] {
        let path = |at| root.join("live").join(format!("{name}{at}.scap.gz"));
        sets.push((1..=3).map(path).collect());
    }
    sets
}

/// Nine runs of one program with the same settings.
fn nine() -> Vec<PathBuf> {
    let Some(root) = captures() else { return Vec::new() };
    let pair = |name: &str, which: &str| side(&root.join("pairs").join(name), which);
    [pair("aa-same", "base"), pair("aa-same", "new"), pair("more-calls", "base")].concat()
}

/// All of them, and what was recorded once.
fn single() -> Vec<PathBuf> {
    let Some(root) = captures() else { return Vec::new() };
    let mut paths = like().concat();
    let live = ["alone-switch", "beside-switch", "host-alone", "host-beside", "worker1", "worker2"];
    paths.extend(live.map(|name| root.join("live").join(format!("{name}.scap.gz"))));
    paths.extend(
        ["base", "new"].map(|which| root.join("pairs/dentry").join(which).join("run1.scap.gz")),
    );
    paths
}

fn read(paths: &[PathBuf]) -> Vec<Run> {
    let selection = of_container(Some("worker"));
    paths.iter().map(|path| run(path, &selection)).collect()
}

/// Counts comparisons and those that name a change.
#[derive(Default)]
struct Count {
    all: u32,
    wrong: u32,
    told: Vec<String>,
}

impl Count {
    fn add(&mut self, found: &Changes) {
        self.all += 1;
        if let Some(first) = found.findings.first() {
            self.wrong += 1;
            let row = found.row(&first.event).unwrap();
            self.told.push(format!(
                "{} against {}: {} {:?} {:?}",
                found.base.runs[0].label,
                found.new.runs[0].label,
                first.event,
                first.what,
                row.judgement(first.what).unwrap().interval
            ));
        }
    }

    /// At most one of twenty, and the number is printed.
    fn hold(&self, name: &str) {
        println!("{name}: {} of {} name a change", self.wrong, self.all);
        assert!(self.all > 0 && self.wrong * 20 <= self.all, "{name}: {:#?}", self.told);
    }
}

#[test]
fn a_run_against_a_run_of_the_same_program() {
    let mut count = Count::default();
    for set in like() {
        let runs = read(&set);
        for (at, base) in runs.iter().enumerate() {
            for new in &runs[at + 1..] {
                count.add(&changes(std::slice::from_ref(base), std::slice::from_ref(new)));
            }
        }
    }
    if count.all > 0 {
        count.hold("run against run");
    }
}

#[test]
fn a_part_of_a_capture_against_another() {
    for parts in [2u64, 3] {
        let mut count = Count::default();
        for path in single() {
            let selection = of_container(Some("worker"));
            let whole = run(&path, &selection);
            let part = |at: u64| {
                let (from, until) = (whole.span_ns * at / parts, whole.span_ns * (at + 1) / parts);
                run(&path, &between(&selection, from, until))
            };
            let cut: Vec<Run> = (0..parts).map(part).collect();
            for (at, base) in cut.iter().enumerate() {
                for new in &cut[at + 1..] {
                    count.add(&changes(std::slice::from_ref(base), std::slice::from_ref(new)));
                }
            }
        }
        if count.all > 0 {
            count.hold(if parts == 2 { "half against half" } else { "third against third" });
        }
    }
}

#[test]
fn three_of_nine_like_runs_against_three_others() {
    let runs = read(&nine());
    if runs.is_empty() {
        return;
    }
    let mut count = Count::default();
    for base in threes(&(0..9).collect::<Vec<_>>()) {
        let others: Vec<usize> = (0..9).filter(|at| !base.contains(at)).collect();
        for new in threes(&others).into_iter().filter(|new| base[0] < new[0]) {
            let pick = |three: &[usize; 3]| three.map(|at| runs[at].clone());
            count.add(&changes(&pick(&base), &pick(&new)));
        }
    }
    assert_eq!(count.all, 840);
    count.hold("three against three");
}

fn threes(of: &[usize]) -> Vec<[usize; 3]> {
    let mut all = Vec::new();
    for (i, a) in of.iter().enumerate() {
        for (j, b) in of.iter().enumerate().skip(i + 1) {
            all.extend(of[j + 1..].iter().map(|c| [*a, *b, *c]));
        }
    }
    all
}
