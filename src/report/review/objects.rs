//! What a call worked on, on both sides: its paths, or the other ends of its
//! connections, with the calls and the time of each; those whose time changed most.

use std::collections::BTreeMap;

use super::KEPT;
use crate::chisel::{CallCarriers, CarrierField};
use crate::event::{count_text, time_text};
use crate::report::columns::{Align, Column};
use crate::report::topscalls_table::signed_time;

/// Fields that name what a call works on, in the order in which they are taken.
const FIELDS: [CarrierField; 4] =
    [CarrierField::Path, CarrierField::Peer, CarrierField::Fd, CarrierField::Operation];

/// One object: calls and their time (ns) of base and new.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Object {
    value: String,
    sides: [(u64, u64); 2],
}

impl Object {
    fn delta_ns(&self) -> i128 {
        i128::from(self.sides[1].1) - i128::from(self.sides[0].1)
    }
}

/// What a call worked on.
#[derive(Clone, Debug)]
pub struct Objects {
    field: CarrierField,
    list: Vec<Object>,
    /// How many there were.
    all: usize,
}

impl Objects {
    /// Of a call's figures on both sides; nothing where none were taken.
    #[must_use]
    pub fn of(sides: [Option<&CallCarriers>; 2]) -> Option<Objects> {
        let has = |field: &CarrierField| sides.iter().flatten().any(|s| s.field(*field).is_some());
        let field = FIELDS.into_iter().find(has)?;
        let mut objects: BTreeMap<&str, [(u64, u64); 2]> = BTreeMap::new();
        for (at, side) in sides.into_iter().enumerate() {
            let values = side.and_then(|side| side.field(field)).map(|values| &values.values);
            for value in values.into_iter().flatten() {
                let amount = (value.amount.count, value.amount.total_ns);
                objects.entry(&value.value).or_default()[at] = amount;
            }
        }
        let object = |(value, sides): (&str, _)| Object { value: value.to_owned(), sides };
        let mut list: Vec<Object> = objects.into_iter().map(object).collect();
        let all = list.len();
        list.sort_by(|a, b| {
            let most = b.delta_ns().abs().cmp(&a.delta_ns().abs());
            most.then_with(|| a.value.cmp(&b.value))
        });
        list.truncate(KEPT);
        Some(Objects { field, list, all })
    }

    /// What the table holds, in words.
    #[must_use]
    pub fn title(&self) -> String {
        let several = self.field.info().several;
        if self.list.len() < self.all {
            let (shown, all) = (self.list.len() as u64, self.all as u64);
            let (shown, all) = (count_text(shown), count_text(all));
            return format!("The {shown} {several} of {all} whose time changed most");
        }
        format!("All {} {several}", count_text(self.all as u64))
    }

    /// As a table.
    #[must_use]
    pub fn columns(&self) -> Vec<Column> {
        let mut columns = vec![Column {
            title: self.field.info().one.to_uppercase(),
            align: Align::Left,
            give_way: 0,
            cells: self.list.iter().map(|object| object.value.clone()).collect(),
        }];
        let mut add = |title: &str, cell: &dyn Fn(&Object) -> String| {
            let cells = self.list.iter().map(cell).collect();
            columns.push(Column { title: title.into(), align: Align::Right, give_way: 0, cells });
        };
        let mean = |(count, ns): (u64, u64)| match ns.checked_div(count) {
            Some(mean) => time_text(mean),
            None => "-".into(),
        };
        add("BASE CALLS", &|object| count_text(object.sides[0].0));
        add("NEW CALLS", &|object| count_text(object.sides[1].0));
        add("BASE MEAN", &|object| mean(object.sides[0]));
        add("NEW MEAN", &|object| mean(object.sides[1]));
        add("ΔTIME", &|object| signed_time(object.delta_ns() as f64));
        columns
    }
}
