//! Chisels against sysdig's of the same name: tables by their rows, listings line by
//! line, the state of the system, requests.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::program::{run, text};
use crate::shared::captures;
use crate::sysdig::{small, sysdig};

/// Table-makers with what they are given, and how many rows sysdig shows.
const TABLES: [(&str, &str, usize); 21] = [
    ("topfiles_bytes", "", 10),
    ("topfiles_time", "", 10),
    ("topfiles_errors", "", 100),
    ("topprocs_errors", "", 100),
    ("topprocs_file", "", 10),
    ("topprocs_net", "", 100),
    ("topconns", "", 30),
    ("topports_server", "", 100),
    ("topcontainers_error", "", 100),
    ("topcontainers_file", "", 10),
    ("topcontainers_net", "", 100),
    ("topprocs_cpu", "", 10),
    ("topcontainers_cpu", "", 10),
    ("topscalls", "", 30),
    ("topscalls_time", "", 30),
    ("fdbytes_by", "fd.name", 30),
    ("fdbytes_by", "fd.directory", 30),
    ("fdtime_by", "fd.type", 10),
    ("fdtime_by", "proc.name", 10),
    ("fdcount_by", "proc.name", 0),
    ("fdcount_by", "fd.type", 0),
];

/// Rows as key and value; of rows that share the last value at the cut any may be
/// shown, so there only the value counts.
fn comparable(rows: Vec<(Vec<String>, u64)>, top: usize) -> BTreeMap<(Vec<String>, u64), usize> {
    let least = (top > 0 && rows.len() >= top).then(|| rows.iter().map(|row| row.1).min());
    let mut counted = BTreeMap::new();
    for (key, value) in rows {
        let key = if least.flatten() == Some(value) { Vec::new() } else { key };
        *counted.entry((key, value)).or_default() += 1;
    }
    counted
}

fn key(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn rows(data: &Value) -> Vec<(Vec<String>, u64)> {
    let row = |row: &Value| {
        let cells = row.as_array().unwrap();
        let (value, keys) = cells.split_last().unwrap();
        (keys.iter().map(key).collect(), value.as_f64().unwrap() as u64)
    };
    data.as_array().unwrap().iter().map(row).collect()
}

fn theirs(capture: &Path, chisel: &str, given: &str) -> Vec<(Vec<String>, u64)> {
    let arguments: Vec<&str> =
        ["-c", chisel, given, "-j"].into_iter().filter(|word| !word.is_empty()).collect();
    let output = sysdig(capture, &arguments);
    assert!(output.status.success(), "sysdig -c {chisel} on {}", capture.display());
    let text = String::from_utf8_lossy(&output.stdout);
    if chisel == "fdcount_by" {
        // it prints text whatever it is asked for
        let row = |line: &str| {
            let (key, count) = line.rsplit_once('\t')?;
            Some((vec![key.to_owned()], count.trim().parse().ok()?))
        };
        return text.lines().filter_map(row).collect();
    }
    let Some(start) = text.find('{') else { return Vec::new() };
    rows(&serde_json::from_str::<Value>(&text[start..]).unwrap()["data"])
}

fn ours(capture: &Path, chisel: &str, given: &str) -> Vec<(Vec<String>, u64)> {
    let given = format!("key={given}");
    let mut arguments = vec!["run", chisel, text(capture), "--format", "json"];
    if given.len() > 4 {
        arguments.extend(["--arg", &given]);
    }
    let ran = run(&arguments);
    assert!(matches!(ran.exit, 0 | 3), "{chisel} on {}: {}", capture.display(), ran.stderr);
    rows(&serde_json::from_str::<Value>(&ran.stdout).unwrap()["rows"])
}

#[test]
fn table_makers_say_what_sysdigs_say() {
    let Some(captures) = small() else { return };
    let mut compared = 0;
    for capture in &captures {
        for (chisel, given, top) in TABLES {
            let theirs = comparable(theirs(capture, chisel, given), top);
            let ours = comparable(ours(capture, chisel, given), top);
            assert_eq!(ours, theirs, "{chisel} {given} on {}", capture.display());
            compared += usize::from(!theirs.is_empty());
        }
    }
    println!("{compared} tables with rows are equal to sysdig's");
    assert!(compared > 100, "{compared} tables had rows");
}

/// The lines that a chisel of sysdig prints, in words, without colours.
fn printed(capture: &Path, chisel: &str, given: &str) -> Vec<Vec<String>> {
    let output = sysdig(capture, &["-c", chisel, given]);
    let text = String::from_utf8_lossy(&output.stdout);
    let plain = |line: &str| {
        let mut parts = line.split('\u{1b}');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |line, part| line + part.split_once('m').map_or("", |(_, rest)| rest))
    };
    let words = |line: &str| plain(line).split_whitespace().map(str::to_owned).collect();
    text.lines().map(words).collect()
}

