//! `analyze info`: what is in a capture, and what one may ask of it.

use std::path::PathBuf;

use clap::Args;

use super::captures::{NamedSide, read_all, sides};
use super::common::checked;
use super::messages::{self, Outcome};
use super::output;
use crate::chisel::{GroupBy, TopScalls, TopScallsRequest};
use crate::compare::CaptureFacts;
use crate::filter::{Matching, Selection};
use crate::report::{info_json, info_text};

const EXAMPLES: &str = "\
Examples:
  analyze info a.scap                   format, writer, machine, span, events, containers, damage
  analyze info --format json *.scap     the same as JSON, one entry a capture
  sysdig -w - | analyze info -          from stdin";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Captures; `a.scap0,a.scap1` is one of several files, `-` is stdin
    #[arg(value_name = "CAPTURE")]
    captures: Vec<String>,
    /// Names for the captures, in order
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    label: Vec<String>,
    /// Count only events that pass a filter in sysdig's language
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// Event types shown, the most frequent first
    #[arg(long, default_value_t = 10, value_name = "N")]
    top: usize,
    /// Output format
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write to a file; its extension (json, txt) implies the format
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

/// File name extensions and what they imply.
const FORMATS: [(&str, Format); 2] = [("json", Format::Json), ("txt", Format::Text)];

pub fn run(arguments: &Arguments) -> Result<Outcome, String> {
    let target = arguments.output.as_deref();
    let format = output::format(target, arguments.format, &FORMATS, Format::Text)?;
    output::check_target(target)?;
    let sides = sides(&arguments.captures, &[], &[], &arguments.label)?;
    let filter = checked(arguments.filter.as_deref().unwrap_or_default())?;
    let (captures, outcome) = read(&sides, filter)?;
    let text = match format {
        Format::Json => format!("{:#}\n", info_json(&captures)),
        Format::Text => info_text(&captures, arguments.top),
    };
    output::write(target, text.as_bytes())?;
    Ok(outcome)
}

fn read(sides: &[NamedSide], filter: Matching) -> Result<(Vec<CaptureFacts>, Outcome), String> {
    let selection = Selection { filter, ..Selection::default() };
    let request =
        TopScallsRequest { selection, group_by: GroupBy::Container, ..Default::default() };
    let read = read_all(sides, || TopScalls::new(request.clone()))?;
    let mut outcome = Outcome::Done;
    let mut captures = Vec::new();
    for (named, (summary, collector)) in
        sides.iter().flat_map(|side| &side.captures).zip(read.into_iter().flatten())
    {
        if messages::losses(&named.label, &summary) == Outcome::Damaged {
            outcome = Outcome::Damaged;
        }
        let result = collector.finish(&summary);
        captures.push(CaptureFacts { label: named.label.clone(), summary, result });
    }
    Ok((captures, outcome))
}
