//! The second reading of captures in which something changed: where the changes
//! lie. What nothing changed in is not read again.

use rayon::prelude::*;

use super::captures::Named;
use super::run_sets::SideRequest;
use crate::chisel::{Carriers, CarriersRequest, CarriersResult};
use crate::compare::change::{Changes, Role};
use crate::compare::mechanisms::{self, Facts};
use crate::compare::{Places, PlacesSide, Surroundings, places};
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
    let calls = calls(changes);
    let mut around = Surroundings::default();
    if !calls.is_empty() && sides.iter().all(can_be_read_again) {
        around.places = places_of(sides, changes, &calls)?;
    }
    around.mechanisms = mechanisms::fits(&Facts::of(changes, &around.places));
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

fn places_of(
    sides: &[SideRequest],
    changes: &Changes,
    calls: &[String],
) -> Result<Vec<Places>, String> {
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
            Ok::<_, String>((*at, carriers(named, selection, calls, watch)?))
        };
        captures.par_iter().zip(watches).map(one).collect::<Result<Vec<_>, String>>()
    })?;
    let mut found = [CarriersResult::default(), CarriersResult::default()];
    for (at, carriers) in &read {
        found[*at].merge(carriers);
    }
    let side = |at: usize, runs: &[crate::compare::run::Run]| PlacesSide {
        carriers: &found[at],
        span_ns: runs.iter().map(|run| run.span_ns).sum(),
    };
    let (base, new) = (side(0, &changes.base.runs), side(1, &changes.new.runs));
    Ok(calls.iter().filter_map(|call| places(base, new, call)).collect())
}

fn carriers(
    named: &Named,
    selection: &Selection,
    calls: &[String],
    watch: &Watch<'_>,
) -> Result<CarriersResult, String> {
    let request = CarriersRequest { selection: selection.clone(), calls: calls.to_vec() };
    let mut carriers = Carriers::new(request);
    let opened = Opened::open(&named.files, Some(watch)).map_err(|error| error.to_string())?;
    let summary = read(opened.latency_from_gaps(named.gaps), &mut carriers);
    Ok(carriers.finish(&summary))
}
