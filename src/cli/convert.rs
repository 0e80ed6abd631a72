//! `analyze convert`: captures as Parquet, Arrow or CSV files, for `DuckDB`, pandas,
//! Spark.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use clap::Args;

use super::captures::{Named, sides};
use super::common::{SelectionArguments, checked, take_filter};
use super::converted;
use super::messages::{self, Outcome};
use super::sql::filter_text;
use super::trace::{self, TraceArguments};
use crate::chisel::sql::{Column, Export, ExportFormat, RowsRequest, Table, column, usual};
use crate::event::{bytes_text, several};
use crate::filter::Matching;
use crate::source::{Location, Watch};
use crate::state::{Opened, read};

const EXAMPLES: &str = "\
Examples:
  analyze convert a.scap b.scap -o out
  analyze convert a.scap -o out --table calls --columns evt_type,evt_latency,fd_name
  analyze convert a.scap -o out --format csv
  analyze topscalls out                  the captures in the folder, as they were
  duckdb -c \"SELECT evt_type, count(*) FROM 'out/calls/*/*.parquet' GROUP BY evt_type\"

Writes out/events/capture=LABEL/part.parquet and out/calls/capture=LABEL/part.parquet: zstd, a
row group for every 131,072 rows. A file that is there already is left alone, so that an
interrupted conversion goes on where it was; --force writes it anew. The captures are
kept beside their tables, compressed: every command takes the folder for them.";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Captures; the last argument is a filter if no file has that name and it
    /// holds an operator
    #[arg(required = true, value_name = "CAPTURE|FILTER")]
    captures: Vec<String>,
    /// Folder to write to
    #[arg(short, long, required = true, value_name = "FOLDER")]
    output: PathBuf,
    /// Names for the captures, in order
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    label: Vec<String>,
    /// Which tables; events and calls unless told
    #[arg(long, value_enum, value_delimiter = ',', value_name = "TABLE")]
    table: Vec<Which>,
    /// Which columns, instead of the usual ones
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,…")]
    columns: Vec<String>,
    /// Keep no copy of the captures beside their tables
    #[arg(long)]
    tables_only: bool,
    /// Format of the files
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write files anew that are there already
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    selection: SelectionArguments,
    #[command(flatten)]
    trace: TraceArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Which {
    Events,
    Calls,
    Http,
    Threads,
    Files,
    Containers,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    #[default]
    Parquet,
    Arrow,
    Csv,
}

impl Format {
    fn format(self) -> ExportFormat {
        match self {
            Format::Parquet => ExportFormat::Parquet,
            Format::Arrow => ExportFormat::Arrow,
            Format::Csv => ExportFormat::Csv,
        }
    }

    fn file_name(self) -> &'static str {
        match self {
            Format::Parquet => "part.parquet",
            Format::Arrow => "part.arrow",
            Format::Csv => "part.csv",
        }
    }
}

impl Which {
    fn table(self) -> Table {
        match self {
            Which::Events => Table::Events,
            Which::Calls => Table::Calls,
            Which::Http => Table::Http,
            Which::Threads => Table::Threads,
            Which::Files => Table::Files,
            Which::Containers => Table::Containers,
        }
    }
}

pub fn run(arguments: &mut Arguments) -> Result<Outcome, String> {
    let typed = take_filter(&mut arguments.captures);
    let arguments = &*arguments;
    let asked = columns(&arguments.columns)?;
    let matching = checked(&filter_text(&arguments.selection, typed.as_deref())?)?;
    let mut named = sides(&arguments.captures, &[], &[], &arguments.label)?;
    arguments.trace.apply(&mut named);
    let captures: Vec<Named> = named.into_iter().flat_map(|side| side.captures).collect();
    let all = [Which::Events, Which::Calls];
    let tables = if arguments.table.is_empty() { &all[..] } else { &arguments.table };
    let unwritten = |error| format!("cannot write {}: {error}", arguments.output.display());
    fs::create_dir_all(&arguments.output).map_err(unwritten)?;
    let mut outcome = Outcome::Done;
    for (at, capture) in captures.iter().enumerate() {
        let request = |which: &Which| {
            let table = which.table();
            RowsRequest {
                table,
                columns: if asked.is_empty() { usual_columns(table) } else { asked.clone() },
                matching: Matching::clone(&matching),
                capture: capture.label.clone(),
                run: i64::try_from(at + 1).unwrap_or(i64::MAX),
                most_bytes: usize::MAX,
            }
        };
        let requests = tables.iter().map(request).collect();
        if convert(arguments, capture, requests)? == Outcome::Damaged {
            outcome = Outcome::Damaged;
        }
        if super::interrupt::happened() {
            return Ok(outcome);
        }
        if arguments.tables_only {
            converted::begin(&arguments.output)?;
        } else {
            converted::keep(&arguments.output, capture, &kept_name(capture), arguments.force)?;
        }
    }
    Ok(outcome)
}

