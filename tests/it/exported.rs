//! Parquet files as other programs see them: every chisel asked of `DuckDB` over the
//! exported tables, and the files opened by pandas. Both need Python with duckdb,
//! pandas and pyarrow: `tests/install-python` makes one, and `ANALYZE_PYTHON` names it;
//! where they are missing the tests say so and are skipped.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use analyze::chisel::sql::EXPORTED;
use serde_json::Value;

use crate::program::{run, text};
use crate::shared::captures;

fn python() -> Option<String> {
    let python = std::env::var("ANALYZE_PYTHON").unwrap_or_else(|_| "python3".into());
    let works = Command::new(&python).args(["-c", "import duckdb, pandas, pyarrow"]).output();
    if works.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    eprintln!("SKIPPED: {python} has no duckdb, pandas and pyarrow; no exported file was opened");
    None
}

fn ask(python: &str, script: &str, arguments: &[&str]) -> Value {
    let output = Command::new(python).args(["-c", script]).args(arguments).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    serde_json::from_slice(&output.stdout).unwrap()
}

const DUCKDB: &str = r"
import duckdb, json, sys
folder, queries = sys.argv[1], json.load(open(sys.argv[2]))
for table in ('events', 'calls'):
    duckdb.sql(f'''CREATE VIEW {table} AS SELECT * FROM read_parquet('{folder}/{table}/*/*.parquet', hive_partitioning=false)''')
def plain(cell):
    return cell if cell is None or isinstance(cell, (int, float, str, bool)) else int(cell) if hasattr(cell, '__int__') else str(cell)
answers = {}
for name, query in queries.items():
    rows = duckdb.sql(query).fetchall()
    answers[name] = [[plain(cell) for cell in row] for row in rows]
print(json.dumps(answers))
";

/// Cells as texts that do not depend on which engine made them.
fn comparable(rows: &Value) -> Vec<Vec<String>> {
    let cell = |cell: &Value| match cell.as_f64() {
        Some(number) => format!("{number:.6e}"),
        None => cell.to_string(),
    };
    let mut rows: Vec<Vec<String>> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row.as_array().unwrap().iter().map(cell).collect())
        .collect();
    rows.sort();
    rows
}

