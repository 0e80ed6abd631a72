//! The numbers that mechanisms are judged by, by name. A number that the
//! captures do not tell is missing, which is not the same as 0.

use std::collections::BTreeMap;

use crate::chisel::{CarrierField, Measure, Next, Switches};
use crate::compare::change::{CallChange, Changes, Kind, Role, Shape, What};
use crate::compare::neighbours::NeighboursNear;
use crate::compare::places::Places;
use crate::event::CallRole;

/// Names and meanings of all numbers.
pub struct KnownFacts(&'static [(&'static str, &'static str)]);

/// All of them.
pub const FACTS: KnownFacts = KnownFacts(&[
    ("path.slower", "by what factor path lookups are slower"),
    ("path.off_share", "share of what they gained that is off the CPU"),
    ("path.even", "1: spread evenly over all paths; 0: on a few"),
    ("sync.slower", "by what factor fsync and its like are slower"),
    ("sync.off_share", "share of what they gained that is off the CPU"),
    ("read.slower", "by what factor reads are slower"),
    ("read.off_share", "share of what they gained that is off the CPU"),
    ("read.few_share", "share of what reads gained in a tail or a second mode"),
    ("read.early_share", "share of what reads gained in the first tenth of the captures"),
    ("write.slower", "by what factor writes are slower"),
    ("lock.slower", "by what factor waits for locks are longer"),
    ("lock.off_share", "share of what they gained that is off the CPU"),
    ("peer.slower", "by what factor receiving, or waiting for something to receive, is longer"),
    ("peer.one_share", "share of that with one peer"),
    ("errors.more", "by what factor a call fails more often"),
    ("errors.calls_more", "by what factor the failing call is made more often"),
    ("requests.more", "by what factor a call is made more often for the same bytes"),
    ("computing.longer", "by what factor the time on the CPU between calls is longer"),
    ("between.off_more_ms", "time off the CPU between calls, ms a second more"),
    ("between.idle_share", "share of that in which the CPU was idle"),
    ("between.others_share", "share of that in which others ran"),
    ("calls.interrupted", "calls that did not wait before and now do"),
    ("neighbour.failing_opens", "how many opens of neighbours fail, a second more"),
    ("neighbour.written", "bytes that neighbours write, a second more"),
    ("neighbour.syncs", "how often neighbours call fsync and its like, a second more"),
    ("neighbour.cpu_ms", "how long neighbours are on the CPU, ms a second more"),
]);

impl KnownFacts {
    /// Whether there is a number of this name.
    #[must_use]
    pub fn is_known(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| *known == name)
    }

    /// What it means.
    #[must_use]
    pub fn meaning(&self, name: &str) -> &'static str {
        self.0.iter().find(|(known, _)| *known == name).map_or("", |(_, meaning)| meaning)
    }
}

