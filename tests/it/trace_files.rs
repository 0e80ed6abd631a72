//! Text captures as files: compressed, piped, cut, mixed with other output, in
//! several parts; and what the program says of them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::program::{Ran, run, run_with_stdin, text};
use crate::refused::gzip;
use crate::trace_oracle::{counted, files_of};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/text").join(name)
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

/// `count` calls, one a millisecond.
fn calls(count: u64) -> String {
    let line = |at: u64| format!("7 1795458567.{at:06} lstat(\"/etc\", 0x1) = 0 <0.000012>\n");
    (0..count).map(line).collect()
}

fn json(path: &Path) -> serde_json::Value {
    let ran = run(&["info", "--format", "json", text(path)]);
    assert!(ran.exit == 0 || ran.exit == 3, "{ran:?}");
    serde_json::from_str::<serde_json::Value>(&ran.stdout).unwrap()["captures"][0].clone()
}

#[test]
fn compressed_and_piped_text_is_the_same() {
    let folder = Folder::new();
    let path = fixture("strace-f-tt-T-yy.txt");
    let plain = fs::read(&path).unwrap();
    let wanted = counted(std::slice::from_ref(&path), None).0;
    let zipped = folder.file("a.gz", gzip(&plain));
    let frames = folder.file("a.zst", zstd::encode_all(plain.as_slice(), 3).unwrap());
    for other in [zipped, frames] {
        assert_eq!(counted(&[other], None).0, wanted);
    }
    let lines = |ran: Ran| {
        assert_eq!(ran.exit, 0, "{ran:?}");
        ran.stdout
    };
    let from_file = lines(run(&["events", text(&path)]));
    assert_eq!(lines(run_with_stdin(&["events", "-"], &plain)), from_file);
    let windows = String::from_utf8_lossy(&plain).replace('\n', "\r\n");
    let windows = folder.file("windows.txt", windows);
    assert_eq!(lines(run(&["events", text(&windows)])), from_file);
}

#[test]
fn a_set_is_one_capture_however_it_is_named() {
    let folder = fixture("strace-ff");
    let files = files_of(&folder);
    assert!(files.len() > 5);
    let list: Vec<&str> = files.iter().map(|path| text(path)).collect();
    let of = |argument: &str| {
        let ran = run(&[
            "events",
            "-p",
            "%evt.num %evt.rawtime %thread.tid %evt.type %evt.dir",
            argument,
        ]);
        assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""));
        ran.stdout
    };
    let wanted = of(text(&folder));
    assert!(wanted.lines().count() > 400);
    assert_eq!(of(&list.join(",")), wanted);
    assert_eq!(of(text(&folder.join("out"))), wanted);
    assert_eq!(of(text(&folder.join("out.*"))), wanted);
    // events follow the ends of calls
    let mut last = 0;
    for line in wanted.lines().filter(|line| line.ends_with('<')) {
        let time: u64 = line.split(' ').nth(1).unwrap().parse().unwrap();
        assert!(time >= last, "{line}");
        last = time;
    }
}

#[test]
fn files_of_one_capture_are_of_one_kind() {
    let folder = Folder::new();
    let scap = folder.file("a.scap", crate::refused::capture());
    let trace = folder.file("a.strace", calls(9));
    let perf = folder.file("a.perf", "     0.772 ( 0.029 ms): work/31599 brk() = 0x55\n".repeat(3));
    for (one, other) in [(&scap, &trace), (&trace, &scap), (&trace, &perf)] {
        let ran = run(&["topscalls", &format!("{},{}", text(one), text(other))]);
        assert_eq!(ran.exit, 2, "{ran:?}");
        assert!(ran.stderr.contains("of one kind") && ran.stderr.lines().count() == 1, "{ran:?}");
    }
    let two = format!("{},{}", text(&trace), text(&trace));
    let ran = run(&["topscalls", &two]);
    assert!(ran.exit == 0 && ran.stdout.contains("36 events"), "{ran:?}");
}

