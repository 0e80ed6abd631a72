//! Runs for comparing: every capture is read for its figures, and once more for
//! the scheduler's switches if it has any.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::captures::{Named, NamedSide};
use super::common::SelectionArguments;
use super::messages::{self, Outcome};
use super::selected::{self, Selected};
use super::trace;
use crate::chisel::{
    CallFigures, GroupBy, Schedule, Scheduler, TopScalls, TopScallsRequest, TopScallsResult,
};
use crate::compare::Unit;
use crate::compare::change::RunSet;
use crate::compare::run::Run;
use crate::filter::Selection;
use crate::source::{Location, Watch};
use crate::state::{Cuts, Opened, Summary, read, read_in_segments};

type Figures = TopScalls<CallFigures>;

/// A side to be read, and what of its captures.
pub struct SideRequest {
    /// Its captures.
    pub side: NamedSide,
    /// Which events.
    pub selection: Selection,
    /// Runs that a baseline has kept.
    pub kept: Vec<Run>,
}

/// A run, and what is known of its capture.
pub struct ReadRun {
    pub run: Run,
    pub summary: Summary,
    pub result: TopScallsResult<CallFigures>,
}

/// Whose calls those of a side are.
pub struct SideSummary {
    /// Machines that were captured.
    pub hosts: Vec<String>,
    /// Containers of the captures that are selected.
    pub containers: Vec<String>,
    /// First event of each capture, ns since the epoch.
    pub first_ns: Vec<u64>,
}

impl SideSummary {
    /// Of the runs of a side.
    pub fn of(runs: &[ReadRun], selection: &Selection) -> SideSummary {
        let host = |read: &ReadRun| read.summary.machine.host.clone();
        let hosts: BTreeSet<String> = runs.iter().map(host).filter(|h| !h.is_empty()).collect();
        let known = runs.iter().flat_map(|read| read.summary.containers.iter());
        let containers: BTreeSet<String> = known
            .map(|(_, container)| container)
            .filter(|c| !c.id.is_empty() && selection.containers.matches(c))
            .map(|container| container.label().to_owned())
            .collect();
        SideSummary {
            hosts: hosts.into_iter().collect(),
            containers: containers.into_iter().collect(),
            first_ns: runs.iter().map(|read| read.summary.first_ns.unwrap_or(0)).collect(),
        }
    }
}

/// Whether every kind of call is counted, so that what lies between them is known.
fn is_whole(selection: &Selection) -> bool {
    selection.events.is_empty() && !selection.errors && selection.filter.is_empty()
}

/// Reads all captures of all sides, side by side.
///
/// # Errors
/// The first capture that cannot be read, with the reason.
pub fn read_runs(sides: &[SideRequest], per: Option<&str>) -> Result<Vec<Vec<ReadRun>>, String> {
    let captures: Vec<(&Named, &Selection)> = sides
        .iter()
        .flat_map(|side| side.side.captures.iter().map(|named| (named, &side.selection)))
        .collect();
    let stop = super::interrupt::flag();
    let watches: Vec<Watch> = captures.iter().map(|_| Watch::new(stop)).collect();
    let total =
        captures.iter().flat_map(|(named, _)| &named.files).map(super::captures::size).sum();
    let done = super::output::Progress::start(&watches, total, |watches| {
        let one = |((named, selection), watch): (&(&Named, &Selection), &Watch)| {
            read_one(named, selection, per, watch)
        };
        captures.par_iter().zip(watches).map(one).collect::<Result<Vec<_>, String>>()
    })?;
    let mut done = done.into_iter();
    Ok(sides.iter().map(|side| done.by_ref().take(side.side.captures.len()).collect()).collect())
}

fn read_one(
    named: &Named,
    selection: &Selection,
    per: Option<&str>,
    watch: &Watch<'_>,
) -> Result<ReadRun, String> {
    let request = TopScallsRequest {
        selection: selection.clone(),
        group_by: GroupBy::Nothing,
        per: Unit::marker(per).map(str::to_owned),
    };
    let figures = Figures::new(request)?;
    let open = || {
        let opened = Opened::open(&named.files, Some(watch)).map_err(|error| error.to_string())?;
        Ok::<_, String>(opened.latency_from_gaps(named.gaps))
    };
    let once =
        named.files.iter().any(|file| !matches!(file, Location::File(path) if path.is_file()));
    let (summary, figures, schedule) = if once {
        let mut both = (figures, Scheduler::new(selection.clone()));
        let summary = read(open()?, &mut both);
        let schedule = (summary.switches > 0).then(|| both.1.finish(&summary));
        (summary, both.0, schedule)
    } else {
        let mut figures = figures;
        let summary = read_in_segments(open()?, &mut figures, &Cuts::Auto);
        let schedule = if summary.switches > 0 { Some(schedule(open()?, selection)) } else { None };
        (summary, figures, schedule)
    };
    if let Some(refusal) = summary.refusal() {
        return Err(refusal);
    }
    let result = figures.finish(&summary);
    let run = Run::new(&named.label, &summary, &result, schedule.as_ref(), is_whole(selection));
    Ok(ReadRun { run, summary, result })
}

fn schedule(opened: Opened<'_>, selection: &Selection) -> Schedule {
    let mut scheduler = Scheduler::new(selection.clone());
    let summary = read(opened, &mut scheduler);
    scheduler.finish(&summary)
}

/// Tells what users should know of the captures, and makes sets of the runs.
///
/// # Errors
/// When nothing was selected anywhere.
pub fn tell(
    sides: &[SideRequest],
    read: Vec<Vec<ReadRun>>,
    typed: &SelectionArguments,
    per: Option<&str>,
) -> Result<(Vec<RunSet>, Outcome), String> {
    let selected: Vec<Selected<'_>> = read
        .iter()
        .flatten()
        .map(|read| Selected::of(&read.run.label, &read.summary, &read.result))
        .collect();
    selected::check(typed, &selected)?;
    selected::check_periods(&selected, Unit::marker(per))?;
    trace::mixed(read.iter().flatten().map(|read| (read.run.label.as_str(), &read.summary)));
    let mut outcome = Outcome::Done;
    let mut without = Vec::new();
    let mut sets = Vec::new();
    for (side, read) in sides.iter().zip(read) {
        for ReadRun { run, summary, .. } in &read {
            if messages::losses(&run.label, summary) == Outcome::Damaged {
                outcome = Outcome::Damaged;
            }
            messages::remarks(&run.label, summary);
            messages::without_latency(&run.label, summary, &mut without);
        }
        let read = read.into_iter().map(|read| read.run);
        let runs = side.kept.iter().cloned().chain(read).collect();
        sets.push(RunSet { label: side.side.label.clone(), runs });
    }
    messages::no_latency(&without);
    Ok((sets, outcome))
}
