//! The cells of tables: rows share those of a thread, of a file, of arguments, and there
//! are short ways to others. Whatever the way, each is what its field gives of the event.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use analyze::chisel::sql::{
    Block, Cells, Column, EXPORTED, Rows, RowsRequest, Source, Table, column,
};
use analyze::filter::Matching;
use analyze::filter::args::Buffer;
use analyze::filter::fields::{Context, Previous, Settings};
use analyze::filter::value::{Value, Values};
use analyze::source::Location;
use analyze::state::{Event, Opened, Visitor, World, read};
use rayon::prelude::*;

use crate::made::made_captures;
use crate::scap_writer::{EV, EV_V2, Process, ScapWriter, exit, param};
use crate::shared::{cases, fixtures};
use crate::soup::{Recipe, soup};

/// Columns that exported files do not have: more that are shared, and other kinds of
/// arguments.
const MORE: [&str; 17] = [
    "proc_exe",
    "proc_exepath",
    "proc_ppid",
    "thread_ismain",
    "thread_vtid",
    "user_uid",
    "fd_rport",
    "container_type",
    "container_image",
    "evt_arg_fd",
    "evt_arg_res",
    "evt_arg_flags",
    "evt_arg_uid",
    "evt_arg_pid",
    "evt_arg_dirfd",
    "evt_arg_newpath",
    "evt_arg_fds",
];

/// Rows of a block, and blocks of a capture, so that shared cells begin anew.
const ROWS: usize = 20_000;
const BLOCKS: usize = 8;

struct Both {
    columns: Vec<Column>,
    rows: Rows,
    /// By row and column, what the field gives.
    given: Vec<Vec<Option<String>>>,
    blocks: usize,
    compared: usize,
    faults: BTreeMap<String, String>,
}

impl Both {
    fn new(columns: &[Column]) -> Both {
        let request = RowsRequest {
            table: Table::Events,
            columns: columns.to_vec(),
            matching: Matching::parse("").unwrap(),
            capture: "capture".to_owned(),
            run: 1,
            most_bytes: usize::MAX,
        };
        Both {
            columns: columns.to_vec(),
            rows: Rows::new(request),
            given: Vec::new(),
            blocks: 0,
            compared: 0,
            faults: BTreeMap::new(),
        }
    }

    fn compare(&mut self) {
        let block = self.rows.take(None);
        assert_eq!(block.rows, self.given.len());
        for (at, column) in self.columns.iter().enumerate() {
            for (row, given) in self.given.iter().enumerate() {
                let found = cell(&block, at, row);
                if found != given[at] {
                    let fault = format!("{found:?} instead of {:?}", given[at]);
                    self.faults.entry(column.name.clone()).or_insert(fault);
                }
                self.compared += usize::from(given[at].is_some());
            }
        }
        self.given.clear();
        self.blocks += 1;
    }
}

impl Visitor for Both {
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        let before = self.rows.count();
        self.rows.event(event, world);
        if self.rows.count() == before {
            return;
        }
        let (settings, previous) =
            (Settings { buffer: Buffer::Full, ..Settings::default() }, Previous::default());
        let context = Context { event, world, settings: &settings, previous: &previous };
        let given = |column: &Column| {
            let mut values = Values::new();
            match &column.source {
                Source::Field(field, argument) => field.values(&context, argument, &mut values),
                Source::Capture => values.push(Value::text("capture")),
                Source::Run => values.push(Value::Signed(1)),
                Source::Time => values.push(Value::Unsigned(event.raw.ts_ns)),
                Source::Http(_) => panic!("no column of events"),
            }
            // a column has no numbers beyond 63 bits
            values.first().filter(|value| fits(value)).map(told)
        };
        self.given.push(self.columns.iter().map(given).collect());
        if self.given.len() == ROWS {
            self.compare();
        }
    }

    fn done(&self) -> bool {
        self.blocks == BLOCKS
    }

    fn wants_details(&self) -> bool {
        true
    }
}