/// What a kept capture is called.
fn kept_name(named: &Named) -> String {
    let is_scap = named.files.iter().any(|location| match location {
        Location::File(path) => path.to_string_lossy().contains(".scap"),
        Location::Stdin => false,
    });
    folder_name(&named.label) + if is_scap { ".scap" } else { "" }
}

fn columns(names: &[String]) -> Result<Vec<Column>, String> {
    let one = |name: &String| {
        column(name).map_err(|nearest| {
            let nearest =
                nearest.map_or_else(String::new, |near| format!("; did you mean {near}?"));
            format!("there is no column {name}{nearest}")
        })
    };
    let mut columns: Vec<Column> = names.iter().map(one).collect::<Result<_, _>>()?;
    columns.dedup_by(|a, b| a.name == b.name);
    Ok(columns)
}

fn usual_columns(table: Table) -> Vec<Column> {
    usual(table, true).into_iter().filter_map(|name| column(name).ok()).collect()
}

/// A label as a folder's name: what a path, or a reader of `name=value` folders,
/// could take for something else is written as %XX, as Hive does.
fn folder_name(label: &str) -> String {
    let mut name = String::new();
    for byte in label.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    name
}

/// A table's file on its way.
struct Target {
    path: PathBuf,
    /// Where it is written until it is whole.
    beside: PathBuf,
}

impl Target {
    fn unwritten(&self, error: &std::io::Error) -> String {
        format!("cannot write {}: {error}", self.path.display())
    }

    fn begin(&self, request: RowsRequest, format: ExportFormat) -> Result<Export, String> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|error| self.unwritten(&error))?;
        let file = File::create(&self.beside).map_err(|error| self.unwritten(&error))?;
        Export::new(request, file, format)
    }

    fn give_up(&self) {
        let _ = fs::remove_file(&self.beside);
        // only if it is empty
        let _ = self.path.parent().map(fs::remove_dir);
    }
}

/// Writes the tables of a capture that are not there yet, in one reading of it.
fn convert(
    arguments: &Arguments,
    named: &Named,
    requests: Vec<RowsRequest>,
) -> Result<Outcome, String> {
    let (mut targets, mut wanted) = (Vec::new(), Vec::new());
    for request in requests {
        let folder = arguments
            .output
            .join(request.table.name())
            .join(format!("capture={}", folder_name(&named.label)));
        let path = folder.join(arguments.format.file_name());
        if path.exists() && !arguments.force {
            let shown = path.display();
            messages::note(&format!(
                "{shown} is there already and left alone; --force writes it anew"
            ));
            continue;
        }
        let beside = folder.join(format!(".part.{}.tmp", std::process::id()));
        targets.push(Target { path, beside });
        wanted.push(request);
    }
    if targets.is_empty() {
        return Ok(Outcome::Done);
    }
    let format = arguments.format.format();
    let begun = targets.iter().zip(wanted).map(|(target, request)| target.begin(request, format));
    let written = begun.collect::<Result<Vec<_>, _>>().and_then(|exports| write(named, exports));
    let (rows, outcome) = match written {
        Ok(written) if !super::interrupt::happened() => written,
        other => {
            targets.iter().for_each(Target::give_up);
            return other.map(|(_, outcome)| outcome);
        }
    };
    for (target, rows) in targets.iter().zip(rows) {
        fs::rename(&target.beside, &target.path).map_err(|error| target.unwritten(&error))?;
        let (shown, size) = (target.path.display(), size(&target.path));
        messages::note(&format!("{shown}: {}, {}", several(rows, "row"), bytes_text(size)));
    }
    Ok(outcome)
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |about| about.len())
}

/// Reads a capture into its tables: how many rows each has.
fn write(named: &Named, mut exports: Vec<Export>) -> Result<(Vec<u64>, Outcome), String> {
    let watch = Watch::new(super::interrupt::flag());
    let opened = Opened::open(&named.files, Some(&watch)).map_err(|error| error.to_string())?;
    let summary = read(opened.latency_from_gaps(named.gaps), &mut exports);
    trace::check_events(&named.label, &summary)?;
    let outcome = messages::losses(&named.label, &summary);
    let (mut rows, mut lost) = (Vec::new(), 0);
    for export in exports {
        let (written, unfit) = export.finish()?;
        rows.push(written);
        lost += unfit;
    }
    if lost > 0 {
        let lost = several(lost, "number");
        messages::note(&format!("{}: {lost} beyond 63 bits, NULL in the files", named.label));
    }
    summary.refusal().map_or(Ok((rows, outcome)), Err)
}
