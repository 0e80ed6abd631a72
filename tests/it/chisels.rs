//! SQL against the native commands, groups against rows, and what users see of queries
//! and chisels.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use analyze::chisel::sql::{Answer, Cell, Fold, Groups, Query, Rows, RowsRequest, Tables};
use analyze::chisel::stock::built_in;
use analyze::filter::Matching;
use analyze::source::Location;
use analyze::state::{Opened, read};
use serde_json::Value;

use crate::answers::topscalls;
use crate::made::made_captures;
use crate::program::{Ran, run, run_with_stdin, text};
use crate::shared::{cases, fixtures};
use crate::sysdig::small;
fn request(query: &Query) -> RowsRequest {
    RowsRequest {
        table: query.tables[0],
        columns: query.columns.clone(),
        matching: Matching::parse(&query.filter).unwrap(),
        capture: "capture".into(),
        run: 1,
        most_bytes: usize::MAX,
    }
}

fn asked(path: &Path, text: &str) -> Answer {
    let query = Query::parse(text).unwrap();
    let mut rows = Rows::new(request(&query));
    read(Opened::open(&[Location::File(path.to_owned())], None).unwrap(), &mut rows);
    let mut tables = Tables::default();
    tables.add(query.tables[0], &rows.take(None)).unwrap();
    tables.answer(&query).unwrap()
}

/// The same by groups that are summed up while reading; `None`: rows are needed.
fn asked_of_groups(path: &Path, text: &str) -> Option<Answer> {
    let query = Query::parse(text).unwrap();
    let fold = Fold::of(&query)?;
    let mut groups = Groups::new(request(&query), &fold);
    read(Opened::open(&[Location::File(path.to_owned())], None).unwrap(), &mut groups);
    if groups.failed {
        return None; // a number beyond 63 bits
    }
    let mut tables = Tables::default();
    tables.add(fold.table, &groups.block()).unwrap();
    Some(tables.answer(&fold.query).unwrap())
}

#[test]
fn groups_say_what_rows_say() {
    let mut captures = fixtures();
    captures.extend(small().into_iter().flatten().map(|path| (path.display().to_string(), path)));
    let (mut compared, mut with_rows) = (0, 0);
    let mut questions: Vec<String> = vec![
        "SELECT proc_name, evt_failed, count(*) AS n, count(fd_name) AS named, sum(evt_rawres) AS s, min(evt_rawres) AS l, max(evt_latency) AS h FROM events GROUP BY proc_name, evt_failed".into(),
        "SELECT lower(evt_type) AS t, count(*) AS n FROM calls WHERE evt_latency > 1000 GROUP BY lower(evt_type) HAVING count(*) > 2".into(),
        "SELECT count(*) AS n, max(evt_latency) AS longest FROM calls WHERE proc_name = 'nosuch'".into(),
        "SELECT count(evt_type) AS n, sum(evt_latency) AS s FROM calls".into(),
        "SELECT count(*) AS n FROM events WHERE evt_latency > 0".into(),
    ];
    let own = questions.len();
    for chisel in built_in().unwrap() {
        let needed = chisel.header.arguments.iter().filter(|argument| argument.default.is_none());
        let given: Vec<_> =
            needed.map(|argument| (argument.name.clone(), "fd.name".to_owned())).collect();
        questions.push(chisel.query(&given).unwrap());
    }
    let sorted = |answer: Answer| {
        let mut rows: Vec<String> = answer.rows.iter().map(|row| format!("{row:?}")).collect();
        rows.sort();
        let names: Vec<String> = answer.columns.into_iter().map(|(name, _)| name).collect();
        (names, rows)
    };
    // captures made by hand have latencies that are negative
    let folder = tempfile::tempdir().unwrap();
    let made = made_captures().into_iter().map(|(name, _, bytes)| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        (name.to_owned(), path)
    });
    let made: Vec<_> = made.collect();
    for (at, question) in questions.iter().enumerate() {
        for (name, path) in captures.iter().chain(made.iter().filter(|_| at < own)) {
            let Some(groups) = asked_of_groups(path, question) else { continue };
            let (groups, rows) = (sorted(groups), sorted(asked(path, question)));
            assert_eq!(groups, rows, "{question} on {name}");
            compared += 1;
            with_rows += usize::from(rows.1.len() > 1);
        }
    }
    println!("{compared} answers by groups are those by rows, {with_rows} of several rows");
    assert!(with_rows > 40, "{with_rows} of {compared}");
}