fn fits(value: &Value<'_>) -> bool {
    !matches!(value, Value::Unsigned(number) if i64::try_from(*number).is_err())
}

fn told(value: &Value<'_>) -> String {
    match value {
        Value::Text(text) | Value::Bytes(text) => String::from_utf8_lossy(text).into_owned(),
        Value::Signed(number) => number.to_string(),
        Value::Unsigned(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Double(number) => number.to_string(),
        Value::Port(number) => number.to_string(),
        Value::Ip(address) => address.to_string(),
    }
}

fn cell(block: &Block, at: usize, row: usize) -> Option<String> {
    let column = &block.columns[at];
    let place = block.places_of(column).of(row);
    match &column.cells {
        Cells::Int(cells) => cells.get(place).map(|number| number.to_string()),
        Cells::Float(cells) => cells.get(place).map(|number| number.to_string()),
        Cells::Bool(cells) => cells.get(place).map(|value| value.to_string()),
        Cells::Text(cells, texts) => cells.get(place).map(|text| texts.text(text).to_owned()),
    }
}

/// Cells with a value that were compared, and what differed.
fn compare(name: &str, path: &Path, columns: &[Column]) -> (usize, Vec<String>) {
    let opened = match Opened::open(&[Location::File(path.to_owned())], None) {
        Ok(opened) => opened,
        Err(error) => panic!("{name}: {error}"),
    };
    let mut both = Both::new(columns);
    read(opened, &mut both);
    both.compare();
    let fault = |(column, fault)| format!("{name}: {column}: {fault}");
    (both.compared, both.faults.into_iter().map(fault).collect())
}

/// Two ends of `open` of the same bytes: one says that it has two parameters, the other
/// says no number, and has three of other lengths.
fn two_layouts() -> Vec<u8> {
    let ts_ns = 1_700_000_000_000_000_000;
    let counted = exit(ts_ns, 7, 3, &[param::i64(0), Vec::new()]);
    let uncounted = exit(ts_ns + 9, 7, 3, &[vec![0; 2], Vec::new(), vec![0; 8]]);
    let writer = ScapWriter::new().machine(2, "two").interfaces(true);
    let writer = writer.processes(&[Process::new(7, "two")]);
    let both = [(EV_V2, counted), (EV, uncounted)];
    both.iter().fold(writer, |writer, (kind, event)| writer.event_in(*kind, event, 0, &[])).finish()
}

#[test]
fn rows_have_the_cells_of_their_own_events() {
    let columns: Vec<Column> =
        EXPORTED.iter().chain(&MORE).map(|name| column(name).unwrap()).collect();
    let folder = tempfile::tempdir().unwrap();
    let written = |name: String, bytes: Vec<u8>| {
        let path = folder.path().join(&name);
        std::fs::write(&path, bytes).unwrap();
        (name, path)
    };
    let recipe = Recipe { events: 3000, threads: 20, life: 100, trouble: 3 };
    let soups = (0..12).map(|seed| written(format!("soup-{seed}.scap"), soup(seed, recipe)));
    let made = made_captures().into_iter().map(|(name, _, bytes)| written(name.into(), bytes));
    let text = "fixtures/text/strace-f-tt-T-yy.txt";
    let two = written("two-layouts.scap".into(), two_layouts());
    let of_cases = cases().into_iter().map(|case| (case.name, case.capture));
    let mut all: Vec<(String, PathBuf)> = fixtures().into_iter().chain(of_cases).collect();
    all.extend(soups.chain(made).chain([(text.into(), text.into()), two]));
    let results: Vec<_> =
        all.par_iter().map(|(name, path)| compare(name, path, &columns)).collect();
    let faults: Vec<&String> = results.iter().flat_map(|(_, faults)| faults).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    let compared: usize = results.iter().map(|(compared, _)| compared).sum();
    assert!(compared > 8_000_000, "{compared} cells in {} captures", all.len());
}
