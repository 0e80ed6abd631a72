//! Every printable field of sysdig 0.29.3 on every event of small captures:
//! its text must be ours, but for faults of sysdig's that are told one by one.

use std::path::Path;

use analyze::filter::fields::{ArgumentRule, all};
use rayon::prelude::*;

use crate::lines::lines;
use crate::sysdig::{small, sysdig};

/// What is written behind the names of fields that take an argument.
const ARGUMENTS: [(&str, &[&str]); 12] = [
    ("evt.abspath", &["", ".src", ".dst"]),
    ("proc.aname", &["[0]", "[1]", "[2]", "[3]"]),
    ("proc.apid", &["[0]", "[1]", "[2]", "[3]"]),
    ("thread.cgroup", &[".cpu", ".memory", ".cpuset", ".perf_event", ".blkio", ".devices"]),
    ("container.mount", &["[0]", "[1]", "[/]", "[*]"]),
    ("container.mount.source", &["[0]", "[/proc*]"]),
    ("container.mount.dest", &["[0]", "[/proc*]"]),
    ("container.mount.mode", &["[0]", "[1]"]),
    ("container.mount.rdwr", &["[0]", "[1]"]),
    ("container.mount.propagation", &["[0]", "[1]"]),
    (
        "evt.arg",
        &[
            ".fd",
            ".name",
            ".flags",
            ".mode",
            ".res",
            ".size",
            ".dev",
            ".data",
            ".path",
            ".pid",
            ".uid",
            ".gid",
            ".addr",
            ".domain",
            ".type",
            ".proto",
            ".tuple",
            ".exe",
            ".args",
            ".tid",
            ".ptid",
            ".cwd",
            ".comm",
            ".cgroups",
            ".env",
            ".tty",
            ".pgid",
            ".sig",
            ".op",
            ".cmd",
            ".request",
            ".fds",
            ".timeout",
            ".prot",
            ".whence",
            ".oldpath",
            ".newpath",
            ".dirfd",
            ".next",
            ".ID",
            ".nativeID",
            "[0]",
            "[1]",
            "[2]",
            "[3]",
            "[4]",
            "[5]",
        ],
    ),
    // numbers are printed for this one alone: sysdig knows no form for the others
    ("evt.rawarg", &[".res"]),
];

/// Fields that cannot be compared as text, and why.
const NOT_PRINTED: [(&str, &str); 5] = [
    ("evt.type.is", "sysdig's formats take no argument behind it; filters do"),
    ("thread.totexectime", "sysdig ends with `invalid thread state ID`"),
    ("thread.cpu", "depends on the events that sysdig adds while it reads"),
    ("thread.cpu.user", "as thread.cpu"),
    ("thread.cpu.system", "as thread.cpu"),
];

/// Classes whose values come from a service, not from a capture.
const ELSEWHERE: [&str; 4] = ["k8s.", "mesos.", "marathon.", "evt.infra."];

/// One value as both print it.
struct Pair<'a> {
    field: &'a str,
    fd_name: &'a str,
    ours: &'a str,
    theirs: &'a str,
}

/// A reason, and what tells it.
type Known = (&'static str, fn(&Pair<'_>) -> bool);

/// Faults of sysdig's: the reason, and what tells them.
const KNOWN: [Known; 6] = [
    ("quantized for a terminal's width; without one always 1", |pair| {
        pair.field == "evt.latency.quantized" && pair.theirs == "1" && number(pair.ours)
    }),
    ("control characters of captured text become dots here", |pair| {
        pair.theirs.replace(|c: char| c.is_ascii_control(), ".") == pair.ours
    }),
    ("eight bytes of a four byte number are read", |pair| {
        pair.field == "group.gid"
            && pair.theirs.parse::<u64>().ok().map(|gid| gid % (1 << 32)) == pair.ours.parse().ok()
    }),
    ("the device of what is no file is never set", |pair| {
        pair.field.starts_with("fd.dev") && pair.ours == "0"
    }),
    ("not set by old captures", |pair| {
        pair.field == "proc.is_exe_writable" && pair.ours == "false" && pair.theirs == "true"
    }),
    ("a listening socket has no client, and its port a text", |pair| {
        !pair.fd_name.contains("->")
            && match pair.field {
                "fd.cport" => (pair.theirs, pair.ours) == ("0", "<NA>"),
                "fd.cproto" => (pair.theirs, pair.ours) == ("", "<NA>"),
                "fd.sproto" => pair.theirs.is_empty() && number(pair.ours),
                _ => false,
            }
    }),
];

