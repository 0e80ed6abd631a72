//! The terminal's spectrogram against sysdig's own, recorded cell by cell
//! through a pseudo-terminal at several widths and refresh times.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use analyze::chisel::{Interval, Rule, Spectrogram, SpectrogramRequest};
use analyze::filter::Selection;
use analyze::report::terminal_cell;
use analyze::source::Location;
use analyze::state::{Opened, read};

use crate::shared::{captures, reference};

/// A capture, the width of the terminal, and the refresh time in ms.
type Run = (String, u32, u64);
/// Line and column (from 1; 0: an empty line) to count, colours and character.
type Cells = BTreeMap<(usize, usize), (u32, u8, u8, char)>;

fn recorded(text: &str) -> BTreeMap<Run, Cells> {
    let mut runs: BTreeMap<Run, Cells> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let number = |at: usize| cells[at].parse::<u32>().unwrap_or(0);
        let run = (cells[0].to_owned(), number(1), u64::from(number(2)));
        let cell = (
            number(5),
            number(6) as u8,
            number(7) as u8,
            cells.get(8).and_then(|text| text.chars().next()).unwrap_or(' '),
        );
        runs.entry(run).or_default().insert((number(3) as usize, number(4) as usize), cell);
    }
    runs
}

fn ours(path: &Path, width: u32, refresh_ms: u64) -> Cells {
    let mut collector = Spectrogram::collector(SpectrogramRequest {
        selection: Selection::default(),
        rule: Rule::Sysdig,
        interval: Interval::Fixed(refresh_ms * 1_000_000),
        columns: width,
    });
    let opened = Opened::open(&[Location::File(path.to_owned())], None).unwrap();
    let summary = read(opened, &mut collector);
    let cells = collector.finish(&summary).cells;
    let mut drawn = Cells::new();
    for (line, counts) in cells.rows().values().enumerate() {
        let visible = counts.iter().filter(|(column, _)| *column < width as usize);
        let mut empty = true;
        for (column, count) in visible {
            let (fore, back, glyph) = terminal_cell(count, cells.interval_ns()).unwrap();
            drawn.insert((line + 1, column + 1), (count, fore, back, glyph));
            empty = false;
        }
        if empty {
            drawn.insert((line + 1, 0), (0, 0, 0, ' '));
        }
    }
    drawn
}

#[test]
fn every_cell_is_sysdigs() {
    let (Some(captures), Some(reference)) = (captures(), reference()) else {
        return;
    };
    let text = std::fs::read_to_string(reference.join("spectrogram-expected.tsv")).unwrap();
    let runs = recorded(&text);
    let widths: BTreeSet<u32> = runs.keys().map(|(_, width, _)| *width).collect();
    assert!(runs.len() >= 5 && widths.len() >= 3, "too little was recorded");
    let mut compared = 0;
    for ((name, width, refresh_ms), theirs) in &runs {
        let path = captures.join("public").join(format!("{name}.scap"));
        let ours = ours(&path, *width, *refresh_ms);
        for (place, cell) in theirs {
            assert_eq!(
                ours.get(place),
                Some(cell),
                "{name} at {width}, {refresh_ms} ms: {place:?}"
            );
        }
        assert_eq!(ours.len(), theirs.len(), "{name} at {width}, {refresh_ms} ms: cells");
        compared += theirs.len();
    }
    println!("{compared} cells compared");
}
