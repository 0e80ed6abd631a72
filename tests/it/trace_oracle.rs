//! Text captures against the counts that scripts of their own made of them:
//! calls with a result, errors, calls that never returned, and the sum of the
//! printed times, for each sample and each call.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use analyze::event::call_named;
use analyze::source::Location;
use analyze::state::{Event, Opened, Pairing, Summary, Visitor, World, read};

use crate::shared;

/// Calls with a result, errors, sum of the times in ns, calls without end.
pub type Counts = BTreeMap<String, [u64; 4]>;

/// Counts what the columns of the scripts count.
#[derive(Default)]
pub struct Counter {
    pub calls: Counts,
    enters: BTreeMap<String, u64>,
}

impl Visitor for Counter {
    fn event(&mut self, event: &Event<'_>, _: &mut World) {
        if !event.kind.is_syscall() {
            return;
        }
        let name = event.kind.name().to_owned();
        if !event.is_exit() {
            *self.enters.entry(name).or_default() += 1;
            return;
        }
        let result = event.raw.traced_result().expect("every exit has a result");
        let row = self.calls.entry(name).or_default();
        row[0] += 1;
        row[1] += u64::from(result < 0);
        if event.pairing == Pairing::Paired {
            row[2] += event.latency_ns;
        }
    }

    fn wants_params(&self) -> bool {
        false
    }
}

/// What is in a text; `segment`: bytes that one thread reads at once.
pub fn counted(files: &[PathBuf], segment: Option<usize>) -> (Counts, Summary) {
    let files: Vec<Location> = files.iter().cloned().map(Location::File).collect();
    let opened = Opened::open(&files, None).unwrap_or_else(|error| panic!("{error}"));
    let opened = match segment {
        Some(bytes) => opened.segments_of(bytes),
        None => opened,
    };
    let mut counter = Counter::default();
    let summary = read(opened, &mut counter);
    for (name, enters) in counter.enters {
        let row = counter.calls.entry(name).or_default();
        row[3] = enters - row[0];
    }
    (counter.calls, summary)
}

/// The name under which we count a call.
fn ours(name: &str) -> String {
    call_named(name.as_bytes()).map_or("<NA>", |call| call.kind.name()).to_owned()
}

/// The files of a `-ff` folder.
pub fn files_of(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Lines in are lines out.
fn check_lines(name: &str, summary: &Summary) {
    let facts = summary.trace.as_ref().expect("a text");
    let lines = &facts.lines;
    let all = lines.events() + lines.signals + lines.noticed() + lines.refused;
    assert_eq!(all, lines.lines, "{name}: {lines:?}");
    assert_eq!(lines.refused, 0, "{name}: {:?}", facts.first_refused);
    assert!(facts.disagreements.is_empty(), "{name}: {:?}", facts.disagreements);
}

/// Without calls whose end is not there, which the scripts leave out.
fn returned(got: Counts, wanted: &Counts) -> Counts {
    let keep = |(name, row): (String, [u64; 4])| {
        let never = wanted.get(&name).map_or(0, |wanted| wanted[3].min(row[3]));
        let row = [row[0], row[1], row[2], never];
        (row != [0; 4]).then_some((name, row))
    };
    got.into_iter().filter_map(keep).collect()
}

#[test]
fn every_sample_counts_as_its_script_counted() {
    let Some(captures) = shared::captures() else {
        return;
    };
    let folder = captures.join("text");
    let table = std::fs::read_to_string(folder.join("expected.tsv")).unwrap();
    let mut wanted: BTreeMap<&str, Counts> = BTreeMap::new();
    for line in table.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let numbers = [2, 3, 4, 5].map(|at| columns[at].parse().unwrap());
        wanted.entry(columns[0]).or_default().insert(ours(columns[1]), numbers);
    }
    assert!(wanted.len() >= 17, "{} samples", wanted.len());
    for (sample, wanted) in wanted {
        let files = files_of(&folder.join(sample));
        let (got, summary) = counted(&files, None);
        check_lines(sample, &summary);
        let facts = summary.trace.unwrap();
        let never: u64 = wanted.values().map(|row| row[3]).sum();
        assert_eq!(facts.never_returned, never, "{sample}");
        assert_eq!(returned(got.clone(), &wanted), wanted, "{sample}");
        for segment in [1, 700, 5000] {
            assert_eq!(counted(&files, Some(segment)).0, got, "{sample} in parts of {segment}");
        }
    }
}

#[test]
fn every_trace_of_the_worker_counts_as_its_script_counted() {
    let Some(captures) = shared::captures() else {
        return;
    };
    let live = captures.join("live");
    let mut seen = 0;
    for entry in std::fs::read_dir(live.join("expected")).unwrap().flatten() {
        let Ok(table) = std::fs::read_to_string(entry.path().join("calls.tsv")) else {
            continue;
        };
        let name = entry.file_name().to_string_lossy().into_owned();
        let mut wanted = BTreeMap::new();
        for line in table.lines().skip(1).filter(|line| !line.starts_with('#')) {
            let columns: Vec<&str> = line.split('\t').collect();
            let numbers: Vec<u64> =
                columns[1..4].iter().map(|text| text.parse().unwrap()).collect();
            wanted.insert(ours(columns[0]), (numbers[0], numbers[1], numbers[2]));
        }
        let (got, summary) = counted(&[live.join(format!("{name}.gz"))], None);
        check_lines(&name, &summary);
        let returned = got.into_iter().filter(|(_, row)| row[0] > 0);
        let got: BTreeMap<String, (u64, u64, u64)> =
            returned.map(|(name, row)| (name, (row[0], row[1], row[2]))).collect();
        assert_eq!(got, wanted, "{name}");
        seen += 1;
    }
    assert!(seen >= 11, "only {seen} traces");
}
