//! The recorded filter matrix: each filter on each capture must let pass the
//! very events that sysdig's filter lets pass, by number.

use std::fs;

use rayon::prelude::*;

use crate::lines::passing;
use crate::shared::{captures, reference};

/// sysdig runs a filter before it takes an event in. A dropped enter event
/// leaves the exit without its file, so the filter starves itself: printed
/// without a filter, the field has our values.
const STARVED: &str = "a filter that starves its own state";
/// sysdig reads eight bytes of a four byte number: a group's id has the next
/// field of its thread in its upper half.
const WIDE: &str = "group ids of eight bytes";
/// The port and protocol of a bound UDP socket taken for an address.
const NONSENSE: &str = "nonsense address";

/// Capture, filter, cause, sysdig's count and ours.
const DIFFERENT: [(&str, &str, &str, usize, usize); 15] = [
    ("inspect-502error", "evt.buflen>0", STARVED, 573, 795),
    ("libs-curl-google", "evt.buflen>0", STARVED, 7, 52),
    ("sysflow-httpd-event-full", "evt.buflen>0", STARVED, 91, 4504),
    ("sysflow-minio-upload", "evt.buflen>0", STARVED, 35, 85),
    ("sysflow-tcp-client-server", "evt.buflen>0", STARVED, 2, 6),
    ("sysflow-rename", "evt.buflen>0", STARVED, 0, 9),
    ("sysflow-setuid", "evt.buflen>0", STARVED, 0, 1),
    // the enter of an fcntl that copies a descriptor is dropped, and with it the copy
    ("sysflow-httpd-event-full", "fd.num>=0 and fd.num<=2", STARVED, 33, 32),
    ("sysflow-httpd-event-full", "not (fd.type=file or fd.type=ipv4)", STARVED, 12032, 12038),
    ("inspect-502error", "fd.ip=127.0.0.1", NONSENSE, 0, 73),
    ("inspect-502error", "fd.ip!=127.0.0.1", NONSENSE, 2033, 1960),
    ("inspect-502error", "fd.is_server=true", NONSENSE, 173, 246),
    ("inspect-502error", "group.gid=0", WIDE, 2171, 2811),
    ("sysflow-httpd-event-full", "group.gid=0", WIDE, 29121, 30580),
    ("sysflow-minio-upload", "group.gid=0", WIDE, 5588, 7509),
];

struct Row {
    capture: String,
    filter: String,
    /// Events that pass; none where sysdig refuses the filter.
    count: Option<usize>,
    sha1: String,
}

fn rows(text: &str) -> Vec<Row> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [capture, filter, count, sha1] = cells[..] else {
            panic!("four cells: {line}");
        };
        let count = (count != "error").then(|| count.parse().unwrap());
        Row { capture: capture.into(), filter: filter.into(), count, sha1: sha1.into() }
    };
    text.lines().skip(1).map(row).collect()
}

/// What is wrong with our answer to a row.
fn fault(row: &Row, ours: Result<Vec<u8>, String>) -> Option<String> {
    let known = DIFFERENT.iter().find(|known| known.0 == row.capture && known.1 == row.filter);
    let fault = match (row.count, ours) {
        (None, Err(_)) => return None,
        (None, Ok(_)) => "sysdig refuses it, we do not".to_owned(),
        (Some(_), Err(error)) => format!("refused: {error}"),
        (Some(theirs), Ok(nums)) => {
            let count = nums.split(|byte| *byte == b'\n').count() - 1;
            let equal = sha1_smol::Sha1::from(&nums).digest().to_string() == row.sha1;
            match known {
                None if equal => return None,
                None => format!("sysdig {theirs}, ours {count} events"),
                Some(_) if equal => "does not differ any more".to_owned(),
                Some(known) if (known.3, known.4) == (theirs, count) => return None,
                Some(known) => format!("sysdig {theirs}, ours {count}, known: {known:?}"),
            }
        }
    };
    Some(format!("{} {}: {fault}", row.capture, row.filter))
}

#[test]
fn every_filter_lets_pass_what_sysdigs_does() {
    let (Some(captures), Some(reference)) = (captures(), reference()) else {
        return;
    };
    let rows = rows(&fs::read_to_string(reference.join("filter-matrix.tsv")).unwrap());
    assert_eq!(rows.len(), 658);
    let one = |row: &Row| {
        let capture = captures.join(format!("public/{}.scap", row.capture));
        fault(row, passing(&capture, &row.filter))
    };
    let faults: Vec<String> = rows.par_iter().filter_map(one).collect();
    assert!(faults.is_empty(), "{} rows:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn a_wrong_answer_is_told() {
    let row = |filter: &str, count, sha1: &str| Row {
        capture: "sysflow-setuid".into(),
        filter: filter.into(),
        count,
        sha1: sha1.into(),
    };
    let three = "3b3b0ebdf0ab0a0db6e9b4ac5b1b2dffc5d9b1bd";
    assert!(fault(&row("evt.num=3", Some(1), three), Ok(b"4\n".to_vec())).is_some());
    assert!(fault(&row("evt.num=3", None, "x"), Ok(b"4\n".to_vec())).is_some());
    assert!(fault(&row("evt.num=3", None, "x"), Err("no".into())).is_none());
    let starved = row("evt.buflen>0", Some(0), "x");
    assert!(fault(&starved, Ok(b"7\n".to_vec())).is_none());
    assert!(fault(&starved, Ok(b"7\n8\n".to_vec())).is_some());
}
