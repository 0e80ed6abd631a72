//! `analyze report`: a comparison as one file for people who were not there.

use std::fs::File;
use std::io::{IsTerminal, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::captures::Named;
use super::compared::{Compared, Read};
use super::messages::{self, Outcome};
use super::output;
use super::run_sets::{SideRequest, SideSummary};
use super::second_look::{self, Looked, Told};
use crate::chisel::{CloseCall, Closeup, CloseupRequest, Interval};
use crate::compare::change::{Changes, RunSet};
use crate::compare::{SpectrogramRun, SpectrogramSide};
use crate::event::bytes_text;
use crate::filter::Selection;
use crate::report::compare_json;
use crate::report::plot::page::{page_png, page_svg};
use crate::report::review::{
    Input, KEPT, Kept, Objects, Review, RunFacts, Seen, SideFacts, contents, html, markdown,
    shown_calls,
};
use crate::source::Location;

const EXAMPLES: &str = "\
Examples:
  analyze report a.scap b.scap -o report.html      one file, with everything in it
  analyze report a.scap b.scap -o report.png       one picture (also .svg, .md)
  analyze report --base a1 a2 a3 --new b1 b2 b3 --container worker -o report.html
  analyze report --base worker.baseline --new today.scap -o today.html
  analyze report a.scap b.scap -o report.png --title 'Slow scans on web3' --scale 2

The same captures give the same bytes. HTML needs no network, and holds the slowest
calls with the paths they worked on: look at it before you give it away.";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    compared: Compared,
    /// File to write; its extension (html, png, svg, md) implies the format
    #[arg(short, long, required = true, value_name = "FILE")]
    output: PathBuf,
    /// Output format
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// In place of the usual title
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// A text that is put behind the headline
    #[arg(long, value_name = "FILE")]
    note: Option<PathBuf>,
    /// Of a PNG: pixels for one, 2 for print
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=4))]
    scale: u32,
    /// Keep all figures in the HTML, as `analyze compare --format json` gives them
    #[arg(long)]
    data: bool,
    /// Tell when the report was made
    #[arg(long)]
    stamp: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Html,
    Png,
    Svg,
    Markdown,
}

const FORMATS: [(&str, Format); 5] = [
    ("html", Format::Html),
    ("htm", Format::Html),
    ("png", Format::Png),
    ("svg", Format::Svg),
    ("md", Format::Markdown),
];

/// Bytes of a note at most.
const LONGEST_NOTE: u64 = 64 << 10;
/// Latency columns over eleven decades, and rows, as of pictures.
const COLUMNS: u32 = 80 * 11;
const ROWS: usize = 2048;

pub fn run(arguments: &mut Arguments) -> Result<Outcome, String> {
    let sides = arguments.compared.sides()?;
    let arguments = &*arguments;
    let target = Some(arguments.output.as_path());
    let format = output::format(target, arguments.format, &FORMATS, Format::Html)?;
    output::check_target(target)?;
    let to_stdout = arguments.output.as_os_str() == "-";
    if format == Format::Png && to_stdout && std::io::stdout().is_terminal() {
        return Err("a PNG is no text for a terminal: name a file".into());
    }
    if arguments.data && format != Format::Html {
        return Err("--data is for HTML: name the file .html".into());
    }
    let note = arguments.note.as_deref().map(note).transpose()?.unwrap_or_default();
    let Read { mut changes, summaries, outcome } = arguments.compared.read(&sides)?;
    let calls = shown_calls(&changes);
    let runs = sides.iter().map(|side| side.side.captures.len()).max().unwrap_or(1);
    let make = |selection: &Selection| {
        Closeup::new(CloseupRequest {
            selection: selection.clone(),
            calls: calls.clone(),
            most: KEPT.div_ceil(runs.max(1)),
            interval: Interval::AtMost(ROWS),
            columns: COLUMNS,
        })
    };
    let Looked { around, carriers, told } = second_look::look_and_see(&sides, &changes, make)?;
    second_look::regroup(&mut changes, &around);
    let mut seen = seen(&calls, &changes, &sides, told);
    for seen in &mut seen {
        seen.objects = Objects::of(carriers.each_ref().map(|side| side.call(&seen.event)));
    }
    let review = Review {
        seen,
        sides: facts(&sides, &changes, summaries),
        inputs: inputs(&sides)?,
        title: arguments.title.clone(),
        note,
        restricted: arguments.compared.header(&changes)[2..].to_vec(),
        command: command_line(),
        stamp: arguments.stamp.then(|| jiff::Zoned::now().strftime("%F %T %:z").to_string()),
        data: arguments.data.then(|| compare_json(&changes, &around)),
        changes: &changes,
        around: &around,
    };
    let bytes = written(&review, format, arguments.scale)?;
    output::write(target, &bytes)?;
    if !to_stdout {
        let size = bytes_text(bytes.len() as u64);
        messages::note(&format!("{}: {size}", arguments.output.display()));
    }
    Ok(outcome)
}

