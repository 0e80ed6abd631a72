//! `analyze events`: events as lines, the way sysdig lists them.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::Args;

use super::captures::{Named, sides};
use super::common::{SelectionArguments, take_filter};
use super::merge::merged;
use super::messages::{self, Outcome};
use super::output;
use super::trace::{self, TraceArguments};
use crate::event::parse_duration_ns;
use crate::filter::Matching;
use crate::filter::args::Buffer;
use crate::filter::fields::{Settings, TimeStyle};
use crate::report::{LineFormat, Lines, Lister, ListingRequest, Style};
use crate::source::{Location, Watch, Window};
use crate::state::{Event, Opened, Summary, Visitor, World, read};

const EXAMPLES: &str = "\
Examples:
  analyze events a.scap                              all events, as sysdig -r prints them
  analyze events a.scap 'evt.type=lstat and evt.latency>10us and evt.dir=<'
  analyze events a.scap --container worker -n 20     the first 20 of one container
  analyze events a.scap -p '%evt.time %proc.name %fd.name' 'fd.type=file'
  analyze events a.scap -j 'evt.failed=true'         a JSON object a line
  analyze events --merge a.scap b.scap               two captures by time
  analyze events a.scap --around 1234,5ms            what happened near event 1234
  analyze events a.strace 'fd.name contains /etc'    of strace's text, or perf trace's

Fields are listed by `analyze fields`, the language is sysdig's: and, or, not,
= != < <= > >= contains icontains startswith endswith glob iglob regex in pmatch
intersects exists.";

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
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
    /// Fields and text of a line; `*` in front keeps lines with missing values
    #[arg(short = 'p', long, value_name = "FORMAT")]
    print: Option<String>,
    /// Times: h of day, a since the epoch, r since the start, d latency, D since the line before
    #[arg(short = 't', long, value_enum, default_value_t, value_name = "STYLE")]
    time: Time,
    /// Data in hexadecimal
    #[arg(short = 'x', long, group = "data")]
    hex: bool,
    /// Data in hexadecimal, with its text beside it
    #[arg(short = 'X', long, group = "data")]
    hex_ascii: bool,
    /// Data as text with its line breaks
    #[arg(short = 'A', long, group = "data")]
    ascii: bool,
    /// Data in base 64
    #[arg(short = 'b', long, group = "data")]
    base64: bool,
    /// Data never cut (else at 80 characters)
    #[arg(short = 'v', long, group = "data")]
    full: bool,
    /// Bytes of data at most, whatever their form
    #[arg(short = 's', long, value_name = "BYTES")]
    snaplen: Option<usize>,
    /// Lines at most
    #[arg(short = 'n', long, value_name = "N")]
    limit: Option<u64>,
    /// A JSON object a line
    #[arg(short = 'j', long, conflicts_with = "format")]
    json: bool,
    /// Output format
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// All captures in one listing, by time
    #[arg(long)]
    merge: bool,
    /// Only what happened near an event: its number and how far, e.g. a:1234,5ms
    #[arg(long, value_name = "[LABEL:]NUM[,TIME]")]
    around: Option<String>,
    /// Write to a file; its extension (txt, json, csv) implies the format
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
enum Time {
    #[default]
    H,
    A,
    R,
    #[value(name = "d")]
    D,
    #[value(name = "D")]
    Delta,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Csv,
}

const FORMATS: [(&str, Format); 4] =
    [("txt", Format::Text), ("json", Format::Json), ("jsonl", Format::Json), ("csv", Format::Csv)];

/// Where lines go.
struct Out(BufWriter<Box<dyn Write + Send>>);

impl Lines for Out {
    fn line(&mut self, _: u64, line: &[u8]) -> io::Result<()> {
        self.0.write_all(line)
    }
}

impl Lines for &mut Out {
    fn line(&mut self, ts_ns: u64, line: &[u8]) -> io::Result<()> {
        Out::line(self, ts_ns, line)
    }
}

pub fn run(arguments: &Arguments) -> Result<Outcome, String> {
    let mut paths = arguments.captures.clone();
    let typed = take_filter(&mut paths);
    let mut sides = sides(&paths, &[], &[], &arguments.label)?;
    arguments.trace.apply(&mut sides);
    let captures: Vec<Named> = sides.into_iter().flat_map(|side| side.captures).collect();
    check_present(&captures)?;
    let mut request = request(arguments, typed.as_deref())?;
    output::check_target(arguments.output.as_deref())?;
    let captures = match &arguments.around {
        Some(text) => near(text, captures, &mut request)?,
        None => captures,
    };
    let mut out = open(arguments)?;
    let done = list(&captures, &request, arguments.merge, &mut out);

    done.and_then(|outcome| match out.0.flush() {
        Ok(()) => Ok(outcome),
        Err(error) => written(&error).map(|()| outcome),
    })
}

