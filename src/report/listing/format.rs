//! What a line looks like: text with fields in it, `%evt.num %10proc.name`. A
//! number before the name is a width: the value is cut or filled to it. A `*`
//! in front of all keeps lines in which a field has no value.

use crate::filter::fields::{Argument, Field, lookup};

/// The line that sysdig prints.
const USUAL: &str =
    "*%evt.num %evt.outputtime %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type %evt.info";
/// What stands for a field without value.
pub(super) const MISSING: &[u8] = b"<NA>";

/// A part of a line.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// As it is.
    Text(String),
    /// A field's value.
    Value {
        /// The field.
        field: &'static Field,
        /// What is written behind its name.
        argument: Argument,
        /// As it was written.
        name: String,
        /// Cut or filled to this many bytes.
        width: Option<usize>,
    },
}

/// A format that was read.
#[derive(Clone, Debug)]
pub struct LineFormat {
    pub(super) parts: Vec<Part>,
    /// Lines in which a field has no value are kept.
    pub(super) keeps_missing: bool,
}

impl LineFormat {
    /// Reads a format.
    ///
    /// # Errors
    /// Names what is no field, and the nearest one.
    pub fn parse(text: &str) -> Result<LineFormat, String> {
        let (keeps_missing, mut rest) = match text.strip_prefix('*') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let mut parts = Vec::new();
        while let Some(at) = rest.find('%') {
            let (before, behind) = rest.split_at(at);
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let (part, left) = value(&behind[1..])?;
            parts.push(part);
            rest = left;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        if !parts.iter().any(|part| matches!(part, Part::Value { .. })) {
            return Err(format!("the format '{text}' names no field; write '%evt.num %evt.type'"));
        }
        Ok(LineFormat { parts, keeps_missing })
    }

    /// sysdig's own.
    #[must_use]
    pub fn usual() -> LineFormat {
        LineFormat::parse(USUAL).unwrap_or(LineFormat { parts: Vec::new(), keeps_missing: true })
    }

    /// Fields and how they were written.
    pub(super) fn values(&self) -> impl Iterator<Item = (&str, &'static Field, &Argument)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Value { field, argument, name, .. } => Some((name.as_str(), *field, argument)),
        })
    }
}

/// The field behind a `%`, and what follows it.
fn value(text: &str) -> Result<(Part, &str), String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let width = text[..digits].parse().ok();
    let text = &text[digits..];
    let mut end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_')))
        .unwrap_or(text.len());
    if text[end..].starts_with('[')
        && let Some(close) = text[end..].find(']')
    {
        end += close + 1;
    }
    let name = text[..end].trim_end_matches('.');
    match lookup(name) {
        Ok((field, argument)) if !field.filter_only => {
            let part = Part::Value { field, argument, name: name.to_owned(), width };
            Ok((part, &text[name.len()..]))
        }
        Ok(_) => Err(format!("%{name}: this field is for filters only")),
        Err(unknown) => Err(match (unknown.reason, unknown.nearest) {
            (Some(reason), _) => format!("%{name}: {reason}"),
            (None, Some(nearest)) => format!("%{name} is no field; did you mean %{nearest}?"),
            (None, None) => format!("%{name} is no field; `analyze fields` lists them"),
        }),
    }
}
