//! `analyze chisels`: which chisels there are, and what one does.

use std::collections::BTreeMap;

use clap::Args;

use super::messages::Outcome;
use super::output;
use super::run::{all, named};
use crate::chisel::stock::Chisel;

const EXAMPLES: &str = "\
Examples:
  analyze chisels                 all, by category
  analyze chisels topfiles_time   what it does, and its query

A file with a head as theirs in ./chisels or ~/.config/analyze/chisels is one of them.";

#[derive(Args, Debug, Default)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// A chisel to explain
    #[arg(value_name = "NAME")]
    chisel: Option<String>,
}

pub fn run(arguments: &Arguments) -> Result<Outcome, String> {
    let text = match &arguments.chisel {
        Some(name) => explained(&named(name)?),
        None => listed(&all()?),
    };
    output::write(None, text.as_bytes())?;
    Ok(Outcome::Done)
}

fn listed(chisels: &[Chisel]) -> String {
    let mut categories: BTreeMap<&str, Vec<&Chisel>> = BTreeMap::new();
    for chisel in chisels {
        categories.entry(&chisel.header.category).or_default().push(chisel);
    }
    let width = chisels.iter().map(|chisel| chisel.header.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (category, chisels) in categories {
        text.push_str(&format!("{category}\n"));
        for chisel in chisels {
            let own = if chisel.path.is_some() { " (own)" } else { "" };
            text.push_str(&format!(
                "  {:width$}  {}{own}\n",
                chisel.header.name, chisel.header.about
            ));
        }
    }
    text
}

fn explained(chisel: &Chisel) -> String {
    let header = &chisel.header;
    let mut text = format!("{}: {}\n\n{}\n", header.name, header.about, header.description);
    if !header.differs.is_empty() {
        text.push_str(&format!("\nDiffers from sysdig's: {}\n", header.differs));
    }
    for argument in &header.arguments {
        let default = argument
            .default
            .as_ref()
            .map_or_else(|| "needed".to_owned(), |default| format!("{default} unless given"));
        text.push_str(&format!("\n--arg {}=…  {} ({default})\n", argument.name, argument.about));
    }
    let mut given = String::new();
    for argument in header.arguments.iter().filter(|argument| argument.default.is_none()) {
        given.push_str(&format!(" --arg {}=proc.name", argument.name));
    }
    text.push_str(&format!(
        "\nExamples:\n  analyze run {name}{given} a.scap\n  analyze run {name}{given} --base good.scap --new bad.scap\n\n",
        name = header.name
    ));
    let query = chisel.text.lines().skip_while(|line| line.starts_with("--"));
    query.for_each(|line| text.push_str(&format!("{line}\n")));
    text
}