/// Rows of a listing chisel as the words that sysdig prints for each.
fn listing(
    capture: &Path,
    chisel: &str,
    given: &str,
    words: fn(&[Value]) -> String,
) -> Vec<String> {
    let given: Vec<&str> = if given.is_empty() { vec![] } else { vec!["--arg", given] };
    let ran = run(&[&["run", chisel, text(capture), "--format", "json"][..], &given].concat());
    assert!(matches!(ran.exit, 0 | 3), "{chisel}: {}", ran.stderr);
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    let rows = answer["rows"].as_array().unwrap();
    rows.iter().map(|row| words(row.as_array().unwrap())).collect()
}

/// A time as sysdig's `evt.datetime`.
fn datetime(ns: &Value) -> String {
    let at = jiff::Timestamp::from_nanosecond(ns.as_i64().unwrap().into()).unwrap();
    let seconds = at.strftime("%F %T");
    format!("{seconds}.{:03}", at.subsec_nanosecond() / 1_000_000)
}

/// As a JSON string without quotes, or a number.
fn word(cell: &Value) -> String {
    cell.as_str().map_or_else(|| cell.to_string(), str::to_owned)
}

#[test]
fn listing_chisels_print_what_sysdigs_print() {
    let Some(captures) = small() else { return };
    let mut compared = BTreeMap::new();
    for capture in &captures {
        let mut check = |chisel: &str, theirs: Vec<String>, ours: Vec<String>| {
            assert_eq!(ours, theirs, "{chisel} on {}", capture.display());
            *compared.entry(chisel.to_owned()).or_insert(0) += ours.len();
        };
        let joined = |lines: Vec<Vec<String>>, head: usize| -> Vec<String> {
            let lines = lines.into_iter().skip(head).filter(|line| !line.is_empty());
            lines.map(|line| line.join(" ")).collect()
        };
        check(
            "scallslower",
            joined(printed(capture, "scallslower", "1"), 2),
            listing(capture, "scallslower", "min_ms=1", |row| {
                let ms = row[2].as_f64().unwrap() / 1e6;
                format!("{} {} {ms} {}", datetime(&row[0]), word(&row[1]), word(&row[3]))
            }),
        );
        for chisel in ["fileslower", "netlower"] {
            check(
                chisel,
                joined(printed(capture, chisel, "0"), 2),
                listing(capture, chisel, "min_ms=0", |row| {
                    let ms = row[3].as_u64().unwrap() / 1_000_000;
                    let (time, fd) = (datetime(&row[0]), word(&row[4]));
                    // sysdig's column is that wide
                    let name: String = word(&row[1]).chars().take(12).collect();
                    format!("{time} {} {} {ms} {fd}", name.trim(), word(&row[2]))
                }),
            );
        }
        // of equal ones any may come first
        let sorted = |mut lines: Vec<String>| {
            lines.sort();
            lines
        };
        let exits = |lines: Vec<Vec<String>>| -> Vec<String> {
            let exits = lines.into_iter().filter(|line| line.get(4).is_some_and(|dir| dir == "<"));
            exits.map(|line| line[..6].join(" ")).collect()
        };
        check(
            "bottlenecks",
            sorted(exits(printed(capture, "bottlenecks", ""))),
            sorted(listing(capture, "bottlenecks", "", |row| {
                let ns = row[0].as_u64().unwrap();
                let latency = format!("{}.{:09}", ns / 1_000_000_000, ns % 1_000_000_000);
                let (name, kind) = (word(&row[2]), word(&row[1]));
                format!("{}) {latency} {name} ({}) < {kind}", row[5], row[3])
            })),
        );
        let files = printed(capture, "spy_file", "").into_iter().filter(|line| {
            line.get(2).is_some_and(|way| way == "R" || way == "W")
                && line[0].len() == 18
                && line[0].as_bytes()[2] == b':'
        });
        check(
            "spy_file",
            files.map(|line| line.join(" ")).collect(),
            listing(capture, "spy_file", "", |row| {
                let at = jiff::Timestamp::from_nanosecond(row[0].as_i64().unwrap().into()).unwrap();
                let way = if row[3] == true { "R" } else { "W" };
                let (name, bytes) = (word(&row[1]), size(row[4].as_u64().unwrap()));
                let time = format!("{}.{:09}", at.strftime("%T"), at.subsec_nanosecond());
                format!("{time} {name}({}) {way} {bytes} {}", row[2], word(&row[5]))
            }),
        );
        for chisel in ["iobytes", "iobytes_file", "iobytes_net"] {
            // sysdig prints a second when the next one begins, so never the last
            let moved = |line: &Vec<String>| !line.iter().any(|word| word == "tot:0");
            let lines = printed(capture, chisel, "").into_iter().filter(moved);
            let theirs: Vec<String> = lines.map(|line| line[1..].join(" ")).collect();
            let mut ours = listing(capture, chisel, "", |row| {
                format!("in:{} out:{} tot:{}", row[2], row[3], row[1])
            });
            assert!(ours.len() - theirs.len() <= 1, "{chisel} on {}", capture.display());
            ours.truncate(theirs.len());
            check(chisel, theirs, ours);
        }
        let echoed = printed(capture, "echo_fds", "disable_color");
        let echoed = echoed.into_iter().filter(|line| {
            line.first().is_some_and(|word| word == "------")
                && line.get(1).is_some_and(|word| word == "Read" || word == "Write")
        });
        check(
            "echo_fds",
            echoed.map(|line| line.join(" ")).collect(),
            listing(capture, "echo_fds", "", |row| {
                let (way, to) = if row[2] == true { ("Read", "from") } else { ("Write", "to") };
                let (bytes, fd, proc) =
                    (size(row[3].as_u64().unwrap()), word(&row[4]), word(&row[1]));
                format!("------ {way} {bytes} {to} {fd} ({proc})").replace("  ", " ")
            }),
        );
    }
    println!("{compared:?} lines are equal to sysdig's");
    for chisel in ["scallslower", "netlower", "echo_fds", "bottlenecks", "spy_file"] {
        assert!(compared[chisel] > 10, "{chisel}: {compared:?}");
    }
}

