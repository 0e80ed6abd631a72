//! Runs as `compare` makes them, for the tests that compare many.

use std::path::{Path, PathBuf};

use analyze::chisel::{CallFigures, GroupBy, Scheduler, TopScalls, TopScallsRequest};
use analyze::compare::change::{Changes, Options, RunSet};
use analyze::compare::run::Run;
use analyze::filter::{ContainerMatch, Selection, TimeBound};
use analyze::source::Location;
use analyze::state::{Opened, read};

/// The events of one container; all without.
pub fn of_container(container: Option<&str>) -> Selection {
    let names: Vec<String> = container.iter().map(|name| (*name).to_owned()).collect();
    Selection { containers: ContainerMatch::parse(&names).unwrap(), ..Selection::default() }
}

/// The same between two times after the first event, ns.
pub fn between(selection: &Selection, from_ns: u64, until_ns: u64) -> Selection {
    let bound = |ns: u64| Some(TimeBound::parse(&format!("{ns}ns")).unwrap());
    Selection { since: bound(from_ns), until: bound(until_ns), ..selection.clone() }
}

/// Reads one run.
pub fn run(path: &Path, selection: &Selection) -> Run {
    let request =
        TopScallsRequest { selection: selection.clone(), group_by: GroupBy::Nothing, per: None };
    let figures = TopScalls::<CallFigures>::new(request).unwrap();
    let mut both = (figures, Scheduler::new(selection.clone()));
    let opened = Opened::open(&[Location::File(path.to_owned())], None).unwrap();
    let summary = read(opened, &mut both);
    let schedule = (summary.switches > 0).then(|| both.1.finish(&summary));
    let result = both.0.finish(&summary);
    let label = path.file_stem().unwrap().to_string_lossy();
    Run::new(&label, &summary, &result, schedule.as_ref(), true)
}

/// Compares two sets of runs as the program does unless told otherwise.
pub fn changes(base: &[Run], new: &[Run]) -> Changes {
    let set = |label: &str, runs: &[Run]| RunSet { label: label.into(), runs: runs.to_vec() };
    Changes::of(set("base", base), set("new", new), Options::default())
}

/// The captures of a side of a pair, in order.
pub fn side(pair: &Path, side: &str) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(pair.join(side)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} has no runs", pair.display());
    paths
}
