//! Who was near the worker and what they did, in captures that hold more than
//! the worker; and where a change lies, on real runs.

use serde_json::Value;

use crate::compare_runs::side;
use crate::program::{run, text};
use crate::shared::captures;

fn compared(base: &[&str], new: &[&str]) -> (Value, String) {
    let arguments = |more: &[&'static str]| -> Vec<String> {
        [&["compare", "--container", "worker", "--base"], base, &["--new"], new, more]
            .concat()
            .iter()
            .map(|word| (*word).to_owned())
            .collect()
    };
    let data = run(&arguments(&["--format", "json"]));
    assert_eq!(data.exit, 0, "{}", data.stderr);
    let words = run(&arguments(&["-v"]));
    (serde_json::from_str(&data.stdout).unwrap(), words.stdout)
}

fn doing<'v>(near: &'v Value, what: &str) -> &'v Value {
    near["doings"].as_array().unwrap().iter().find(|doing| doing["what"] == what).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[test]
fn the_neighbour_with_the_failing_opens_is_named() {
    let Some(root) = captures() else { return };
    let path = |name: &str| root.join("live").join(format!("{name}.scap.gz"));
    let (alone, beside) = (path("host-alone"), path("host-beside"));
    let (data, words) = compared(&[text(&alone)], &[text(&beside)]);
    let near = &data["around"]["neighbours"];
    assert_eq!(near["call"], "lstat");
    assert_eq!(near["list"][0]["name"], "trasher");
    let opens = &near["list"][0]["doings"][0];
    assert_eq!((&opens["what"], &opens["stands_out"]), (&"failing_opens".into(), &true.into()));
    // 35,000 of them in 2.16 s
    assert!((number(&opens["new"]) - 35_000.0 / 2.163).abs() < 10.0, "{opens}");
    assert!(number(&opens["base"]) == 0.0);
    assert!(number(&opens["while_slow"]) > 10.0 * number(&opens["while_quick"]), "{opens}");
    assert!(
        words.contains("Near it, trasher makes 16,180 failing path lookups per second"),
        "{words}"
    );
    assert!(words.contains("that is no proof"), "{words}");
    let first = &data["around"]["mechanisms"][0];
    assert_eq!(first["name"], "dentry-cache pressure by failing lookups");
    // the other way round it does less
    let (_, words) = compared(&[text(&beside)], &[text(&alone)]);
    assert!(
        words.contains(
            "Near it, trasher makes no failing path lookups, 16,180 per second in the base"
        ),
        "{words}"
    );
}

#[test]
fn the_neighbour_that_writes_is_named() {
    let Some(root) = captures() else { return };
    let folder = root.join("pairs/disk-neighbour");
    let paths = ["base", "new"].map(|which| side(&folder, which));
    let [base, new] =
        paths.each_ref().map(|paths| paths.iter().map(|path| text(path)).collect::<Vec<_>>());
    let check = |base: &[&str], new: &[&str]| {
        let (data, words) = compared(base, new);
        let first = &data["around"]["neighbours"]["list"][0];
        assert_eq!(first["name"], "trasher", "{words}");
        let written = doing(first, "written");
        assert_eq!(written["stands_out"], true);
        assert!(number(&written["new"]) > 1e9 && number(&written["base"]) == 0.0, "{written}");
        assert!(words.contains("Near it, trasher writes"), "{words}");
    };
    check(&base, &new);
    for (base, new) in base.iter().zip(&new) {
        check(&[base], &[new]);
    }
}

#[test]
fn nobody_is_named_where_nobody_is_or_nothing_changed() {
    let Some(root) = captures() else { return };
    for pair in ["aa-same", "more-calls", "small-reads", "lock-contention"] {
        let folder = root.join("pairs").join(pair);
        let paths = ["base", "new"].map(|which| side(&folder, which));
        let [base, new] =
            paths.each_ref().map(|paths| paths.iter().map(|path| text(path)).collect::<Vec<_>>());
        let (data, words) = compared(&base, &new);
        assert!(!words.contains("Near it"), "{pair}: {words}");
        let list = data["around"]["neighbours"]["list"].as_array().unwrap();
        assert!(list.iter().all(|near| near["doings"][0]["stands_out"] == false), "{pair}");
    }
}