/// Captures in which processes end, talk, and print.
const TALK: [&str; 7] = [
    "inspect-502error",
    "libs-curl-google",
    "sysflow-files",
    "sysflow-filesat",
    "sysflow-httpd-event-full",
    "sysflow-setuid",
    "sysflow-tcp-client-server",
];

/// Bytes as a listing shows them.
fn shown(bytes: &[u8]) -> String {
    let shown = |byte: &u8| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '.' };
    bytes.iter().map(shown).collect()
}

/// What sysdig's `spy_ip` and `spy_port` print: a head where the direction changes, which
/// is printed again with each piece of data until it does.
fn conversation(rows: &[(bool, u64, String)], write: &str) -> String {
    let (mut head, mut before, mut out) = (String::new(), None, String::new());
    for (reads, bytes, data) in rows {
        if before != Some(*reads) {
            let (colour, word) = if *reads { (31, "Read") } else { (34, write) };
            head = format!("\u{1b}[{colour}m------ {word} {}", size(*bytes));
            before = Some(*reads);
        }
        out += &format!("{head}.{data}.");
    }
    shown(out.as_bytes())
}

#[test]
fn data_and_ends_of_processes_are_those_that_sysdig_prints() {
    let (Some(_), Some(root)) = (small(), captures()) else { return };
    let mut compared = BTreeMap::new();
    for name in TALK {
        let capture = root.join(format!("public/{name}.scap"));
        let mut check = |chisel: &str, theirs: &str, ours: &str| {
            assert_eq!(ours, theirs, "{chisel} on {name}");
            *compared.entry(chisel.to_owned()).or_insert(0) += ours.len();
        };
        let ended = printed(&capture, "proc_exec_time", "");
        let ended: Vec<String> = ended.iter().skip(2).map(|line| line.join(" ")).collect();
        let ours = listing(&capture, "proc_exec_time", "", |row| {
            let ns = row[0].as_u64().unwrap();
            let line = format!("{} {} {}", interval(ns), cut(&word(&row[1]), 12), known(&row[2]));
            line.split_whitespace().collect::<Vec<_>>().join(" ")
        });
        check("proc_exec_time", ended.join("\n").trim(), &ours.join("\n"));
        for (fd, chisel) in ["stdin", "stdout", "stderr"].into_iter().enumerate() {
            // ends of lines are dots, too, and a call that moved nothing has one
            let no_dots = |text: String| text.replace('.', "");
            let theirs = sysdig(&capture, &["-c", chisel]).stdout;
            let given = format!("fd={fd}");
            let ours = listing(&capture, "stdio", &given, |row| word(&row[4]));
            check(chisel, &no_dots(shown(&theirs)), &no_dots(ours.concat()));
        }
        for (chisel, given, write) in [("spy_ip", "127.0.0.1", "Read"), ("spy_port", "80", "Write")]
        {
            if (chisel, name) == ("spy_ip", "inspect-502error") {
                continue; // it talks over UDP, whose addresses sysdig does not find
            }
            let theirs = shown(&sysdig(&capture, &["-c", chisel, given]).stdout);
            let given = format!("{}={given}", &chisel[4..]);
            let ran = run(&["run", chisel, text(&capture), "--format", "json", "--arg", &given]);
            let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
            let row = |row: &Value| (row[2] == true, row[3].as_u64().unwrap(), word(&row[5]));
            let rows: Vec<_> = answer["rows"].as_array().unwrap().iter().map(row).collect();
            let ours = conversation(&rows, write);
            check(chisel, theirs.trim_end_matches(".[0m."), &ours);
        }
    }
    println!("{compared:?} bytes are equal to sysdig's");
    for (chisel, least) in [("proc_exec_time", 1000), ("stdout", 5_000), ("spy_port", 10_000)] {
        assert!(compared[chisel] > least, "{chisel}: {compared:?}");
    }
}

