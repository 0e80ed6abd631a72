//! Sees the events of one capture and writes a line for each that passes.

use std::io;

use super::format::{LineFormat, MISSING, Part};
use super::text::{disarm, json, keeps_lines, write};
use crate::event::{Kind, event_type};
use crate::filter::Matching;
use crate::filter::fields::{Context, Needs, Previous, Settings};
use crate::filter::value::Values;
use crate::format::scap::event::STATE_ONLY;
use crate::state::{Event, Visitor, World};

/// How lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Style {
    /// By the format.
    #[default]
    Text,
    /// A JSON object a line; names are those of the fields.
    Json,
    /// Comma-separated values of the format's fields.
    Csv,
}

/// What is to be listed, and how.
#[derive(Clone, Debug)]
pub struct ListingRequest {
    /// Fields and text of a line.
    pub format: LineFormat,
    /// Which events.
    pub matching: Matching,
    /// How times and data are written.
    pub settings: Settings,
    /// How lines are written.
    pub style: Style,
    /// Lines at most.
    pub limit: u64,
    /// Stands before each line.
    pub label: Option<String>,
}

/// Takes the lines.
pub trait Lines {
    /// Takes one line, with its end, of an event at `ts_ns`.
    ///
    /// # Errors
    /// When nobody takes lines any more.
    fn line(&mut self, ts_ns: u64, line: &[u8]) -> io::Result<()>;
}

/// The visitor.
#[derive(Debug)]
pub struct Lister<W> {
    request: ListingRequest,
    out: W,
    line: Vec<u8>,
    printed: u64,
    previous: Previous,
    error: Option<io::Error>,
}

impl<W: Lines> Lister<W> {
    /// Writes to `out`.
    #[must_use]
    pub fn new(request: ListingRequest, out: W) -> Lister<W> {
        let previous = Previous::default();
        Lister { request, out, line: Vec::new(), printed: 0, previous, error: None }
    }

    /// The head of a table of comma-separated values; nothing otherwise.
    pub fn begin(&mut self) {
        if self.request.style != Style::Csv {
            return;
        }
        let mut names: Vec<&str> = Vec::new();
        if self.request.label.is_some() {
            names.push("capture");
        }
        names.extend(self.request.format.values().map(|(name, ..)| name));
        let head = names.join(",") + "\n";
        if let Err(error) = self.out.line(0, head.as_bytes()) {
            self.error = Some(error);
        }
    }

    /// Lines written, or why they could not be.
    ///
    /// # Errors
    /// What writing said.
    pub fn finish(self) -> io::Result<u64> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(self.printed),
        }
    }

    fn fill(&mut self, context: &Context<'_>) -> bool {
        self.line.clear();
        match self.request.style {
            Style::Text => self.fill_text(context),
            Style::Json => self.fill_json(context),
            Style::Csv => self.fill_csv(context),
        }
    }

    fn fill_text(&mut self, context: &Context<'_>) -> bool {
        let ListingRequest { format, label, .. } = &self.request;
        let settings = context.settings;
        if let Some(label) = label {
            self.line.extend_from_slice(label.as_bytes());
            self.line.push(b' ');
        }
        let mut values = Values::new();
        for part in &format.parts {
            let (field, argument, width) = match part {
                Part::Text(text) => {
                    self.line.extend_from_slice(text.as_bytes());
                    continue;
                }
                Part::Value { field, argument, width, .. } => (field, argument, width),
            };
            let start = self.line.len();
            if let Some(write) = field.write {
                write(context, &mut self.line);
                disarm(&mut self.line[start..], keeps_lines(settings.buffer));
                fit(&mut self.line, start, *width);
                continue;
            }
            values.clear();
            field.values(context, argument, &mut values);
            match values.first() {
                Some(value) => write(value, field, settings.buffer, &mut self.line),
                None if format.keeps_missing => self.line.extend_from_slice(MISSING),
                None => return false,
            }
            fit(&mut self.line, start, *width);
        }
        self.line.push(b'\n');
        true
    }

    fn fill_json(&mut self, context: &Context<'_>) -> bool {
        let ListingRequest { format, label, .. } = &self.request;
        let settings = context.settings;
        let mut object = serde_json::Map::new();
        if let Some(label) = label {
            object.insert("capture".into(), label.clone().into());
        }
        for (name, field, argument) in format.values() {
            let mut values = Values::new();
            if name == "evt.outputtime" {
                object.insert(name.to_owned(), context.event.raw.ts_ns.into());
                continue;
            }
            field.values(context, argument, &mut values);
            let value = match values.first() {
                Some(value) => json(value, settings.buffer),
                None if format.keeps_missing => serde_json::Value::Null,
                None => return false,
            };
            object.insert(name.to_owned(), value);
        }
        self.line.extend_from_slice(serde_json::Value::Object(object).to_string().as_bytes());
        self.line.push(b'\n');
        true
    }

    fn fill_csv(&mut self, context: &Context<'_>) -> bool {
        let ListingRequest { format, label, .. } = &self.request;
        let settings = context.settings;
        let mut cell = Vec::new();
        let labels = label.iter().map(std::string::String::as_bytes);
        for label in labels {
            quote(label, &mut self.line);
            self.line.push(b',');
        }
        for (_, field, argument) in format.values() {
            let mut values = Values::new();
            field.values(context, argument, &mut values);
            cell.clear();
            match values.first() {
                Some(value) => write(value, field, settings.buffer, &mut cell),
                None if format.keeps_missing => {}
                None => return false,
            }
            quote(&cell, &mut self.line);
            self.line.push(b',');
        }
        self.line.pop();
        self.line.push(b'\n');
        true
    }
}

/// Cuts or fills what was written from `start` on.
fn fit(line: &mut Vec<u8>, start: usize, width: Option<usize>) {
    if let Some(width) = width {
        line.resize(start + width, b' ');
    }
}

/// A cell of a table of comma-separated values.
fn quote(text: &[u8], out: &mut Vec<u8>) {
    if !text.iter().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    for byte in text {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

/// Events that sysdig does not list.
fn is_hidden(event: &Event<'_>) -> bool {
    event.raw.dump_flags & STATE_ONLY != 0
        || event_type(event.raw.code).is_none_or(|kind| kind.is_internal)
}

impl<W: Lines> Visitor for Lister<W> {
    fn event(&mut self, event: &Event<'_>, world: &mut World) {
        if self.done() || event.hidden {
            return;
        }
        let settings = std::mem::take(&mut self.request.settings);
        self.take(event, world, &settings);
        self.request.settings = settings;
    }

    fn wants(&self, kind: Kind, exit: bool) -> bool {
        self.request.matching.may_pass(kind, exit)
    }

    fn wants_details(&self) -> bool {
        let fields = self.request.format.values().map(|(_, field, _)| field.needs);
        fields.chain([self.request.matching.needs()]).max() > Some(Needs::Params)
    }

    fn done(&self) -> bool {
        self.error.is_some() || self.printed >= self.request.limit
    }
}

impl<W: Lines> Lister<W> {
    fn take(&mut self, event: &Event<'_>, world: &World, settings: &Settings) {
        // asked about hidden events too: fields that remember must see them
        if !self.request.matching.passes(event, world, settings) || is_hidden(event) {
            return;
        }
        let previous = std::mem::take(&mut self.previous);
        let context = Context { event, world, settings, previous: &previous };
        let whole = self.fill(&context);
        self.previous = previous;
        if !whole {
            return;
        }
        self.printed += 1;
        if let Err(error) = self.out.line(event.raw.ts_ns, &self.line) {
            self.error = Some(error);
        }
    }
}
