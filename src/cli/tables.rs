//! Captures as tables for queries: only what a query asks for is read. Rows that
//! would take too much of the memory go into files, over which the query then goes
//! piece by piece; a watch ends what would still take more than it may.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rayon::prelude::*;
use tempfile::TempDir;

use super::captures::Named;
use super::common::checked;
use super::messages::{self, Outcome};
use super::trace;
use crate::chisel::sql::{
    Answer, Export, ExportFormat, Fold, Groups, Query, Rows, RowsRequest, Table, Tables,
};
use crate::event::{bytes_text, several};
use crate::filter::Matching;
use crate::source::Watch;
use crate::state::{Opened, Summary, Visitor, read};

/// Part of the memory that rows may take: for joins the engine needs three times as much
/// again, and what was freed of an earlier answer is not given back at once.
const ROWS: u64 = 5;

/// What is asked of captures.
pub struct Asked<'a> {
    /// The query.
    pub query: &'a Query,
    /// A filter; empty: none.
    pub filter: &'a str,
    /// Memory that may be used, bytes.
    pub memory: u64,
}

/// The whole filter that captures are read with.
pub fn whole_filter(asked: &Asked<'_>) -> Result<String, String> {
    super::common::joined(&[Some(asked.filter), Some(&asked.query.filter)])
}

/// What was read for a query.
pub struct Read {
    /// The tables.
    tables: Tables,
    /// What is asked of them.
    query: Query,
    /// Time from each capture's first event to its last, ns, all together.
    pub span_ns: u64,
    /// Whether all of the captures could be read.
    pub outcome: Outcome,
    /// Where the rows lie that are too many for the memory.
    folder: Option<TempDir>,
}

impl Read {
    fn new(query: &Query) -> Read {
        Read {
            tables: Tables::default(),
            query: query.clone(),
            span_ns: 0,
            outcome: Outcome::Done,
            folder: None,
        }
    }

    /// Answers the query.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn answer(&self, asked: &Asked<'_>) -> Result<Answer, String> {
        let folder = self.folder.as_ref().map(TempDir::path);
        watched(asked.memory, folder, || self.tables.answer(&self.query))
    }
}

/// What one capture's rows are read with.
fn request(asked: &Asked<'_>, matching: &Matching, at: usize, named: &Named) -> RowsRequest {
    RowsRequest {
        table: Table::Events,
        columns: asked.query.columns.clone(),
        matching: matching.clone(),
        capture: named.label.clone(),
        run: i64::try_from(at + 1).unwrap_or(i64::MAX),
        most_bytes: usize::MAX,
    }
}

/// Bytes that each of so many tables may take.
fn share_of_memory(asked: &Asked<'_>, tables: usize) -> usize {
    usize::try_from(asked.memory / ROWS).unwrap_or(usize::MAX) / tables.max(1)
}

/// Reads what a query asks for.
///
/// # Errors
/// When a capture cannot be read, or the rows can neither be kept nor written.
pub fn tables(captures: &[Named], asked: &Asked<'_>) -> Result<Read, String> {
    let matching = checked(&whole_filter(asked)?)?;
    if let Some(fold) = Fold::of(asked.query)
        && let Some(read) = folded(captures, asked, &fold, &matching)?
    {
        return Ok(read);
    }
    let most_bytes = share_of_memory(asked, asked.query.tables.len() * captures.len());
    let one = |(at, named): (usize, &Named)| {
        let request = request(asked, &matching, at, named);
        let rows =
            asked.query.tables.iter().map(|table| {
                Rows::new(RowsRequest { table: *table, most_bytes, ..request.clone() })
            });
        let mut many: Vec<Rows> = rows.collect();
        let summary = read_one(named, &mut many)?;
        Ok::<_, String>((many, summary))
    };
    let read: Vec<(Vec<Rows>, Summary)> =
        captures.par_iter().enumerate().map(one).collect::<Result<_, String>>()?;
    if read.iter().flat_map(|(rows, _)| rows).any(|rows| rows.is_full) {
        drop(read);
        return into_files(captures, asked, &matching);
    }
    let mut found = Read::new(asked.query);
    for (named, (rows, summary)) in captures.iter().zip(read) {
        for (table, mut rows) in asked.query.tables.iter().zip(rows) {
            tell_lost(named, rows.lost);
            found.tables.add(*table, &rows.take(None))?;
        }
        found.tell(named, &summary);
    }
    Ok(found)
}

/// Answers by groups that are summed up while reading; `None`: rows are needed.
fn folded(
    captures: &[Named],
    asked: &Asked<'_>,
    fold: &Fold,
    matching: &Matching,
) -> Result<Option<Read>, String> {
    let most_bytes = share_of_memory(asked, captures.len());
    let one = |(at, named): (usize, &Named)| {
        let request = RowsRequest { most_bytes, ..request(asked, matching, at, named) };
        let mut groups = Groups::new(request, fold);
        let summary = read_one(named, &mut groups)?;
        Ok::<_, String>((groups, summary))
    };
    let read: Vec<(Groups, Summary)> =
        captures.par_iter().enumerate().map(one).collect::<Result<_, String>>()?;
    if read.iter().any(|(groups, _)| groups.failed) {
        return Ok(None);
    }
    let mut found = Read::new(&fold.query);
    for (named, (groups, summary)) in captures.iter().zip(read) {
        found.tables.add(fold.table, &groups.block())?;
        found.tell(named, &summary);
    }
    Ok(Some(found))
}