fn export(capture: &Path, folder: &Path, more: &[&str]) {
    let ran = run(&[&["convert", text(capture), "-o", text(folder)], more].concat());
    assert_eq!((ran.exit, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
}

#[test]
fn duckdb_answers_every_chisel_alike() {
    let (Some(python), Some(root)) = (python(), captures()) else { return };
    for name in ["live/host-beside.scap.gz", "pairs/lock-contention/new/run1.scap.gz"] {
        let folder = tempfile::tempdir().unwrap();
        let capture = root.join(name);
        // the data of calls is exported only where it is asked for
        let columns = format!("{},evt_buffer", EXPORTED.join(","));
        export(&capture, folder.path(), &["--columns", &columns]);
        let mut queries: BTreeMap<String, String> = BTreeMap::new();
        for chisel in analyze::chisel::stock::built_in().unwrap() {
            let given = [("key".to_owned(), "proc.name".to_owned())];
            let needs = chisel.header.arguments.iter().any(|argument| argument.name == "key");
            let query = chisel.query(if needs { &given } else { &[] }).unwrap();
            // times as numbers on both sides
            let query = query.replace("evt_time,", "evt_rawtime,");
            queries.insert(chisel.header.name, query);
        }
        let file = folder.path().join("queries.json");
        std::fs::write(&file, serde_json::to_string(&queries).unwrap()).unwrap();
        let answers = ask(&python, DUCKDB, &[text(folder.path()), text(&file)]);
        for (chisel, query) in queries {
            let ran = run(&["sql", &query, text(&capture), "--format", "json"]);
            assert_eq!(ran.exit, 0, "{chisel}: {}", ran.stderr);
            let ours: Value = serde_json::from_str(&ran.stdout).unwrap();
            assert_eq!(
                comparable(&ours["rows"]),
                comparable(&answers[&chisel]),
                "{chisel} on {name}"
            );
        }
    }
}

const PANDAS: &str = r"
import json, sys, pandas, pyarrow.parquet
path = sys.argv[1]
frame = pandas.read_parquet(path)
about = pyarrow.parquet.read_metadata(path)
print(json.dumps({
    'rows': len(frame), 'columns': list(frame.columns), 'latency': int(frame.evt_latency.sum()),
    'time': str(frame.evt_time.dtype), 'first': int(frame.evt_time.astype('int64').iloc[0]),
    'schema': about.metadata[b'analyze.schema'].decode(), 'groups': about.num_row_groups,
    'compression': about.row_group(0).column(0).compression,
    'statistics': about.row_group(0).column(2).is_stats_set,
}))
";

#[test]
fn pandas_opens_what_is_exported() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    export(Path::new("fixtures/alone1.scap.gz"), folder.path(), &["--table", "calls"]);
    let file = folder.path().join("calls/capture=alone1/part.parquet");
    let found = ask(&python, PANDAS, &[text(&file)]);
    assert_eq!(found["rows"], 62_755);
    assert_eq!(found["time"], "datetime64[ns]");
    assert_eq!(found["schema"], "analyze.rows/1");
    assert_eq!((&found["compression"], &found["statistics"]), (&"ZSTD".into(), &true.into()));
    assert_eq!(found["first"], 1_795_459_428_289_274_182_u64);
}

/// What needs no other program: what is there is left alone, and errors have words.
#[test]
fn conversions_go_on_where_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let convert = |more: &[&str]| {
        run(&[&["convert", "fixtures/alone1.scap.gz", "-o", text(folder.path())], more].concat())
    };
    let few = ["--table", "calls", "--columns", "evt_type,evt_latency"];
    assert_eq!(convert(&few).exit, 0);
    let file = at("calls/capture=alone1/part.parquet");
    let first = std::fs::read(&file).unwrap();
    assert_eq!((&first[..4], &first[first.len() - 4..]), (&b"PAR1"[..], &b"PAR1"[..]));
    std::fs::write(&file, b"kept").unwrap();
    let again = convert(&few);
    assert!(again.stderr.contains("left alone"), "{}", again.stderr);
    assert_eq!(std::fs::read(&file).unwrap(), b"kept");
    assert_eq!(convert(&[&few[..], &["--force"]].concat()).exit, 0);
    assert_eq!(std::fs::read(&file).unwrap(), first, "the same bytes again");
    assert_eq!(std::fs::read_dir(at("calls/capture=alone1")).unwrap().count(), 1);
    let wrong = convert(&["--columns", "evt_typ"]);
    assert_eq!(wrong.exit, 2);
    assert!(wrong.stderr.contains("did you mean evt_type?"), "{}", wrong.stderr);
    let odd = run(&[
        "convert",
        "fixtures/alone1.scap.gz",
        "-o",
        text(folder.path()),
        "--label",
        "../x/y",
    ]);
    assert_eq!(odd.exit, 0, "{}", odd.stderr);
    assert!(at("calls/capture=..%2Fx%2Fy/part.parquet").is_file());
    let none = run(&["convert", "README.md", "-o", text(&at("none"))]);
    assert_eq!(none.exit, 2, "{}", none.stderr);
    assert_eq!(std::fs::read_dir(at("none/events")).unwrap().count(), 0);
}

const CSV: &str = r#"
import duckdb, json, sys
folder = sys.argv[1]
columns = 'evt_num, evt_time, evt_type, evt_latency, evt_rawres, proc_name, thread_tid, fd_name, evt_is_io, evt_failed, fd_sport'
parquet = f"SELECT {columns} FROM read_parquet('{folder}/calls/*/*.parquet', hive_partitioning=false)"
csv = f"SELECT {columns} FROM read_csv('{folder}/calls/*/*.csv', hive_partitioning=false, sample_size=-1, allow_quoted_nulls=false, types={{'fd_sport': 'BIGINT', 'evt_time': 'TIMESTAMP_NS'}})"
count = lambda query: duckdb.sql(f'SELECT count(*) FROM ({query})').fetchall()[0][0]
print(json.dumps([count(parquet), count(csv), count(f'({parquet}) EXCEPT ({csv})'), count(f'({csv}) EXCEPT ({parquet})')]))
"#;

/// CSV has the rows of the Parquet files, as `DuckDB` reads both.
#[test]
fn csv_has_the_same_rows() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let capture = Path::new("fixtures/beside1.scap.gz");
    export(capture, folder.path(), &["--table", "calls"]);
    export(capture, folder.path(), &["--table", "calls", "--format", "csv"]);
    let told = ask(&python, CSV, &[text(folder.path())]);
    assert_eq!(told, serde_json::json!([52803, 52803, 0, 0]));
}
