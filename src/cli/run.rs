//! `analyze run`: a chisel over captures; over several, side by side.

use std::path::{Path, PathBuf};

use clap::Args;

use super::captures::NamedSide;
use super::common::{CaptureArguments, SelectionArguments};
use super::messages::Outcome;
use super::sql::{TableArguments, explain, filter_text};
use super::tables::{self, Asked};
use super::trace::TraceArguments;
use crate::chisel::sql::{Answer, Query, Tables};
use crate::chisel::stock::{self, Chisel};
use crate::compare::{SideAnswer, joined, ordered};
use crate::filter::fields::distance;
use crate::report::harmless;

const EXAMPLES: &str = "\
Examples:
  analyze run topfiles_time a.scap
  analyze run topfiles_time --base good1.scap good2.scap --new bad.scap
  analyze run fdbytes_by --arg key=proc.name a.scap
  analyze run ./mine.sql a.scap 'container.name=worker'

analyze chisels lists what there is; analyze chisels NAME explains one.";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// A chisel: its name, or the path of a file
    #[arg(value_name = "CHISEL")]
    chisel: String,
    #[command(flatten)]
    captures: CaptureArguments,
    #[command(flatten)]
    selection: SelectionArguments,
    #[command(flatten)]
    trace: TraceArguments,
    /// What the chisel is given; again for further ones
    #[arg(long = "arg", value_name = "NAME=VALUE", value_parser = pair)]
    given: Vec<(String, String)>,
    /// Rows to show; 0: all. The chisel's own number unless told
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    #[command(flatten)]
    output: TableArguments,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) =
        text.split_once('=').ok_or_else(|| format!("'{text}' is not NAME=VALUE"))?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Where a user's own chisels lie: the nearest first.
pub fn folders() -> Vec<PathBuf> {
    let home = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")));
    let mut folders = vec![PathBuf::from("chisels")];
    folders.extend(home.map(|home| home.join("analyze/chisels")));
    folders
}

/// All chisels; of those of one name, the user's own.
pub fn all() -> Result<Vec<Chisel>, String> {
    let mut all: Vec<Chisel> = Vec::new();
    let mut found: Vec<Vec<Chisel>> = Vec::new();
    for folder in folders() {
        found.push(stock::in_folder(&folder)?);
    }
    let built_in = stock::built_in()?;
    found.push(built_in.clone());
    for mut chisel in found.into_iter().flatten() {
        // this repository's own folder holds what is built in
        if built_in.iter().any(|known| known.text == chisel.text) {
            chisel.path = None;
        }
        if !all.iter().any(|known| known.header.name == chisel.header.name) {
            all.push(chisel);
        }
    }
    all.sort_by(|a, b| a.header.name.cmp(&b.header.name));
    Ok(all)
}

/// The chisel that is named.
pub fn named(name: &str) -> Result<Chisel, String> {
    let path = Path::new(name);
    if name.contains('/') || path.extension().is_some_and(|extension| extension == "sql") {
        return stock::at(path);
    }
    let all = all()?;
    if let Some(chisel) = all.iter().find(|chisel| chisel.header.name == name) {
        return Ok(chisel.clone());
    }
    let near =
        all.iter().map(|chisel| (distance(name, &chisel.header.name), chisel)).min_by_key(|n| n.0);
    let near = near.filter(|(far, _)| *far <= name.len().div_ceil(2));
    let near = near
        .map_or_else(String::new, |(_, chisel)| format!("; did you mean {}?", chisel.header.name));
    Err(format!("there is no chisel {name}{near} analyze chisels lists all"))
}

pub fn run(arguments: &mut Arguments) -> Result<Outcome, String> {
    arguments.captures.give_filter(&mut arguments.selection)?;
    let arguments = &*arguments;
    arguments.output.check()?;
    let chisel = named(&arguments.chisel)?;
    let place = chisel.path.as_ref().map_or_else(
        || format!("chisel {}", chisel.header.name),
        |path| path.display().to_string(),
    );
    let text = chisel.query(&arguments.given)?;
    let query = Query::parse(&text).map_err(|error| format!("{place}: {error}"))?;
    // those that are built in are known to be sound
    if chisel.path.is_some() {
        Tables::check(&query).map_err(|error| format!("{place}: {error}"))?;
    }
    let filter = filter_text(&arguments.selection, None)?;
    let asked = Asked { query: &query, filter: &filter, memory: arguments.output.memory() };
    if arguments.output.explain {
        explain(&asked)?;
        return Ok(Outcome::Done);
    }
    let mut named = arguments.captures.sides()?;
    arguments.trace.apply(&mut named);
    let mut outcome = Outcome::Done;
    let mut sides = Vec::new();
    for NamedSide { label, captures } in &named {
        let read = tables::tables(captures, &asked)?;
        let answer = read.answer(&asked).map_err(|error| format!("{place}: {error}"))?;
        outcome = if read.outcome == Outcome::Done { outcome } else { read.outcome };
        sides.push(SideAnswer { label: harmless(label), span_ns: read.span_ns, answer });
    }
    let top = arguments.top.unwrap_or(chisel.header.top);
    let answer: Answer = match sides.len() {
        1 => ordered(sides.remove(0).answer, &chisel.header, top),
        _ => joined(&sides, &chisel.header, top),
    };
    arguments.output.write(&answer, Some(&chisel.header))?;
    Ok(outcome)
}
