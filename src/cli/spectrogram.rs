//! `analyze spectrogram`: calls by time and latency, in the terminal the way
//! sysdig draws it, or as a picture, or as data.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::Args;

use super::captures::{NamedSide, read_all};
use super::common::{CaptureArguments, SelectionArguments, listed};
use super::messages::{self, Outcome};
use super::output::{self, Colour};
use super::trace::{self, TraceArguments};
use crate::chisel::{Interval, Rule, Scale, Spectrogram, SpectrogramRequest};
use crate::compare::{SpectrogramRun, SpectrogramSide};
use crate::event::{KINDS, Kind, parse_duration_ns, several, time_text};
use crate::filter::Selection;
use crate::report::{
    PictureOptions, TerminalOptions, harmless, spectrogram_csv, spectrogram_json,
    spectrogram_picture, terminal_spectrogram,
};

const EXAMPLES: &str = "\
Examples:
  analyze spectrogram --evt lstat a.scap b.scap             in the terminal, one below the other
  analyze spectrogram --evt lstat a.scap b.scap -o x.png    one latency axis, one colour scale
  analyze spectrogram --evt 'open*' --diff a.scap b.scap -o x.svg
                                                            and where calls came from and went
  analyze spectrogram --evt lstat --base a1 a2 --new b1 b2 -o x.png
                                                            runs of a side laid over each other
  analyze spectrogram --evt read --latency-range 1us..1ms --interval 100ms a.scap
  analyze spectrogram --evt lstat a.scap -o cells.csv       the counts (also .json)

In the terminal every exit with a latency is drawn, as sysdig does; pictures and
data hold calls: exits that belong to their enter.";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    captures: CaptureArguments,
    #[command(flatten)]
    selection: SelectionArguments,
    #[command(flatten)]
    trace: TraceArguments,
    /// Time step of a row [default: 500ms; pictures: what fits]
    #[arg(long, value_name = "TIME", value_parser = parse_duration_ns)]
    interval: Option<u64>,
    /// Latencies to show, e.g. 1us..1ms [default: all; pictures: those that occur]
    #[arg(long, value_name = "FROM..TO", value_parser = parse_range)]
    latency_range: Option<(u64, u64)>,
    /// Columns of the terminal, or pixels of the picture
    #[arg(long, value_name = "N")]
    width: Option<u32>,
    /// Pixels of the picture [default: by the number of captures and their length]
    #[arg(long, value_name = "N")]
    height: Option<u32>,
    /// Also the difference of each further capture to the first (pictures)
    #[arg(long)]
    diff: bool,
    /// Output format
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write to a file; its extension (png, svg, csv, json) implies the format
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// When to use colour
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    color: Colour,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Terminal,
    Png,
    Svg,
    Csv,
    Json,
}

/// File name extensions and what they imply.
const FORMATS: [(&str, Format); 5] = [
    ("png", Format::Png),
    ("svg", Format::Svg),
    ("csv", Format::Csv),
    ("json", Format::Json),
    ("txt", Format::Terminal),
];

/// sysdig's time step, ns.
const USUAL_INTERVAL_NS: u64 = 500_000_000;
/// Latency columns a decade of data and of pictures (joined to fit).
const DATA_COLUMNS: u32 = 20 * 11;
const PICTURE_COLUMNS: u32 = 80 * 11;
/// Rows kept while a picture's capture is read.
const PICTURE_ROWS: usize = 2048;
/// Captures side by side in a picture.
const PANELS: usize = 8;

fn parse_range(text: &str) -> Result<(u64, u64), String> {
    let wrong = || format!("'{text}' is no range of latencies; write 1us..1ms");
    let (from, to) = text.split_once("..").ok_or_else(wrong)?;
    let (from, to) = (parse_duration_ns(from)?, parse_duration_ns(to)?);
    if from == 0 || to <= from { Err(wrong()) } else { Ok((from, to)) }
}