fn written(review: &Review<'_>, format: Format, scale: u32) -> Result<Vec<u8>, String> {
    let page = contents(review);
    match format {
        Format::Html => html(review).map(String::into_bytes),
        Format::Png => page_png(&page, scale),
        Format::Svg => page_svg(&page).map(String::into_bytes),
        Format::Markdown => Ok(markdown(review).into_bytes()),
    }
    .map_err(|error| error.to_string())
}

/// What of the captures was seen, by call.
fn seen(
    calls: &[String],
    changes: &Changes,
    sides: &[SideRequest],
    told: Told<Closeup>,
) -> Vec<Seen> {
    let mut all: Vec<Seen> = calls.iter().map(|call| Seen::of(call)).collect();
    let sets: [&RunSet; 2] = [&changes.base, &changes.new];
    for (at, ((told, side), set)) in told.into_iter().zip(sides).zip(sets).enumerate() {
        if told.is_empty() {
            continue;
        }
        for seen in &mut all {
            let label = side_label(side, set);
            seen.sides.push(SpectrogramSide { label, runs: Vec::new() });
            seen.is_read[at] = true;
        }
        for (number, (summary, closeup)) in told.into_iter().enumerate() {
            let number = side.kept.len() + number;
            let Some(run) = set.runs.get(number) else { continue };
            let mut found = closeup.finish(&summary);
            for seen in &mut all {
                let Some(CloseCall { spectrogram, kept }) = found.calls.remove(&seen.event) else {
                    continue;
                };
                let (label, first_ns, span_ns) = (run.label.clone(), run.first_ns, run.span_ns);
                let run_seen = SpectrogramRun { label, first_ns, span_ns, spectrogram };
                if let Some(side) = seen.sides.last_mut() {
                    side.runs.push(run_seen);
                }
                seen.kept[at].extend(kept.into_iter().map(|call| Kept { run: number, call }));
                let after = |ts_ns: &u64| ts_ns.saturating_sub(run.first_ns);
                seen.drops[at].extend(found.drops.iter().map(after));
            }
        }
        for seen in &mut all {
            seen.kept[at].sort_by(|a, b| b.call.cmp(&a.call));
        }
    }
    all
}

fn side_label(side: &SideRequest, set: &RunSet) -> String {
    match &set.runs[..] {
        [one] => one.label.clone(),
        _ => side.side.label.clone(),
    }
}

fn facts(sides: &[SideRequest], changes: &Changes, summaries: Vec<SideSummary>) -> [SideFacts; 2] {
    let mut facts = [SideFacts::default(), SideFacts::default()];
    let sets = [&changes.base, &changes.new];
    for ((facts, side), (summary, set)) in
        facts.iter_mut().zip(sides).zip(summaries.into_iter().zip(sets))
    {
        (facts.hosts, facts.containers) = (summary.hosts, summary.containers);
        let runs = set.runs.iter().skip(side.kept.len()).zip(&side.side.captures);
        let run = |((run, named), first): ((&crate::compare::run::Run, &Named), &u64)| RunFacts {
            command: format!("analyze events {}", quoted(&paths(named))),
            offset_ns: run.first_ns.saturating_sub(*first),
        };
        let kept = side.kept.iter().map(|_| RunFacts::default());
        facts.runs = kept.chain(runs.zip(&summary.first_ns).map(run)).collect();
    }
    facts
}

fn paths(named: &Named) -> String {
    named.files.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// The captures with their hashes.
fn inputs(sides: &[SideRequest]) -> Result<Vec<Input>, String> {
    let captures: Vec<&Named> = sides.iter().flat_map(|side| &side.side.captures).collect();
    captures.into_par_iter().map(input).collect()
}

fn input(named: &Named) -> Result<Input, String> {
    let mut input = Input { label: named.label.clone(), path: paths(named), ..Input::default() };
    let files: Option<Vec<&Path>> = named
        .files
        .iter()
        .map(|file| match file {
            Location::File(path) if path.is_file() => Some(path.as_path()),
            _ => None,
        })
        .collect();
    let Some(files) = files else { return Ok(input) };
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    for path in files {
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        let mut file = File::open(path).map_err(failed)?;
        loop {
            let read = file.read(&mut buffer).map_err(failed)?;
            if read == 0 {
                break;
            }
            hash.update(&buffer[..read]);
            input.bytes += read as u64;
        }
    }
    for byte in hash.finalize() {
        input.sha256.push_str(&format!("{byte:02x}"));
    }
    Ok(input)
}

/// A note, line by line.
fn note(path: &Path) -> Result<Vec<String>, String> {
    let failed = |why: &dyn std::fmt::Display| format!("--note {}: {why}", path.display());
    let mut text = String::new();
    let file = File::open(path).map_err(|error| failed(&error))?;
    file.take(LONGEST_NOTE + 1).read_to_string(&mut text).map_err(|error| failed(&error))?;
    if text.len() as u64 > LONGEST_NOTE {
        return Err(failed(&"longer than 64 KiB"));
    }
    Ok(text.lines().map(|line| line.trim_end().to_owned()).collect())
}

/// The command line that was typed, for a shell.
fn command_line() -> String {
    let arguments = std::env::args_os().skip(1);
    let words = arguments.map(|word| quoted(&word.to_string_lossy()));
    std::iter::once("analyze".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:,=@%+".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
