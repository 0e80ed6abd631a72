//! `analyze compare`: what changed between two sets of runs, how sure that is,
//! of what kind, and where.

use std::path::PathBuf;

use clap::Args;

use super::compared::{Compared, Read};
use super::messages::Outcome;
use super::output::{self, Colour};
use super::second_look;
use crate::compare::Surroundings;
use crate::compare::change::Changes;
use crate::compare::verdict::verdict;
use crate::report::{
    compare_csv, compare_details, compare_json, compare_table, harmless, markdown, render,
};

const EXAMPLES: &str = "\
Examples:
  analyze compare a.scap b.scap                       two runs
  analyze compare --base a1 a2 a3 --new b1 b2 b3      sets of runs: a sharper answer
  analyze compare a.scap b.scap --container worker    one container; others are its neighbours
  analyze compare a.scap b.scap --per clock_nanosleep every figure per task
  analyze compare one.scap --base-container x --new-container y
  analyze compare one.scap --base-window 0s..10s --new-window 20s..30s
  analyze compare --base worker.baseline --new today.scap    runs kept by analyze baseline
  analyze compare a.scap b.scap --format json         all figures";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    compared: Compared,
    /// All that is known of every call that matters
    #[arg(short, long)]
    verbose: bool,
    /// Do not read the captures again to tell where the changes lie
    #[arg(long)]
    no_where: bool,
    /// Output format
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write to a file; its extension (json, md, csv, txt) implies the format
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// When to use colour
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    color: Colour,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
    Markdown,
}

const FORMATS: [(&str, Format); 4] = [
    ("json", Format::Json),
    ("csv", Format::Csv),
    ("md", Format::Markdown),
    ("txt", Format::Table),
];

pub fn run(arguments: &mut Arguments) -> Result<Outcome, String> {
    let sides = arguments.compared.sides()?;
    let arguments = &*arguments;
    let target = arguments.output.as_deref();
    let format = output::format(target, arguments.format, &FORMATS, Format::Table)?;
    output::check_target(target)?;
    let Read { mut changes, outcome, .. } = arguments.compared.read(&sides)?;
    let around = if arguments.no_where {
        Surroundings::default()
    } else {
        second_look::look(&sides, &changes)?
    };
    second_look::regroup(&mut changes, &around);
    let text = match format {
        Format::Json => format!("{:#}\n", compare_json(&changes, &around)),
        Format::Csv => compare_csv(&changes),
        Format::Markdown => in_markdown(arguments, &changes, &around),
        Format::Table => in_text(arguments, &changes, &around),
    };
    output::write(target, text.as_bytes())?;
    Ok(outcome)
}

/// Words first, then the table.
fn in_text(arguments: &Arguments, changes: &Changes, around: &Surroundings) -> String {
    let to_file = arguments.output.is_some();
    let colour = !to_file && arguments.color.wanted();
    let width = if to_file { usize::MAX } else { output::terminal_width() };
    let mut text = String::new();
    for (at, line) in verdict(changes, around).iter().enumerate() {
        let line = wrapped(&harmless(line), width);
        if at == 0 && colour {
            text.push_str(&format!("\x1b[1m{line}\x1b[0m\n"));
        } else {
            text.push_str(&format!("{line}\n"));
        }
    }
    text.push('\n');
    for line in arguments.compared.header(changes) {
        text.push_str(&format!("{}\n", harmless(&line)));
    }
    text.push('\n');
    let (columns, paint, hidden) = compare_table(changes);
    text.push_str(&render(&columns, width, &paint, colour));
    if let Some(hidden) = hidden {
        text.push_str(&format!("{hidden}\n"));
    }
    if arguments.verbose {
        text.push('\n');
        for line in compare_details(changes, around) {
            text.push_str(&format!("{}\n", wrapped(&harmless(&line), width)));
        }
    }
    text
}

fn in_markdown(arguments: &Arguments, changes: &Changes, around: &Surroundings) -> String {
    let mut text = String::new();
    for line in verdict(changes, around) {
        text.push_str(&format!("{}\n\n", escaped(&line)));
    }
    for line in arguments.compared.header(changes) {
        text.push_str(&format!("* {}\n", escaped(&line)));
    }
    text.push('\n');
    text.push_str(&markdown(&compare_table(changes).0));
    if arguments.verbose {
        text.push('\n');
        for line in compare_details(changes, around) {
            let line = escaped(&line);
            let item = line.strip_prefix("  ").map(|rest| format!("  * {rest}"));
            text.push_str(&format!("{}\n", item.unwrap_or_else(|| format!("* {line}"))));
        }
    }
    text
}

fn escaped(line: &str) -> String {
    harmless(line).replace('<', "&lt;").replace('*', "\\*").replace('_', "\\_")
}

/// A line folded at spaces to the width; what follows is indented as it is.
fn wrapped(line: &str, width: usize) -> String {
    let indent = line.len() - line.trim_start().len();
    let hang = " ".repeat(indent + 2);
    let mut text = String::new();
    let mut column = 0;
    // a number stays with its percent sign
    let line = line.trim_start().replace(" %", "\u{a0}%");
    for word in line.split(' ') {
        let word = word.replace('\u{a0}', " ");
        let length = word.chars().count();
        if column == 0 {
            text.push_str(&" ".repeat(indent));
            column = indent;
        } else if column + 1 + length > width {
            text.push_str(&format!("\n{hang}"));
            column = hang.len();
        } else {
            text.push(' ');
            column += 1;
        }
        text.push_str(&word);
        column += length;
    }
    text
}