impl Read {
    fn tell(&mut self, named: &Named, summary: &Summary) {
        let (first, last) = (summary.first_ns.unwrap_or(0), summary.last_ns.unwrap_or(0));
        self.span_ns += last.saturating_sub(first);
        if messages::losses(&named.label, summary) == Outcome::Damaged {
            self.outcome = Outcome::Damaged;
        }
    }
}

fn tell_lost(named: &Named, lost: u64) {
    if lost > 0 {
        let lost = several(lost, "number");
        messages::note(&format!("{}: {lost} beyond 63 bits, NULL in the tables", named.label));
    }
}

/// The same with the rows in files, one capture after the other.
fn into_files(captures: &[Named], asked: &Asked<'_>, matching: &Matching) -> Result<Read, String> {
    let folder = tempfile::tempdir().map_err(|error| {
        format!("the rows of this query need more than a fifth of {} and a folder for them cannot be made: {error}", bytes_text(asked.memory))
    })?;
    let mut found = Read::new(asked.query);
    let mut write = || {
        for (at, named) in captures.iter().enumerate() {
            let request = request(asked, matching, at, named);
            let file = |table: &Table| -> Result<(PathBuf, Export), String> {
                let path = folder.path().join(format!("{}-{at}.parquet", table.name()));
                let file = File::create(&path)
                    .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
                let request = RowsRequest { table: *table, ..request.clone() };
                Ok((path, Export::new(request, file, ExportFormat::Parquet)?))
            };
            let files: Vec<(PathBuf, Export)> =
                asked.query.tables.iter().map(file).collect::<Result<_, String>>()?;
            let (paths, mut exports): (Vec<PathBuf>, Vec<Export>) = files.into_iter().unzip();
            let summary = read_one(named, &mut exports)?;
            for ((table, path), export) in asked.query.tables.iter().zip(&paths).zip(exports) {
                let (_, lost) = export.finish()?;
                tell_lost(named, lost);
                found.tables.add_file(*table, path)?;
            }
            found.tell(named, &summary);
        }
        Ok::<_, String>(())
    };
    watched(asked.memory, Some(folder.path()), &mut write)?;
    found.folder = Some(folder);
    Ok(found)
}

/// Time between two looks at the memory.
const LOOK: Duration = Duration::from_millis(20);

/// Does something while the memory is watched: what passes the limit ends the
/// program, with words and without the files in `folder`.
fn watched<T>(limit: u64, folder: Option<&Path>, work: impl FnOnce() -> T) -> T {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                if used() > limit {
                    let _ = folder.map(std::fs::remove_dir_all);
                    messages::error(&format!(
                        "this query needs more than {}; name fewer columns, restrict them with WHERE or a filter, or allow more with --memory-limit",
                        bytes_text(limit)
                    ));
                    std::process::exit(2);
                }
                std::thread::sleep(LOOK);
            }
        });
        let answer = work();
        done.store(true, Ordering::Relaxed);
        answer
    })
}

/// Memory of this program that no file stands behind, bytes; 0 where it is not known.
fn used() -> u64 {
    kib("/proc/self/status", "RssAnon:").map_or(0, |kib| kib * 1024)
}

/// A figure of a file of the kernel, KiB.
fn kib(path: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(path).ok()?;
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.trim().strip_suffix("kB")?.trim().parse().ok()
}

fn read_one<V: Visitor>(named: &Named, many: &mut V) -> Result<Summary, String> {
    let watch = Watch::new(super::interrupt::flag());
    let opened = Opened::open(&named.files, Some(&watch)).map_err(|error| error.to_string())?;
    let summary = read(opened.latency_from_gaps(named.gaps), many);
    trace::check_events(&named.label, &summary)?;
    summary.refusal().map_or(Ok(summary), Err)
}

/// Half of the machine's memory, bytes; 1 GiB where it is not known.
pub fn half_of_memory() -> u64 {
    kib("/proc/meminfo", "MemTotal:").map_or(1 << 30, |kib| kib * 1024 / 2)
}

/// Reads `4GB`, `512M`, `65536`.
///
/// # Errors
/// When it is no size.
pub fn memory_size(text: &str) -> Result<u64, String> {
    let wrong = || format!("'{text}' is no size; write 4GB, 512MB");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: f64 = digits.trim().parse().map_err(|_| wrong())?;
    let unit = match text[digits.len()..]
        .to_ascii_uppercase()
        .trim_end_matches("IB")
        .trim_end_matches('B')
    {
        "" => 1u64,
        "K" => 1 << 10,
        "M" => 1 << 20,
        "G" => 1 << 30,
        "T" => 1 << 40,
        _ => return Err(wrong()),
    };
    if !(number > 0.0 && number.is_finite()) {
        return Err(wrong());
    }
    Ok((number * unit as f64) as u64)
}
