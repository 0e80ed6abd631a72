//! The HTML report in a real browser, with the network off. Needs Chromium
//! (`tests/install-browser`) and Python with playwright (`tests/install-python`, which
//! `ANALYZE_PYTHON` names); where they are missing the tests say so and are skipped.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::program::{run, text};

const CHROMIUM: &str = "/usr/bin/chromium";

fn python() -> Option<String> {
    let python = std::env::var("ANALYZE_PYTHON").unwrap_or_else(|_| "python3".into());
    let works = Command::new(&python).args(["-c", "import playwright"]).output();
    let works = works.is_ok_and(|output| output.status.success());
    if works && Path::new(CHROMIUM).exists() {
        return Some(python);
    }
    eprintln!("SKIPPED: no {CHROMIUM}, or {python} has no playwright; no report was opened");
    None
}

/// What the browser saw; screenshots stay in `ANALYZE_SHOTS`, if that is set.
fn seen(python: &str, report: &Path) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let shots = std::env::var("ANALYZE_SHOTS").map_or(folder.path().to_owned(), Into::into);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser.py");
    let output =
        Command::new(python).args([&script, report, &shots]).arg(CHROMIUM).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What must hold of any report.
fn check(told: &Value) {
    assert_eq!(told["console"], serde_json::json!([]), "nothing is complained of");
    assert_eq!(told["requests"], serde_json::json!([]), "nothing is asked of a network");
    assert_eq!(told["unlabelled"], 0, "every picture has a description");
    assert_eq!(told["cut"], serde_json::json!([]), "no picture is cut where there is room");
    for wide in told["wide"].as_array().unwrap() {
        assert!(wide.as_i64().unwrap() <= 0, "the page is wider than the window: {wide}");
    }
    for contrast in told["contrast"].as_array().unwrap() {
        assert!(contrast[2].as_f64().unwrap() >= 4.5, "{contrast}");
    }
    assert!(told["headings"].as_array().unwrap().len() > 3, "{}", told["headings"]);
    assert_eq!(told["injected"], serde_json::json!(["undefined", 0, 2]));
    assert!(told["plain"].as_u64().unwrap() > 50, "pictures are there without the script");
    assert_eq!(told["searched"], 0);
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn a_report_can_be_looked_into() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.html");
    let ran = run(&[
        "report",
        "fixtures/alone1.scap.gz",
        "fixtures/beside1.scap.gz",
        "-o",
        text(&report),
    ]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    let told = seen(&python, &report);
    check(&told);
    assert!(word(&told["plain_text"]).contains("Path lookups got slower"));
    // pointed at, a cell tells its calls
    let (label, calls, tip) = (&told["tip"][0], &told["tip"][1], word(&told["tip"][2]));
    let count = analyze::event::count_text(calls.as_u64().unwrap());
    assert!(tip.starts_with(&format!("{}: {count} calls, ", word(label))), "{tip}");
    // clicked, it lists the slowest of them and how to list all
    let said = word(&told["said"]);
    assert!(said.contains(&format!("{count} calls of ")), "{said}");
    let kept = told["kept"].as_u64().unwrap();
    assert!((400..700).contains(&kept), "200 a side, and examples: {kept}");
    assert_eq!(told["again"], kept);
    // a cell of quick calls shows others of that latency, if none of its own is kept
    assert!((1..kept).contains(&told["shown"].as_u64().unwrap()), "{}", told["shown"]);
    let command = said.split("All of them: ").nth(1).unwrap().split(" show all").next().unwrap();
    assert_eq!(listed(command), calls.as_u64().unwrap(), "{command}");
    // all that was kept of the new side lies in a box around all its cells
    let boxed = &told["boxed"];
    assert_eq!(boxed[2], boxed[3], "{boxed}");
    assert!(word(&boxed[1]).contains("42,573 calls"), "{boxed}");
    // the same with the keyboard
    assert!(word(&told["keys"]).contains("calls, "), "{}", told["keys"]);
    assert!(word(&told["entered"]).contains("All of them: analyze events"), "{}", told["entered"]);
    let first = |order: &Value| word(&order[0]).to_owned();
    assert!(first(&told["slowest"]).ends_with("ms"), "{}", told["slowest"]);
    assert!(first(&told["quickest"]).ends_with("us"), "{}", told["quickest"]);
}

/// Events that the command of a report lists.
fn listed(command: &str) -> u64 {
    let output = Command::new("sh")
        .args(["-c", &command.replacen("analyze", env!("CARGO_BIN_EXE_analyze"), 1)])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().count() as u64
}

#[test]
fn names_of_a_capture_stay_text() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let name = "/srv/</script><script>injected=1</script>\\\"><img src=x onerror=injected=1>";
    let trace = |slow: u64| -> String {
        let call = |at: u64| {
            let (path, ns) = (format!("{name}{}", at % 7), slow + at * 37 % 11);
            format!(
                "1000  {}.{:06} lstat(\"{path}\", {{st_mode=S_IFREG|0644, st_size=1, ...}}) = 0 <0.0000{ns:02}>\n",
                1_700_000_000 + at / 1000,
                at % 1000 * 1000
            )
        };
        (0..4000).map(call).collect()
    };
    let (base, new) = (folder.path().join("base<b>.strace"), folder.path().join("new&\"'.strace"));
    std::fs::write(&base, trace(10)).unwrap();
    std::fs::write(&new, trace(60)).unwrap();
    let note = folder.path().join("note.md");
    std::fs::write(&note, "seen <script>injected=1</script> by <b>me</b>\n").unwrap();
    let report = folder.path().join("report.html");
    let ran = run(&[
        "report",
        text(&base),
        text(&new),
        "-o",
        text(&report),
        "--note",
        text(&note),
        "--title",
        "<script>injected=1</script>",
        "--data",
    ]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    let mut told = seen(&python, &report);
    assert_eq!(told["injected"], serde_json::json!(["undefined", 0, 3]), "--data is one more");
    told["injected"][2] = 2.into();
    check(&told);
    let page = word(&told["text"]);
    for shown in ["<script>injected=1</script>", "base<b>", "new&\"'", "by <b>me</b>"] {
        assert!(page.contains(shown), "{shown} is missing");
    }
    assert!(word(&told["said"]).contains("calls of "), "{}", told["said"]);
}
