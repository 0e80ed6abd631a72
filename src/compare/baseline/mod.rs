//! Runs kept for later: what a comparison needs of each, in one small file that
//! stands wherever a capture can. The file is JSON (zstd around it from a
//! megabyte on) with a version, what was selected, where each run comes from,
//! and a checksum over the runs, so that a damaged file is not taken for a
//! strange baseline.

mod file;

use serde::{Deserialize, Serialize};

use super::run::{BLOCKS, CallRun, Run};

pub use file::is_baseline;

/// What of the captures was counted, as typed. Later runs are read the same way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Containers.
    pub container: Vec<String>,
    /// Event types.
    pub evt: Vec<String>,
    /// Processes.
    pub process: Vec<String>,
    /// Filter.
    pub filter: Option<String>,
    /// Failed calls only.
    pub errors: bool,
    /// The call whose periods figures are divided by.
    pub per: Option<String>,
}

impl Kept {
    /// The options that were typed; empty if none were.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words = Vec::new();
        for (option, values) in
            [("--container", &self.container), ("--evt", &self.evt), ("--process", &self.process)]
        {
            if !values.is_empty() {
                words.push(format!("{option} {}", values.join(",")));
            }
        }
        words.extend(self.filter.iter().map(|filter| format!("--filter '{filter}'")));
        words.extend(self.errors.then(|| "--errors".to_owned()));
        words.extend(self.per.iter().map(|per| format!("--per {per}")));
        words.join(" ")
    }
}

/// A file that a run was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Its path, as typed.
    pub path: String,
    /// Its size; 0 where that was not known.
    pub bytes: u64,
}

/// A run and where it comes from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Recorded {
    /// The files of its capture.
    pub files: Vec<SourceFile>,
    /// Name of the machine, where the capture tells it.
    pub host: Option<String>,
    /// Its figures.
    pub run: Run,
}

impl Recorded {
    /// Two of the same capture are one run.
    fn is_same(&self, other: &Recorded) -> bool {
        let key = |of: &Recorded| (of.run.first_ns, of.run.span_ns, of.run.events);
        key(self) == key(other)
    }
}

/// Runs of one program, read in one way.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// Program and version that wrote it.
    pub made_by: String,
    /// What was counted.
    pub kept: Kept,
    /// The runs, in order of time.
    pub runs: Vec<Recorded>,
}

impl Baseline {
    /// Of runs that were read in one way. The same capture twice is one run;
    /// how many were left out for that is told.
    #[must_use]
    pub fn new(kept: Kept, runs: Vec<Recorded>) -> (Baseline, usize) {
        let given = runs.len();
        let mut distinct: Vec<Recorded> = Vec::new();
        for run in runs {
            if !distinct.iter().any(|known| known.is_same(&run)) {
                distinct.push(run);
            }
        }
        distinct
            .sort_by(|a, b| (a.run.first_ns, &a.run.label).cmp(&(b.run.first_ns, &b.run.label)));
        let twice = given - distinct.len();
        let made_by = format!("analyze {}", env!("CARGO_PKG_VERSION"));
        (Baseline { made_by, kept, runs: distinct }, twice)
    }

    /// All runs of several baselines.
    ///
    /// # Errors
    /// When they were read in different ways.
    pub fn merged(baselines: Vec<(String, Baseline)>) -> Result<(Baseline, usize), String> {
        let mut all = Vec::new();
        let mut first: Option<(String, Kept)> = None;
        for (name, baseline) in baselines {
            match &first {
                Some((of, kept)) if *kept != baseline.kept => {
                    let words = |kept: &Kept| match kept.words() {
                        words if words.is_empty() => "no selection".to_owned(),
                        words => words,
                    };
                    return Err(format!(
                        "{of} was made with {}, {name} with {}; runs that were read in different ways do not make one baseline",
                        words(kept),
                        words(&baseline.kept)
                    ));
                }
                Some(_) => {}
                None => first = Some((name, baseline.kept)),
            }
            all.extend(baseline.runs);
        }
        Ok(Baseline::new(first.map(|(_, kept)| kept).unwrap_or_default(), all))
    }
}

/// What is wrong with a run that was read from a file, if anything.
fn fault(run: &Run) -> Option<String> {
    let calls = run.calls.iter().map(|(name, call)| (name.as_str(), call));
    let between = run.between.iter().map(|call| ("(between calls)", call));
    calls.chain(between).find_map(|(name, call)| {
        let what = call_fault(call)?;
        Some(format!("run {}, call {name}: {what}", run.label))
    })
}

fn call_fault(call: &CallRun) -> Option<&'static str> {
    let parts = [&call.all, &call.failed, &call.succeeded];
    let blocks = || parts.iter().flat_map(|part| &part.blocks);
    if parts.iter().any(|part| part.blocks.len() > BLOCKS) {
        return Some("too many blocks");
    }
    if blocks().any(|block| !(block.sum.is_finite() && block.sum >= 0.0)) {
        return Some("a block's time is no time");
    }
    let off = call.off.as_ref().map_or(BLOCKS, |off| off.by_time_ns.len());
    (call.by_time.len() != BLOCKS || off != BLOCKS).then_some("its course is not in twentieths")
}
