//! The table of totals that `-c` prints alone, and `-C` behind the listing.
//!
//! ```text
//! % time     seconds  usecs/call     calls    errors syscall
//! ------ ----------- ----------- --------- --------- ----------------
//!  20.93    0.001210         403         3           futex
//! ------ ----------- ----------- --------- --------- ----------------
//! 100.00    0.005780          24       236        48 total
//! ```
//!
//! `-U` chooses the columns and their order. A column of errors is blank where
//! there are none, so a row may have one word less than the head.

use super::super::trace::parts::{word_length, word_number};
use super::super::trace::{Columns, TableFigures};

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// `% time`
    Percent,
    /// `seconds`: all calls together.
    Total,
    /// `shortest`, in seconds.
    Shortest,
    /// `longest`, in seconds.
    Longest,
    /// `usecs/call`
    Average,
    /// `calls`
    Calls,
    /// `errors`
    Errors,
    /// `syscall`
    Name,
}

/// The columns, if the line is the head of a table.
#[must_use]
pub fn columns(line: &[u8]) -> Option<Columns> {
    let mut words = words(line).peekable();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        found.push(match word {
            b"%" if words.next_if_eq(&&b"time"[..]).is_some() => Column::Percent,
            b"seconds" => Column::Total,
            b"shortest" => Column::Shortest,
            b"longest" => Column::Longest,
            b"usecs/call" => Column::Average,
            b"calls" => Column::Calls,
            b"errors" => Column::Errors,
            b"syscall" => Column::Name,
            _ => return None,
        });
    }
    let tells = found.contains(&Column::Name) && found.len() > 1;
    tells.then_some(Columns::Strace(found))
}

fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}

/// One row; that of the totals is called `total`.
#[must_use]
pub fn row<'a>(columns: &[Column], line: &'a [u8]) -> Option<TableFigures<'a>> {
    let count = words(line).count();
    let blank = count.checked_add(1) == Some(columns.len()) && columns.contains(&Column::Errors);
    if !blank && count != columns.len() {
        return None;
    }
    let mut figures = TableFigures::default();
    let mut words = words(line);
    for column in columns.iter().filter(|column| !blank || **column != Column::Errors) {
        let word = words.next()?;
        let seconds = || word_length(word, 1_000_000_000);
        let whole = || word_number(word);
        match column {
            Column::Percent => drop(seconds()?),
            Column::Total => figures.total_ns = Some(seconds()?),
            Column::Shortest => figures.shortest_ns = Some(seconds()?),
            Column::Longest => figures.longest_ns = Some(seconds()?),
            Column::Average => figures.mean_ns = Some(whole()?.saturating_mul(1000)),
            Column::Calls => figures.calls = Some(whole()?),
            Column::Errors => figures.errors = whole()?,
            Column::Name => figures.name = word,
        }
    }
    Some(figures)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    fn read(head: &str, line: &'static str) -> Option<TableFigures<'static>> {
        let Some(Columns::Strace(columns)) = columns(head.as_bytes()) else {
            panic!("{head} is no head");
        };
        row(&columns, line.as_bytes())
    }

    #[test]
    fn rows_are_read_by_their_head() {
        let usual = "% time     seconds  usecs/call     calls    errors syscall";
        let futex =
            read(usual, " 20.93    0.001210         403         3           futex").unwrap();
        assert_eq!((futex.name, futex.calls, futex.errors), (&b"futex"[..], Some(3), 0));
        assert_eq!((futex.total_ns, futex.mean_ns), (Some(1_210_000), Some(403_000)));
        let wait = read(usual, " 17.72    0.011565        2312         5         1 wait4").unwrap();
        assert_eq!((wait.calls, wait.errors), (Some(5), 1));
        let turned = "syscall          % time     seconds  usecs/call     calls    errors";
        let openat =
            read(turned, "openat  6.98    0.084305          31      2677        13").unwrap();
        assert_eq!((openat.name, openat.calls, openat.errors), (&b"openat"[..], Some(2677), 13));
        assert_eq!(
            read(turned, "close  6.12    0.073859          27      2663 ").unwrap().errors,
            0
        );
        assert_eq!(read(usual, "a b"), None);
        assert_eq!(read(usual, "a b c d e f"), None);
        assert_eq!(columns(b"------ -----"), None);
        assert_eq!(columns(b"syscall"), None);
    }
}
