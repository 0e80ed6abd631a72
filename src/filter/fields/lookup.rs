//! From a written name to a field and its argument.

use super::field::{Argument, ArgumentRule, Field};
use super::{
    container, evt, evt_args, evt_io, evt_time, fd, fd_ends, fdlist, orchestrator, process,
    process_family, syslog, thread, user,
};
use crate::event::{ParamType, event_types};

/// The tables, a class each.
const CLASSES: [&[Field]; 15] = [
    evt::FIELDS,
    evt_time::FIELDS,
    evt_args::FIELDS,
    &evt_args::RAW,
    evt_io::FIELDS,
    process::FIELDS,
    process_family::FIELDS,
    thread::FIELDS,
    user::FIELDS,
    container::FIELDS,
    fd::FIELDS,
    fd_ends::FIELDS,
    fdlist::FIELDS,
    syslog::FIELDS,
    orchestrator::FIELDS,
];

/// All fields, class by class.
pub fn all() -> impl Iterator<Item = &'static Field> {
    CLASSES.into_iter().flatten()
}

/// A name that no field has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownField {
    /// What was written.
    pub name: String,
    /// The field with the most similar name.
    pub nearest: Option<&'static str>,
    /// What is wrong when the field itself exists.
    pub reason: Option<String>,
}

/// The field that `text` names, with its argument.
///
/// # Errors
/// [`UnknownField`] with the nearest name, or what is wrong with the argument.
pub fn lookup(text: &str) -> Result<(&'static Field, Argument), UnknownField> {
    let unknown = |nearest, reason| UnknownField { name: text.to_owned(), nearest, reason };
    let candidates = all().filter(|field| {
        let rest = text.strip_prefix(field.name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    });
    let Some(field) = candidates.max_by_key(|field| field.name.len()) else {
        return Err(unknown(nearest(text), None));
    };
    let rest = text.get(field.name.len()..).unwrap_or_default();
    match argument(field, rest) {
        Ok(argument) if field.name == "evt.rawarg" => match raw_type(argument.text()) {
            Ok(field) => Ok((field, argument)),
            Err(reason) => Err(unknown(None, Some(reason))),
        },
        Ok(Argument::Name(name)) if field.name == "evt.arg" && !is_param(&name) => {
            Err(unknown(None, Some(format!("no event has an argument {name}"))))
        }
        Ok(argument) => Ok((field, argument)),
        Err(reason) => Err(unknown(Some(field.name), Some(reason))),
    }
}

fn argument(field: &Field, rest: &str) -> Result<Argument, String> {
    let rule = field.argument;
    if rest.is_empty() {
        return match rule {
            ArgumentRule::None | ArgumentRule::OptionalName | ArgumentRule::OptionalIndex => {
                Ok(Argument::None)
            }
            ArgumentRule::NameOrIndex => Err("needs .NAME or [N] behind it".into()),
            ArgumentRule::Name => Err("needs .NAME behind it".into()),
            ArgumentRule::Bracket => Err("needs [...] behind it".into()),
        };
    }
    let named =
        matches!(rule, ArgumentRule::NameOrIndex | ArgumentRule::Name | ArgumentRule::OptionalName);
    if let Some(name) = rest.strip_prefix('.').filter(|name| !name.is_empty() && named) {
        return Ok(Argument::Name(name.to_owned()));
    }
    let inside = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match (rule, inside) {
        (ArgumentRule::Bracket, Some(text)) => Ok(Argument::Bracket(text.to_owned())),
        (ArgumentRule::NameOrIndex | ArgumentRule::OptionalIndex, Some(text))
            if text.parse::<usize>().is_ok() =>
        {
            Ok(Argument::Bracket(text.to_owned()))
        }
        (ArgumentRule::None, _) => Err("takes nothing behind its name".into()),
        _ => Err(format!("cannot be followed by '{rest}'")),
    }
}

fn is_param(name: &str) -> bool {
    event_types().iter().any(|kind| kind.param(name).is_some())
}

/// The raw field for an argument's name: its type is that of the first event
/// type in the table that has one of that name.
fn raw_type(name: &str) -> Result<&'static Field, String> {
    let params = event_types().iter().flat_map(|kind| &kind.params);
    let kind: Option<ParamType> = params.into_iter().find(|p| p.name == name).map(|p| p.kind);
    let kind = kind.ok_or_else(|| format!("no event has an argument {name}"))?;
    evt_args::raw_field(kind)
        .ok_or_else(|| format!("{name} is no number or text; use evt.arg.{name}"))
}

/// The most similar name, if one is similar at all.
fn nearest(text: &str) -> Option<&'static str> {
    let close = all().map(|field| (distance(text, field.name), field.name)).min()?;
    (close.0 <= text.len().div_ceil(2)).then_some(close.1)
}

/// Number of letters to change, add or take away (Levenshtein's).
#[must_use]
pub fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, left) in a.bytes().enumerate() {
        let mut diagonal = at;
        row[0] = at + 1;
        for (column, right) in b.bytes().enumerate() {
            let changed = diagonal + usize::from(left != right);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