#[test]
fn lines_that_are_not_understood_are_told_and_counted() {
    let folder = Folder::new();
    let foreign = "hello\n\nworld = 3\n7 1795458568.000000 read(3, \"cut off\n";
    let path = folder.file("mixed.strace", calls(20) + foreign + &calls(5) + "one\ntwo\n");
    let ran = run(&["topscalls", text(&path)]);
    assert_eq!(ran.exit, 3, "a call was lost: {ran:?}");
    let told: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(told.len(), 4, "{ran:?}");
    assert!(told[0].contains("line 21: ") && told[0].ends_with(": hello"), "{told:?}");
    assert!(told[1].contains("line 23: ") && told[2].contains("line 24: "), "{told:?}");
    assert!(told[3].contains("5 of 31 lines not understood"), "{told:?}");
    let info = json(&path);
    let lines = &info["trace"]["lines"];
    assert_eq!(lines["total"], 31);
    assert_eq!(
        (&lines["events"], &lines["notices"], &lines["refused"]),
        (&25.into(), &1.into(), &5.into())
    );
    assert_eq!(info["trace"]["first_refused"][2]["kind"], "no_result");

    let noise = folder.file("noise.strace", calls(20) + "hello\n");
    assert_eq!(run(&["topscalls", text(&noise)]).exit, 0, "the program's own output is no loss");
}

#[test]
fn a_file_that_is_mostly_something_else_is_refused() {
    let folder = Folder::new();
    let few = folder.file("few.txt", "prose\nmore prose\nyet more\n".repeat(30) + &calls(3));
    let late = folder.file("late.txt", calls(500) + &"prose\n".repeat(600));
    for (path, what) in [(few, "only 3 of the first 93"), (late, "600 of 1100 lines")] {
        for command in ["topscalls", "info", "spectrogram"] {
            let ran = run(&[command, text(&path)]);
            assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{ran:?}");
            assert!(ran.stderr.contains(what) && ran.stderr.contains("-o FILE"), "{ran:?}");
        }
    }
}

#[test]
fn the_last_line_may_lack_its_end_and_lines_may_be_long() {
    let folder = Folder::new();
    let whole = calls(30);
    let path = folder.file("no-end.strace", whole.trim_end());
    assert_eq!(json(&path)["trace"]["lines"]["calls"], 30);
    let cut = folder.file("cut.strace", &whole[..whole.len() - 20]);
    let info = json(&cut);
    assert_eq!(info["trace"]["lines"]["calls"], 29, "{info}");
    assert_eq!(info["trace"]["refused"][0]["kind"], "cut_off", "{info}");
    assert_eq!(run(&["topscalls", text(&cut)]).exit, 3);

    let data = "x".repeat(5 << 20);
    let long = format!("7 1795458567.5 write(1, \"{data}\", 9) = 9 <0.000012>\n");
    let too_long = format!("7 1795458567.5 write(1, \"{}\", 9) = 9 <0.000012>\n", data.repeat(4));
    let bytes = calls(3) + &long + &too_long + &calls(3);
    for (name, bytes) in
        [("long.strace", bytes.clone().into_bytes()), ("long.gz", gzip(bytes.as_bytes()))]
    {
        let info = json(&folder.file(name, bytes));
        let lines = &info["trace"]["lines"];
        assert_eq!((&lines["calls"], &lines["refused"]), (&7.into(), &1.into()), "{name}");
        assert_eq!(info["trace"]["refused"][0]["kind"], "too_long");
    }
}

#[test]
fn invalid_utf8_and_noise_are_read() {
    let folder = Folder::new();
    let mut bytes = calls(10).into_bytes();
    bytes.extend_from_slice(
        b"7 1795458568.000001 open(\"\xff\xfe\x80\", O_RDONLY) = 3 <0.000001>\n",
    );
    let path = folder.file("bytes.strace", &bytes);
    let ran = run(&["events", text(&path), "evt.type=open and evt.dir=<"]);
    assert!(ran.exit == 0 && ran.stdout.contains("fd=3("), "{ran:?}");
}
