//! `analyze baseline`: runs kept for later, put together, and shown.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::captures::{Named, NamedSide, sides, size};
use super::common::{SelectionArguments, joined, take_filter};
use super::kept;
use super::messages::{self, Outcome};
use super::output;
use super::run_sets::{ReadRun, SideRequest, read_runs, tell};
use super::trace::TraceArguments;
use crate::compare::baseline::{Baseline, Recorded, SourceFile};
use crate::event::{several, time_text};
use crate::report::harmless;
use crate::source::Location;

const EXAMPLES: &str = "\
Examples:
  analyze baseline good1.scap good2.scap good3.scap --container worker -o worker.baseline
  analyze baseline merge monday.baseline tuesday.baseline -o worker.baseline
  analyze baseline show worker.baseline
  analyze compare --base worker.baseline --new today.scap
  analyze check --baseline worker.baseline today.scap

Three runs or more say how runs of one program differ; fewer cannot.
A capture that is called merge or show is named ./merge or ./show.";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Captures of the runs; the last argument is a filter if no file has that
    /// name and it holds an operator
    #[arg(required = true, value_name = "CAPTURE|FILTER")]
    captures: Vec<String>,
    #[command(flatten)]
    selection: SelectionArguments,
    #[command(flatten)]
    trace: TraceArguments,
    /// What figures are divided by: `run`, `second`, or a call that ends each task, of
    /// which whole periods are counted
    #[arg(long, value_name = "run|second|EVENT")]
    per: Option<String>,
    /// Names for the runs, in order
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    label: Vec<String>,
    /// The file to write
    #[arg(short, long, required = true, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Put baselines together; a run that is in several is kept once
    Merge {
        /// Baselines
        #[arg(required = true, value_name = "BASELINE")]
        baselines: Vec<PathBuf>,
        /// The file to write
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// What a baseline holds
    Show {
        /// The baseline
        #[arg(value_name = "BASELINE")]
        baseline: PathBuf,
    },
}

pub fn run(arguments: &mut Arguments) -> Result<Outcome, String> {
    match arguments.command.take() {
        Some(Command::Merge { baselines, output }) => merge(&baselines, &output),
        Some(Command::Show { baseline }) => show(&baseline),
        None => make(arguments),
    }
}

fn make(arguments: &mut Arguments) -> Result<Outcome, String> {
    if let Some(typed) = take_filter(&mut arguments.captures) {
        let both = joined(&[arguments.selection.filter.as_deref(), Some(&typed)])?;
        arguments.selection.filter = Some(both);
    }
    let output = arguments.output.clone().unwrap_or_default();
    output::check_target(Some(&output))?;
    let named = sides(&arguments.captures, &[], &[], &arguments.label)?;
    let captures = named.into_iter().flat_map(|side| side.captures).collect();
    let mut named = [NamedSide { label: "baseline".into(), captures }];
    arguments.trace.apply(&mut named);
    let [mut side] = named;
    let mut recorded = Vec::new();
    for (name, baseline) in kept::take(&mut side)? {
        kept::adopt((&name, &baseline.kept), &mut arguments.selection, &mut arguments.per)?;
        recorded.extend(baseline.runs);
    }
    let captures = side.captures.clone();
    let request =
        SideRequest { side, selection: arguments.selection.selection()?, kept: Vec::new() };
    let per = arguments.per.as_deref();
    let read = read_runs(std::slice::from_ref(&request), per)?;
    let hosts: Vec<Option<String>> = read.iter().flatten().map(host).collect();
    let (sets, outcome) = tell(std::slice::from_ref(&request), read, &arguments.selection, per)?;
    let runs = sets.into_iter().flat_map(|set| set.runs);
    let read = captures.iter().zip(hosts).zip(runs);
    recorded.extend(read.map(|((named, host), run)| Recorded { files: files(named), host, run }));
    let (baseline, twice) = Baseline::new(kept::typed(&arguments.selection, per), recorded);
    write(&baseline, twice, &output)?;
    Ok(outcome)
}

fn host(read: &ReadRun) -> Option<String> {
    Some(read.summary.machine.host.clone()).filter(|host| !host.is_empty())
}

fn files(named: &Named) -> Vec<SourceFile> {
    let path = |file: &Location| match file {
        Location::File(path) => path.display().to_string(),
        Location::Stdin => "-".into(),
    };
    named.files.iter().map(|file| SourceFile { path: path(file), bytes: size(file) }).collect()
}

fn merge(paths: &[PathBuf], output: &Path) -> Result<Outcome, String> {
    output::check_target(Some(output))?;
    let read = |path: &PathBuf| Ok((path.display().to_string(), kept::read(path)?));
    let baselines = paths.iter().map(read).collect::<Result<Vec<_>, String>>()?;
    let (baseline, twice) = Baseline::merged(baselines)?;
    write(&baseline, twice, output)?;
    Ok(Outcome::Done)
}

/// Writes beside the file and moves it there: whoever reads it meanwhile sees the
/// old one or the new one, whole.
fn write(baseline: &Baseline, twice: usize, output: &Path) -> Result<(), String> {
    if twice > 0 {
        messages::note(&format!(
            "the same capture again, kept once: {}",
            several(twice as u64, "run")
        ));
    }
    let bytes = baseline.bytes()?;
    if output.as_os_str() == "-" {
        return output::write(None, &bytes);
    }
    let mut beside = output.as_os_str().to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = PathBuf::from(beside);
    output::write(Some(&beside), &bytes)?;
    std::fs::rename(&beside, output).map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        format!("cannot write {}: {error}", output.display())
    })?;
    messages::note(&format!(
        "{}: {}, {} bytes",
        output.display(),
        several(baseline.runs.len() as u64, "run"),
        bytes.len()
    ));
    Ok(())
}

fn show(path: &Path) -> Result<Outcome, String> {
    let baseline = kept::read(path)?;
    let runs = several(baseline.runs.len() as u64, "run");
    let mut text = format!("{}: {runs}, written by {}\n", path.display(), baseline.made_by);
    let words = baseline.kept.words();
    if !words.is_empty() {
        text.push_str(&format!("read with: {}\n", harmless(&words)));
    }
    for recorded in &baseline.runs {
        let run = &recorded.run;
        let at = jiff::Timestamp::from_nanosecond(i128::from(run.first_ns));
        let at = at.map_or_else(|_| String::new(), |at| format!(" from {at:.0}"));
        let host = recorded.host.as_ref().map_or_else(String::new, |host| format!(" on {host}"));
        let files: Vec<String> = recorded.files.iter().map(|file| file.path.clone()).collect();
        let line = format!(
            "{}: {} in {}{at}{host}, {} of call, {} ({})",
            run.label,
            several(run.events, "event"),
            time_text(run.span_ns),
            several(run.calls.len() as u64, "kind"),
            run.format,
            files.join(", ")
        );
        text.push_str(&format!("{}\n", harmless(&line)));
    }
    output::write(None, text.as_bytes())?;
    Ok(Outcome::Done)
}
