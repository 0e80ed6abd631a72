//! The cells of tables: whatever ways there are to find them fast, each is what its field
//! gives of the event itself.

use analyze::chisel::sql::{
    Block, BlockColumn, Cells, Column, ColumnType, EXPORTED, Rows, RowsRequest, Source, Table,
    column,
};
use analyze::filter::Matching;
use analyze::filter::args::Buffer;
use analyze::filter::fields::{Context, Previous, Settings};
use analyze::filter::value::{Value, Values};
use analyze::source::Location;
use analyze::state::{Event, Opened, Visitor, World, read};

use crate::shared::{captures, fixtures};
use crate::soup::{Recipe, soup};
use crate::sysdig::small;

/// A row's cells as text.
fn cells(block: &Block, row: usize) -> String {
    let cell = |column: &BlockColumn| {
        let at = block.places_of(column).of(row);
        match &column.cells {
            Cells::Int(cells) => format!("{:?}", cells.get(at)),
            Cells::Float(cells) => format!("{:?}", cells.get(at)),
            Cells::Bool(cells) => format!("{:?}", cells.get(at)),
            Cells::Text(cells, texts) => {
                format!("{:?}", cells.get(at).map(|text| texts.text(text)))
            }
        }
    };
    let cells = block.columns.iter().map(|column| format!("{}={}", column.name, cell(column)));
    cells.collect::<Vec<_>>().join(" ")
}

/// What a column's field gives.
fn given(column: &Column, context: &Context<'_>) -> String {
    let mut values = Values::new();
    match &column.source {
        Source::Field(field, argument) => field.values(context, argument, &mut values),
        Source::Capture => values.push(Value::text("capture")),
        Source::Run => values.push(Value::Signed(1)),
        Source::Time => values.push(Value::Unsigned(context.event.raw.ts_ns)),
        Source::Http(_) => unreachable!("not in this table"),
    }
    let number = |value: &Value<'_>| match *value {
        Value::Signed(number) => Some(number),
        Value::Unsigned(number) => i64::try_from(number).ok(),
        Value::Port(port) => Some(i64::from(port)),
        _ => panic!("{}: {value:?}", column.name),
    };
    let text = |value: &Value<'_>| match value {
        Value::Text(text) => String::from_utf8_lossy(text).into_owned(),
        Value::Ip(ip) => ip.to_string(),
        _ => panic!("{}: {value:?}", column.name),
    };
    let value = values.first();
    match (column.kind, value) {
        (ColumnType::Text, value) => format!("{:?}", value.map(text)),
        (ColumnType::Bool, Some(Value::Bool(value))) => format!("{:?}", Some(value)),
        (ColumnType::Float, Some(Value::Double(value))) => format!("{:?}", Some(value)),
        (ColumnType::Int | ColumnType::Timestamp, value) => {
            format!("{:?}", value.and_then(number))
        }
        (_, None) => "None".into(),
        (_, Some(value)) => panic!("{}: {value:?}", column.name),
    }
}

/// The same of what the fields themselves give.
struct ByFields {
    columns: Vec<Column>,
    /// Says which events are rows.
    rows: Rows,
    settings: Settings,
    previous: Previous,
    found: Vec<String>,
}

impl Visitor for ByFields {
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        let before = self.rows.count();
        self.rows.event(event, world);
        if self.rows.count() > before {
            let ByFields { settings, previous, .. } = &*self;
            let context = Context { event, world, settings, previous };
            let cells = self.columns.iter().map(|c| format!("{}={}", c.name, given(c, &context)));
            let cells = cells.collect::<Vec<_>>().join(" ");
            self.found.push(cells);
        }
    }

    fn wants_details(&self) -> bool {
        true
    }
}

/// Cells that rows share, and those found without a detour, are what the fields give.
#[test]
fn rows_have_the_cells_of_their_own_events() {
    let folder = tempfile::tempdir().unwrap();
    let soup_path = folder.path().join("soup.scap");
    let mut paths: Vec<std::path::PathBuf> = fixtures().into_iter().map(|(_, path)| path).collect();
    paths.push("fixtures/text/strace-f-tt-T-yy.txt".into());
    paths.extend(small().into_iter().flatten());
    paths.extend(captures().map(|root| root.join("public/inspect-502error.scap")));
    paths.extend((0..12).map(|_| soup_path.clone()));
    let more = [
        "proc_exe",
        "proc_exepath",
        "proc_ppid",
        "thread_ismain",
        "thread_vtid",
        "user_uid",
        "fd_rport",
        "container_type",
        "container_image",
    ];
    let columns: Vec<Column> =
        EXPORTED.iter().chain(&more).map(|name| column(name).unwrap()).collect();
    let mut compared = 0;
    for (seed, path) in (0..).zip(&paths) {
        if *path == soup_path {
            let recipe = Recipe { events: 3000, threads: 20, life: 100, trouble: 3 };
            std::fs::write(&soup_path, soup(seed, recipe)).unwrap();
        }
        let rows = |columns: &[Column]| {
            Rows::new(RowsRequest {
                table: Table::Events,
                matching: Matching::parse("").unwrap(),
                columns: columns.to_vec(),
                capture: "capture".into(),
                run: 1,
                most_bytes: usize::MAX,
            })
        };
        let open = || Opened::open(&[Location::File(path.clone())], None).unwrap();
        let mut together = rows(&columns);
        let mut by_fields = ByFields {
            columns: columns.clone(),
            rows: rows(&[]),
            settings: Settings { buffer: Buffer::Full, ..Settings::default() },
            previous: Previous::default(),
            found: Vec::new(),
        };
        read(open(), &mut together);
        read(open(), &mut by_fields);
        let block = together.take(None);
        assert_eq!(block.rows, by_fields.found.len(), "{}", path.display());
        for (row, wanted) in by_fields.found.iter().enumerate() {
            assert_eq!(&cells(&block, row), wanted, "{}, row {row}", path.display());
        }
        compared += block.rows;
    }
    assert!(compared > 300_000, "{compared} rows");
}
