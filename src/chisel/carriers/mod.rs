//! Where the time of a call goes: its count and time by path, directory, peer,
//! thread, result and other fields, so that a comparison can say which values
//! carry a difference. Memory is bounded: see [`Amount`]'s module for what is
//! kept of a million paths.

mod bounded;
mod counting;
mod fields;
mod key;
mod plan;
mod result;

use std::collections::{BTreeMap, HashMap};

pub use bounded::Amount;
use bounded::{Bounded, Limit};
use counting::{CallTable, Ended};
use fields::{About, Aspects, Ending, Who, size_class};
pub use fields::{CARRIER_FIELDS, CarrierField, CarrierFieldInfo};
use key::Enters;
use plan::{Places, Results};
pub use result::{CallCarriers, CarriersResult, FieldValues, ValueAmount};

use super::chosen::{Members, Standing};
use crate::event::{KINDS, Kind};
use crate::filter::fields::Settings;
use crate::filter::{Lane, Selection};
use crate::format::scap::event::STATE_ONLY;
use crate::state::{Event, Pairing, Summary, Visitor, World};

/// What to look at.
#[derive(Clone, Debug, Default)]
pub struct CarriersRequest {
    /// Which events.
    pub selection: Selection,
    /// Names of calls; empty: all system calls.
    pub calls: Vec<String>,
}

/// The tables of one group of threads, by kind.
type Tables = HashMap<Kind, Box<CallTable>>;

/// Objects of all tables together, above which every table is kept small.
const MANY: isize = 131_072;

/// The collector.
#[derive(Debug)]
pub struct Carriers {
    selection: Selection,
    settings: Settings,
    filtered: bool,
    /// By kind.
    wanted: Vec<bool>,
    results: Vec<Results>,
    /// By event type.
    places: Vec<Places>,
    members: Members,
    enters: Enters,
    /// Of threads that are the selection's, then of each open container.
    groups: Vec<Tables>,
    first_ns: Option<u64>,
    window: (u64, u64),
    objects: isize,
    key: Vec<u8>,
}

impl Carriers {
    /// Prepares to count.
    #[must_use]
    pub fn new(request: CarriersRequest) -> Carriers {
        let CarriersRequest { selection, calls } = request;
        let lanes = selection.events.lanes();
        let wanted = |at: usize| {
            let kind = Kind(at as u16);
            let asked = calls.is_empty() || calls.iter().any(|name| name == kind.name());
            asked && kind.is_syscall() && lanes[at] != Lane::No
        };
        Carriers {
            settings: Settings::default(),
            filtered: !selection.filter.is_empty(),
            wanted: (0..KINDS).map(wanted).collect(),
            results: plan::results(),
            places: plan::places(),
            members: Members::new(&selection),
            enters: Enters::default(),
            groups: Vec::new(),
            first_ns: None,
            window: (0, u64::MAX),
            objects: 0,
            key: Vec::new(),
            selection,
        }
    }

    /// The number of the tables of a thread's calls.
    fn group(&self, row: usize) -> Option<usize> {
        match self.members.standing(row) {
            Standing::Out => None,
            Standing::In => Some(0),
            Standing::Open(at) => Some(at + 1),
        }
    }

    fn count(&mut self, event: &Event<'_>, world: &World, slot: u32) {
        let ts_ns = event.raw.ts_ns;
        if ts_ns < self.window.0 || ts_ns > self.window.1 {
            return;
        }
        let row = self.members.row(slot, world);
        let Some(group) = self.group(row) else {
            return;
        };
        let result = match event.raw.traced_result() {
            Some(result) => Some(result),
            None if self.results[event.kind.index()].told => event.raw.result(),
            None => None,
        };
        let failed = result.is_some_and(|result| result < 0);
        if self.selection.errors && !failed {
            return;
        }
        let about = About { kind: event.kind, places: &self.places };
        let work = key::Work { event, world, slot, places: &self.places, enters: &self.enters };
        let file = work.file();
        let aspects = Aspects {
            ending: self.ending(event.kind, result),
            operation: work.operation().unwrap_or(Aspects::NONE),
            size: work.size().map_or(Aspects::NO_SIZE, size_class),
            kind: file.map_or_else(Default::default, |(_, file)| file.kind),
            has_file: file.is_some(),
            cpu: event.raw.cpu,
        };
        let after_ns = ts_ns.saturating_sub(self.first_ns.unwrap_or(ts_ns));
        let ended = Ended { ns: event.latency_ns, failed, row: row as u32, aspects, after_ns };
        if self.groups.len() <= group {
            self.groups.resize_with(group + 1, Tables::default);
        }
        let table = self.groups[group].entry(event.kind).or_default();
        table.add(&ended, about);
        self.key.clear();
        if work.write_key(file, &mut self.key) {
            let limit = if self.objects > MANY { Limit::TIGHT } else { Limit::USUAL };
            let more = table.add_object(&self.key, &ended, limit, || work.object(file));
            self.objects += more;
        }
    }