/// A time as sysdig's `format_time_interval`.
fn interval(ns: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
    let Some((unit, word)) = UNITS.into_iter().find(|(unit, _)| ns >= *unit) else {
        return format!("{ns}ns");
    };
    if word != "s" && ns >= 10 * unit {
        return format!("{}{word}", ns / unit);
    }
    format!("{}.{:02}{word}", ns / unit, ns % unit * 100 / unit)
}

/// Captures in which HTTP is spoken.
const HTTP: [&str; 7] = [
    "inspect-502error",
    "libs-curl-google",
    "sysflow-httpd-event-cold",
    "sysflow-httpd-event-full",
    "sysflow-httpd-prefork-cold",
    "sysflow-minio-ls",
    "sysflow-minio-upload",
];

#[test]
fn requests_are_those_that_sysdig_finds() {
    let Some(captures) = small() else { return };
    let folder = captures[0].parent().unwrap();
    let mut compared = 0;
    for name in HTTP {
        let capture = &folder.join(format!("{name}.scap"));
        let ours_log = listing(capture, "httplog", "", |row| {
            let at = jiff::Timestamp::from_nanosecond(row[0].as_i64().unwrap().into()).unwrap();
            format!(
                "{}.{:09} {} method={} url={} response_code={} latency={}ms size={}B",
                at.strftime("%F %T"),
                at.subsec_nanosecond(),
                word(&row[1]),
                word(&row[2]),
                word(&row[3]),
                row[4],
                row[5].as_i64().unwrap() / 1_000_000,
                row[6]
            )
        });
        let output = sysdig(capture, &["-c", "httplog"]);
        let theirs_log: Vec<String> =
            String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
        assert_eq!(ours_log, theirs_log, "httplog on {name}");
        compared += ours_log.len();
        for (chisel, by) in
            [("httptop", "ncalls"), ("httptop_bytes", "bytes"), ("httptop_time", "time")]
        {
            // sysdig leaves out what is 0
            let some = |rows: Vec<(Vec<String>, u64)>| -> BTreeMap<Vec<String>, u64> {
                rows.into_iter().filter(|(_, value)| *value > 0).collect()
            };
            let (theirs, ours) =
                (some(theirs(capture, "httptop", by)), some(ours(capture, chisel, "")));
            let keys = |rows: &BTreeMap<Vec<String>, u64>| rows.keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(&ours), keys(&theirs), "{chisel} on {name}");
            // of times it takes differences of doubles, which are 256 ns apart
            let far = if by == "time" { 256 } else { 0 };
            for (key, value) in &ours {
                let other = theirs[key];
                assert!(
                    value.abs_diff(other) <= far,
                    "{chisel} on {name}: {key:?} {value} {other}"
                );
            }
        }
    }
    println!("{compared} requests are equal to sysdig's");
    assert!(compared > 150, "{compared} requests");
}