#[test]
fn sql_and_the_native_command_count_the_same_cells() {
    let mut captures = fixtures();
    captures.extend(cases().into_iter().map(|case| (case.name, case.capture)));
    let mut cells = 0;
    for (name, path) in captures {
        let native = run(&["spectrogram", text(&path), "--format", "json"]);
        if native.exit == 2 {
            continue; // there is nothing to draw
        }
        let native: Value = serde_json::from_str(&native.stdout).unwrap();
        let native = &native["captures"][0];
        let interval = native["interval_ns"].as_u64().unwrap();
        let cell = |cell: &Value| {
            let time: u64 = cell[0].as_str().unwrap().parse().unwrap();
            (time, cell[1].as_u64().unwrap(), cell[3].as_i64().unwrap())
        };
        let mut native: Vec<_> = native["cells"].as_array().unwrap().iter().map(cell).collect();
        native.sort_unstable();
        let Some(first) = native.first().map(|cell| cell.0) else { continue };
        let mut bounds: Vec<u64> = native.iter().map(|cell| cell.1).collect();
        bounds.sort_unstable();
        bounds.dedup();
        let case = |bound: &u64| format!("WHEN evt_latency >= {bound} THEN {bound}");
        let cases = bounds.iter().rev().map(case).collect::<Vec<_>>().join(" ");
        let query = format!(
            "SELECT step, low, count(*) AS calls FROM (SELECT floor((evt_rawtime - {first}) / (1.0 * {interval})) AS step, CASE {cases} END AS low FROM calls WHERE evt_latency > 0) AS x GROUP BY step, low",
        );
        let answer = asked(&path, &query);
        let number = |cell: &Cell| cell.number().unwrap();
        let mut twin: Vec<(u64, u64, i64)> = answer
            .rows
            .iter()
            .map(|row| {
                let step = number(&row[0]) as u64;
                (first + step * interval, number(&row[1]) as u64, number(&row[2]) as i64)
            })
            .collect();
        twin.sort_unstable();
        assert_eq!(twin, native, "{name}");
        cells += twin.len();
    }
    println!("{cells} cells are equal");
    assert!(cells > 1000);
}

/// Calls and their time by name.
fn twin(path: &Path) -> BTreeMap<String, (i64, i64)> {
    let answer = asked(
        path,
        "SELECT evt_type, count(*) AS calls, sum(evt_latency) AS ns FROM calls GROUP BY evt_type",
    );
    let row = |row: &Vec<Cell>| match &row[..] {
        [Cell::Text(name), Cell::Int(calls), Cell::Int(ns)] => (name.clone(), (*calls, *ns)),
        other => panic!("{other:?}"),
    };
    answer.rows.iter().map(row).collect()
}

#[test]
fn sql_and_the_native_command_agree_to_the_nanosecond() {
    let mut captures = fixtures();
    captures.extend(cases().into_iter().map(|case| (case.name, case.capture)));
    for (name, path) in captures {
        let native: BTreeMap<String, (i64, i64)> = topscalls(&path)
            .rows
            .iter()
            .filter(|row| row.syscall && row.stats.paired > 0)
            .map(|row| {
                let ns = i64::try_from(row.stats.total_ns).unwrap();
                (row.event.clone(), (i64::try_from(row.stats.paired).unwrap(), ns))
            })
            .collect();
        assert_eq!(twin(&path), native, "{name}");
    }
}

fn sql(query: &str, more: &[&str]) -> Ran {
    run(&[&["sql", query], more].concat())
}

const ALONE: &str = "fixtures/alone1.scap.gz";
const BESIDE: &str = "fixtures/beside1.scap.gz";