fn number(text: &str) -> bool {
    text.parse::<u64>().is_ok()
}

/// All fields to print, as sysdig's list of fields has them.
fn fields(listed: &str) -> Vec<String> {
    let theirs: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|n| n.contains('.'))
        .collect();
    let mut fields = Vec::new();
    for field in all().filter(|field| !field.filter_only && theirs.contains(&field.name)) {
        let is_elsewhere = ELSEWHERE.iter().any(|class| field.name.starts_with(class));
        if is_elsewhere || NOT_PRINTED.iter().any(|(name, _)| *name == field.name) {
            continue;
        }
        match ARGUMENTS.iter().find(|(name, _)| *name == field.name) {
            Some((name, all)) => fields.extend(all.iter().map(|behind| format!("{name}{behind}"))),
            None => {
                assert_eq!(field.argument, ArgumentRule::None, "{}: no argument here", field.name);
                fields.push(field.name.to_owned());
            }
        }
    }
    fields.dedup();
    fields
}

const BETWEEN: &str = "\u{2}";
const END: &str = "\u{3}\n";

/// The records of a listing, cut into their values.
fn records(text: &[u8]) -> Vec<Vec<String>> {
    let text = String::from_utf8_lossy(text);
    let cells = |record: &str| record.split(BETWEEN).map(str::to_owned).collect();
    text.split(END).filter(|record| !record.is_empty()).map(cells).collect()
}

/// Compares a few fields; gives the number of values and what is wrong.
fn compare(capture: &Path, fields: &[String]) -> (usize, Vec<String>) {
    let names: Vec<String> = ["%evt.num".to_owned(), "%fd.name".to_owned()]
        .into_iter()
        .chain(fields.iter().map(|name| format!("%{name}")))
        .collect();
    let format = format!("*{}{}", names.join(BETWEEN), END.trim_end());
    let theirs = records(&sysdig(capture, &["-p", &format]).stdout);
    let ours = records(&lines(capture, Some(&format), "").unwrap());
    let place = capture.file_stem().unwrap().to_string_lossy();
    if theirs.len() != ours.len() || ours.is_empty() {
        let what = format!("{place} {fields:?}: {} events, ours {}", theirs.len(), ours.len());
        return (0, vec![what]);
    }
    let mut wrong = Vec::new();
    for (theirs, ours) in theirs.iter().zip(&ours) {
        assert_eq!((&theirs[0], theirs.len(), ours.len()), (&ours[0], names.len(), names.len()));
        for (at, field) in fields.iter().enumerate() {
            let fd_name = &ours[1];
            let (theirs, ours) = (&theirs[at + 2], &ours[at + 2]);
            let pair = Pair { field, fd_name, ours, theirs };
            if theirs != ours && !KNOWN.iter().any(|(_, tells)| tells(&pair)) {
                wrong.push(format!("{place} {field}: ours {ours:?}, sysdig {theirs:?}"));
            }
        }
    }
    (theirs.len() * fields.len(), wrong)
}

#[test]
fn every_printable_field_is_sysdigs() {
    let Some(captures) = small() else {
        return;
    };
    let listed = sysdig(&captures[0], &["-l"]);
    let fields = fields(&String::from_utf8_lossy(&listed.stdout));
    assert!(fields.len() > 200, "only {} fields", fields.len());
    // sysdig shares one buffer among the fields of a line: few at a time
    let tasks: Vec<_> = captures
        .iter()
        .flat_map(|capture| fields.chunks(24).map(move |fields| (capture, fields)))
        .collect();
    let compared: Vec<_> =
        tasks.par_iter().map(|(capture, fields)| compare(capture, fields)).collect();
    let values: usize = compared.iter().map(|(values, _)| values).sum();
    let wrong: Vec<&String> = compared.iter().flat_map(|(_, wrong)| wrong).collect();
    let shown: Vec<&str> = wrong.iter().take(40).map(|line| line.as_str()).collect();
    assert!(wrong.is_empty(), "{} values differ:\n{}", wrong.len(), shown.join("\n"));
    assert!(values > 500_000, "only {values} values");
    println!("{values} values of {} fields compared", fields.len());
}