/// The numbers of one comparison.
#[derive(Clone, Debug, Default)]
pub struct Facts(BTreeMap<&'static str, f64>);

impl FromIterator<(&'static str, f64)> for Facts {
    fn from_iter<I: IntoIterator<Item = (&'static str, f64)>>(facts: I) -> Facts {
        Facts(facts.into_iter().collect())
    }
}

impl Facts {
    /// A number.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.get(name).copied()
    }

    fn set(&mut self, name: &'static str, value: Option<f64>) {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            self.0.insert(name, value);
        }
    }

    /// What a comparison tells, and where its changes lie.
    #[must_use]
    pub fn of(changes: &Changes, places: &[Places], near: &NeighboursNear) -> Facts {
        let mut facts = Facts::default();
        let path = slowest(changes, |role| role == CallRole::Path);
        facts.set_slower(path, "path.slower", "path.off_share");
        if let Some(places) = path.and_then(|row| of(places, row)) {
            facts.set("path.even", Some(f64::from(places.even.is_some())));
        }
        facts.set_slower(
            slowest(changes, |r| r == CallRole::Sync),
            "sync.slower",
            "sync.off_share",
        );
        // what waits for a pipe or a socket says nothing of a disk
        let (base, new) = changes.places_units();
        let on_disk = |row: &&CallChange| {
            let share = of(places, row).and_then(|places| places.on_files(base, new));
            share.is_none_or(|share| share > 0.5)
        };
        let read = slowest(changes, |role| role == CallRole::Read).filter(on_disk);
        facts.set_slower(read, "read.slower", "read.off_share");
        facts.set_read(changes, read, places);
        let write = slowest(changes, |role| role == CallRole::Write).filter(on_disk);
        facts.set("write.slower", write.and_then(CallChange::ratio_mean));
        facts.set_slower(
            slowest(changes, |r| r == CallRole::Lock),
            "lock.slower",
            "lock.off_share",
        );
        let peer = slowest(changes, |r| matches!(r, CallRole::Receive | CallRole::Poll));
        facts.set("peer.slower", peer.and_then(CallChange::ratio_mean));
        let one = peer.and_then(|row| of(places, row)).and_then(|places| {
            let peers = places.fields.iter().find(|field| field.field == CarrierField::Peer)?;
            Some(peers.values.first()?.share_of_delta)
        });
        facts.set("peer.one_share", one);
        facts.set_counts(changes);
        facts.set_processor(changes);
        facts.set("neighbour.failing_opens", near.more(Measure::FailingOpens));
        facts.set("neighbour.written", near.more(Measure::Written));
        facts.set("neighbour.syncs", near.more(Measure::Syncs));
        // without the switches nobody is seen on a processor
        let cpu = near.more(Measure::CpuNs).filter(|_| changes.switches != Switches::None);
        facts.set("neighbour.cpu_ms", cpu.map(|ns| ns / 1e6));
        facts
    }

    fn set_slower(&mut self, row: Option<&CallChange>, slower: &'static str, off: &'static str) {
        self.set(slower, row.and_then(CallChange::ratio_mean));
        let share = row
            .and_then(CallChange::on_off)
            .map(|split| split.off_ns / (split.on_ns + split.off_ns));
        self.set(off, share);
    }

    fn set_read(&mut self, changes: &Changes, row: Option<&CallChange>, places: &[Places]) {
        let Some(row) = row else { return };
        let finding =
            changes.findings.iter().find(|f| f.event == row.event && f.what == What::Latency);
        let few = match finding.and_then(|finding| finding.shape) {
            Some(Shape::Tail { .. } | Shape::SecondMode { .. }) => 1.0,
            _ => 0.0,
        };
        self.set("read.few_share", Some(few));
        let early = of(places, row).and_then(|places| {
            let times = places.fields.iter().find(|field| field.field == CarrierField::Time)?;
            let first = times.values.iter().find(|value| value.value.starts_with("0-"))?;
            Some(first.share_of_delta)
        });
        self.set("read.early_share", early);
    }

    fn set_counts(&mut self, changes: &Changes) {
        let up = |what: What| {
            changes.findings.iter().find(move |f| {
                let carries = || changes.row(&f.event).is_some_and(|row| changes.carries(row));
                f.what == what && f.up && f.role == Role::Cause && carries()
            })
        };
        if let Some(row) = up(What::Errors).and_then(|found| changes.row(&found.event)) {
            // a call that never failed before fails infinitely more often
            self.set("errors.more", Some(row.ratio_errors().unwrap_or(super::ENDLESS)));
            self.set("errors.calls_more", row.ratio_rate());
        }
        let small = changes
            .findings
            .iter()
            .find(|found| found.kind == Kind::SmallRequests && found.what == What::Count);
        let row = small.and_then(|found| changes.row(&found.event));
        self.set("requests.more", row.and_then(CallChange::ratio_rate));
    }

    fn set_processor(&mut self, changes: &Changes) {
        let Some(row) = changes.rows.iter().find(|row| row.is_between()) else { return };
        if row.changed(What::Latency) && row.on_off().is_some_and(|split| !split.is_off()) {
            self.set("computing.longer", row.ratio_mean());
        }
        let more = row.new.off_ns().zip(row.base.off_ns()).map(|(new, base)| (new - base) / 1e6);
        self.set("between.off_more_ms", more);
        if more.is_none() {
            return;
        }
        let added = |of: &dyn Fn(&Next) -> bool| -> f64 {
            changes.next.iter().filter(|n| of(&n.0)).map(|n| (n.2 - n.1).max(0.0)).sum()
        };
        let all = added(&|_| true);
        if all > 0.0 {
            self.set("between.idle_share", Some(added(&|next| *next == Next::Idle) / all));
            let others = added(&|next| matches!(next, Next::Other { .. } | Next::Unknown));
            self.set("between.others_share", Some(others / all));
        }
        let interrupted = changes.findings.iter().filter(|found| {
            found.what == What::Latency
                && found.role == Role::Consequence
                && found.kind != Kind::Pacing
        });
        self.set("calls.interrupted", Some(interrupted.count() as f64));
    }
}

/// The slower call of a role that adds the most time, among those that carry the
/// net change.
fn slowest(changes: &Changes, fits: impl Fn(CallRole) -> bool) -> Option<&CallChange> {
    let rows =
        changes.rows.iter().filter(|row| row.is_slower() && !row.pacing && !row.is_between());
    let rows = rows.filter(|row| row.role().is_some_and(&fits) && changes.carries(row));
    rows.max_by(|a, b| a.added_ns().total_cmp(&b.added_ns()))
}

fn of<'p>(places: &'p [Places], row: &CallChange) -> Option<&'p Places> {
    places.iter().find(|places| places.call == row.event)
}
