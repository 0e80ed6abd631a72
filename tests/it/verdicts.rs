//! The first sentence of a comparison, held against recordings of which it is known
//! what was changed: it must name the net change and the cause, and must not name
//! what the recordings do not show.

use std::path::{Path, PathBuf};

use crate::program::{Ran, run};
use crate::shared::captures;

/// What an answer must say of a pair.
struct Truth {
    /// Folder below the captures.
    pair: &'static str,
    /// What its first sentence begins with.
    net: &'static str,
    /// What the first line names.
    names: &'static [&'static str],
    /// What no line may say.
    never: &'static [&'static str],
}

const PAIRS: [Truth; 9] = [
    Truth {
        pair: "runs/module-path",
        net: "The run takes 2.4x as long",
        names: &["newfstatat", "per run"],
        never: &["brk", "slower"],
    },
    Truth {
        pair: "runs/sort-memory",
        net: "The run takes 4.7x as long",
        names: &["read", "per run"],
        never: &["Path lookups got slower"],
    },
    Truth {
        pair: "real/mmap-churn",
        net: "Time in system calls is up 26.1ms/s",
        names: &["More calls are made: mmap"],
        never: &["close got", "Fits"],
    },
    Truth {
        pair: "real/cache-added",
        net: "Time in system calls is down 4.34ms/s",
        names: &["Fewer calls are made: openat"],
        never: &["Path lookups got slower", "dentry-cache"],
    },
    Truth {
        pair: "real/opposite",
        net: "Time in system calls is up 12.1ms/s",
        names: &["write takes 14.0x as long per call", "+16.9ms/s"],
        never: &["38.2ms"],
    },
    Truth {
        pair: "pairs/disk-neighbour",
        net: "Time in system calls is up",
        names: &["Disk waits got longer: fsync"],
        never: &["dentry-cache"],
    },
    Truth {
        pair: "pairs/lock-contention",
        net: "Time in system calls is up",
        names: &["Lock waits got longer: futex"],
        never: &["Disk waits", "dentry-cache"],
    },
    Truth {
        pair: "pairs/small-reads",
        net: "Time in system calls is up",
        names: &["Smaller requests: read"],
        never: &["Disk waits", "dentry-cache"],
    },
    Truth {
        pair: "pairs/aa-same",
        net: "No significant change",
        names: &[],
        never: &["got slower", "Fits"],
    },
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.collect();
    files.sort();
    files
}

fn compared(root: &Path, pair: &str, more: &[&str]) -> Ran {
    let sides = ["base", "new"].map(|side| files(&root.join(pair).join(side)));
    let text = |path: &PathBuf| path.to_str().unwrap().to_owned();
    let mut arguments: Vec<String> = vec!["compare".into(), "--base".into()];
    arguments.extend(sides[0].iter().map(text));
    arguments.push("--new".into());
    arguments.extend(sides[1].iter().map(text));
    if !pair.starts_with("runs/") {
        arguments.extend(["--container".into(), "worker".into()]);
    }
    arguments.extend(more.iter().map(|word| (*word).to_owned()));
    run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The words over the table, a line for each statement.
fn words(answer: &str) -> Vec<String> {
    let words = answer.split("\n\n").next().unwrap().replace("\n  ", " ");
    words.lines().map(str::to_owned).collect()
}

#[test]
fn the_first_sentence_names_the_net_change_and_its_cause() {
    let Some(root) = captures() else { return };
    let mut wrong = Vec::new();
    for truth in &PAIRS {
        let lines = words(&compared(&root, truth.pair, &[]).stdout);
        let holds = lines[0].starts_with(truth.net)
            && truth.names.iter().all(|name| lines[0].contains(name))
            && !truth.never.iter().any(|name| lines.iter().any(|line| line.contains(name)));
        println!("{}: {}: {}", truth.pair, if holds { "right" } else { "WRONG" }, lines[0]);
        if !holds {
            wrong.push((truth.pair, lines));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_unit_of_whole_runs_is_the_run_unless_it_is_set() {
    let Some(root) = captures() else { return };
    let unit = |pair: &str, more: &[&str]| -> serde_json::Value {
        let answer = compared(&root, pair, &[more, &["--format", "json", "--no-where"]].concat());
        serde_json::from_str(&answer.stdout).unwrap()
    };
    let whole = unit("runs/module-path", &[]);
    assert_eq!(whole["unit"], "run");
    let (base, new) = (&whole["run_length"]["base_ns"], &whole["run_length"]["new_ns"]);
    assert!((base.as_f64().unwrap() - 238e6).abs() < 1e6, "{base}");
    assert!((new.as_f64().unwrap() - 579e6).abs() < 1e6, "{new}");
    let second = unit("runs/module-path", &["--per", "second"]);
    assert_eq!((&second["unit"], &second["run_length"]), (&"second".into(), &().into()));
    assert_eq!(unit("pairs/aa-same", &[])["unit"], "second");
    assert_eq!(unit("pairs/aa-same", &["--per", "run"])["unit"], "run");
}

#[test]
fn a_check_judges_the_length_of_the_run_and_only_longer_ones_depart() {
    let Some(root) = captures() else { return };
    let folder = tempfile::tempdir().unwrap();
    let checked = |base: &str, new: &str, more: &[&str]| -> Ran {
        let path = folder.path().join(format!("{base}-{}.baseline", more.len()));
        let pair = root.join("runs/sort-memory");
        let mut made = vec!["baseline".to_owned()];
        made.extend(files(&pair.join(base)).iter().map(|path| path.display().to_string()));
        made.extend(["-o".into(), path.display().to_string()]);
        let made = run(&made.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(made.exit, 0, "{}", made.stderr);
        let new = files(&pair.join(new)).remove(0);
        let words = ["check", "--baseline", path.to_str().unwrap(), new.to_str().unwrap()];
        run(&[&words, more].concat())
    };
    let longer = checked("base", "new", &[]);
    assert_eq!(longer.exit, 1, "{}", longer.stdout);
    assert!(longer.stdout.contains("departs: run.duration: the run takes"), "{}", longer.stdout);
    let shorter = checked("new", "base", &[]);
    assert!(!shorter.stdout.contains("departs: run.duration"), "{}", shorter.stdout);
    let both = checked("new", "base", &["--both-ways"]);
    assert_eq!(both.exit, 1);
    assert!(both.stdout.contains("departs: run.duration: the run takes 0.2"), "{}", both.stdout);
}