/// What chisels that need no events print: sysdig's lines and ours, in any order.
#[test]
fn the_system_was_in_the_state_that_sysdig_tells() {
    let Some(captures) = small() else { return };
    let folder = captures[0].parent().unwrap();
    let more = ["sysflow-httpd-event-full", "sysflow-minio-ls", "inspect-502error"];
    let more = more.map(|name| folder.join(format!("{name}.scap")));
    let mut compared = BTreeMap::new();
    for capture in captures.iter().chain(&more) {
        let mut check = |chisel: &str, words: fn(&[Value]) -> String| {
            let lines = printed(capture, chisel, "").into_iter().skip(1);
            let lines =
                lines.filter(|line| line.first().is_none_or(|word| !word.starts_with("-----")));
            // ps: the limit of a thread that is not its process's first is its own there
            let no_limit = |line: String| {
                let mut words: Vec<&str> = line.split(' ').collect();
                if chisel == "ps" && words[0] != words[1] {
                    words.remove(5);
                }
                words.join(" ")
            };
            let mut theirs: Vec<String> = lines.map(|line| no_limit(line.join(" "))).collect();
            let mut ours: Vec<String> = listing(capture, chisel, "", words)
                .iter()
                .map(|line| no_limit(line.split_whitespace().collect::<Vec<_>>().join(" ")))
                .collect();
            theirs.sort();
            ours.sort();
            let other = ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs);
            assert!(
                ours == theirs,
                "{chisel} on {}: {other:?}, {} and {} lines",
                capture.display(),
                ours.len(),
                theirs.len()
            );
            *compared.entry(chisel.to_owned()).or_insert(0) += ours.len();
        };
        check("ps", |row| {
            let cells: Vec<String> = row.iter().map(known).collect();
            let (virt, res) = (units(row[3].as_u64().unwrap()), units(row[4].as_u64().unwrap()));
            let user = cut(&cells[2], 11);
            // -1 is a large number there, and cut
            let limit = if cells[5] == "-1" { "429496729" } else { &cells[5] };
            format!("{} {} {user} {virt} {res} {limit} {}", cells[0], cells[1], cells[6])
        });
        check("lsof", |row| {
            let cells: Vec<String> = row.iter().map(known).collect();
            let (name, user) = (cut(&cells[0], 19), cut(&cells[3], 7));
            format!("{name} {} {} {user} {}", cells[1], cells[2], cells[4..].join(" "))
        });
        check("lscontainers", |row| {
            let cells: Vec<String> = row.iter().map(known).collect();
            let parts = [cut(&cells[0], 14), cut(&cells[1], 15), cut(&cells[2], 19)];
            format!("{} {}", parts.join(" "), cells[3])
        });
        check("netstat", |row| {
            let cells: Vec<String> = row
                .iter()
                .map(|cell| if cell.is_null() { String::new() } else { word(cell) })
                .collect();
            let client = if row[3].is_null() {
                "0.0.0.0:*".to_owned()
            } else {
                format!("{}:{}", cells[3], cells[4])
            };
            let who = format!("{}/{}/{}", cells[6], cells[7], cells[8]);
            let (server, client) =
                (cut(&format!("{}:{}", cells[1], cells[2]), 24), cut(&client, 24));
            format!("{} {server} {client} {} {who}", cells[0], cells[5])
        });
    }
    println!("{compared:?} lines are equal to sysdig's");
    assert!(compared.values().all(|lines| *lines > 40), "{compared:?}");
}

