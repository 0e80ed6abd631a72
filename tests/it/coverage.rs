//! How often the intervals hold the truth, and how large a change must be to be
//! found, on real latencies: both sides are drawn from one capture in blocks of a
//! twentieth, one of them with a known change, over and over.

use std::path::PathBuf;

use analyze::compare::change::{Verdict, What};
use analyze::compare::run::Run;
use analyze::compare::stats::{
    Blocks, CallRuns, Sampler, log_mean_variance, moderated, ratio_of_means,
};
use analyze::event::Kind;
use analyze::source::Location;
use analyze::state::{Event, Opened, Pairing, Visitor, World, read};

use crate::compare_runs::{changes, of_container, run};
use crate::shared::captures;

const BLOCKS: usize = 20;
const TRIALS: u32 = 1000;
/// Calls of a capture that are drawn from; enough for blocks of some hundreds.
const MOST: usize = 8000;
/// By how much runs of one program differ, a standard deviation of the log.
const RUN_EFFECT: f64 = 0.08;

/// Latencies of one kind of call, in order.
struct Latencies {
    name: &'static str,
    ns: Vec<f64>,
}

impl Visitor for Latencies {
    fn event(&mut self, event: &Event<'_>, _: &mut World) {
        let kind: Kind = event.kind;
        if event.pairing == Pairing::Paired && kind.name() == self.name && self.ns.len() < MOST {
            self.ns.push(event.latency_ns as f64);
        }
    }
}

/// Captures of a worker alone in them, and calls that it makes often.
const CASES: [(&str, &[&str]); 6] = [
    ("live/alone1", &["lstat", "openat", "close", "read", "getdents64"]),
    ("live/beside2", &["lstat", "openat", "close", "read", "getdents64"]),
    ("live/worker1", &["newfstatat", "openat", "close"]),
    ("pairs/aa-same/base/run1", &["lstat", "openat", "close", "read"]),
    ("pairs/small-reads/new/run1", &["read"]),
    ("pairs/lock-contention/base/run1", &["futex"]),
];

fn capture(name: &str) -> Option<PathBuf> {
    Some(captures()?.join(format!("{name}.scap.gz")))
}

fn latencies(name: &str, call: &'static str) -> Option<Vec<f64>> {
    let mut found = Latencies { name: call, ns: Vec::new() };
    let opened = Opened::open(&[Location::File(capture(name)?)], None).unwrap();
    read(opened, &mut found);
    assert!(found.ns.len() >= 400, "{name} has {} {call}", found.ns.len());
    Some(found.ns)
}

/// A side drawn from a capture in twentieths; `share` of the calls `factor` times
/// longer.
fn drawn(calls: &[f64], share: f64, factor: f64, sampler: &mut Sampler) -> Vec<Blocks> {
    let size = calls.len() / BLOCKS;
    let mut block = |_| {
        let at = sampler.below(BLOCKS) * size;
        let longer =
            |ns: &f64| ns * if share > 0.0 && sampler.unit() < share { factor } else { 1.0 };
        Blocks { count: size as u64, sum: calls[at..at + size].iter().map(longer).sum() }
    };
    (0..BLOCKS).map(&mut block).collect()
}

const CHANGES: [(f64, f64); 4] = [(0.0, 1.0), (1.0, 1.5), (0.3, 2.0), (0.5, 3.0)];

#[test]
fn one_run_a_side_covers_the_truth_as_often_as_it_claims() {
    // a count of 1,000 is itself known to 1.6 points (two standard errors)
    const NOISE: f64 = 0.016;
    let mut sampler = Sampler::new(7);
    let (mut table, mut faults) = (String::new(), 0);
    let mut by_change = CHANGES.map(|_| (0.0, 0.0));
    for (name, calls) in CASES {
        for call in calls {
            let Some(ns) = latencies(name, call) else { return };
            for ((share, factor), sum) in CHANGES.into_iter().zip(&mut by_change) {
                let truth = 1.0 + share * (factor - 1.0);
                let mut inside = 0;
                for _ in 0..TRIALS {
                    let base = drawn(&ns, 0.0, 1.0, &mut sampler);
                    let new = drawn(&ns, share, factor, &mut sampler);
                    let claimed = ratio_of_means(&base, &new, 0.95).unwrap();
                    inside += u32::from(claimed.low <= truth && truth <= claimed.high);
                }
                let covered = f64::from(inside) / f64::from(TRIALS);
                faults += u32::from(!(0.93 - NOISE..=0.97 + NOISE).contains(&covered));
                table += &format!("{name} {call} {share} x{factor}: {covered:.3}\n");
                *sum = (sum.0 + covered, sum.1 + 1.0);
            }
        }
    }
    println!("{table}");
    assert_eq!(faults, 0, "{table}");
    for (sum, count) in by_change {
        println!("over all calls: {:.3}", sum / count);
        assert!((0.93..=0.97).contains(&(sum / count)));
    }
}