pub fn run(arguments: &mut Arguments) -> Result<Outcome, String> {
    arguments.captures.give_filter(&mut arguments.selection)?;
    let arguments = &*arguments;
    let target = arguments.output.as_deref();
    let format = output::format(target, arguments.format, &FORMATS, Format::Terminal)?;
    output::check_target(target)?;
    let mut sides = arguments.captures.sides()?;
    arguments.trace.apply(&mut sides);
    check(arguments, format, &sides)?;
    let selection = arguments.selection.selection()?;
    let request = request(arguments, format, selection)?;
    let read = read_all(&sides, || Ok(Spectrogram::collector(request.clone())))?;
    let mut outcome = Outcome::Done;
    let picture = matches!(format, Format::Png | Format::Svg);
    let (mut done, mut without) = (Vec::new(), Vec::new());
    for (side, read) in sides.iter().zip(read) {
        let mut runs = Vec::new();
        for (named, (summary, collector)) in side.captures.iter().zip(read) {
            if messages::losses(&named.label, &summary) == Outcome::Damaged {
                outcome = Outcome::Damaged;
            }
            let spectrogram = collector.finish(&summary);
            trace::check_events(&named.label, &summary)?;
            messages::remarks(&named.label, &summary);
            messages::without_latency(&named.label, &summary, &mut without);
            messages::stand_ins(&named.label, &spectrogram.stand_ins);
            runs.push(SpectrogramRun {
                label: named.label.clone(),
                first_ns: summary.first_ns.unwrap_or(0),
                span_ns: summary.span_ns(),
                spectrogram,
            });
        }
        done.push(SpectrogramSide { label: side.label.clone(), runs });
    }
    messages::no_latency(&without);
    check_selected(arguments, &done, picture)?;
    write(arguments, format, done)?;
    Ok(outcome)
}

/// What cannot work together.
fn check(arguments: &Arguments, format: Format, sides: &[NamedSide]) -> Result<(), String> {
    let picture = matches!(format, Format::Png | Format::Svg);
    if !picture && (arguments.diff || arguments.height.is_some()) {
        return Err("--diff and --height are for pictures: add -o FILE.png or -o FILE.svg".into());
    }
    if arguments.diff && sides.len() < 2 {
        return Err("--diff needs two captures, or --base and --new".into());
    }
    if picture && sides.len() > PANELS {
        return Err(format!(
            "a picture holds {PANELS} captures at most, these are {}; pool runs with --base and --new",
            sides.len()
        ));
    }
    let binary_to_terminal = format == Format::Png
        && arguments.output.as_deref().is_none_or(|path| path == Path::new("-"))
        && std::io::stdout().is_terminal();
    if binary_to_terminal {
        return Err("a PNG is no text for a terminal: add -o FILE.png".into());
    }
    Ok(())
}

fn request(
    arguments: &Arguments,
    format: Format,
    selection: Selection,
) -> Result<SpectrogramRequest, String> {
    let (rule, columns, interval) = match format {
        Format::Terminal => (Rule::Sysdig, terminal_scale(arguments).0, None),
        Format::Csv | Format::Json => (Rule::Paired, DATA_COLUMNS, None),
        Format::Png | Format::Svg => {
            (Rule::Paired, PICTURE_COLUMNS, Some(Interval::AtMost(PICTURE_ROWS)))
        }
    };
    let usual = interval.unwrap_or(Interval::Fixed(USUAL_INTERVAL_NS));
    Ok(SpectrogramRequest {
        selection,
        rule,
        interval: match arguments.interval {
            Some(0) => return Err("--interval must be longer than 0".into()),
            Some(ns) => Interval::Fixed(ns),
            None => usual,
        },
        columns,
    })
}

/// The columns of the whole scale of eleven decades, and those shown: all, or
/// a range of latencies at the same width.
fn terminal_scale(arguments: &Arguments) -> (u32, usize, usize) {
    let width = arguments.width.unwrap_or(output::terminal_width() as u32).clamp(20, 1000);
    let Some((from, to)) = arguments.latency_range else {
        return (width, 0, width as usize);
    };
    let decades = (to as f64 / from as f64).log10();
    let columns = (f64::from(width) * 11.0 / decades).round().min(4096.0) as u32;
    let scale = Scale::new(columns);
    let first = scale.column(from).min(scale.columns());
    (columns, first, (scale.column(to).saturating_sub(first)).clamp(1, width as usize))
}

/// Without a single call there is no picture, but a reason.
fn check_selected(
    arguments: &Arguments,
    sides: &[SpectrogramSide],
    picture: bool,
) -> Result<(), String> {
    let runs: Vec<&SpectrogramRun> = sides.iter().flat_map(|side| &side.runs).collect();
    if runs.iter().any(|run| run.spectrogram.calls > 0) {
        for run in runs.iter().filter(|run| run.spectrogram.calls == 0) {
            messages::note(&format!("{}: no calls with a latency match there", run.label));
        }
        return Ok(());
    }
    let exits: u64 = runs.iter().map(|run| run.spectrogram.exits).sum();
    if exits > 0 {
        let calls = several(exits, "call");
        return Err(match exits {
            1 => format!("{calls} matches, but it has no latency"),
            _ => format!("{calls} match, but none has a latency"),
        });
    }
    if runs.iter().any(|run| run.spectrogram.did_not_fail > 0) {
        let none = "no failed calls: there is nothing to draw";
        return if picture { Err(none.into()) } else { Ok(()) };
    }
    let all = |pick: fn(&Spectrogram) -> Vec<&str>| {
        runs.iter().flat_map(|run| pick(&run.spectrogram)).collect::<Vec<_>>()
    };
    let names = all(|s| s.names.iter().copied().collect());
    let asked = arguments.selection.selection()?.events;
    let matching: BTreeSet<&str> =
        names.iter().copied().filter(|name| !asked.is_empty() && asked.matches(name)).collect();
    if !matching.is_empty() && !matching.iter().any(|name| is_syscall(name)) {
        return Err(format!(
            "{}: no system call, so there is no latency of its own to draw",
            listed(matching)
        ));
    }
    let message = arguments.selection.nothing_matches(
        all(|s| s.containers.iter().map(String::as_str).collect()),
        all(|s| s.processes.iter().map(String::as_str).collect()),
        names.clone(),
        runs.iter().map(|run| run.span_ns).max().unwrap_or(0),
    );
    if arguments.selection.evt.is_empty() && !names.is_empty() {
        let distinct: BTreeSet<&str> = names.into_iter().collect();
        return Err(format!("{message}; event types present are {}", listed(distinct)));
    }
    Err(message)
}