#[test]
fn what_is_wrong_with_a_query_is_told_with_its_place() {
    for (query, words) in [
        (
            "SELECT evt_type,\n evt_latncy FROM calls",
            "query: line 2, column 2: there is no column evt_latncy; did you mean evt_latency?",
        ),
        ("SELECT evt_type FROM call", "query: line 1, column 22: there is no table call"),
        ("SELECT evt_type FROM calls WHERE", "query: line 1, column 33: Expected"),
        ("DELETE FROM calls", "a SELECT is wanted"),
        ("SELECT nosuch(evt_type) FROM calls", "query: "),
        ("nothing", "is no query and no file"),
    ] {
        let ran = sql(query, &[ALONE]);
        assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{query}");
        assert!(ran.stderr.contains(words), "{query}: {}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    }
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own.sql");
    std::fs::write(&own, "-- name: own\n-- about: x\nSELECT evt_tpe FROM calls\n").unwrap();
    let ran = run(&["run", text(&own), ALONE]);
    assert_eq!(ran.exit, 2);
    assert!(ran.stderr.contains("own.sql: line 3, column 8"), "{}", ran.stderr);
    std::fs::write(&own, "-- name: own\n-- tpo: 3\nSELECT 1\n").unwrap();
    assert!(run(&["run", text(&own), ALONE]).stderr.contains("own.sql: line 2"));
    assert!(run(&["run", "topfile_time", ALONE]).stderr.contains("did you mean topfiles_time?"));
}

#[test]
fn queries_read_what_they_name_alone() {
    let query =
        "SELECT fd_name FROM events WHERE fd_type = 'file' AND evt_is_io AND evt_rawres > 0";
    let plan = sql(query, &[ALONE, "--explain", "--container", "worker"]);
    assert!(
        plan.stdout.contains("columns: fd_name, fd_type, evt_is_io, evt_rawres"),
        "{}",
        plan.stdout
    );
    let filter = "fd.type=\"file\" and evt.is_io=true and evt.rawres>0";
    assert!(plan.stdout.contains(filter) && plan.stdout.contains("worker"), "{}", plan.stdout);
    // what is left out early changes no answer
    let count = |condition: &str| {
        let query = format!("SELECT count(*) AS n FROM events WHERE {condition}");
        let ran = sql(&query, &[BESIDE, "--format", "csv"]);
        assert_eq!(ran.exit, 0, "{}", ran.stderr);
        let line = ran.stdout.lines().nth(1);
        line.unwrap_or_else(|| panic!("{query}: {ran:?}")).parse::<u64>().unwrap()
    };
    for condition in [
        "evt_type = 'lstat'",
        "evt_type <> 'lstat' AND NOT evt_is_io",
        "evt_type IN ('openat', 'close') AND evt_dir = '<'",
        "evt_latency > 20000 AND (fd_type = 'file' OR fd_type = 'directory')",
        "evt_rawres < 0",
        "fd_name IS NOT NULL AND evt_cpu = 0",
    ] {
        // the same where the reader cannot decide it
        let kept = count(&format!("({condition}) OR evt_num < 0"));
        assert_eq!(count(condition), kept, "{condition}");
        assert!(kept > 0 || condition.contains("rawres"), "{condition}");
    }
}

#[test]
fn every_chisel_compares() {
    let listed = run(&["chisels"]);
    let names: BTreeSet<String> = listed
        .stdout
        .lines()
        .filter(|line| line.starts_with("  "))
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .collect();
    assert!(names.len() >= 25, "{names:?}");
    for name in &names {
        let explained = run(&["chisels", name]);
        assert!(explained.stdout.contains(&format!("analyze run {name}")), "{name}");
        let given: &[&str] =
            if explained.stdout.contains("(needed)") { &["--arg", "key=fd.name"] } else { &[] };
        let ran = run(&[&["run", name, ALONE, BESIDE, "--format", "json"], given].concat());
        assert_eq!(ran.exit, 0, "{name}: {}", ran.stderr);
        let data: Value = serde_json::from_str(&ran.stdout).unwrap();
        let columns: Vec<&str> = data["columns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["name"].as_str().unwrap())
            .collect();
        let side_by_side = columns.iter().any(|column| column.starts_with("beside1 "));
        assert!(side_by_side || columns[0] == "side" || columns.is_empty(), "{name}: {columns:?}");
    }
    // the figures of the sides are those of each alone, a second
    let both = run(&["run", "topfiles_time", ALONE, BESIDE, "--top", "0", "--format", "json"]);
    let both: Value = serde_json::from_str(&both.stdout).unwrap();
    let one = run(&["run", "topfiles_time", BESIDE, "--top", "0", "--format", "json"]);
    let one: Value = serde_json::from_str(&one.stdout).unwrap();
    let span = 3_632_243_712.0;
    let file = one["rows"][0][0].as_str().unwrap();
    let found = both["rows"].as_array().unwrap().iter().find(|row| row[0] == file).unwrap();
    let alone = one["rows"][0][1].as_f64().unwrap();
    assert!((found[2].as_f64().unwrap() * span / 1e9 / alone - 1.0).abs() < 1e-3, "{found}");
}

/// The same capture as often as it takes.
fn many(query: &str, times: usize, more: &[&str]) -> Ran {
    let captures = vec![ALONE; times];
    run(&[&["sql", query], &captures[..], &["--format", "csv"], more].concat())
}

#[test]
fn a_time_is_one_however_few_there_are() {
    for query in ["SELECT min(evt_time) FROM events", "SELECT evt_time FROM events LIMIT 1"] {
        let ran = sql(query, &[ALONE]);
        assert!(ran.stdout.contains("\n2026-") && ran.stdout.ends_with("Z\n"), "{}", ran.stdout);
    }
}

#[test]
fn rows_that_are_too_many_for_the_memory_go_through_files() {
    let query = "SELECT evt_type, count(*) AS n, sum(evt_latency) AS ns, count(DISTINCT fd_name) AS files, max(evt_rawres) AS most, min(evt_num) AS first FROM events GROUP BY evt_type ORDER BY n DESC, evt_type";
    let (small, large) = (["--memory-limit", "150MB"], ["--memory-limit", "4GB"]);
    let through_files = many(query, 8, &small);
    let in_memory = many(query, 8, &large);
    assert_eq!((through_files.exit, in_memory.exit), (0, 0), "{}", through_files.stderr);
    assert_eq!(through_files.stdout, in_memory.stdout);
    assert!(in_memory.stdout.contains("\nlstat,809544,"), "{}", in_memory.stdout);
    // joins of the rows with themselves and lists in the order of time, too
    for chisel in ["first_touch", "bottlenecks", "slow_calls_overlap"] {
        let ask = |limit: &[&str]| {
            let captures = [&["--base"][..], &[ALONE; 6], &["--new"], &[BESIDE; 6]].concat();
            run(&[&["run", chisel, "--format", "csv"], &captures[..], limit].concat())
        };
        let (files, memory) = (ask(&["--memory-limit", "150MB"]), ask(&large));
        assert_eq!((files.exit, &files.stdout), (0, &memory.stdout), "{chisel}: {}", files.stderr);
    }
}

#[test]
fn a_query_that_needs_too_much_memory_is_refused() {
    let query = "SELECT evt_num, fd_name, evt_args FROM events ORDER BY evt_args";
    let ran = many(query, 4, &["--memory-limit", "6MB"]);
    assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("--memory-limit"), "{}", ran.stderr);
}

#[test]
fn queries_come_from_stdin_where_none_is_given() {
    let queries = "-- two of them\nSELECT count(*) AS n FROM calls WHERE evt_type = 'lstat';\nSELECT ';' AS c, count(*) AS n FROM calls WHERE evt_type = 'write' GROUP BY c";
    let ran = run_with_stdin(&["sql", ALONE, "--format", "csv"], queries.as_bytes());
    assert_eq!((ran.exit, ran.stdout.as_str()), (0, "n\n50596\nc,n\n;,4\n"), "{}", ran.stderr);
    let ran = run_with_stdin(&["sql", ALONE], b"SELECT evt_tpe FROM calls");
    assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("did you mean evt_type?"), "{}", ran.stderr);
}
