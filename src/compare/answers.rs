//! A chisel's answers of several sides, put side by side by their keys: every
//! chisel compares.

use std::collections::BTreeMap;

use crate::chisel::sql::{Answer, Cell};
use crate::chisel::stock::Header;

/// A chisel's answer for one side.
#[derive(Clone, Debug)]
pub struct SideAnswer {
    /// What the side is called.
    pub label: String,
    /// Time of its captures together, ns.
    pub span_ns: u64,
    /// The rows.
    pub answer: Answer,
}

/// Orders rows by the first value, largest first, and keeps the first few. Rows of
/// a chisel that counts nothing stay in the query's order.
#[must_use]
pub fn ordered(mut answer: Answer, header: &Header, top: usize) -> Answer {
    let counted = header.values.first().filter(|_| !header.keys.is_empty());
    if let Some(at) = counted.and_then(|value| answer.column(&value.name)) {
        let value = |row: &[Cell]| row[at].number().unwrap_or(f64::NEG_INFINITY);
        answer
            .rows
            .sort_by(|a, b| value(b).total_cmp(&value(a)).then_with(|| texts(a).cmp(&texts(b))));
    }
    cut(&mut answer, top);
    answer
}

/// The key of a row, and each side's values.
type Joined = (Vec<Cell>, Vec<Vec<Cell>>);

fn cut(answer: &mut Answer, top: usize) {
    if top > 0 {
        answer.rows.truncate(top);
    }
}

fn texts(row: &[Cell]) -> Vec<String> {
    row.iter().map(|cell| cell.json().to_string()).collect()
}

/// Several sides by key: each side's values, and of the first value the change
/// from the first side to the last. Sums are a second of capture. Without keys the
/// sides' rows stand one below the other.
#[must_use]
pub fn joined(sides: &[SideAnswer], header: &Header, top: usize) -> Answer {
    if header.keys.is_empty() || header.values.is_empty() {
        return stacked(sides, header, top);
    }
    let mut rows: BTreeMap<Vec<String>, Joined> = BTreeMap::new();
    for (at, side) in sides.iter().enumerate() {
        let column = |name: &String| side.answer.column(name);
        let keys: Vec<usize> = header.keys.iter().filter_map(column).collect();
        let values: Vec<Option<usize>> =
            header.values.iter().map(|value| column(&value.name)).collect();
        for row in &side.answer.rows {
            let key: Vec<Cell> = keys.iter().map(|key| row[*key].clone()).collect();
            let nothing = vec![vec![Cell::Null; header.values.len()]; sides.len()];
            let known = rows.entry(texts(&key)).or_insert((key, nothing));
            known.1[at] = values
                .iter()
                .zip(&header.values)
                .map(|(value, about)| {
                    let cell = value.map_or(Cell::Null, |value| row[value].clone());
                    if about.is_sum { a_second(&cell, side.span_ns) } else { cell }
                })
                .collect();
        }
    }
    let mut answer = Answer { columns: columns(sides, header), rows: Vec::new() };
    for (key, values) in rows.into_values() {
        answer.rows.push(row(key, &values));
    }
    let delta = header.keys.len() + sides.len();
    let moved = |row: &[Cell]| row[delta].number().unwrap_or(0.0).abs();
    answer.rows.sort_by(|a, b| moved(b).total_cmp(&moved(a)).then_with(|| texts(a).cmp(&texts(b))));
    cut(&mut answer, top);
    answer
}

fn a_second(cell: &Cell, span_ns: u64) -> Cell {
    match cell.number() {
        Some(number) if span_ns > 0 => Cell::Float(number / (span_ns as f64 / 1e9)),
        _ => Cell::Null,
    }
}

