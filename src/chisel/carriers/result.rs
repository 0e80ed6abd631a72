//! The answer of the collector, as plain figures that can be written, read and
//! added up over the runs of a side.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bounded::{Amount, Bounded, Limit};
use super::fields::CarrierField;

/// Figures of one value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueAmount {
    /// The value.
    pub value: String,
    /// Its calls.
    #[serde(flatten)]
    pub amount: Amount,
}

/// The values of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldValues {
    /// Which field.
    pub field: CarrierField,
    /// Values, the most time first.
    pub values: Vec<ValueAmount>,
    /// All values that were too many to keep.
    pub others: Amount,
    /// How many values there are; if some were not kept, at least that many.
    pub distinct: u64,
    /// Whether some were not kept.
    pub at_least: bool,
    /// Most that the time of one value may be short because of that, ns.
    pub missed_ns: u64,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallCarriers {
    /// Its name.
    pub call: String,
    /// All of its calls that have enter and exit.
    pub total: Amount,
    /// Fields that it has values of.
    pub fields: Vec<FieldValues>,
    /// Kind of file and success, for the mix: `file, succeeded`.
    pub groups: Vec<ValueAmount>,
}

impl CallCarriers {
    /// The values of a field.
    #[must_use]
    pub fn field(&self, field: CarrierField) -> Option<&FieldValues> {
        self.fields.iter().find(|values| values.field == field)
    }
}

/// The answer for one capture, or for several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriersResult {
    /// Calls by name.
    pub calls: Vec<CallCarriers>,
    /// Threads by name.
    pub threads: BTreeMap<String, u64>,
    /// The runs did not have the same threads.
    pub threads_differ: bool,
}

impl CarriersResult {
    /// The figures of a call.
    #[must_use]
    pub fn call(&self, name: &str) -> Option<&CallCarriers> {
        self.calls.iter().find(|call| call.call == name)
    }

    /// Adds another run of the same side.
    pub fn merge(&mut self, other: &CarriersResult) {
        if self.calls.is_empty() && self.threads.is_empty() {
            *self = other.clone();
            return;
        }
        self.threads_differ |= other.threads_differ || self.threads != other.threads;
        for (name, count) in &other.threads {
            let known = self.threads.entry(name.clone()).or_default();
            *known = (*known).max(*count);
        }
        for call in &other.calls {
            match self.calls.iter_mut().find(|known| known.call == call.call) {
                Some(known) => known.merge(call),
                None => self.calls.push(call.clone()),
            }
        }
        self.calls.sort_by(|a, b| a.call.cmp(&b.call));
    }
}

impl CallCarriers {
    pub(super) fn new(call: &str) -> CallCarriers {
        CallCarriers {
            call: call.to_owned(),
            total: Amount::default(),
            fields: Vec::new(),
            groups: Vec::new(),
        }
    }

    pub(super) fn merge(&mut self, other: &CallCarriers) {
        self.total.merge(&other.total);
        for values in &other.fields {
            match self.fields.iter_mut().find(|known| known.field == values.field) {
                Some(known) => *known = known.and(values),
                None => self.fields.push(values.clone()),
            }
        }
        self.fields.sort_by_key(|values| values.field);
        let mut groups = Bounded::default();
        for group in self.groups.iter().chain(&other.groups) {
            groups.add(group.value.clone(), &group.amount, Limit::USUAL);
        }
        self.groups = list(groups);
    }
}

fn list(values: Bounded<String>) -> Vec<ValueAmount> {
    let sorted = values.into_sorted().into_iter();
    sorted.map(|(value, amount)| ValueAmount { value, amount }).collect()
}

impl FieldValues {
    pub(super) fn new(field: CarrierField, values: Bounded<String>) -> FieldValues {
        let folded = values.folded();
        FieldValues {
            field,
            distinct: values.len() as u64,
            at_least: folded.any(),
            others: folded.others,
            missed_ns: folded.missed_ns,
            values: list(values),
        }
    }

    /// Both together.
    fn and(&self, other: &FieldValues) -> FieldValues {
        let mut both = Bounded::default();
        for value in self.values.iter().chain(&other.values) {
            both.add(value.value.clone(), &value.amount, Limit::USUAL);
        }
        for side in [self, other] {
            both.add_folded(&super::bounded::Folded {
                others: side.others,
                missed_ns: side.missed_ns,
            });
        }
        let most = self.distinct.max(other.distinct);
        let mut both = FieldValues::new(self.field, both);
        both.distinct = both.distinct.max(most);
        both
    }
}
