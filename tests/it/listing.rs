//! Every recorded listing of the real sysdig, line by line and column by
//! column. What differs is counted by cause; each cause has a test that tells
//! its lines from all others.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use analyze::event::event_types;
use rayon::prelude::*;
use regex::{Captures, Regex};

use crate::lines::lines;
use crate::oracle::{expected, gunzip, is_old};
use crate::shared::{Case, cases};

/// The fields of the recorded columns.
pub const COLUMNS: &str = "*%evt.num\t%evt.rawtime\t%evt.cpu\t%thread.tid\t%evt.dir\t%evt.type\t\
    %evt.latency\t%evt.rawres\t%container.id\t%container.name\t%proc.name\t%proc.pid\t%fd.name";

/// One line as both have it.
struct Pair<'a> {
    ours: &'a str,
    theirs: &'a str,
}

/// Why lines differ.
struct Cause {
    name: &'static str,
    tells: fn(&Pair<'_>) -> bool,
}

/// sysdig takes the port and the protocol of a bound UDP socket for the other
/// side's address: port 55441 is 145.216 in its bytes, and 3 is UDP.
const NONSENSE: Cause = Cause { name: "nonsense address", tells: nonsense };
/// The text of a container's description ends in a line break, which sysdig
/// prints; here it is a dot, so that captured text cannot forge lines.
const LINE_BREAK: Cause =
    Cause { name: "line break", tells: |pair| pair.ours.strip_prefix(pair.theirs) == Some(". ") };
/// sysdig 0.36.0 has no container for a thread that is not known yet; 0.29.3,
/// which we follow, has the host.
const UNKNOWN_THREAD: Cause = Cause {
    name: "unknown thread",
    tells: |pair| {
        let ours: Vec<&str> = pair.ours.split('\t').collect();
        let theirs: Vec<&str> = pair.theirs.split('\t').collect();
        ours[..8] == theirs[..8]
            && (ours[8..11] == ["host", "host", "<NA>"])
            && (theirs[8..11] == ["", "<NA>", "<NA>"])
    },
};

static ENDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\d+\.\d+\.\d+\.\d+:(\d+)->(\d+)\.(\d+)\.(\d+)\.\d+:(\d+)").unwrap()
});

/// Both lines without the addresses of connections are equal, and sysdig's
/// have the bytes of a port in them.
fn nonsense(pair: &Pair<'_>) -> bool {
    let mut has_port = false;
    let without = |line: &str, seen: &mut dyn FnMut(&Captures<'_>)| {
        ENDS.replace_all(line, |found: &Captures<'_>| {
            seen(found);
            format!("{}->{}", &found[1], &found[5])
        })
        .into_owned()
    };
    let theirs = without(pair.theirs, &mut |found| {
        let number = |at: usize| found[at].parse::<u32>().unwrap();
        has_port |= number(2) + 256 * number(3) == number(1) && number(4) == 3;
    });
    has_port && theirs == without(pair.ours, &mut |_| ())
}

/// Lines by the number of their event. What has none continues the line before.
fn by_number(text: &str, end: char) -> Vec<(u64, &str)> {
    text.split('\n')
        .filter(|line| !line.is_empty() && *line != " ")
        .map(|line| (line[..line.find(end).unwrap()].parse().unwrap(), line))
        .collect()
}

/// How often each cause was met, and the lines that no cause tells.
#[derive(Default)]
struct Tally {
    compared: usize,
    causes: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
}

impl Tally {
    fn with(mut self, other: Tally) -> Tally {
        self.compared += other.compared;
        for (name, count) in other.causes {
            *self.causes.entry(name).or_default() += count;
        }
        self.wrong.extend(other.wrong);
        self
    }

