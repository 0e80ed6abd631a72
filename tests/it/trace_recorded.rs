//! Fresh recordings: the same small program under strace and perf trace with
//! every option that changes their lines. Whatever the layout, the calls are
//! the same. Where the tracers are missing or may not trace, the tests are
//! skipped, loudly; with `ANALYZE_REQUIRE_TRACERS` set that is a failure.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use analyze::format::trace::{Refusal, TraceClock};

use crate::program::{run, text};
use crate::trace_oracle::{Counts, counted, files_of};

/// Calls whose number depends on which thread is first.
const RACY: [&str; 9] = [
    "futex",
    "mmap",
    "munmap",
    "mprotect",
    "madvise",
    "brk",
    "sched_yield",
    "sched_getaffinity",
    "sigreturn",
];

/// The program, built once.
fn program() -> &'static Path {
    static BUILT: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = BUILT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("system_calls");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/system_calls.rs");
        let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let mut command = Command::new(compiler);
        command.args(["--edition", "2024", "-O"]).arg(source).arg("-o").arg(&path);
        assert!(command.status().unwrap().success(), "the program cannot be built");
        (folder, path)
    });
    path
}

/// Whether a tracer works here.
fn works(tracer: &[&str]) -> bool {
    let mut command = Command::new(tracer[0]);
    command.args(&tracer[1..]).arg("true").stdout(Stdio::null()).stderr(Stdio::null());
    if command.status().is_ok_and(|status| status.success()) {
        return true;
    }
    let required = std::env::var_os("ANALYZE_REQUIRE_TRACERS").is_some();
    assert!(!required, "{tracer:?} does not work, and ANALYZE_REQUIRE_TRACERS is set");
    eprintln!("SKIPPED: {tracer:?} does not work here; nothing was recorded");
    false
}

/// Calls and errors by name, without the racy ones.
fn calls(counts: &Counts) -> BTreeMap<String, (u64, u64)> {
    let steady = counts.iter().filter(|(name, _)| !RACY.contains(&name.as_str()));
    steady
        .filter(|(_, row)| row[0] > 0)
        .map(|(name, row)| (name.clone(), (row[0], row[1])))
        .collect()
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Traces the program; `to_stderr`: not into a file of its own.
    fn strace(&self, name: &str, options: &str, to_stderr: bool) -> PathBuf {
        let path = self.at(name);
        let mut command = Command::new("strace");
        command.args(options.split_whitespace()).env("TMPDIR", self.0.path());
        if to_stderr {
            command.stderr(File::create(&path).unwrap());
        } else {
            command.arg("-o").arg(&path);
        }
        let status = command.arg(program()).status().unwrap();
        assert!(status.success(), "strace {options}: {status}");
        path
    }

    fn perf(&self, name: &str, options: &str) -> Option<PathBuf> {
        let path = self.at(name);
        let mut command = Command::new("perf");
        command.arg("trace").args(options.split_whitespace()).arg("-o").arg(&path);
        command.stderr(Stdio::null()).stdout(Stdio::null());
        let status = command.arg("--").arg(program()).status().unwrap();
        status.success().then_some(path)
    }
}

/// Options that change lines, and what times they give.
const LAYOUTS: [(&str, TraceClock); 34] = [
    ("-f", TraceClock::None),
    ("-f -t", TraceClock::Day),
    ("-f -tt", TraceClock::Day),
    ("-f -ttt", TraceClock::Epoch),
    ("-f -r", TraceClock::Relative),
    ("-f -t -r", TraceClock::Day),
    ("-f -tt -r -T", TraceClock::Day),
    ("-f -ttt -r", TraceClock::Epoch),
    ("-f -T", TraceClock::None),
    ("-f -T -r", TraceClock::Relative),
    ("-f -ttt --syscall-times=s", TraceClock::Epoch),
    ("-f -ttt --syscall-times=ms", TraceClock::Epoch),
    ("-f -ttt --syscall-times=us", TraceClock::Epoch),
    ("-f -ttt --syscall-times=ns", TraceClock::Epoch),
    ("-f -T --absolute-timestamps=format:unix,precision:s", TraceClock::Epoch),
    ("-f -T --absolute-timestamps=format:unix,precision:ms", TraceClock::Epoch),
    ("-f -T --absolute-timestamps=format:unix,precision:ns", TraceClock::Epoch),
    ("-f -T --absolute-timestamps=format:time,precision:ns", TraceClock::Day),
    ("-f -T --relative-timestamps=s", TraceClock::Relative),
    ("-f -T --relative-timestamps=ms", TraceClock::Relative),
    ("-f -T --relative-timestamps=ns", TraceClock::Relative),
    ("-f -y -ttt -T", TraceClock::Epoch),
    ("-f -yy -tt -T", TraceClock::Day),
    ("-f -Y -y -ttt", TraceClock::Epoch),
    ("-f -X raw -T", TraceClock::None),
    ("-f -X verbose -ttt", TraceClock::Epoch),
    ("-f -n -i -ttt", TraceClock::Epoch),
    ("-f -D -ttt -T", TraceClock::Epoch),
    ("-f -v -s 400 -tt", TraceClock::Day),
    ("-f -x -s 0", TraceClock::None),
    ("-f -xx -ttt -T", TraceClock::Epoch),
    ("-f -a 1 -q", TraceClock::None),
    ("-f -C -w -ttt -T", TraceClock::Epoch),
    ("-f -qqq -ttt", TraceClock::Epoch),
];

