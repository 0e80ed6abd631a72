//! From a written name to a field and its argument.

use super::field::{Argument, ArgumentRule, Field};

/// The tables, a class each.
const CLASSES: [&[Field]; 0] = [];

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