fn is_syscall(name: &str) -> bool {
    let kinds = (0..KINDS).filter_map(|at| u16::try_from(at).ok()).map(Kind);
    kinds.filter(|kind| kind.name() == name).any(Kind::is_syscall)
}

fn write(arguments: &Arguments, format: Format, sides: Vec<SpectrogramSide>) -> Result<(), String> {
    let target = arguments.output.as_deref();
    let picture = PictureOptions {
        what: what(arguments, &sides),
        width: arguments.width.unwrap_or(0),
        height: arguments.height.unwrap_or(0),
        latency_range: arguments.latency_range,
        fixed_interval: arguments.interval.is_some(),
        difference: arguments.diff,
    };
    let bytes = match format {
        Format::Terminal => terminal(arguments, &sides).into_bytes(),
        Format::Csv => spectrogram_csv(&sides).into_bytes(),
        Format::Json => format!("{:#}\n", spectrogram_json(&sides)).into_bytes(),
        Format::Png => spectrogram_picture(sides, &picture)
            .and_then(|picture| picture.png())
            .map_err(|error| error.to_string())?,
        Format::Svg => spectrogram_picture(sides, &picture)
            .and_then(|picture| picture.svg())
            .map_err(|error| error.to_string())?
            .into_bytes(),
    };
    output::write(target, &bytes)
}

/// What the picture is of: `lstat in worker`.
fn what(arguments: &Arguments, sides: &[SpectrogramSide]) -> String {
    let typed = &arguments.selection;
    let mut calls = if typed.evt.is_empty() { "all calls".into() } else { typed.evt.join(", ") };
    let runs = sides.iter().flat_map(|side| &side.runs);
    for (name, relatives) in runs.flat_map(|run| &run.spectrogram.stand_ins) {
        let shown = relatives.join(", ");
        if !calls.contains(&shown) {
            calls.push_str(&format!(" ({shown} for {name})"));
        }
    }
    for (list, word) in [(&typed.container, "in"), (&typed.process, "by")] {
        if !list.is_empty() {
            calls.push_str(&format!(" {word} {}", list.join(", ")));
        }
    }
    if typed.errors {
        calls.push_str(", failed");
    }
    if let Some(filter) = typed.filter.as_deref().filter(|text| !text.trim().is_empty()) {
        calls.push_str(&format!(", where {filter}"));
    }
    calls
}

/// A block a capture, all on one scale.
fn terminal(arguments: &Arguments, sides: &[SpectrogramSide]) -> String {
    let (_, first, columns) = terminal_scale(arguments);
    let colour = arguments.output.is_none() && arguments.color.wanted();
    let mut text = String::new();
    for (at, run) in sides.iter().flat_map(|side| &side.runs).enumerate() {
        let spectrogram = &run.spectrogram;
        let middle =
            |quantile| spectrogram.latencies.quantile(quantile).map_or("-".into(), time_text);
        if at > 0 {
            text.push('\n');
        }
        if spectrogram.calls == 0 && spectrogram.did_not_fail > 0 {
            text.push_str(&format!("{}\n", harmless(&format!("{}: no failed calls", run.label))));
            continue;
        }
        let line = format!(
            "{}: {} in {}, p50 {}, p99 {}; a line is {}",
            run.label,
            several(spectrogram.calls, "call"),
            time_text(run.span_ns),
            middle(0.5),
            middle(0.99),
            time_text(spectrogram.cells.interval_ns()),
        );
        text.push_str(&format!("{}\n", harmless(&line)));
        let options = TerminalOptions { first, columns, colour };
        text.push_str(&terminal_spectrogram(&spectrogram.cells, &spectrogram.scale, options));
    }
    text
}