fn columns(sides: &[SideAnswer], header: &Header) -> Vec<(String, &'static str)> {
    let kind = |name: &String| {
        let known = sides
            .iter()
            .find_map(|side| side.answer.column(name).map(|at| side.answer.columns[at].1));
        known.unwrap_or("text")
    };
    let mut columns: Vec<(String, &'static str)> =
        header.keys.iter().map(|key| (key.clone(), kind(key))).collect();
    for (at, value) in header.values.iter().enumerate() {
        let per = if value.is_sum { "_per_s" } else { "" };
        for side in sides {
            columns.push((format!("{} {}{per}", side.label, value.name), "float"));
        }
        if at == 0 {
            columns.push((format!("delta {}{per}", value.name), "float"));
            columns.push(("ratio".into(), "float"));
        }
    }
    columns
}

/// The cells of one key.
fn row(key: Vec<Cell>, values: &[Vec<Cell>]) -> Vec<Cell> {
    let mut cells = key;
    for at in 0..values.first().map_or(0, Vec::len) {
        cells.extend(values.iter().map(|side| side[at].clone()));
        if at == 0 {
            let number = |side: Option<&Vec<Cell>>| side.and_then(|side| side[0].number());
            let (base, new) = (number(values.first()), number(values.last()));
            // a side without the key has none of it
            cells.push(Cell::Float(new.unwrap_or(0.0) - base.unwrap_or(0.0)));
            let ratio = base.zip(new).map(|(base, new)| new / base);
            cells.push(ratio.filter(|ratio| ratio.is_finite()).map_or(Cell::Null, Cell::Float));
        }
    }
    cells
}

fn stacked(sides: &[SideAnswer], header: &Header, top: usize) -> Answer {
    let mut all = Answer::default();
    for side in sides {
        let answer = ordered(side.answer.clone(), header, top);
        if all.columns.is_empty() {
            all.columns.push(("side".into(), "text"));
            all.columns.extend(answer.columns.iter().cloned());
        }
        for row in answer.rows {
            let label = std::iter::once(Cell::Text(side.label.clone()));
            all.rows.push(label.chain(row).collect());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(label: &str, rows: &[(&str, i64)]) -> SideAnswer {
        let columns = vec![("name".to_owned(), "text"), ("bytes".to_owned(), "int")];
        let rows =
            rows.iter().map(|(name, bytes)| vec![Cell::Text((*name).into()), Cell::Int(*bytes)]);
        SideAnswer {
            label: label.into(),
            span_ns: 2_000_000_000,
            answer: Answer { columns, rows: rows.collect() },
        }
    }

    fn header() -> Header {
        Header::parse("-- name: x\n-- key: name\n-- value: bytes bytes sum").unwrap()
    }

    #[test]
    fn sides_stand_beside_each_other_a_second() {
        let sides = [side("a", &[("x", 10), ("y", 4)]), side("b", &[("x", 30), ("z", 2)])];
        let answer = joined(&sides, &header(), 0);
        let names: Vec<&str> = answer.columns.iter().map(|column| column.0.as_str()).collect();
        assert_eq!(names, ["name", "a bytes_per_s", "b bytes_per_s", "delta bytes_per_s", "ratio"]);
        let float = Cell::Float;
        assert_eq!(
            answer.rows[0],
            [Cell::Text("x".into()), float(5.0), float(15.0), float(10.0), float(3.0)]
        );
        assert_eq!(
            answer.rows[1],
            [Cell::Text("y".into()), float(2.0), Cell::Null, float(-2.0), Cell::Null]
        );
        assert_eq!(answer.rows.len(), 3);
        assert_eq!(joined(&sides, &header(), 1).rows.len(), 1);
    }

    #[test]
    fn one_side_is_ordered_by_its_value() {
        let one = side("a", &[("x", 1), ("y", 7), ("a", 7)]);
        let answer = ordered(one.answer, &header(), 2);
        assert_eq!(answer.rows[0][0], Cell::Text("a".into()));
        assert_eq!(answer.rows[1][0], Cell::Text("y".into()));
        assert_eq!(answer.rows.len(), 2);
    }
}
