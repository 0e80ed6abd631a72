//! Where a call's difference lies: for each field, how much of the change of
//! its time a few values carry, beyond what their share of the calls would let
//! expect. A field explains the change when
//!
//! * at most three of its values, and at most half of them, hold half of the
//!   change or more;
//! * that is clearly more (half as much again, and a fifth of the whole) than
//!   their share of the calls in the base;
//! * their own time grew (or shrank) by a clearly larger factor than that of
//!   all other values: what became slower everywhere alike is not *there*;
//! * it does not hang on one single call.
//!
//! Values whose names differ between runs of one program (numbers of threads,
//! temporary files) are no finding: a field in which they do is left out.
//! Which processor a thread ran on and when is chance; such fields can carry
//! what a call costs, not how often it is made, and are judged by their means.

mod judge;
mod words;

use std::collections::BTreeMap;

use serde::Serialize;
pub use words::places_lines;

use crate::chisel::{Amount, CallCarriers, CarrierField, CarriersResult};
use crate::compare::stats::GroupTotal;

/// One side: all its runs together.
#[derive(Clone, Copy, Debug)]
pub struct PlacesSide<'a> {
    /// What was counted.
    pub carriers: &'a CarriersResult,
    /// Seconds that were counted, or whole runs, over all runs of the side.
    pub units: f64,
}

/// One value's part in a call's difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValueShare {
    /// The value.
    pub value: String,
    /// Calls in the base.
    pub base_count: u64,
    /// Calls in the new runs.
    pub new_count: u64,
    /// Their time in the base, ns.
    pub base_ns: u64,
    /// Their time in the new runs, ns.
    pub new_ns: u64,
    /// Change of their time, ns per second (or run); of fields that are judged by their
    /// means, change by cost alone.
    pub delta_ns_per_unit: f64,
    /// The same as a share of the call's change; beyond 1 where other values
    /// changed the other way.
    pub share_of_delta: f64,
    /// Share of the calls that they would have carried at that: in the base,
    /// or, of fields that are judged by their means, in the new runs.
    pub share_of_calls: f64,
    /// Mean time, new over base; of fields that are judged by their means, over
    /// that of all other values in the new runs.
    pub ratio_mean: Option<f64>,
}

/// One field's part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldShare {
    /// Which field.
    pub field: CarrierField,
    /// Its name in words.
    pub label: &'static str,
    /// The values that hold the change, the most first.
    pub values: Vec<ValueShare>,
    /// Values that changed much the other way, the most first.
    pub against: Vec<ValueShare>,
    /// How many values there are on both sides.
    pub distinct: u64,
    /// Whether there are more than were kept.
    pub at_least: bool,
    /// What the values hold of the change together.
    pub share_of_delta_of_values: f64,
    /// Their share of the calls.
    pub share_of_calls_of_values: f64,
    /// What speaks for the field, from 0 to 1: share of the change beyond the
    /// share of the calls.
    pub weight: f64,
}

/// The change is spread over many values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EvenOver {
    /// Which field.
    pub field: CarrierField,
    /// How many values.
    pub distinct: u64,
    /// Whether there are more than were kept.
    pub at_least: bool,
}

/// Where a call's difference lies.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Places {
    /// The call.
    pub call: String,
    /// Change of its time, ns per second (or run).
    pub delta_ns_per_unit: f64,
    /// Fields that explain it, best first.
    pub fields: Vec<FieldShare>,
    /// Of no field that names what the call works on: it is spread over all.
    pub even: Option<EvenOver>,
    /// The call by kind of file and success.
    pub groups: Vec<MixGroup>,
}

/// Where the difference of one call lies; `None`: the call occurs on neither
/// side.
#[must_use]
pub fn places(base: PlacesSide<'_>, new: PlacesSide<'_>, call: &str) -> Option<Places> {
    let sides = [base, new].map(|side| side.carriers.call(call));
    if sides.iter().all(Option::is_none) || base.units <= 0.0 || new.units <= 0.0 {
        return None;
    }
    let threads_match = !base.carriers.threads_differ
        && !new.carriers.threads_differ
        && base.carriers.threads == new.carriers.threads;
    let mut found = judge::judge(&judge::Call {
        event: call,
        base: Half { carriers: sides[0], units: base.units },
        new: Half { carriers: sides[1], units: new.units },
        threads_match,
    });
    found.groups = mix_groups(sides);
    Some(found)
}

/// One side of one call.
#[derive(Clone, Copy, Debug)]
struct Half<'a> {
    carriers: Option<&'a CallCarriers>,
    units: f64,
}

impl Half<'_> {
    fn total(&self) -> Amount {
        self.carriers.map(|call| call.total).unwrap_or_default()
    }
}

/// Calls and their time of one kind of file and success on both sides, for the mix
/// of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MixGroup {
    /// `file, succeeded`.
    pub key: String,
    /// In the base.
    pub base: GroupTotal,
    /// In the new runs.
    pub new: GroupTotal,
}

impl Places {
    /// Share of the call's change of time that is on regular files; `None` where no
    /// kind of file is known.
    #[must_use]
    pub fn on_files(&self, base: f64, new: f64) -> Option<f64> {
        let change =
            |group: &MixGroup| group.new.total_ns as f64 / new - group.base.total_ns as f64 / base;
        let of = |fits: &dyn Fn(&str) -> bool| -> f64 {
            self.groups.iter().filter(|group| fits(group.kind())).map(change).sum()
        };
        let known = self.groups.iter().any(|group| !group.kind().is_empty());
        let all = of(&|_| true);
        (known && all != 0.0).then(|| of(&|kind| kind == "file") / all)
    }
}

impl MixGroup {
    /// Kind of file.
    fn kind(&self) -> &str {
        self.key.split_once(", ").map_or("", |(kind, _)| kind)
    }
}

/// The groups of a call on both sides, by key.
fn mix_groups(sides: [Option<&CallCarriers>; 2]) -> Vec<MixGroup> {
    let mut groups: BTreeMap<&str, [GroupTotal; 2]> = BTreeMap::new();
    for (side, carriers) in sides.into_iter().enumerate() {
        for group in carriers.iter().flat_map(|call| &call.groups) {
            let Amount { count, total_ns, .. } = group.amount;
            groups.entry(&group.value).or_default()[side] =
                GroupTotal { count, total_ns: total_ns.into() };
        }
    }
    let group =
        |(key, [base, new]): (&str, [GroupTotal; 2])| MixGroup { key: key.into(), base, new };
    groups.into_iter().map(group).collect()
}