/// sysdig writes what happened around certain events into a capture, which is then
/// read.
#[test]
fn around_finds_the_events_that_sysdig_writes() {
    let Some(captures) = small() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut compared = 0;
    for capture in captures.iter().filter(|path| path.to_string_lossy().contains("sysflow")) {
        let found = folder.path().join("found.scap");
        let given = format!("{} 2", found.display());
        let output =
            sysdig(capture, &["-c", "around", &given, "evt.type=open and evt.failed=true"]);
        assert!(output.status.success(), "{}", capture.display());
        // where nothing matches it writes everything
        let matches = !String::from_utf8_lossy(&output.stdout).contains("around 0 ");
        let listed = sysdig(&found, &["-p", "%evt.rawtime %thread.tid %evt.dir %evt.type"]);
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let mut theirs: Vec<&str> = listed.lines().filter(|_| matches).map(str::trim).collect();
        let ran = run(&[
            "run",
            "around",
            text(capture),
            "--arg",
            "match=evt_type = 'open' AND evt_failed",
            "--arg",
            "range_ms=2",
            "--format",
            "json",
        ]);
        assert_eq!(ran.exit, 0, "{}", ran.stderr);
        let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
        let rows = answer["rows"].as_array().unwrap().iter();
        let line =
            |row: &Value| format!("{} {} {} {}", row[2], row[5], word(&row[6]), word(&row[7]));
        let mut ours: Vec<String> = rows.map(line).collect();
        theirs.sort_unstable();
        ours.sort();
        assert_eq!(ours, theirs, "{}", capture.display());
        compared += ours.len();
    }
    println!("{compared} events are those that sysdig writes");
    assert!(compared > 100, "{compared} events");
}

/// The same with sysdig's word for what is not known.
fn known(cell: &Value) -> String {
    if cell.is_null() { "<NA>".to_owned() } else { word(cell) }
}

/// As much of a text as stands in a column of sysdig's.
fn cut(text: &str, width: usize) -> String {
    text.chars().take(width).collect()
}

/// Bytes as `ps` of sysdig writes them.
fn units(bytes: u64) -> String {
    let mut number = bytes as f64;
    for unit in ["B", "KB", "M", "G"] {
        if number <= 1024.0 {
            // LuaJIT rounds halves up
            let rounded = (number * 100.0 + 0.5).floor() / 100.0;
            return if unit == "B" { format!("{number}B") } else { format!("{rounded:.2}{unit}") };
        }
        number /= 1024.0;
    }
    format!("{number:.2}T")
}

/// A size as sysdig writes it.
fn size(bytes: u64) -> String {
    match bytes {
        1_025.. => format!("{:.2}KB", bytes as f64 / 1024.0),
        _ => format!("{bytes}B"),
    }
}