#[test]
fn every_layout_of_strace_gives_the_same_calls() {
    if !works(&["strace", "-f", "-o", "/dev/null"]) {
        return;
    }
    let folder = Folder::new();
    let mut wanted = None;
    let mut check = |name: &str, files: &[PathBuf], clock: Option<TraceClock>| {
        let (counts, summary) = counted(files, None);
        let facts = summary.trace.expect("a text");
        assert!(facts.refused.keys().all(|why| *why == Refusal::Foreign), "{name}: {facts:?}");
        assert_eq!(facts.lines.refused, 0, "{name}: {:?}", facts.first_refused);
        assert!(clock.is_none_or(|clock| clock == facts.clock), "{name}: {:?}", facts.clock);
        let timed = name.contains("-T") || name.contains("--syscall-times");
        assert_eq!(facts.timed, if timed { facts.returned } else { 0 }, "{name}");
        assert_eq!(facts.unended, 0, "{name}");
        assert!(facts.disagreements.is_empty(), "{name}: {:?}", facts.disagreements);
        let got = calls(&counts);
        assert_eq!(&got, wanted.get_or_insert(got.clone()), "{name}");
        assert!(got["fsync"] == (1, 0) && got.len() > 20, "{got:?}");
    };
    for (number, (options, clock)) in LAYOUTS.iter().enumerate() {
        let path = folder.strace(&format!("{number}.strace"), options, false);
        check(options, &[path], Some(*clock));
    }
    for options in ["-f -ttt -T", "-f -tt", "-f"] {
        let path = folder.strace("stderr.txt", options, true);
        check(&format!("{options} 2>"), &[path], None);
    }
    for options in ["-ff -ttt -T", "-ff -tt -T -y"] {
        std::fs::create_dir(folder.at("set")).unwrap();
        folder.strace("set/out", options, false);
        let files = files_of(&folder.at("set"));
        assert_eq!(files.len(), 3, "two threads and a child: {files:?}");
        check(options, &files, None);
        std::fs::remove_dir_all(folder.at("set")).unwrap();
    }
}

/// Calls and errors by name of the rows of a table.
fn table(path: &Path) -> BTreeMap<String, (u64, u64)> {
    let ran = run(&["topscalls", "--format", "json", "--top", "500", text(path)]);
    assert_eq!(ran.exit, 0, "{ran:?}");
    let answer: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let rows = answer["rows"].as_array().unwrap().iter().map(|row| {
        let side = &row["captures"][0];
        assert!(side["p50_ns"].is_null() && side["p99_ns"].is_null(), "{row}");
        let number = |name: &str| side[name].as_u64().unwrap();
        (row["event"].as_str().unwrap().to_owned(), (number("calls"), number("errors")))
    });
    rows.filter(|(name, _)| !RACY.contains(&name.as_str())).collect()
}

#[test]
fn tables_of_strace_have_the_calls_of_its_listing() {
    if !works(&["strace", "-f", "-o", "/dev/null"]) {
        return;
    }
    let folder = Folder::new();
    let listing = folder.strace("listing", "-f", false);
    let wanted = calls(&counted(&[listing], None).0);
    for (number, options) in [
        "-f -c",
        "-f -c -w",
        "-f -c -S calls -U name,calls,errors,total-time",
        "-f -c -w -U time-percent,total-time,min-time,max-time,avg-time,calls,errors,name",
    ]
    .iter()
    .enumerate()
    {
        let path = folder.strace(&format!("{number}.c"), options, false);
        assert_eq!(table(&path), wanted, "{options}");
    }
}

#[test]
fn every_layout_of_perf_trace_gives_the_same_calls() {
    if !works(&["perf", "trace", "-o", "/dev/null"]) {
        return;
    }
    let folder = Folder::new();
    let record = |options: &str| {
        let counts = folder.perf("perf.txt", options).map(|path| {
            let (counts, summary) = counted(&[path], None);
            let facts = summary.trace.expect("a text");
            assert_eq!(facts.lines.refused, 0, "perf {options}: {:?}", facts.first_refused);
            calls(&counts)
        });
        if counts.is_none() {
            eprintln!("SKIPPED: perf trace {options} does not work here");
        }
        counts
    };
    // perf loses events when the machine is busy, and never makes one up
    let mut wanted: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for _ in 0..4 {
        for (name, row) in record("").expect("perf trace works") {
            let most = wanted.entry(name).or_default();
            *most = (most.0.max(row.0), most.1.max(row.1));
        }
    }
    for options in ["-T", "-S", "--no-comm", "-F all --syscalls", "--sched"] {
        let mut tries = (0..8).map(|_| record(options));
        let found = tries.any(|got| got.is_none_or(|got| got == wanted));
        assert!(found, "perf trace {options}: never {wanted:?}");
    }
    record("--call-graph dwarf");
    assert!(wanted["fsync"] == (1, 0) && wanted.len() > 20, "{wanted:?}");
    let failed = folder.perf("failed.txt", "--failure");
    if let Some(path) = failed {
        let got = calls(&counted(&[path], None).0);
        for (name, (calls, errors)) in got {
            assert_eq!(calls, errors, "{name}: only failed calls");
            assert!(errors <= wanted[&name].1, "{name}");
        }
    }
    let path = folder.perf("table.txt", "-s").expect("perf trace -s works");
    for (name, (calls, errors)) in table(&path) {
        assert!(
            wanted.get(&name).is_some_and(|row| calls <= row.0 + 2 && errors <= row.1),
            "{name}"
        );
    }
}
