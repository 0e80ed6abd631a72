//! The second reading of captures in which something changed: where the changes
//! lie, and who was near. What nothing changed in is not read again.

use rayon::prelude::*;

use super::captures::Named;
use super::run_sets::SideRequest;
use crate::chisel::{
    Carriers, CarriersRequest, CarriersResult, Neighbours, NeighboursRequest, NeighboursResult,
};
use crate::compare::change::{Changes, Role};
use crate::compare::mechanisms::{self, Facts};
use crate::compare::run::Run;
use crate::compare::{PlacesSide, Surroundings, neighbours, places, watched};
use crate::filter::Selection;
use crate::source::{Location, Watch};
use crate::state::{Opened, Summary, Visitor, read};

/// Calls that are looked at.
const MOST_CALLS: usize = 8;

/// What the captures tell around the changes.
///
/// # Errors
/// When a capture can no longer be read, or reading was interrupted.
pub fn look(sides: &[SideRequest], changes: &Changes) -> Result<Surroundings, String> {
    let mut around = Surroundings::default();
    if is_worth_it(sides, changes) {
        around = look_with(sides, changes, |_| ())?.around;
    }
    Ok(fitted(changes, around))
}

/// Takes the changes of calls apart by the groups that the second look found, and
/// names what they wait for by the files behind them.
pub fn regroup(changes: &mut Changes, around: &Surroundings) {
    for places in &around.places {
        let groups: Vec<_> = places.groups.iter().map(|group| [group.base, group.new]).collect();
        changes.regroup(&places.call, &groups);
    }
    let (base, new) = changes.places_units();
    let events: Vec<String> = changes.findings.iter().map(|found| found.event.clone()).collect();
    for event in events {
        let places = around.places.iter().find(|places| places.call == event);
        changes.settle(&event, places.and_then(|places| places.on_files(base, new)));
    }
}

/// With the mechanisms that fit.
fn fitted(changes: &Changes, mut around: Surroundings) -> Surroundings {
    let facts = Facts::of(changes, &around.places, &around.neighbours);
    around.mechanisms = mechanisms::fits(&facts);
    around
}

/// What each capture of each side told a visitor.
pub type Told<V> = Vec<Vec<(Summary, V)>>;

/// What one reading of all captures told.
pub struct Looked<V> {
    /// Where the changes lie, and who was near.
    pub around: Surroundings,
    /// What the calls that changed worked on, of base and new.
    pub carriers: [CarriersResult; 2],
    /// What visitors of one's own saw.
    pub told: Told<V>,
}

/// The same with visitors of one's own, one for each capture, in the same reading;
/// sides that cannot be read again have none.
///
/// # Errors
/// When a capture can no longer be read, or reading was interrupted.
pub fn look_and_see<V: Visitor + Send>(
    sides: &[SideRequest],
    changes: &Changes,
    make: impl Fn(&Selection) -> V + Sync,
) -> Result<Looked<V>, String> {
    if is_worth_it(sides, changes) {
        let looked = look_with(sides, changes, make)?;
        return Ok(Looked { around: fitted(changes, looked.around), ..looked });
    }
    let see = |side: &SideRequest| {
        let captures = if can_be_read_again(side) { &side.side.captures[..] } else { &[] };
        let one = |named: &Named| {
            let mut visitor = make(&side.selection);
            let summary = read_with(named, &Watch::new(super::interrupt::flag()), &mut visitor)?;
            Ok((summary, visitor))
        };
        captures.par_iter().map(one).collect::<Result<Vec<_>, String>>()
    };
    let told = sides.iter().map(see).collect::<Result<_, String>>()?;
    let around = fitted(changes, Surroundings::default());
    Ok(Looked { around, carriers: Default::default(), told })
}

/// Whether something changed of which the captures can tell more.
fn is_worth_it(sides: &[SideRequest], changes: &Changes) -> bool {
    let causes = changes.findings.iter().any(|finding| finding.role == Role::Cause);
    causes && sides.iter().all(can_be_read_again)
}

/// Calls that changed and are no consequence, in the order of the changes.
fn calls(changes: &Changes) -> Vec<String> {
    let mut calls: Vec<String> = Vec::new();
    for finding in &changes.findings {
        let is_call = finding.role == Role::Cause && !finding.is_between();
        if is_call && !calls.contains(&finding.event) && calls.len() < MOST_CALLS {
            calls.push(finding.event.clone());
        }
    }
    calls
}