/// Runs of a side: each drawn anew, and as a whole slower or faster by chance.
fn runs(calls: &[f64], count: usize, change: (f64, f64), sampler: &mut Sampler) -> Vec<(f64, f64)> {
    let run = |_| {
        let blocks = drawn(calls, change.0, change.1, sampler);
        let (log, variance) = log_mean_variance(&blocks).unwrap();
        (log + RUN_EFFECT * sampler.normal(), variance)
    };
    (0..count).map(run).collect()
}

#[test]
fn three_and_five_runs_a_side_cover_the_truth() {
    let mut sampler = Sampler::new(8);
    let (mut table, mut faults) = (String::new(), 0);
    for (name, calls) in CASES.into_iter().filter(|(_, calls)| calls.len() > 2) {
        let ns: Option<Vec<Vec<f64>>> = calls.iter().map(|call| latencies(name, call)).collect();
        let Some(ns) = ns else { return };
        for count in [3, 5] {
            for change in CHANGES {
                let truth = (1.0 + change.0 * (change.1 - 1.0)).ln();
                let mut inside = 0;
                for _ in 0..TRIALS {
                    // the first call has changed, the others have not
                    let of = |(at, ns): (usize, &Vec<f64>)| {
                        let still = (0.0, 1.0);
                        let base = runs(ns, count, still, &mut sampler);
                        let new =
                            runs(ns, count, if at == 0 { change } else { still }, &mut sampler);
                        let within = base.iter().chain(&new).map(|run| run.1).collect();
                        let logs = |runs: &[(f64, f64)]| runs.iter().map(|run| run.0).collect();
                        CallRuns { base: logs(&base), new: logs(&new), within }
                    };
                    let all: Vec<CallRuns> = ns.iter().enumerate().map(of).collect();
                    let (low, high) = moderated(&all, 1.05f64.ln())[0].interval(0.95);
                    inside += u32::from(low <= truth && truth <= high);
                }
                let covered = f64::from(inside) / f64::from(TRIALS);
                faults += u32::from(covered < 0.93);
                table += &format!("{name} {count} runs {} x{}: {covered:.3}\n", change.0, change.1);
            }
        }
    }
    println!("{table}");
    assert_eq!(faults, 0, "{table}");
}

/// A run with blocks drawn anew, and one call changed.
fn like(of: &Run, changed: &str, factor: f64, sampler: &mut Sampler) -> Run {
    let mut run = of.clone();
    for (name, call) in &mut run.calls {
        let blocks = &call.all.blocks;
        if blocks.is_empty() {
            continue;
        }
        let slower = if name == changed { factor } else { 1.0 };
        let slower = slower * (RUN_EFFECT * sampler.normal()).exp();
        let mut draw = |_| {
            let block = blocks[sampler.below(blocks.len())];
            Blocks { sum: block.sum * slower, ..block }
        };
        call.all.blocks = (0..blocks.len()).map(&mut draw).collect();
        call.all.calls = call.all.blocks.iter().map(|block| block.count).sum();
        call.all.total_ns = call.all.blocks.iter().map(|block| block.sum).sum::<f64>() as u64;
    }
    run
}

/// How often `compare` as a whole calls the call slower.
fn found(of: &Run, changed: &str, factor: f64, count: usize, sampler: &mut Sampler) -> f64 {
    const TRIALS: u32 = 100;
    let mut named = 0;
    for _ in 0..TRIALS {
        let mut side =
            |factor| (0..count).map(|_| like(of, changed, factor, sampler)).collect::<Vec<Run>>();
        let (base, new) = (side(1.0), side(factor));
        let judged = changes(&base, &new);
        let latency = judged.row(changed).unwrap().judgement(What::Latency).unwrap();
        named += u32::from(latency.verdict == Verdict::Changed);
    }
    f64::from(named) / f64::from(TRIALS)
}

#[test]
fn larger_changes_are_found_more_often() {
    let Some(path) = capture("pairs/aa-same/base/run1") else { return };
    let of = run(&path, &of_container(Some("worker")));
    let mut sampler = Sampler::new(9);
    println!("found of 100; lstat slower by 1.0 1.1 1.2 1.3 1.5 2.0 3.0");
    let mut table = Vec::new();
    for count in [1, 3, 5] {
        let sizes = [1.0, 1.1, 1.2, 1.3, 1.5, 2.0, 3.0];
        let row = sizes.map(|size| found(&of, "lstat", size, count, &mut sampler));
        println!("{count} runs a side: {row:?}");
        table.push(row);
    }
    let [one, three, five] = table.try_into().unwrap();
    for row in [one, three, five] {
        assert!(row[0] <= 0.05, "{row:?}");
    }
    assert!(one[6] >= 0.95 && three[5] >= 0.95 && five[4] >= 0.95);
    assert!(three[4] >= 0.7);
}
