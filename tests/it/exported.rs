//! Parquet files as other programs see them: every chisel asked of `DuckDB` over the
//! exported tables, and the files opened by pandas. Both need Python with duckdb,
//! pandas and pyarrow: `tests/install-python` makes one, and `ANALYZE_PYTHON` names it;
//! where they are missing the tests say so and are skipped, but fail in `.ci/run`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use analyze::chisel::sql::EXPORTED;
use serde_json::Value;

use crate::program::{run, text};
use crate::scap_writer::{ScapWriter, enter, exit, param};
use crate::shared::captures;

fn python() -> Option<String> {
    let python = std::env::var("ANALYZE_PYTHON").unwrap_or_else(|_| "python3".into());
    let works = Command::new(&python).args(["-c", "import duckdb, pandas, pyarrow"]).output();
    if works.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    let why = format!("{python} has no duckdb, pandas and pyarrow; no exported file was opened");
    assert!(std::env::var_os("ANALYZE_REQUIRE_SHARED").is_none(), "{why}");
    eprintln!("SKIPPED: {why}");
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
duckdb.sql('SET enable_progress_bar = false')
folder, queries = sys.argv[1], json.load(open(sys.argv[2]))
for table in ('events', 'calls', 'http', 'threads', 'files', 'containers'):
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
    let names = [
        "live/host-beside.scap.gz",
        "pairs/lock-contention/new/run1.scap.gz",
        "public/libs-curl-google.scap",
    ];
    for name in names {
        let folder = tempfile::tempdir().unwrap();
        let capture = root.join(name);
        // the data of calls is exported only where it is asked for
        let columns = format!("{},evt_buffer", EXPORTED.join(","));
        export(&capture, folder.path(), &["--columns", &columns]);
        export(&capture, folder.path(), &["--table", "http,threads,files,containers"]);
        let mut queries: BTreeMap<String, String> = BTreeMap::new();
        for chisel in analyze::chisel::stock::built_in().unwrap() {
            let given = [("key".to_owned(), "proc.name".to_owned())];
            let needs = chisel.header.arguments.iter().any(|argument| argument.name == "key");
            let query = chisel.query(if needs { &given } else { &[] }).unwrap();
            // times as numbers on both sides
            let query = query.replace("evt_time", "evt_rawtime");
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

/// Row groups of a file, and how long the arguments in each are.
const GROUPS: &str = r"
import json, pyarrow.parquet, sys
file = pyarrow.parquet.ParquetFile(sys.argv[1])
lengths = [sum(len(text.as_py()) for text in file.read_row_group(at, ['evt_args'])[0]) for at in range(file.num_row_groups)]
print(json.dumps(lengths))
";

/// Memory does not grow with the data that a capture holds: rows are written earlier.
#[test]
fn lots_of_data_are_smaller_lots_of_rows() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join("data.scap");
    let mut writer = ScapWriter::new().machine(2, "data").interfaces(true).processes(&[]);
    for at in 0..1500u64 {
        let ts_ns = 1_700_000_000_000_000_000 + at * 1000;
        let data = format!("{at:060000}").into_bytes();
        let size = u32::try_from(data.len()).unwrap();
        writer = writer.event(&enter(ts_ns, 7, 6, &[param::i64(3), param::u32(size)]));
        writer = writer.event(&exit(ts_ns + 500, 7, 7, &[param::i64(i64::from(size)), data]));
    }
    std::fs::write(&capture, writer.finish()).unwrap();
    export(&capture, folder.path(), &["--table", "events"]);
    let file = folder.path().join("events/capture=data/part.parquet");
    let lengths: Vec<u64> = serde_json::from_value(ask(&python, GROUPS, &[text(&file)])).unwrap();
    assert_eq!(lengths.len(), 2, "{lengths:?}");
    assert!(lengths.iter().all(|length| *length < 80 << 20), "{lengths:?}");
    assert!(lengths.iter().sum::<u64>() > 1500 * 60_000, "{lengths:?}");
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

const ARROW: &str = r"
import json, sys, pandas, pyarrow, pyarrow.ipc
folder = sys.argv[1]
reader = pyarrow.ipc.open_file(pyarrow.memory_map(f'{folder}/calls/capture=beside1/part.arrow'))
arrow = reader.read_pandas()
parquet = pandas.read_parquet(f'{folder}/calls/capture=beside1/part.parquet')
answer = pandas.read_parquet(sys.argv[2])
print(json.dumps([len(arrow), bool(arrow.equals(parquet)), reader.num_record_batches,
    reader.metadata[b'analyze.schema'].decode(), str(reader.schema.field('proc_name').type),
    {name: [str(cell) for cell in answer[name]] for name in answer.columns}]))
";

/// Arrow files have the rows of the Parquet files, as pandas reads both; and the answer
/// to a query is a Parquet file where one is wanted.
#[test]
fn arrow_has_the_same_rows() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let capture = Path::new("fixtures/beside1.scap.gz");
    export(capture, folder.path(), &["--table", "calls"]);
    export(capture, folder.path(), &["--table", "calls", "--format", "arrow"]);
    let file = folder.path().join("answer.parquet");
    let query = "SELECT evt_type, count(*) AS n, max(evt_time) AS last, min(fd_sport) AS none FROM calls WHERE evt_type IN ('lstat', 'close') GROUP BY evt_type ORDER BY evt_type";
    let ran = run(&["sql", query, text(capture), "-o", text(&file)]);
    assert_eq!((ran.exit, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
    let told = ask(&python, ARROW, &[text(folder.path()), text(&file)]);
    let list = told.as_array().unwrap();
    assert_eq!(list[..3], serde_json::json!([52803, true, 1]).as_array().unwrap()[..]);
    assert_eq!(
        (&list[3], &list[4]),
        (&Value::from("analyze.rows/1"), &Value::from("large_string"))
    );
    let plain = run(&["sql", query, text(capture), "--format", "json"]);
    let plain: Value = serde_json::from_str(&plain.stdout).unwrap();
    let rows = plain["rows"].as_array().unwrap();
    let types: Vec<&Value> = rows.iter().map(|row| &row[0]).collect();
    let counts: Vec<String> = rows.iter().map(|row| row[1].to_string()).collect();
    assert_eq!(list[5]["evt_type"].as_array().unwrap().iter().collect::<Vec<_>>(), types);
    assert_eq!(list[5]["n"], serde_json::json!(counts));
}

/// A converted folder stands for its captures, in every command: the answers are those
/// that the captures give.
#[test]
fn converted_folders_are_read_as_their_captures() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain.scap");
    let mut unzipped = Vec::new();
    let zipped = std::fs::File::open("fixtures/beside1.scap.gz").unwrap();
    std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(zipped), &mut unzipped)
        .unwrap();
    std::fs::write(&plain, &unzipped).unwrap();
    let out = folder.path().join("out");
    let captures = ["fixtures/alone1.scap.gz", text(&plain)];
    let some = ["--table", "calls", "--columns", "evt_type", "-o", text(&out)];
    let ran = run(&[&["convert"], &captures[..], &some].concat());
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    let kept = out.join("captures/plain.scap.zst");
    assert!(std::fs::metadata(&kept).unwrap().len() * 4 < unzipped.len() as u64);
    assert_eq!(
        std::fs::read(out.join("captures/alone1.scap.gz")).unwrap(),
        std::fs::read("fixtures/alone1.scap.gz").unwrap()
    );
    for command in [
        &["topscalls", "--format", "json"][..],
        &["compare", "--format", "json"],
        &["spectrogram", "--evt", "lstat", "--format", "json"],
        &["run", "topfiles_time", "--format", "json"],
        &[
            "sql",
            "SELECT capture, count(*) AS n FROM calls GROUP BY capture ORDER BY n",
            "--format",
            "csv",
        ],
        &["events", "evt.num<40"],
    ] {
        let (ours, theirs) = if command[0] == "events" {
            let of = |captures: &[&str]| run(&[&["events"], captures, &command[1..]].concat());
            (of(&[text(&out)]), of(&captures))
        } else {
            let of = |captures: &[&str]| run(&[command, captures].concat());
            (of(&[text(&out)]), of(&captures))
        };
        assert_eq!(ours.exit, theirs.exit, "{command:?}: {}", ours.stderr);
        // all but where the files lie and how they are compressed
        let told = |text: &str| {
            let mut text = text.replace("zstd", "none").replace(".zst", "");
            for from in [
                out.join("captures").display().to_string(),
                folder.path().display().to_string(),
                "fixtures".into(),
            ] {
                text = text.replace(&from, "");
            }
            let lines = text
                .lines()
                .filter(|line| !line.contains("input_bytes") && !line.contains("sha256"));
            lines.map(str::to_owned).collect::<Vec<_>>().join("\n")
        };
        assert_eq!(told(&ours.stdout), told(&theirs.stdout), "{command:?}");
        assert!(ours.stdout.lines().count() > 2, "{command:?}");
    }
    let bare = folder.path().join("bare");
    let some = ["--tables-only", "--table", "calls", "-o", text(&bare)];
    assert_eq!(run(&[&["convert", captures[0]][..], &some].concat()).exit, 0);
    let ran = run(&["topscalls", text(&bare)]);
    assert_eq!(ran.exit, 2);
    assert!(ran.stderr.contains("--tables-only"), "{}", ran.stderr);
    std::fs::write(out.join("analyze.json"), "{}").unwrap();
    let ran = run(&["topscalls", text(&out)]);
    assert_eq!(ran.exit, 2);
    assert!(ran.stderr.contains("analyze.json: is no list"), "{}", ran.stderr);
    // the threads of a trace are kept as files of one capture
    let set = folder.path().join("set");
    std::fs::create_dir(&set).unwrap();
    for number in [7, 8] {
        let line =
            format!("1700000000.00000{number} openat(AT_FDCWD, \"/x\", O_RDONLY) = 3 <0.000012>\n");
        std::fs::write(set.join(format!("t.{number}")), line.repeat(3)).unwrap();
    }
    let out = folder.path().join("traces");
    let ran = run(&["convert", text(&set), "--table", "calls", "-o", text(&out)]);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    let count = |of: &Path| run(&["topscalls", text(of), "--format", "csv"]).stdout;
    assert_eq!(count(&out), count(&set));
}
