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
use crate::state::{Opened, read};

/// Calls that are looked at.
const MOST_CALLS: usize = 8;

/// What the captures tell around the changes.
///
/// # Errors
/// When a capture can no longer be read, or reading was interrupted.
pub fn look(sides: &[SideRequest], changes: &Changes) -> Result<Surroundings, String> {
    let mut around = Surroundings::default();
    let causes = changes.findings.iter().any(|finding| finding.role == Role::Cause);
    if causes && sides.iter().all(can_be_read_again) {
        read_again(sides, changes, &mut around)?;
    }
    let facts = Facts::of(changes, &around.places, &around.neighbours);
    around.mechanisms = mechanisms::fits(&facts);
    Ok(around)
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

fn read_again(
    sides: &[SideRequest],
    changes: &Changes,
    around: &mut Surroundings,
) -> Result<(), String> {
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
            Ok::<_, String>((*at, look_at(named, selection, &asked, watch)?))
        };
        captures.par_iter().zip(watches).map(one).collect::<Result<Vec<_>, String>>()
    })?;
    let mut found = [Seen::default(), Seen::default()];
    for (at, (carriers, neighbours)) in &read {
        found[*at].0.merge(carriers);
        found[*at].1.merge(neighbours);
    }
    let span = |runs: &[Run]| runs.iter().map(|run| run.span_ns).sum::<u64>();
    let spans = [span(&changes.base.runs), span(&changes.new.runs)];
    let side = |at: usize| PlacesSide { carriers: &found[at].0, span_ns: spans[at] };
    let near = |at: usize| (&found[at].1, (spans[at] as f64 / 1e9).max(f64::MIN_POSITIVE));
    let (base, new) = (side(0), side(1));
    around.places = asked.calls.iter().filter_map(|call| places(base, new, call)).collect();
    // one container against another: each is the other's neighbour
    if sides.iter().all(|side| side.selection.containers == sides[0].selection.containers) {
        around.neighbours = neighbours(changes, near(0), near(1));
    }
    Ok(())
}

fn look_at(
    named: &Named,
    selection: &Selection,
    asked: &Asked,
    watch: &Watch<'_>,
) -> Result<Seen, String> {
    let carriers = CarriersRequest { selection: selection.clone(), calls: asked.calls.clone() };
    let (call, slow_ns) = asked.slow.clone().map_or((None, 0), |(call, ns)| (Some(call), ns));
    let neighbours = NeighboursRequest { selection: selection.clone(), call, slow_ns };
    let mut both = (Carriers::new(carriers), Neighbours::new(neighbours));
    let opened = Opened::open(&named.files, Some(watch)).map_err(|error| error.to_string())?;
    let summary = read(opened.latency_from_gaps(named.gaps), &mut both);
    Ok((both.0.finish(&summary), both.1.finish(&summary)))
}
