//! Baselines as users make and use them: what is kept says the same as the
//! captures would, and a file that is not whole is not believed.

use std::fs;
use std::path::{Path, PathBuf};

use analyze::compare::baseline::Baseline;
use serde_json::Value;

use crate::program::{Ran, run, text};

const BASE: [&str; 3] =
    ["fixtures/alone1.scap.gz", "fixtures/alone2.scap.gz", "fixtures/alone3.scap.gz"];
const NEW: &str = "fixtures/beside1.scap.gz";

/// Makes a baseline of captures at `path`.
pub fn make(captures: &[&str], more: &[&str], path: &Path) {
    let ran = run(&[&["baseline"], captures, more, &["-o", text(path)]].concat());
    assert_eq!((ran.exit, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
}

fn json(ran: &Ran) -> Value {
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn merged_baselines_are_the_baseline_of_all_runs() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    make(&BASE, &[], &at("all"));
    for (name, captures) in [("one", &BASE[..1]), ("two", &BASE[1..])] {
        make(captures, &[], &at(name));
    }
    // the second and third come first, and one is there twice
    let merged = at("merged");
    let [one, two, all] = ["one", "two", "all"].map(at);
    let ran = run(&["baseline", "merge", text(&two), text(&one), text(&two), "-o", text(&merged)]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("kept once: 2 runs"), "{}", ran.stderr);
    assert_eq!(fs::read(&merged).unwrap(), fs::read(&all).unwrap());
    // a baseline of a baseline and a capture is one of all runs, too
    make(&[BASE[0], text(&two)], &[], &merged);
    assert_eq!(fs::read(&merged).unwrap(), fs::read(&all).unwrap());
}

#[test]
fn a_comparison_with_a_baseline_is_that_with_its_captures() {
    let folder = tempfile::tempdir().unwrap();
    let (base, new) = (folder.path().join("base"), folder.path().join("new"));
    for selection in [&[][..], &["--evt", "lstat,openat"], &["--per", "clock_nanosleep"]] {
        make(&BASE, selection, &base);
        make(&[NEW], selection, &new);
        let compare = |base: &[&str], new: &[&str], more: &[&str]| {
            json(&run(&[
                &["compare", "--format", "json", "--no-where", "--base"],
                base,
                &["--new"],
                new,
                more,
            ]
            .concat()))
        };
        let of_captures = compare(&BASE, &[NEW], selection);
        let kept = compare(&[text(&base)], &[NEW], &[]);
        assert!(of_captures["changes"].as_array().unwrap().iter().any(|c| c["event"] == "lstat"));
        assert_eq!(kept, of_captures);
        assert_eq!(compare(&[text(&base)], &[text(&new)], &[]), of_captures);
    }
}

#[test]
fn captures_are_read_as_the_baseline_was() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base");
    make(&BASE, &["--evt", "lstat"], &base);
    let ran = run(&["compare", text(&base), NEW, "--evt", "openat"]);
    assert_eq!(ran.exit, 2);
    assert!(ran.stderr.contains("was made with --evt lstat"), "{}", ran.stderr);
    let same = run(&["compare", text(&base), NEW, "--evt", "lstat"]);
    assert_eq!(same.stdout, run(&["compare", text(&base), NEW]).stdout);
    let other = folder.path().join("other");
    make(&BASE[..1], &[], &other);
    let ran = run(&["baseline", "merge", text(&base), text(&other), "-o", "-"]);
    assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("do not make one baseline"), "{}", ran.stderr);
    for (option, value) in [("--base-window", "0s..1s"), ("--base-container", "worker")] {
        let with = option.replace("base", "new");
        let ran = run(&["compare", text(&base), NEW, option, value, &with, value]);
        assert_eq!(ran.exit, 2, "{}", ran.stdout);
    }
}

#[test]
fn what_is_in_a_baseline_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base");
    make(&BASE, &["--container", "worker"], &base);
    let shown = run(&["baseline", "show", text(&base)]);
    assert_eq!(shown.exit, 0, "{}", shown.stderr);
    for words in ["3 runs", "--container worker", "alone2: 134,032 events in 4.31s", BASE[2]] {
        assert!(shown.stdout.contains(words), "{words} is not in {}", shown.stdout);
    }
    assert!(fs::metadata(&base).unwrap().len() < 100_000);
}

/// A large one is packed, and says the same.
#[test]
fn large_baselines_are_packed() {
    let folder = tempfile::tempdir().unwrap();
    let (base, many) = (folder.path().join("base"), folder.path().join("many"));
    make(&BASE, &[], &base);
    let kept = Baseline::read(&fs::read(&base).unwrap()).unwrap();
    // the same runs, a second later each time
    let parts: Vec<PathBuf> = (0..25u64)
        .map(|at| {
            let mut later = kept.clone();
            for recorded in &mut later.runs {
                recorded.run.first_ns += 1_000_000_000 * at;
            }
            let part = folder.path().join(format!("part{at}"));
            fs::write(&part, later.bytes().unwrap()).unwrap();
            part
        })
        .collect();
    let parts: Vec<&str> = parts.iter().map(|part| text(part)).collect();
    let ran = run(&[&["baseline", "merge"], &parts[..], &["-o", text(&many)]].concat());
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    let bytes = fs::read(&many).unwrap();
    assert_eq!(bytes[..4], [0x28, 0xb5, 0x2f, 0xfd]);
    assert!(run(&["baseline", "show", text(&many)]).stdout.contains("75 runs"));
    assert_eq!(run(&["check", "--baseline", text(&many), BASE[0]]).exit, 0);
    // cut short
    let cut = folder.path().join("cut");
    for length in [5, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&cut, &bytes[..length]).unwrap();
        let ran = run(&["baseline", "show", text(&cut)]);
        assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{length}: {}", ran.stderr);
    }
}

#[test]
fn a_baseline_that_is_not_whole_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let (base, broken) = (folder.path().join("base"), folder.path().join("broken"));
    make(&BASE[..1], &[], &base);
    let good = fs::read(&base).unwrap();
    let refused = |bytes: &[u8]| {
        fs::write(&broken, bytes).unwrap();
        for arguments in
            [&["check", "--baseline", text(&broken), NEW][..], &["baseline", "show", text(&broken)]]
        {
            let ran = run(arguments);
            assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{arguments:?}: {}", ran.stderr);
            assert!(ran.stderr.contains(text(&broken)), "{}", ran.stderr);
        }
        run(&["baseline", "show", text(&broken)]).stderr
    };
    refused(b"");
    refused(&fs::read(NEW).unwrap());
    for length in [1, 20, good.len() / 3, good.len() - 3] {
        refused(&good[..length]);
    }
    let text_of = String::from_utf8(good).unwrap();
    let newer = text_of.replace("analyze.baseline/1", "analyze.baseline/2");
    assert!(refused(newer.as_bytes()).contains("analyze.baseline/2"));
    refused(text_of.replace("analyze.baseline/1", "something/1").as_bytes());
    // any digit of any figure, at a hundred places
    let digits: Vec<usize> = text_of
        .char_indices()
        .filter(|(at, c)| c.is_ascii_digit() && *at > text_of.find("\"runs\"").unwrap())
        .map(|(at, _)| at)
        .collect();
    for nth in 0..100 {
        let at = digits[nth * (digits.len() - 1) / 99];
        let mut bytes = text_of.clone().into_bytes();
        bytes[at] = if bytes[at] == b'7' { b'3' } else { b'7' };
        refused(&bytes);
    }
}