    fn compare(case: &Case, end: char, ours: &str, theirs: &str, causes: &[Cause]) -> Tally {
        let mut tally = Tally::default();
        let mut left = by_number(ours, end).into_iter().peekable();
        for (num, theirs) in by_number(theirs, end) {
            tally.compared += 1;
            while let Some((_, line)) = left.next_if(|(ours, _)| *ours < num) {
                tally.more(case, line);
            }
            let Some((_, ours)) = left.next_if(|(ours, _)| *ours == num) else {
                tally.wrong.push(format!("{}: missing\nsysdig {theirs}", case.name));
                continue;
            };
            let pair = Pair { ours, theirs };
            if ours == theirs {
                continue;
            }
            match causes.iter().find(|cause| (cause.tells)(&pair)) {
                Some(cause) => *tally.causes.entry(cause.name).or_default() += 1,
                None => {
                    tally.wrong.push(format!("{}:\nours   {ours}\nsysdig {theirs}", case.name));
                }
            }
        }
        left.for_each(|(_, line)| tally.more(case, line));
        tally
    }

    /// A line that sysdig has not: of a type that it does not know.
    fn more(&mut self, case: &Case, line: &str) {
        let newer = event_types().iter().filter(|kind| !kind.known_to_0_29_3);
        let is_newer =
            newer.into_iter().any(|kind| line.split(['\t', ' ']).any(|word| word == kind.name));
        if !is_old(case) || !is_newer {
            self.wrong.push(format!("{}: not in sysdig's\nours   {line}", case.name));
        }
    }

    fn check(&self, compared: usize, causes: &[(&'static str, usize)]) {
        let shown = self.wrong.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
        assert!(self.wrong.is_empty(), "{} lines differ:\n{shown}", self.wrong.len());
        assert_eq!(self.causes.clone().into_iter().collect::<Vec<_>>(), causes);
        assert_eq!(self.compared, compared);
        let differ: usize = causes.iter().map(|(_, count)| count).sum();
        assert!(differ * 1000 < compared, "99.9 % must be equal");
        println!("{compared} lines compared, {differ} differ for known reasons");
    }
}

fn compare(
    file: &str,
    wanted: fn(&Case) -> bool,
    end: char,
    format: Option<&str>,
    causes: &[Cause],
) -> Tally {
    let one = |case: &Case| {
        let recorded = expected(case).join(file);
        if !recorded.exists() || !wanted(case) {
            return Tally::default();
        }
        let ours = String::from_utf8_lossy(&lines(&case.capture, format, "").unwrap()).into_owned();
        Tally::compare(case, end, &ours, &gunzip(&recorded), causes)
    };
    cases().par_iter().map(one).reduce(Tally::default, Tally::with)
}

#[test]
fn every_line_is_sysdigs() {
    if crate::shared::captures().is_some() {
        let tally = compare("listing.txt.gz", is_old, ' ', None, &[NONSENSE, LINE_BREAK]);
        tally.check(61_482, &[("line break", 2), ("nonsense address", 36)]);
    }
}

#[test]
fn every_column_is_sysdigs() {
    if crate::shared::captures().is_some() {
        let causes = [NONSENSE, UNKNOWN_THREAD];
        let tally = compare("events.tsv.gz", |_| true, '\t', Some(COLUMNS), &causes);
        tally.check(741_585, &[("nonsense address", 73), ("unknown thread", 2)]);
    }
}

#[test]
fn causes_tell_their_own_lines_only() {
    let pair = |ours, theirs| Pair { ours, theirs };
    let bound = "1 fd=3(<4u>192.168.128.156:55441->145.216.3.255:514) ";
    assert!(nonsense(&pair("1 fd=3(<4u>127.0.0.1:55441->127.0.0.1:514) ", bound)));
    assert!(!nonsense(&pair("1 fd=4(<4u>127.0.0.1:55441->127.0.0.1:514) ", bound)));
    assert!(!nonsense(&pair("1 fd=3(<4u>127.0.0.1:55442->127.0.0.1:514) ", bound)));
    assert!(!nonsense(&pair("127.0.0.1:5->127.0.0.1:6", "127.0.0.2:5->127.0.0.1:6")));
    assert!((LINE_BREAK.tells)(&pair("1 json={}. ", "1 json={}")));
    assert!(!(LINE_BREAK.tells)(&pair("1 json={}.. ", "1 json={}")));
}