/// Nothing is listed if one of the captures is missing.
fn check_present(captures: &[Named]) -> Result<(), String> {
    for location in captures.iter().flat_map(|capture| &capture.files) {
        if let Location::File(path) = location
            && std::fs::metadata(path).is_err()
        {
            Window::open(location).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

/// A reader that closed the pipe has read enough.
fn written(error: &io::Error) -> Result<(), String> {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Ok(());
    }
    Err(format!("cannot write: {error}"))
}

fn open(arguments: &Arguments) -> Result<Out, String> {
    let out: Box<dyn Write + Send> = match arguments.output.as_deref() {
        Some(path) if path.as_os_str() != "-" => {
            let file = std::fs::File::create(path);
            Box::new(file.map_err(|error| format!("cannot write {}: {error}", path.display()))?)
        }
        _ => Box::new(io::stdout()),
    };
    Ok(Out(BufWriter::with_capacity(256 << 10, out)))
}

fn request(arguments: &Arguments, typed: Option<&str>) -> Result<ListingRequest, String> {
    let format = output::format(
        arguments.output.as_deref(),
        arguments.format.or(arguments.json.then_some(Format::Json)),
        &FORMATS,
        Format::Text,
    )?;
    let line = match &arguments.print {
        Some(text) => LineFormat::parse(text)?,
        None => LineFormat::usual(),
    };
    let time = match arguments.time {
        Time::H => TimeStyle::Human,
        Time::A => TimeStyle::Absolute,
        Time::R => TimeStyle::Relative,
        Time::D => TimeStyle::Latency,
        Time::Delta => TimeStyle::Delta,
    };
    let buffer = match () {
        () if arguments.hex => Buffer::Hex,
        () if arguments.hex_ascii => Buffer::HexAscii,
        () if arguments.ascii => Buffer::Lines,
        () if arguments.base64 => Buffer::Base64,
        () if arguments.full || arguments.snaplen.is_some() => Buffer::Full,
        () => Buffer::Short,
    };
    let offset_s = i64::from(jiff::Zoned::now().offset().seconds());
    let settings = Settings { time, buffer, offset_s, snaplen: arguments.snaplen };
    Ok(ListingRequest {
        format: line,
        matching: arguments.selection.matching(typed)?,
        settings,
        style: match format {
            Format::Text => Style::Text,
            Format::Json => Style::Json,
            Format::Csv => Style::Csv,
        },
        limit: arguments.limit.unwrap_or(u64::MAX),
        label: None,
    })
}

fn list(
    captures: &[Named],
    request: &ListingRequest,
    merge: bool,
    out: &mut Out,
) -> Result<Outcome, String> {
    if merge && captures.len() > 1 {
        return merged(captures, request, |line| out.0.write_all(line));
    }
    let mut outcome = Outcome::Done;
    let mut left = request.limit;
    for (at, capture) in captures.iter().enumerate() {
        let label = (captures.len() > 1).then(|| capture.label.clone());
        let request = ListingRequest { label, limit: left, ..request.clone() };
        let mut lister = Lister::new(request, &mut *out);
        if at == 0 {
            lister.begin();
        }
        let summary = read_one(capture, &mut lister)?;
        match lister.finish() {
            Ok(printed) => left -= printed,
            Err(error) => return written(&error).map(|()| Outcome::Done),
        }
        if messages::losses(&capture.label, &summary) == Outcome::Damaged {
            outcome = Outcome::Damaged;
        }
        if left == 0 || super::interrupt::happened() {
            break;
        }
    }
    Ok(outcome)
}

/// Reads one capture.
pub(super) fn read_one<V: Visitor>(capture: &Named, visitor: &mut V) -> Result<Summary, String> {
    let watch = Watch::new(super::interrupt::flag());
    let opened = Opened::open(&capture.files, Some(&watch)).map_err(|error| error.to_string())?;
    let summary = read(opened.latency_from_gaps(capture.gaps), visitor);
    trace::check_events(&capture.label, &summary)?;
    summary.refusal().map_or(Ok(summary), Err)
}

/// Looks for the time of one event.
struct Find {
    num: u64,
    ts_ns: Option<u64>,
}

impl Visitor for Find {
    fn event(&mut self, event: &Event<'_>, _: &mut World) {
        if event.num == self.num {
            self.ts_ns = self.ts_ns.or(Some(event.raw.ts_ns));
        }
    }

    fn done(&self) -> bool {
        self.ts_ns.is_some()
    }
}

/// How far around an event is near, ns.
const NEAR_NS: u64 = 10_000_000;

/// Keeps the capture of the event that `text` names, and narrows the request
/// to what happened near it.
fn near(
    text: &str,
    captures: Vec<Named>,
    request: &mut ListingRequest,
) -> Result<Vec<Named>, String> {
    let (label, rest) = match text.rsplit_once(':') {
        Some((label, rest)) => (Some(label), rest),
        None => (None, text),
    };
    let (num, far) = match rest.split_once(',') {
        Some((num, far)) => {
            let bare = far.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            let far = if bare { format!("{far}ms") } else { far.to_owned() };
            (num, parse_duration_ns(&far)?)
        }
        None => (rest, NEAR_NS),
    };
    let num = num.parse().map_err(|_| format!("--around {text}: '{num}' is no event number"))?;
    let labels: Vec<String> = captures.iter().map(|capture| capture.label.clone()).collect();
    let named: Vec<Named> = captures
        .into_iter()
        .filter(|capture| label.is_none_or(|label| label == capture.label))
        .collect();
    let [capture] = named.as_slice() else {
        return Err(format!("--around {text}: of which capture? {}", labels.join(", ")));
    };
    if capture.files.contains(&Location::Stdin) {
        return Err("--around reads twice and cannot read stdin; give a file".into());
    }
    let mut find = Find { num, ts_ns: None };
    read_one(capture, &mut find)?;
    let Some(ts_ns) = find.ts_ns else {
        return Err(format!("--around {text}: {} has no event {num}", capture.label));
    };
    let window = format!(
        "evt.rawtime>={} and evt.rawtime<={}",
        ts_ns.saturating_sub(far),
        ts_ns.saturating_add(far)
    );
    let both = if request.matching.is_empty() {
        window
    } else {
        format!("{window} and ({})", request.matching.tree())
    };
    request.matching = Matching::parse(&both).map_err(|error| error.to_string())?;
    Ok(named)
}