/// Files can; a pipe is gone, and so are the captures of a baseline.
fn can_be_read_again(side: &SideRequest) -> bool {
    if !side.kept.is_empty() {
        return false;
    }
    let is_file = |file: &Location| matches!(file, Location::File(path) if path.is_file());
    side.side.captures.iter().flat_map(|named| &named.files).all(is_file)
}

/// What is asked of every capture.
struct Asked {
    calls: Vec<String>,
    slow: Option<(String, u64)>,
}

type Seen = (CarriersResult, NeighboursResult);

fn look_with<V: Visitor + Send>(
    sides: &[SideRequest],
    changes: &Changes,
    make: impl Fn(&Selection) -> V + Sync,
) -> Result<Looked<V>, String> {
    let asked = Asked { calls: calls(changes), slow: watched(changes) };
    let captures: Vec<(usize, &Named, &Selection)> = sides
        .iter()
        .enumerate()
        .flat_map(|(at, side)| side.side.captures.iter().map(move |n| (at, n, &side.selection)))
        .collect();
    let stop = super::interrupt::flag();
    let watches: Vec<Watch> = captures.iter().map(|_| Watch::new(stop)).collect();
    let total = captures.iter().flat_map(|(_, named, _)| &named.files);
    let total = total.map(super::captures::size).sum();
    let read = super::output::Progress::start(&watches, total, |watches| {
        let one = |((at, named, selection), watch): (&(usize, &Named, &Selection), &Watch)| {
            let told = look_at(named, selection, &asked, watch, make(selection))?;
            Ok::<_, String>((*at, told))
        };
        captures.par_iter().zip(watches).map(one).collect::<Result<Vec<_>, String>>()
    })?;
    let mut found = [Seen::default(), Seen::default()];
    let mut told: Told<V> = sides.iter().map(|_| Vec::new()).collect();
    for (at, ((carriers, neighbours), own)) in read {
        found[at].0.merge(&carriers);
        found[at].1.merge(&neighbours);
        told[at].push(own);
    }
    let mut around = Surroundings::default();
    let span = |runs: &[Run]| runs.iter().map(|run| run.span_ns).sum::<u64>();
    let spans = [span(&changes.base.runs), span(&changes.new.runs)];
    let units: [f64; 2] = changes.places_units().into();
    let side = |at: usize| PlacesSide { carriers: &found[at].0, units: units[at] };
    let near = |at: usize| (&found[at].1, (spans[at] as f64 / 1e9).max(f64::MIN_POSITIVE));
    let (base, new) = (side(0), side(1));
    around.places = asked.calls.iter().filter_map(|call| places(base, new, call)).collect();
    // one container against another: each is the other's neighbour
    if sides.iter().all(|side| side.selection.containers == sides[0].selection.containers) {
        around.neighbours = neighbours(changes, near(0), near(1));
    }
    Ok(Looked { around, carriers: found.map(|(carriers, _)| carriers), told })
}

fn look_at<V: Visitor>(
    named: &Named,
    selection: &Selection,
    asked: &Asked,
    watch: &Watch<'_>,
    own: V,
) -> Result<(Seen, (Summary, V)), String> {
    let carriers = CarriersRequest { selection: selection.clone(), calls: asked.calls.clone() };
    let (call, slow_ns) = asked.slow.clone().map_or((None, 0), |(call, ns)| (Some(call), ns));
    let neighbours = NeighboursRequest { selection: selection.clone(), call, slow_ns };
    let mut all = ((Carriers::new(carriers), Neighbours::new(neighbours)), own);
    let summary = read_with(named, watch, &mut all)?;
    let ((carriers, neighbours), own) = all;
    Ok(((carriers.finish(&summary), neighbours.finish(&summary)), (summary, own)))
}

fn read_with<V: Visitor>(
    named: &Named,
    watch: &Watch<'_>,
    visitor: &mut V,
) -> Result<Summary, String> {
    let opened = Opened::open(&named.files, Some(watch)).map_err(|error| error.to_string())?;
    Ok(read(opened.latency_from_gaps(named.gaps), visitor))
}
