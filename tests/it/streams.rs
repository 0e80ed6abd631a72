//! Where bytes come from and where the answer goes is no part of the answer:
//! a file, stdin and a set of rotated files are the same capture, a reader that
//! leaves early is no error, and a target that cannot be written is told before
//! hours of reading.

use std::fs;
use std::io::pipe;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::program::{Ran, program, run, run_with_stdin, text};
use crate::refused::{capture, capture_from, counts, gzip};
use crate::scap_writer::{Event, Process, ScapWriter, exit, param};

const FIXTURE: &str = "fixtures/start.scap.gz";

#[test]
fn stdin_gives_the_answer_of_the_file() {
    let bytes = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(FIXTURE)).unwrap();
    for command in ["topscalls", "spectrogram"] {
        let file = run(&[command, FIXTURE]);
        assert_eq!(file.exit, 0, "{file:?}");
        let wanted = file.stdout.replacen("start:", "stdin:", 1);
        assert_ne!(wanted, file.stdout, "no label");
        for arguments in [&[command, "-"][..], &[command]] {
            let piped = run_with_stdin(arguments, &bytes);
            assert_eq!((piped.exit, piped.stderr.as_str()), (0, ""), "{arguments:?}");
            assert_eq!(piped.stdout, wanted, "{arguments:?}");
        }
    }
}

#[test]
fn stdin_beside_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.scap");
    fs::write(&path, capture()).unwrap();
    let ran = run_with_stdin(&["topscalls", text(&path), "-"], &gzip(&capture()));
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.contains("base: file: 60 events"), "{}", ran.stdout);
    assert!(ran.stdout.contains("new:  stdin: 60 events"), "{}", ran.stdout);

    let twice = run_with_stdin(&["topscalls", "-", "-"], b"");
    assert_eq!((twice.exit, twice.stdout.as_str()), (2, ""));
}

#[test]
fn nothing_on_stdin_is_refused() {
    let ran = run(&["topscalls"]);
    assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.starts_with("analyze: stdin: "), "{}", ran.stderr);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
}

#[test]
fn files_joined_by_a_comma_are_one_capture() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("a.scap0"), capture()).unwrap();
    let later = capture_from(1_700_000_001_000_000_000);
    fs::write(path("a.scap1"), gzip(&later)).unwrap();
    let one = path("a.scap0");
    let set = format!("{},{}", text(&one), text(&path("a.scap1")));
    let json = |argument: &str| run(&["topscalls", "--format", "json", argument]);
    let (calls, events) = counts(&json(text(&one)));
    let both = json(&set);
    assert_eq!((both.exit, both.stderr.as_str()), (0, ""));
    assert_eq!(counts(&both), (2 * calls, 2 * events));

    // a file of that very name is meant
    let odd = path("b,c.scap");
    fs::write(&odd, capture()).unwrap();
    assert_eq!(counts(&json(text(&odd))), (calls, events));

    fs::remove_file(path("a.scap1")).unwrap();
    let gone = json(&set);
    assert_eq!((gone.exit, gone.stdout.as_str()), (2, ""));
    assert!(gone.stderr.contains("a.scap1: no such file"), "{}", gone.stderr);
}

#[test]
fn a_loss_names_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("a.scap0"), capture()).unwrap();
    let whole = capture_from(1_700_000_001_000_000_000);
    fs::write(path("a.scap1"), &whole[..whole.len() - 5]).unwrap();
    let ran =
        run(&["topscalls", &format!("{},{}", text(&path("a.scap0")), text(&path("a.scap1")))]);
    assert_eq!(ran.exit, 3, "{ran:?}");
    let wanted = format!("warning: {}: at byte ", path("a.scap1").display());
    assert!(ran.stderr.starts_with(&wanted), "{}", ran.stderr);
}

#[test]
fn captures_without_enters_are_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let exits: Vec<Event> = (0..9)
        .map(|at| exit(1_700_000_000_000_000_000 + at, 100, 7, &[param::i64(4), b"data".to_vec()]))
        .collect();
    let bytes = ScapWriter::new().processes(&[Process::new(100, "worker")]).events(&exits).finish();
    let paths = ["a.scap", "b.scap"].map(|name| folder.path().join(name));
    for path in &paths {
        fs::write(path, &bytes).unwrap();
    }
    let ran = run(&["topscalls", text(&paths[0]), text(&paths[1])]);
    assert_eq!((ran.exit, ran.stderr.lines().count()), (0, 1), "{ran:?}");
    assert!(ran.stderr.starts_with("note: a, b: no enter events were recorded"), "{}", ran.stderr);
    assert!(!ran.stdout.contains("TIME") && ran.stdout.contains("CALLS/s"), "{}", ran.stdout);
}

#[test]
fn a_reader_that_left_is_no_error() {
    let arguments: [&[&str]; 8] = [
        &["topscalls", FIXTURE],
        &["topscalls", "--format", "json", FIXTURE],
        &["spectrogram", "--format", "csv", FIXTURE],
        &["info", FIXTURE],
        &["events", FIXTURE],
        &["events", "-j", FIXTURE, "evt.dir=<"],
        &["fields"],
        &["--help"],
    ];
    for arguments in arguments {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let ran = Ran::of(program(arguments).stdout(writer).output().unwrap());
        assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{arguments:?}");
    }
}

#[test]
fn a_target_that_cannot_be_written_is_told_before_reading() {
    let folder = tempfile::tempdir().unwrap();
    let absent = folder.path().join("absent/answer.csv");
    let taken = folder.path().join("taken.csv");
    fs::create_dir(&taken).unwrap();
    for (target, what) in [(&absent, "is no directory"), (&taken, "is a directory")] {
        for command in ["topscalls", "spectrogram"] {
            // stdin stays open and silent: whoever reads it waits for ever
            let mut child =
                program(&[command, "-", "-o", text(target)]).stdin(Stdio::piped()).spawn().unwrap();
            let stdin = child.stdin.take();
            let start = Instant::now();
            while child.try_wait().unwrap().is_none() {
                if start.elapsed() > Duration::from_secs(20) {
                    child.kill().unwrap();
                    panic!("{command} reads before it looks at {}", target.display());
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            drop(stdin);
            let ran = Ran::of(child.wait_with_output().unwrap());
            assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{command}");
            let wanted = format!("analyze: cannot write {}: ", target.display());
            assert!(ran.stderr.starts_with(&wanted), "{}", ran.stderr);
            assert!(ran.stderr.contains(what), "{}", ran.stderr);
        }
    }
    assert!(!absent.exists());
}

#[test]
fn a_file_holds_what_stdout_would() {
    let folder = tempfile::tempdir().unwrap();
    for (name, format) in [("x.csv", "csv"), ("x.json", "json"), ("x.md", "markdown")] {
        let path = folder.path().join(name);
        let to_file = run(&["topscalls", FIXTURE, "-o", text(&path)]);
        assert_eq!((to_file.exit, to_file.stdout.as_str()), (0, ""), "{name}");
        let to_stdout = run(&["topscalls", FIXTURE, "--format", format]);
        assert_eq!(fs::read_to_string(&path).unwrap(), to_stdout.stdout, "{name}");
    }
}