    fn ending(&self, kind: Kind, result: Option<i64>) -> Ending {
        let means = self.results[kind.index()];
        match result {
            None => Ending::UNTOLD,
            Some(result) if result < 0 => Ending::error(result),
            Some(0) if means.waits => Ending::TIMED_OUT,
            Some(result) if means.moves => Ending::size(result.cast_unsigned()),
            Some(_) => Ending::SUCCESS,
        }
    }
}

impl Visitor for Carriers {
    #[inline]
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        if event.hidden || event.raw.dump_flags & STATE_ONLY != 0 {
            return;
        }
        if self.first_ns.is_none() {
            self.first_ns = Some(event.raw.ts_ns);
            self.window = self.selection.window(event.raw.ts_ns);
        }
        let passes = !self.filtered || self.selection.filter.passes(event, world, &self.settings);
        let (true, Some(slot)) = (self.wanted[event.kind.index()], event.slot) else {
            return;
        };
        if !event.is_exit() {
            self.enters.keep(event, slot, &self.places);
        } else if passes && event.pairing == Pairing::Paired {
            self.count(event, world, slot);
        }
    }

    fn wants_details(&self) -> bool {
        true
    }
}

impl Carriers {
    /// Puts what was counted into words.
    #[must_use]
    pub fn finish(mut self, summary: &Summary) -> CarriersResult {
        let chosen: Vec<bool> = (0..self.members.list().count())
            .map(|row| self.members.is_chosen(row, &summary.containers))
            .collect();
        let (ranks, threads) = self.ranks(&chosen);
        let first = self.first_ns.unwrap_or(0);
        let last = summary.last_ns.unwrap_or(first).min(self.window.1);
        let span = (self.window.0.saturating_sub(first), last.saturating_sub(first));
        let mut calls: BTreeMap<&'static str, CallCarriers> = BTreeMap::new();
        for (group, tables) in std::mem::take(&mut self.groups).into_iter().enumerate() {
            if group > 0 && !self.members.is_in(group - 1, &summary.containers) {
                continue;
            }
            for (kind, table) in tables {
                let name = kind.name();
                let call = self.call(kind, *table, &ranks, span);
                calls.entry(name).or_insert_with(|| CallCarriers::new(name)).merge(&call);
            }
        }
        CarriersResult { calls: calls.into_values().collect(), threads, threads_differ: false }
    }

    fn call(
        &self,
        kind: Kind,
        table: CallTable,
        ranks: &[String],
        span: (u64, u64),
    ) -> CallCarriers {
        let mut call = CallCarriers::new(kind.name());
        call.total = table.total;
        let about = About { kind, places: &self.places };
        let who = Who { members: &self.members, ranks };
        let mut fields: Vec<FieldValues> = table
            .finish(about, who, span)
            .into_iter()
            .map(|(field, values): (CarrierField, Bounded<String>)| FieldValues::new(field, values))
            .collect();
        fields.sort_by_key(|values| values.field);
        if let Some(at) = fields.iter().position(|values| values.field == CarrierField::Outcome) {
            call.groups = fields.remove(at).values;
        }
        call.fields = fields;
        call
    }

    /// Threads by name, and what each is called: by its name and its rank among
    /// all of that name, because the numbers of threads differ from run to run.
    fn ranks(&self, chosen: &[bool]) -> (Vec<String>, BTreeMap<String, u64>) {
        let members: Vec<_> = self.members.list().collect();
        let mut order: Vec<usize> = (0..members.len()).filter(|row| chosen[*row]).collect();
        let main_first = |row: &usize| (members[*row].pid, members[*row].pid != members[*row].tid);
        order.sort_by_key(|row| (main_first(row), members[*row].tid));
        let mut threads: BTreeMap<String, u64> = BTreeMap::new();
        let mut ranks = vec![String::new(); members.len()];
        for row in order {
            let name = members[row].comm.to_string();
            let rank = threads.entry(name.clone()).or_default();
            *rank += 1;
            ranks[row] = format!("{name} #{rank}");
        }
        (ranks, threads)
    }
}
