//! Captures as tables for queries: only what a query asks for is read.

use rayon::prelude::*;

use super::captures::Named;
use super::common::checked;
use super::messages::{self, Outcome};
use super::trace;
use crate::chisel::sql::{Query, Rows, RowsRequest, Tables};
use crate::event::{bytes_text, several};
use crate::source::Watch;
use crate::state::{Event, Opened, Summary, Visitor, World, read};

/// Part of the memory that rows may take; the engine needs as much again and more.
const ROWS: u64 = 3;

/// What is asked of captures.
pub struct Asked<'a> {
    /// The query.
    pub query: &'a Query,
    /// A filter; empty: none.
    pub filter: &'a str,
    /// Memory that may be used, bytes.
    pub memory: u64,
}

/// Several tables of one capture.
struct Many(Vec<Rows>);

impl Visitor for Many {
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        self.0.iter_mut().for_each(|rows| rows.event(event, world));
    }

    fn done(&self) -> bool {
        self.0.iter().any(Visitor::done)
    }

    fn wants_details(&self) -> bool {
        self.0.iter().any(Visitor::wants_details)
    }
}

/// The whole filter that captures are read with.
pub fn whole_filter(asked: &Asked<'_>) -> Result<String, String> {
    super::common::joined(&[Some(asked.filter), Some(&asked.query.filter)])
}

/// The tables of captures, and the time from each one's first event to its last, ns.
///
/// # Errors
/// When a capture cannot be read, or its rows take too much memory.
pub fn tables(captures: &[Named], asked: &Asked<'_>) -> Result<(Tables, u64, Outcome), String> {
    let matching = checked(&whole_filter(asked)?)?;
    let most = usize::try_from(asked.memory / ROWS).unwrap_or(usize::MAX) / captures.len().max(1);
    let one = |(at, named): (usize, &Named)| {
        let rows = asked.query.tables.iter().map(|table| {
            Rows::new(RowsRequest {
                table: *table,
                columns: asked.query.columns.clone(),
                matching: matching.clone(),
                capture: named.label.clone(),
                run: i64::try_from(at + 1).unwrap_or(i64::MAX),
                most_bytes: most / asked.query.tables.len().max(1),
            })
        });
        let mut many = Many(rows.collect());
        let summary = read_one(named, &mut many)?;
        Ok::<_, String>((many.0, summary))
    };
    let read: Vec<(Vec<Rows>, Summary)> =
        captures.par_iter().enumerate().map(one).collect::<Result<_, String>>()?;
    let (mut tables, mut span_ns, mut outcome) = (Tables::default(), 0, Outcome::Done);
    for (named, (rows, summary)) in captures.iter().zip(read) {
        for (table, rows) in asked.query.tables.iter().zip(rows) {
            if rows.is_full {
                return Err(format!(
                    "{}: the rows of this query need more than a third of {}; name fewer columns, restrict them with WHERE or a filter, or allow more with --memory-limit",
                    named.label,
                    bytes_text(asked.memory)
                ));
            }
            if rows.lost > 0 {
                messages::note(&format!(
                    "{}: {} beyond 63 bits, NULL in the tables",
                    named.label,
                    several(rows.lost, "number")
                ));
            }
            tables.add(*table, &rows)?;
        }
        let (first, last) = (summary.first_ns.unwrap_or(0), summary.last_ns.unwrap_or(0));
        span_ns += last.saturating_sub(first);
        if messages::losses(&named.label, &summary) == Outcome::Damaged {
            outcome = Outcome::Damaged;
        }
    }
    Ok((tables, span_ns, outcome))
}

fn read_one(named: &Named, many: &mut Many) -> Result<Summary, String> {
    let watch = Watch::new(super::interrupt::flag());
    let opened = Opened::open(&named.files, Some(&watch)).map_err(|error| error.to_string())?;
    let summary = read(opened.latency_from_gaps(named.gaps), many);
    trace::check_events(&named.label, &summary)?;
    summary.refusal().map_or(Ok(summary), Err)
}

/// Half of the machine's memory, bytes; 1 GiB where it is not known.
pub fn half_of_memory() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = total.and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kib.map_or(1 << 30, |kib| kib * 1024 / 2)
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
