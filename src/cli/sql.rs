//! `analyze sql`: one query over the events or calls of captures.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Args;

use super::captures::{Named, sides};
use super::common::{SelectionArguments, take_filter};
use super::messages::Outcome;
use super::output::{self, Colour};
use super::run::named;
use super::shell::{Asked as Asks, shell};
use super::tables::{self, Asked};
use super::trace::TraceArguments;
use crate::chisel::sql::{Answer, Fold, Query, Tables, parquet};
use crate::chisel::stock::Header;
use crate::compare::ordered;
use crate::report::{answer_columns, answer_csv, answer_json, markdown, render};

const EXAMPLES: &str = "\
Examples:
  analyze sql 'SELECT evt_type, count(*) AS n FROM calls GROUP BY evt_type ORDER BY n DESC' a.scap
  analyze sql 'SELECT proc_name, sum(evt_latency) AS ns FROM calls GROUP BY proc_name' a.scap b.scap
  analyze sql slow.sql a.scap --format json
  analyze sql a.scap b.scap          asks for queries, and completes columns with TAB

Tables: events (a row an event) and calls (a row a finished call, told at its exit).
Columns: the names of analyze fields with _ for . and [: evt_type, fd_name, proc_aname_2,
evt_arg_name; also capture, run (its number) and evt_time. Times and latencies are ns.";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The query, or a file that holds it; a capture: queries are asked for
    #[arg(value_name = "QUERY|FILE", allow_hyphen_values = true)]
    query: String,
    /// Captures; the last argument is a filter if no file has that name and it
    /// holds an operator
    #[arg(value_name = "CAPTURE|FILTER")]
    captures: Vec<String>,
    /// Names for the captures, in order
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    label: Vec<String>,
    #[command(flatten)]
    selection: SelectionArguments,
    #[command(flatten)]
    trace: TraceArguments,
    #[command(flatten)]
    output: TableArguments,
}

/// How tables are written.
#[derive(Args, Debug)]
pub struct TableArguments {
    /// Say what is read for the query, and read nothing
    #[arg(long)]
    pub explain: bool,
    /// Memory that may be used: 4GB; half of the machine's unless told
    #[arg(long, value_name = "SIZE", value_parser = tables::memory_size)]
    pub memory_limit: Option<u64>,
    /// Output format
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Write to a file; its extension (json, csv, md, parquet, txt) implies the format
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// When to use colour
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Colour,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Table,
    Json,
    Csv,
    Markdown,
    Parquet,
}

const FORMATS: [(&str, Format); 5] = [
    ("txt", Format::Table),
    ("json", Format::Json),
    ("csv", Format::Csv),
    ("md", Format::Markdown),
    ("parquet", Format::Parquet),
];

impl TableArguments {
    /// Memory that may be used, bytes.
    pub fn memory(&self) -> u64 {
        self.memory_limit.unwrap_or_else(tables::half_of_memory)
    }

    /// The format, and whether the target can be written.
    pub fn check(&self) -> Result<Format, String> {
        let target = self.output.as_deref();
        let format = output::format(target, self.format, &FORMATS, Format::Table)?;
        output::check_target(target)?;
        let to_terminal = target.is_none() && std::io::stdout().is_terminal();
        if format == Format::Parquet && to_terminal {
            return Err("Parquet is no text for a terminal; name a file: -o FILE.parquet".into());
        }
        Ok(format)
    }

    /// Writes a table.
    pub fn write(&self, answer: &Answer, header: Option<&Header>) -> Result<(), String> {
        let target = self.output.as_deref();
        let text = match self.check()? {
            Format::Json => format!("{:#}\n", answer_json(answer, header)),
            Format::Parquet => return output::write(target, &parquet(&answer.block())?),
            Format::Csv => answer_csv(answer),
            Format::Markdown => markdown(&answer_columns(answer, header)),
            Format::Table => {
                let colour = target.is_none() && self.color.wanted();
                let width = if target.is_some() { usize::MAX } else { output::terminal_width() };
                render(&answer_columns(answer, header), width, &[], colour)
            }
        };
        output::write(target, text.as_bytes())
    }
}

