//! `analyze check`: whether runs depart from a baseline.

use std::path::PathBuf;

use clap::Args;

use super::captures::{NamedSide, sides};
use super::common::{SelectionArguments, take_filter};
use super::compared::options;
use super::kept;
use super::messages::Outcome;
use super::output::{self, Colour};
use super::run_sets::{SideRequest, read_runs, tell};
use super::trace::TraceArguments;
use crate::compare::Unit;
use crate::compare::change::RunSet;
use crate::compare::check::{Answer, Check, Rule, TOLERANCE, check, read_rules};
use crate::report::{
    check_headline, check_json, check_junit, check_lines, check_prometheus, check_table, harmless,
    render,
};

const EXAMPLES: &str = "\
Examples:
  analyze check --baseline worker.baseline today.scap
  analyze check --baseline worker.baseline --rules worker.toml today.scap
  analyze check --baseline worker.baseline today.scap --format junit -o check.xml
  analyze check --baseline worker.baseline today.scap --format prometheus -o worker.prom

Without rules, every call that matters is asked for its latency, rate and
failures. A rules file:
  rules = [
    \"lstat.mean < 1.5x\",      # of the baseline's; also p50 p95 p99 max off.mean
    \"*.errors.rate < 2x\",     # of every call that matters; also rate, bytes
    \"time.total < 20%\",       # growth of the time in all calls, without sleeps
    \"read.p99 < 2ms\",         # a figure as such
  ]

Exit codes: 0 within; 1 departs; 4 cannot tell; 3 the input was damaged;
2 wrong usage or unusable input.";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Captures of the runs to check; they are read as the baseline's were
    #[arg(required = true, value_name = "CAPTURE")]
    captures: Vec<String>,
    /// What analyze baseline wrote
    #[arg(long, required = true, value_name = "FILE")]
    baseline: PathBuf,
    /// Rules, a TOML file
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    #[command(flatten)]
    selection: SelectionArguments,
    #[command(flatten)]
    trace: TraceArguments,
    /// Ratio that is no departure, with three or more runs in the baseline
    #[arg(long, value_name = "RATIO", default_value_t = TOLERANCE)]
    tolerance: f64,
    /// The same with fewer
    #[arg(long, value_name = "RATIO", default_value_t = 1.4)]
    tolerance_one_run: f64,
    /// Share of the time in calls, in percent, below which a call does not matter
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0)]
    min_share: f64,
    /// Without rules: what got better departs, too
    #[arg(long)]
    both_ways: bool,
    /// Output format
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write to a file; its extension (txt, json, xml, prom) implies the format
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// When to use colour
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    color: Colour,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Junit,
    Prometheus,
}

const FORMATS: [(&str, Format); 4] = [
    ("txt", Format::Text),
    ("json", Format::Json),
    ("xml", Format::Junit),
    ("prom", Format::Prometheus),
];

pub fn run(arguments: &mut Arguments) -> Result<Outcome, String> {
    if let Some(typed) = take_filter(&mut arguments.captures) {
        return Err(format!(
            "'{typed}': a check reads captures as the baseline's were read; give the filter to analyze baseline"
        ));
    }
    let target = arguments.output.as_deref();
    let format = output::format(target, arguments.format, &FORMATS, Format::Text)?;
    output::check_target(target)?;
    let mut options =
        options(arguments.tolerance, arguments.tolerance_one_run, arguments.min_share)?;
    let rules = arguments.rules.as_deref().map(rules).transpose()?;
    let baseline = kept::read(&arguments.baseline)?;
    let mut per = None;
    let name = arguments.baseline.display().to_string();
    kept::adopt((&name, &baseline.kept), &mut arguments.selection, &mut per)?;
    options.unit = Unit::typed(per.as_deref());
    let arguments = &*arguments;
    let base: Vec<_> = baseline.runs.into_iter().map(|recorded| recorded.run).collect();
    let captures = sides(&arguments.captures, &[], &[], &[])?;
    let captures = captures.into_iter().flat_map(|side| side.captures).collect();
    let mut named = [NamedSide { label: "checked".into(), captures }];
    arguments.trace.apply(&mut named);
    let [side] = named;
    let selection = arguments.selection.selection()?;
    let request = [SideRequest { side, selection, kept: Vec::new() }];
    let read = read_runs(&request, per.as_deref())?;
    let (mut sets, outcome) = tell(&request, read, &arguments.selection, per.as_deref())?;
    let new = sets.pop().ok_or("no run to check")?;
    let base = RunSet { label: "baseline".into(), runs: base };
    let found = check(base, new, options, rules.as_deref(), arguments.both_ways);
    let text = match format {
        Format::Text => in_text(arguments, &found),
        Format::Json => format!("{:#}\n", check_json(&found)),
        Format::Junit => check_junit(&found),
        Format::Prometheus => check_prometheus(&found, &stem(&arguments.baseline)),
    };
    output::write(target, text.as_bytes())?;
    Ok(match (outcome, found.answer) {
        (Outcome::Damaged, _) => Outcome::Damaged,
        (_, Answer::Departs) => Outcome::Departs,
        (_, Answer::CannotTell) => Outcome::CannotTell,
        (outcome, Answer::Within) => outcome,
    })
}

/// What a baseline is called: its file's name without its ending.
fn stem(path: &std::path::Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn rules(path: &std::path::Path) -> Result<Vec<Rule>, String> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| format!("{}: {error}", path.display()))?;
    read_rules(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn in_text(arguments: &Arguments, found: &Check) -> String {
    let to_file = arguments.output.is_some();
    let colour = !to_file && arguments.color.wanted();
    let width = if to_file { usize::MAX } else { output::terminal_width() };
    let mut text = format!("{}\n", harmless(&check_headline(found)));
    for line in check_lines(found) {
        text.push_str(&format!("  {}\n", harmless(&line)));
    }
    text.push('\n');
    let (columns, paint) = check_table(found);
    text.push_str(&render(&columns, width, &paint, colour));
    text
}
