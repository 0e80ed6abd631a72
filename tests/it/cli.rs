//! The layout of every answer, as the whole text that a user sees. A case is a
//! folder below `tests/golden`: `args` holds the command line, one argument a
//! line, with paths from the root of the repository; `stdout`, `stderr` and
//! `exit` hold what must come of it. A case needs no code.
//!
//! The texts are what the program once printed: they hold its words, its
//! columns and their order in place. That its numbers are right is shown by
//! the comparisons with sysdig. After a wanted change, `ANALYZE_BLESS=1` writes
//! the texts anew; read the difference before it is committed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::program::run;

const ARGUMENTS: &str = "args";
const EXPECTED: [&str; 3] = ["stdout", "stderr", "exit"];

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut folders: Vec<PathBuf> =
        fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

/// Names in a case's folder that no case has.
fn unknown(folder: &Path) -> Vec<String> {
    let names: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names
        .into_iter()
        .filter(|name| name != ARGUMENTS && !EXPECTED.contains(&name.as_str()))
        .collect()
}

/// What is wrong with a case; `bless` writes its expected files first.
fn faults(folder: &Path, bless: bool) -> Vec<String> {
    let name = folder.file_name().unwrap().to_string_lossy().into_owned();
    if !folder.is_dir() {
        return vec![format!("tests/golden/{name} is no folder")];
    }
    let mut faults: Vec<String> = unknown(folder)
        .into_iter()
        .map(|file| format!("tests/golden/{name}/{file}: a case has no such file"))
        .collect();
    let Ok(arguments) = fs::read_to_string(folder.join(ARGUMENTS)) else {
        faults.push(format!("tests/golden/{name}/{ARGUMENTS} is missing"));
        return faults;
    };
    let ran = run(&arguments.lines().collect::<Vec<_>>());
    let got = [ran.stdout, ran.stderr, format!("{}\n", ran.exit)];
    for (file, got) in EXPECTED.iter().zip(got) {
        let path = folder.join(file);
        if bless {
            fs::write(&path, &got).unwrap();
        }
        let wanted = fs::read_to_string(&path).ok();
        if wanted.as_ref() != Some(&got) {
            let wanted = wanted.unwrap_or_else(|| "(the file is missing)\n".into());
            faults.push(format!(
                "tests/golden/{name}/{file} differs\n--- expected\n{wanted}--- got\n{got}---"
            ));
        }
    }
    faults
}

#[test]
fn answers_are_laid_out_as_kept() {
    let bless = std::env::var_os("ANALYZE_BLESS").is_some_and(|value| value == "1");
    let folders = folders();
    assert!(folders.len() >= 25, "only {} cases", folders.len());
    let faults: Vec<String> = folders.iter().flat_map(|folder| faults(folder, bless)).collect();
    assert!(
        faults.is_empty(),
        "{} faults; ANALYZE_BLESS=1 keeps what was got\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn a_changed_or_strange_case_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("args"), "topscalls\n--base\nx.scap\n").unwrap();
    assert_eq!(faults(folder.path(), false).len(), 3, "three files are missing");
    assert_eq!(faults(folder.path(), true), Vec::<String>::new());
    assert_eq!(fs::read_to_string(folder.path().join("exit")).unwrap(), "2\n");

    fs::write(folder.path().join("stderr"), "another text\n").unwrap();
    fs::write(folder.path().join("stdin"), "").unwrap();
    let told = faults(folder.path(), false);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("stdin: a case has no such file"), "{told:?}");
    assert!(told[1].contains("another text") && told[1].contains("--base A"), "{told:?}");
}
