//! The tables of totals of `-s` and `-S`, one a thread.
//!
//! ```text
//!  work (31647), 299 events, 58.9%
//!
//!    syscall            calls  errors  total       min       avg       max       stddev
//!                                      (msec)    (msec)    (msec)    (msec)        (%)
//!    --------------- --------  ------ -------- --------- --------- ---------     ------
//!    wait4                  5      1    12.073     0.044     2.415     4.910     43.64%
//!                                 ECHILD: 1                       --errno-summary
//! ```
//!
//! perf before 5.8 has no column of errors.

use super::super::trace::parts::{word_length, word_number};
use super::super::trace::{Columns, TableFigures};

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// `syscall`
    Name,
    /// `calls`
    Calls,
    /// `errors`
    Errors,
    /// `total`, in ms.
    Total,
    /// `min`, in ms.
    Shortest,
    /// `avg`, in ms.
    Average,
    /// `max`, in ms.
    Longest,
    /// `stddev`, in percent.
    Deviation,
}

const MS_NS: u64 = 1_000_000;

fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

/// The columns, if the line is the head of a table.
#[must_use]
pub fn columns(line: &[u8]) -> Option<Columns> {
    let column = |word: &[u8]| {
        Some(match word {
            b"syscall" => Column::Name,
            b"calls" => Column::Calls,
            b"errors" => Column::Errors,
            b"total" => Column::Total,
            b"min" => Column::Shortest,
            b"avg" => Column::Average,
            b"max" => Column::Longest,
            b"stddev" => Column::Deviation,
            _ => return None,
        })
    };
    let found: Vec<Column> = words(line).map(column).collect::<Option<_>>()?;
    let tells = found.first() == Some(&Column::Name) && found.contains(&Column::Calls);
    tells.then_some(Columns::PerfTrace(found))
}

/// What stands around the tables: their titles, units, names of errors.
#[must_use]
pub fn is_around(line: &[u8]) -> bool {
    let text = line.trim_ascii();
    let thread = || {
        let (_, rest) = split_once(text, b"), ")?;
        let (_, rest) = split_once(rest, b" events, ")?;
        rest.ends_with(b"%").then_some(())
    };
    let errno = || {
        let (name, count) = split_once(text, b": ")?;
        let known = name.first() == Some(&b'E') && name.iter().all(u8::is_ascii_uppercase);
        (known && count.iter().all(u8::is_ascii_digit)).then_some(())
    };
    text == b"Summary of events:"
        || text.starts_with(b"(msec)")
        || thread().is_some()
        || errno().is_some()
}

fn split_once<'a>(text: &'a [u8], by: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memchr::memmem::find(text, by)?;
    Some((text.get(..at)?, text.get(at.checked_add(by.len())?..)?))
}

/// One row.
#[must_use]
pub fn row<'a>(columns: &[Column], line: &'a [u8]) -> Option<TableFigures<'a>> {
    if words(line).count() != columns.len() {
        return None;
    }
    let mut figures = TableFigures::default();
    for (column, word) in columns.iter().zip(words(line)) {
        let ms = || word_length(word, MS_NS);
        let whole = || word_number(word);
        match column {
            Column::Name => figures.name = word,
            Column::Calls => figures.calls = Some(whole()?),
            Column::Errors => figures.errors = whole()?,
            Column::Total => figures.total_ns = Some(ms()?),
            Column::Shortest => figures.shortest_ns = Some(ms()?),
            Column::Average => figures.mean_ns = Some(ms()?),
            Column::Longest => figures.longest_ns = Some(ms()?),
            Column::Deviation => drop(word.strip_suffix(b"%")?),
        }
    }
    Some(figures)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_by_their_head() {
        let head = b"   syscall            calls  errors  total       min       avg       max       stddev";
        let Some(Columns::PerfTrace(columns)) = columns(head) else {
            panic!("no head");
        };
        let line = b"   wait4   5      1    12.073     0.044     2.415     4.910     43.64%";
        let wait = row(&columns, line).unwrap();
        assert_eq!((wait.name, wait.calls, wait.errors), (&b"wait4"[..], Some(5), 1));
        assert_eq!((wait.total_ns, wait.shortest_ns), (Some(12_073_000), Some(44_000)));
        assert_eq!(row(&columns, b"   ----- ------"), None);
        assert!(is_around(b" my work (31647), 299 events, 58.9%"));
        assert!(is_around(b"\t\t\t\tECHILD: 1"));
        assert!(is_around(b"                                     (msec)    (msec)"));
        assert!(!is_around(b"hello, world"));
    }
}