/// What would be read for a query.
pub fn explain(asked: &Asked<'_>) -> Result<(), String> {
    let names = |list: Vec<&str>| list.join(", ");
    let filter = tables::whole_filter(asked)?;
    let kept = match Fold::of(asked.query) {
        Some(fold) => format!("one row a group, of which is asked\n         {}", fold.query.text),
        None => "every row that passes".to_owned(),
    };
    let text = format!(
        "tables:  {}\ncolumns: {}\nfilter:  {}\nkept:    {kept}\n",
        names(asked.query.tables.iter().map(|table| table.name()).collect()),
        names(asked.query.columns.iter().map(|column| column.name.as_str()).collect()),
        if filter.is_empty() { "(none: every event is looked at)" } else { &filter },
    );
    output::write(None, text.as_bytes())
}

pub fn run(arguments: &mut Arguments) -> Result<Outcome, String> {
    let typed = take_filter(&mut arguments.captures);
    let asks = is_capture(&arguments.query);
    if asks {
        arguments.captures.insert(0, arguments.query.clone());
    }
    let arguments = &*arguments;
    arguments.output.check()?;
    let filter = filter_text(&arguments.selection, typed.as_deref())?;
    if asks {
        return shell(|asked| match asked {
            Asks::Query(text) => answer(arguments, ("query", text), &filter, None),
            Asks::Chisel(name) => {
                let chisel = named(name)?;
                let text = chisel.query(&[])?;
                answer(arguments, (name, &text), &filter, Some(&chisel.header))
            }
        });
    }
    let (name, text) = query_text(&arguments.query)?;
    answer(arguments, (&name, &text), &filter, None)
}

/// Answers one query.
fn answer(
    arguments: &Arguments,
    (name, text): (&str, &str),
    filter: &str,
    header: Option<&Header>,
) -> Result<Outcome, String> {
    let query = Query::parse(text).map_err(|error| format!("{name}: {error}"))?;
    Tables::check(&query).map_err(|error| format!("{name}: {error}"))?;
    let asked = Asked { query: &query, filter, memory: arguments.output.memory() };
    if arguments.output.explain {
        explain(&asked)?;
        return Ok(Outcome::Done);
    }
    let mut named = sides(&arguments.captures, &[], &[], &arguments.label)?;
    arguments.trace.apply(&mut named);
    let captures: Vec<Named> = named.into_iter().flat_map(|side| side.captures).collect();
    let read = tables::tables(&captures, &asked)?;
    let found = read.answer(&asked).map_err(|error| format!("{name}: {error}"))?;
    let found = match header {
        Some(header) => ordered(found, header, header.top),
        None => found,
    };
    arguments.output.write(&found, header)?;
    Ok(read.outcome)
}

/// Whether the first argument is a capture and no query: a file whose name does not
/// end as that of a query does.
fn is_capture(argument: &str) -> bool {
    let path = std::path::Path::new(argument);
    path.exists() && path.extension().is_none_or(|extension| extension != "sql")
}

/// The name of a query for errors, and its text.
fn query_text(argument: &str) -> Result<(String, String), String> {
    let path = std::path::Path::new(argument);
    if !argument.contains(char::is_whitespace) && path.is_file() {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{argument}: {error}"))?;
        return Ok((argument.to_owned(), text));
    }
    if !argument.contains(char::is_whitespace) {
        return Err(format!("'{argument}' is no query and no file; write 'SELECT … FROM calls'"));
    }
    Ok(("query".into(), argument.to_owned()))
}

/// All conditions that were typed, as one filter.
pub fn filter_text(selection: &SelectionArguments, typed: Option<&str>) -> Result<String, String> {
    let short = selection.selection()?.filter_text();
    super::common::joined(&[selection.filter.as_deref(), typed, Some(short.as_str())])
}