/// Where changes lie, by what was built into the runs.
#[test]
fn places_of_the_changes_are_what_was_built_in() {
    let Some(root) = captures() else { return };
    let of = |pair: &str| {
        let folder = root.join("pairs").join(pair);
        let paths = ["base", "new"].map(|which| side(&folder, which));
        let [base, new] =
            paths.each_ref().map(|paths| paths.iter().map(|path| text(path)).collect::<Vec<_>>());
        compared(&base, &new)
    };
    let lines = |words: &str, call: &str| -> String {
        words
            .split("\n\n")
            .next()
            .unwrap()
            .replace("\n  ", " ")
            .lines()
            .filter(|line| line.starts_with(&format!("{call}: ")))
            .collect()
    };
    // every path is slower
    let (data, words) = of("dentry");
    assert!(
        lines(&words, "newfstatat").starts_with("newfstatat: spread evenly over all "),
        "{words}"
    );
    assert!(!data["around"]["places"][0]["even"].is_null());
    // FUTEX_WAIT waits, FUTEX_WAKE does not
    let (_, words) = of("lock-contention");
    let told = lines(&words, "futex");
    assert!(told.contains("1 operation of 2") && told.contains("FUTEX_WAIT"), "{words}");
    // 1 KiB at a time
    let (_, words) = of("small-reads");
    let told = lines(&words, "read");
    assert!(told.contains("1-2 KiB"), "{words}");
}

/// Containers and times of one capture against each other.
#[test]
fn parts_of_one_capture_are_sides() {
    let Some(root) = captures() else { return };
    let path = root.join("live/host-beside.scap.gz");
    let ran = run(&[
        "compare",
        text(&path),
        "--base-container",
        "worker",
        "--new-container",
        "trasher",
        "--format",
        "json",
    ]);
    let data: Value = serde_json::from_str(&ran.stdout).unwrap();
    let opens = data["changes"].as_array().unwrap().iter();
    let opens = opens.filter(|change| change["event"] == "openat" && change["what"] == "count");
    assert_eq!(opens.count(), 1, "{}", ran.stdout);
    assert_eq!(data["base"]["runs"][0]["label"], "host-beside worker");
    assert_eq!(data["around"]["neighbours"]["list"], Value::Array(Vec::new()));
    let parts = |base: &str, new: &str| {
        run(&["compare", text(&path), "--base-window", base, "--new-window", new])
    };
    let halves = parts("0s..1s", "1s..2s");
    assert_eq!(halves.exit, 0, "{}", halves.stderr);
    assert!(halves.stdout.contains("base: host-beside 0s..1s: 1.00s"), "{}", halves.stdout);
    for (base, new) in [("0s", "1s..2s"), ("0s..x", "1s..2s")] {
        assert_eq!(parts(base, new).exit, 2);
    }
}

#[test]
fn what_is_damaged_is_compared_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let cut = folder.path().join("cut.scap");
    let mut bytes = Vec::new();
    let file = std::fs::File::open("fixtures/beside1.scap.gz").unwrap();
    std::io::copy(&mut flate2::read::GzDecoder::new(file), &mut bytes).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let ran = run(&["compare", "fixtures/alone1.scap.gz", text(&cut), "--format", "json"]);
    assert_eq!(ran.exit, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("cut: at byte"), "{}", ran.stderr);
    let data: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (&data["base"]["runs"][0]["damaged"], &data["new"]["runs"][0]["damaged"]),
        (&false.into(), &true.into())
    );
    assert_eq!(data["changes"][0]["event"], "lstat");
    std::fs::write(&cut, b"").unwrap();
    let ran = run(&["compare", "fixtures/alone1.scap.gz", text(&cut)]);
    assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""));
}
