//! The report as users make it: the same bytes again, every format, what is refused,
//! and the reports of recordings of which it is known what was changed.

use std::path::{Path, PathBuf};

use crate::program::{Ran, run, text};
use crate::shared::captures;

const ALONE: &str = "fixtures/alone1.scap.gz";
const BESIDE: &str = "fixtures/beside1.scap.gz";

fn report(arguments: &[&str], target: &Path) -> Ran {
    run(&[&["report"], arguments, &["-o", text(target)]].concat())
}

fn made(arguments: &[&str], target: &Path) -> Vec<u8> {
    let ran = report(arguments, target);
    assert!(matches!(ran.exit, 0 | 3), "{arguments:?}: {}", ran.stderr);
    assert_eq!(ran.stdout, "");
    std::fs::read(target).unwrap()
}

#[test]
fn the_same_captures_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["report.html", "report.png", "report.svg", "report.md"] {
        let target = folder.path().join(name);
        let first = made(&[ALONE, BESIDE], &target);
        assert!(first == made(&[ALONE, BESIDE], &target), "{name} differs");
        assert!(first.len() < 2 << 20, "{name} has {} bytes", first.len());
    }
}

#[test]
fn a_report_says_what_compare_says() {
    let folder = tempfile::tempdir().unwrap();
    let runs = ["--base", ALONE, "fixtures/alone2.scap.gz", "--new", BESIDE];
    let compared = run(&[&["compare", "--format", "json"], &runs[..]].concat());
    let compared: serde_json::Value = serde_json::from_str(&compared.stdout).unwrap();
    let markdown = made(&runs, &folder.path().join("report.md"));
    let markdown = String::from_utf8(markdown).unwrap();
    let verdict = compared["verdict"].as_str().unwrap();
    let first = verdict.split(". ").next().unwrap();
    assert!(markdown.contains(first), "{first}: {markdown}");
    let page = made(&[&runs[..], &["--data"]].concat(), &folder.path().join("report.html"));
    let page = String::from_utf8(page).unwrap();
    let kept = page.split("id=\"analyze-compare\">").nth(1).unwrap();
    let kept = kept.split("</script>").next().unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(kept).unwrap(), compared);
    let hash = sha256(Path::new(ALONE));
    assert!(page.contains(&hash) && markdown.contains(&hash), "the captures' hashes are there");
    assert!(!page.contains("http://") && !page.contains("https://"), "nothing is linked");
}

fn sha256(path: &Path) -> String {
    let output = std::process::Command::new("sha256sum").arg(path).output().unwrap();
    String::from_utf8(output.stdout).unwrap().split_whitespace().next().unwrap().to_owned()
}

#[test]
fn what_cannot_be_made_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for (arguments, target, words) in [
        (&[ALONE][..], at("x.html"), "two sides are needed"),
        (&[ALONE, BESIDE], at("x.pdf"), "which format?"),
        (&[ALONE, BESIDE], at("no/x.html"), "is no directory"),
        (&[ALONE, "nowhere.scap"], at("x.html"), "nowhere.scap: no such file"),
        (&[ALONE, BESIDE, "--note", "nowhere.md"], at("x.html"), "--note nowhere.md"),
        (&[ALONE, BESIDE, "--data"], at("x.png"), "--data is for HTML"),
        (&[ALONE, BESIDE, "--scale", "9"], at("x.png"), "--scale"),
    ] {
        let ran = report(arguments, &target);
        assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.stderr.contains(words), "{arguments:?}: {}", ran.stderr);
        assert!(!target.exists());
    }
}

#[test]
fn baselines_texts_parts_and_damage_have_reports_too() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let kept = at("worker.baseline");
    let baseline = run(&["baseline", ALONE, "fixtures/alone2.scap.gz", "-o", text(&kept)]);
    assert_eq!(baseline.exit, 0, "{}", baseline.stderr);
    let cut = at("cut.scap.gz");
    let whole = std::fs::read(BESIDE).unwrap();
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let strace = ["fixtures/text/alone.ttt.strace.gz", "fixtures/text/beside.ttt.strace.gz"];
    for (arguments, words) in [
        (&["--base", text(&kept), "--new", BESIDE][..], "lstat"),
        (&strace[..], "lstat"),
        (&[ALONE, text(&cut)], "damaged: not all was read"),
        (&[BESIDE, "--base-window", "0s..1s", "--new-window", "1s..3s"], "beside1 0s..1s"),
        (&[ALONE, BESIDE, "--per", "clock_nanosleep"], "are per clock_nanosleep"),
        (&[ALONE, BESIDE, "--evt", "close"], "close"),
        (&["fixtures/text/alone.c.strace.txt", "fixtures/text/beside.c.strace.txt"], "lstat"),
    ] {
        let page = made(arguments, &at("x.html"));
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains(words), "{arguments:?}: no {words}");
        let png = made(arguments, &at("x.png"));
        assert!(png.starts_with(b"\x89PNG"), "{arguments:?}");
    }
}

/// Reports of all pairs of which it is known what was changed; pictures stay in
/// `ANALYZE_SHOTS`, if that is set.
#[test]
fn every_pair_has_a_report_that_fits() {
    let Some(root) = captures() else { return };
    let folder = tempfile::tempdir().unwrap();
    let shots = std::env::var("ANALYZE_SHOTS").map_or(folder.path().to_owned(), PathBuf::from);
    let mut reported = 0;
    for entry in std::fs::read_dir(root.join("pairs")).unwrap() {
        let pair = entry.unwrap().path();
        let runs = |side: &str| -> Vec<String> {
            let listed = std::fs::read_dir(pair.join(side)).into_iter().flatten();
            let mut runs: Vec<String> = listed
                .map(|entry| text(&entry.unwrap().path()).to_owned())
                .filter(|path| path.contains(".scap"))
                .collect();
            runs.sort();
            runs
        };
        let (base, new) = (runs("base"), runs("new"));
        if base.is_empty() || new.is_empty() {
            continue;
        }
        let mut arguments: Vec<&str> = vec!["--base"];
        arguments.extend(base.iter().map(String::as_str));
        arguments.push("--new");
        arguments.extend(new.iter().map(String::as_str));
        let name = pair.file_name().unwrap().to_str().unwrap().to_owned();
        let page = made(&arguments, &shots.join(format!("{name}.html")));
        assert!(page.len() < 2 << 20, "{name} has {} bytes", page.len());
        made(&arguments, &shots.join(format!("{name}.png")));
        reported += 1;
    }
    println!("{reported} pairs have reports");
    assert!(reported >= 5, "{reported}");
}
