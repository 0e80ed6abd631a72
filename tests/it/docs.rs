//! What the documents show is what their commands print, run one after the other
//! in a folder with the fixtures; and the examples beside them work.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::shared::fixtures;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder with the fixtures, the rules that a document shows, and `analyze`.
fn workplace(document: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (_, path) in fixtures() {
        std::os::unix::fs::symlink(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    if let Some(rules) = document.split("```toml\n").nth(1) {
        let rules = rules.split("```").next().unwrap();
        fs::write(folder.path().join("worker.toml"), rules).unwrap();
    }
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_analyze"), bin.join("analyze")).unwrap();
    folder
}

fn sh(folder: &Path, line: &str) -> Output {
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap());
    Command::new("sh")
        .args(["-c", line])
        .current_dir(folder)
        .env("PATH", path)
        .env("TZ", "UTC")
        .env("TEXTFILES", folder)
        .env_remove("COLUMNS")
        .output()
        .unwrap()
}

/// Commands and what is shown below each.
fn shown(document: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for block in document.split("```console\n").skip(1) {
        for line in block.split("```").next().unwrap().lines() {
            match line.strip_prefix("$ ") {
                Some(command) => all.push((command.to_owned(), String::new())),
                None => all.last_mut().unwrap().1.push_str(&format!("{line}\n")),
            }
        }
    }
    all
}

#[test]
fn documents_show_what_commands_print() {
    let mut run = 0;
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let document = fs::read_to_string(&path).unwrap();
        let folder = workplace(&document);
        let mut code = 0;
        for (command, wanted) in shown(&document) {
            let output = sh(folder.path(), &format!("(exit {code}); {command}"));
            code = output.status.code().unwrap();
            let printed = [output.stderr, output.stdout].concat();
            let printed = String::from_utf8(printed).unwrap();
            assert!(code <= 4 && code != 2, "{command}: {printed}");
            assert_eq!(printed, wanted, "{}: {command}", path.display());
            run += 1;
        }
    }
    assert!(run >= 5, "{run} commands");
}

fn example(name: &str) -> PathBuf {
    root().join("docs/examples").join(name)
}

#[test]
fn the_script_of_the_timer_leaves_the_figures() {
    let folder = workplace("");
    let at = |name: &str| folder.path().join(name);
    let made = sh(folder.path(), "analyze baseline alone?.scap.gz -o worker.baseline");
    assert!(made.status.success());
    let script = example("worker-check");
    for (capture, code) in [("alone1", 0), ("beside1", 1), ("nowhere", 2)] {
        let line = format!("{} {capture}.scap.gz", script.display());
        assert_eq!(sh(folder.path(), &line).status.code(), Some(code), "{line}");
        if code < 2 {
            let metrics = fs::read_to_string(at("worker.prom")).unwrap();
            let answer = format!("\nanalyze_check_answer{{baseline=\"worker\"}} {code}\n");
            assert!(metrics.contains(&answer), "{metrics}");
        }
        assert!(!at("worker.prom.new").exists());
    }
}

/// With a real strace, where there is one.
#[test]
fn the_script_of_the_ci_makes_a_baseline_and_checks() {
    let folder = workplace("");
    if !sh(folder.path(), "strace -f -o /dev/null true").status.success() {
        eprintln!("SKIPPED: strace is missing or not allowed; the CI script was not run");
        return;
    }
    let script = example("ci-check");
    let line = format!("{} task.baseline check.xml ls -l bin", script.display());
    let made = sh(folder.path(), &line);
    assert!(made.status.success(), "{made:?}");
    let shown = sh(folder.path(), "analyze baseline show task.baseline").stdout;
    assert!(String::from_utf8(shown).unwrap().contains("5 runs"));
    // so short a task may not be judged; but it is asked, and the report says so
    let code = sh(folder.path(), &line).status.code();
    assert!(matches!(code, Some(0 | 1 | 4)), "{code:?}");
    let report = fs::read_to_string(folder.path().join("check.xml")).unwrap();
    assert!(report.starts_with("<?xml") && report.contains("<testcase "), "{report}");
}
